// What the functions that the prompts begin must do.

//@ requires n >= 0 && n <= 5;
int inclusive(int n) {
    int sum = 0;
    for (int i = 1; i <= n; i++)
        sum += i;
    return sum;
}

//@ requires n >= 0 && n <= 5;
int exclusive(int n) {
    int sum = 0;
    for (int i = 1; i < n; i++)
        sum += i;
    return sum;
}
