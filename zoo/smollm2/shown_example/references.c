// What the functions that the prompts begin must do.

//@ requires x >= -1000 && x <= 1000;
int square(int x) { return x * x; }
