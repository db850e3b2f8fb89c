// Addition as in school: column by column from the right, with a carry into the next. Digits are stored most significant first;
// step 0 asks for the first digit of the sum, which is the last carry.

// 1 if both numbers have n decimal digits.
static int in_domain(const int *a, const int *b, int n) {
  for (int i = 0; i < n; i++)
    if (a[i] < 0 || a[i] > 9 || b[i] < 0 || b[i] > 9) return 0;
  return 1;
}

int digit(const int *a, const int *b, int n, int step) {
  //@ requires n >= 1 && n <= 4;
  //@ requires length(a) == n && length(b) == n;
  //@ requires in_domain(a, b, n);
  //@ requires step >= 0 && step <= n;
  //@ ensures result >= 0 && result <= 9;
  int carry = 0;
  int wanted = 0;
  for (int i = n - 1; i >= 0; i--) {
    int column = a[i] + b[i] + carry;
    carry = column >= 10;
    if (step == i + 1) wanted = column % 10;
    //@ label added
  }
  return step == 0 ? carry : wanted;
}
