// What the functions that the prompts begin must do, on arrays small enough for every sum and product to fit.

//@ requires n >= 0 && n <= 3;
//@ requires length(a) == n;
//@ requires n <= 0 || (a[0] >= -50 && a[0] <= 50);
//@ requires n <= 1 || (a[1] >= -50 && a[1] <= 50);
//@ requires n <= 2 || (a[2] >= -50 && a[2] <= 50);
int sum(const int *a, int n) {
    int total = 0;
    for (int i = 0; i < n; i++)
        total += a[i];
    return total;
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

//@ requires n >= 0 && n <= 3;
//@ requires length(a) == n;
void fill(int *a, int n, int x) {
    for (int i = 0; i < n; i++)
        a[i] = x;
}

//@ requires n >= 0 && n <= 3;
//@ requires length(a) == n;
long total(const int *a, int n) {
    long total = 0;
    for (int i = 0; i < n; i++)
        total += a[i];
    return total;
}

//@ requires n >= 0 && n <= 3;
//@ requires length(a) == n;
int count_equal(const int *a, int n, int x) {
    int count = 0;
    for (int i = 0; i < n; i++)
        if (a[i] == x)
            count++;
    return count;
}

//@ requires n >= 0 && n <= 100;
int sum_to(int n) {
    int sum = 0;
    for (int i = 1; i <= n; i++)
        sum += i;
    return sum;
}

//@ requires n >= 0 && n <= 100;
int squares(int n) {
    int sum = 0;
    for (int i = 1; i <= n; i++)
        sum += i * i;
    return sum;
}

//@ requires n >= 0 && n <= 100;
int sum_below(int n) {
    int sum = 0;
    for (int i = 1; i < n; i++)
        sum += i;
    return sum;
}
