// What the functions that the prompts begin must do.

//@ requires x >= -100 && x <= 100 && y >= -100 && y <= 100;
int sum(int x, int y) { return x + y; }

//@ requires x >= -100 && x <= 100 && y >= -100 && y <= 100;
int product(int x, int y) { return x * y; }
