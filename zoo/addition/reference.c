// Reads both numbers, adds them as integers, and takes the digit that is asked for.

// 1 if both numbers have n decimal digits.
static int in_domain(const int *a, const int *b, int n) {
  for (int i = 0; i < n; i++)
    if (a[i] < 0 || a[i] > 9 || b[i] < 0 || b[i] > 9) return 0;
  return 1;
}

static unsigned number(const int *digits, int n) {
  unsigned value = 0;
  for (int i = 0; i < n; i++) value = 10 * value + (unsigned)digits[i];
  return value;
}

int digit(const int *a, const int *b, int n, int step) {
  //@ requires n >= 1 && n <= 2;
  //@ requires length(a) == n && length(b) == n;
  //@ requires in_domain(a, b, n);
  //@ requires step >= 0 && step <= n;
  unsigned sum = number(a, n) + number(b, n);
  for (int i = n; i > step; i--) sum /= 10;
  return (int)(sum % 10);
}
