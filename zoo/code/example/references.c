// What the functions that the prompts begin must do.

//@ requires n >= 1 && n <= 4;
//@ requires length(a) == n;
//@ requires a[0] >= -1000 && a[0] <= 1000;
//@ requires n <= 1 || (a[1] >= -1000 && a[1] <= 1000);
//@ requires n <= 2 || (a[2] >= -1000 && a[2] <= 1000);
//@ requires n <= 3 || (a[3] >= -1000 && a[3] <= 1000);
int sum(const int *a, int n) {
    int total = 0;
    for (int i = 0; i < n; i++)
        total += a[i];
    return total;
}

//@ requires n >= 1 && n <= 4;
//@ requires length(a) == n;
int largest(const int *a, int n) {
    int best = a[0];
    for (int i = 1; i < n; i++)
        if (a[i] > best)
            best = a[i];
    return best;
}
