// What the functions that the prompts begin must do.

//@ requires x >= -1000 && x <= 1000;
int double_of(int x) { return 2 * x; }

//@ requires x >= -1000 && x <= 1000;
int triple_of(int x) { return 3 * x; }
