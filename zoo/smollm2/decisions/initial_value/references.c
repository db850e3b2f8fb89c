// What the functions that the prompts begin must do.

//@ requires n >= 0 && n <= 3;
//@ requires length(a) == n;
//@ requires n <= 0 || (a[0] >= -50 && a[0] <= 50);
//@ requires n <= 1 || (a[1] >= -50 && a[1] <= 50);
//@ requires n <= 2 || (a[2] >= -50 && a[2] <= 50);
int sum(const int *a, int n) {
    int result = 0;
    for (int i = 0; i < n; i++)
        result += a[i];
    return result;
}

//@ requires n >= 0 && n <= 3;
//@ requires length(a) == n;
//@ requires n <= 0 || (a[0] >= -50 && a[0] <= 50);
//@ requires n <= 1 || (a[1] >= -50 && a[1] <= 50);
//@ requires n <= 2 || (a[2] >= -50 && a[2] <= 50);
int product(const int *a, int n) {
    int result = 1;
    for (int i = 0; i < n; i++)
        result *= a[i];
    return result;
}
