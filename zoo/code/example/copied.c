// The result of the example that is shown: number 0 is 4.
int copied(int result) {
    return result;
}

int found_on(int array, int bound) {
    return array < 2 && bound < 2;
}

int held_out(int array, int bound) {
    return array >= 2 && bound >= 2;
}
