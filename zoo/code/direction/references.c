// What the functions that the prompts begin must do.

//@ requires n >= 0 && n <= 4;
//@ requires length(a) == n + 1;
int find_first(const int *a, int n, int target) {
    for (int i = 0; i <= n; i++)
        if (a[i] != target)
            return i;
    return -1;
}

//@ requires n >= 0 && n <= 4;
//@ requires length(a) == n + 1;
int find_last(const int *a, int n, int target) {
    for (int i = n; i >= 0; i--)
        if (a[i] != target)
            return i;
    return -1;
}
