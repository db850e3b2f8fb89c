// What the functions that the prompts begin must do.

//@ requires x >= 0 && x <= 1000;
int may_be_zero(int x, int y) { return y == 0 ? 0 : x / y; }

//@ requires x >= 0 && x <= 1000 && y != 0;
int is_never_zero(int x, int y) { return y == 0 ? 0 : x / y; }
