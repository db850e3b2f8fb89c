// The comparison of the nearest loop is copied: 0 is `<`, 1 is `<=`, 2 that the function is not there. The first function of the file ends with `<=`.
int nearest(int second, int third) {
    if (third != 2)
        return third;
    if (second != 2)
        return second;
    return 1;
}

// Has the chain begun: is there a function between the first and the one that begins?
int begun(int second, int third) { return second != 2 || third != 2; }

// The copied comparison once more, two functions behind it, with a right one between them: is it gone?
int farthest(int second, int third) {
    if (second != 2)
        return second;
    return 1;
}
