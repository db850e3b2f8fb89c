// What the functions that the prompts begin must do.

//@ requires n >= 0 && n <= 3;
//@ requires length(a) == n;
//@ requires n <= 0 || (a[0] >= -50 && a[0] <= 50);
//@ requires n <= 1 || (a[1] >= -50 && a[1] <= 50);
//@ requires n <= 2 || (a[2] >= -50 && a[2] <= 50);
int from_zero(const int *a, int n) {
    int sum = 0;
    for (int i = 0; i < n; i++)
        sum += a[i];
    return sum;
}

//@ requires n >= 0 && n <= 3;
//@ requires length(a) == n + 1;
//@ requires a[0] >= -50 && a[0] <= 50;
//@ requires n < 1 || (a[1] >= -50 && a[1] <= 50);
//@ requires n < 2 || (a[2] >= -50 && a[2] <= 50);
//@ requires n < 3 || (a[3] >= -50 && a[3] <= 50);
int from_one(const int *a, int n) {
    int sum = 0;
    for (int i = 1; i <= n; i++)
        sum += a[i];
    return sum;
}
