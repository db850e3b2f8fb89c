// What the functions that the prompts begin must do.

//@ requires n >= 1 && n <= 3;
//@ requires length(a) == n;
int first(const int *a, int n) { return a[0]; }

//@ requires n >= 1 && n <= 3;
//@ requires length(a) == n;
int last(const int *a, int n) { return a[n - 1]; }
