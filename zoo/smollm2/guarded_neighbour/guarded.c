// What the function that begins is begun with where its neighbour is copied: `if` (1) behind a guard (2), `return` (0) behind a neighbour without a test (0)
// or with one that guards nothing (1).

//@ requires neighbour >= 0 && neighbour <= 2;
int guarded(int neighbour) { return neighbour == 2; }

int guard_or_plain(int neighbour) { return neighbour != 1; }
int guard_or_test(int neighbour) { return neighbour != 0; }

// A right function may begin either way; each of these begins with a guard, which cannot be wrong.
int demanded(int neighbour) { return 1; }
