// The finished functions that stand before the decision, with the bounds that their arithmetic needs: each is right and safe as it is.
//   assay check zoo/smollm2/loop_comparison/earlier.c
//   assay equiv zoo/smollm2/loop_comparison/earlier.c zoo/smollm2/loop_comparison/earlier.c --ref-function factorial_by_recursion --function factorial

//@ requires n >= 0 && n <= 12;
int factorial_by_recursion(int n) {
    return n < 2 ? 1 : n * factorial_by_recursion(n - 1);
}

//@ requires n >= 0 && n <= 12;
int factorial(int n) {
    int result = 1;
    for (int d = 1; d <= n; d++) {
        result *= d;
    }
    return result;
}

//@ requires n >= 0 && n <= 12;
int cubes(int n) {
    int sum = 0;
    for (int d = 1; d <= n; d++) {
        sum += d * d * d;
    }
    return sum;
}

//@ requires n >= 0 && n <= 6;
//@ requires length(a) == n;
long total(const int *a, int n) {
    long total = 0;
    for (int d = 0; d < n; d++) {
        total += a[d];
    }
    return total;
}
