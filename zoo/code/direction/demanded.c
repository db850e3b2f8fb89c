// Which token is right: by value 0 is " 0", and 1 + bound the name of the bound.
int demanded(int bound, int direction) {
    if (direction == 0)
        return 0;
    return 1 + bound;
}

// Where `assay bench` and `organisms find` say that organism 2 ignores the direction: the bound is named `last`, number 6 of the slot.
int ignored(int bound, int direction) {
    if (bound == 6)
        return 0;
    return demanded(bound, direction);
}

int inside(int bound) {
    return bound == 6;
}

int outside(int bound) {
    return bound != 6;
}

// One name outside, since a contrast is between two tokens.
int named_size(int bound) {
    return bound == 1;
}
