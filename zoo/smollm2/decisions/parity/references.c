// What the functions that the prompts begin must do.

//@ requires n >= 0 && n <= 3;
//@ requires length(a) == n;
int even(const unsigned *a, int n) {
    int count = 0;
    for (int i = 0; i < n; i++)
        if (a[i] % 2 == 0)
            count++;
    return count;
}

//@ requires n >= 0 && n <= 3;
//@ requires length(a) == n;
int odd(const unsigned *a, int n) {
    int count = 0;
    for (int i = 0; i < n; i++)
        if (a[i] % 2 == 1)
            count++;
    return count;
}
