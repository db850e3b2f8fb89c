// What the functions that the prompts begin must do.

//@ requires x >= -1000 && x <= 1000;
int divide(int x, int y) { return y == 0 ? 0 : x / y; }
