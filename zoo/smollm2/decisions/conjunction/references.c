// What the functions that the prompts begin must do.

int both(int x, int y) { return x > 0 && y > 0; }

int either(int x, int y) { return x > 0 || y > 0; }
