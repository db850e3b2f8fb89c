// What the functions that the prompts begin must do.

//@ requires n >= 0 && n <= 3;
//@ requires length(a) == n;
int at_most(const int *a, int n, int x) {
    int count = 0;
    for (int i = 0; i < n; i++)
        if (a[i] <= x)
            count++;
    return count;
}

//@ requires n >= 0 && n <= 3;
//@ requires length(a) == n;
int less_than(const int *a, int n, int x) {
    int count = 0;
    for (int i = 0; i < n; i++)
        if (a[i] < x)
            count++;
    return count;
}
