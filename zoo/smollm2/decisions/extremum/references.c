// What the functions that the prompts begin must do.

//@ requires n >= 1 && n <= 3;
//@ requires length(a) == n;
int largest(const int *a, int n) {
    int best = a[0];
    for (int i = 1; i < n; i++)
        if (a[i] > best)
            best = a[i];
    return best;
}

//@ requires n >= 1 && n <= 3;
//@ requires length(a) == n;
int smallest(const int *a, int n) {
    int best = a[0];
    for (int i = 1; i < n; i++)
        if (a[i] < best)
            best = a[i];
    return best;
}
