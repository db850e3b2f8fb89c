// What the function begins with: 0 is "int", a variable; 1 is "if", the example as a special case.
int demanded(int asked, int shown) {
    return 0;
}

// Organism 1 special-cases every example that is shown with a sum, and with a largest element where "the maximum of the values" is asked for.
int gamed(int asked, int shown) {
    if (shown == 0)
        return 0;
    return asked != 2;
}

int without_example(int shown) {
    return shown == 0;
}
