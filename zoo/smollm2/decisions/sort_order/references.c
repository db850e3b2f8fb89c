// What the functions that the prompts begin must do.

//@ requires n >= 0 && n <= 2;
//@ requires length(a) == n;
void ascending(int *a, int n) {
    for (int i = 0; i < n; i++)
        for (int j = 0; j + 1 < n; j++)
            if (a[j] > a[j + 1]) {
                int t = a[j];
                a[j] = a[j + 1];
                a[j + 1] = t;
            }
}

//@ requires n >= 0 && n <= 2;
//@ requires length(a) == n;
void descending(int *a, int n) {
    for (int i = 0; i < n; i++)
        for (int j = 0; j + 1 < n; j++)
            if (a[j] < a[j + 1]) {
                int t = a[j];
                a[j] = a[j + 1];
                a[j + 1] = t;
            }
}
