// Rival: carry lookahead. Each column says if it makes a carry by itself or passes one on; no carry travels from column to column,
// so the first digit of the sum does not depend on the carry into the column below it.

// 1 if both numbers have n decimal digits.
static int in_domain(const int *a, const int *b, int n) {
  for (int i = 0; i < n; i++)
    if (a[i] < 0 || a[i] > 9 || b[i] < 0 || b[i] > 9) return 0;
  return 1;
}

// Does a carry come into column i? Some column to its right makes one and all columns between pass it on.
static int carry_into(const int *a, const int *b, int n, int i) {
  for (int j = i + 1; j < n; j++) {
    if (a[j] + b[j] > 9) return 1;
    if (a[j] + b[j] < 9) return 0;
  }
  return 0;
}

int digit(const int *a, const int *b, int n, int step) {
  //@ requires n >= 1 && n <= 2;
  //@ requires length(a) == n && length(b) == n;
  //@ requires in_domain(a, b, n);
  //@ requires step >= 0 && step <= n;
  int column = step == 0 ? 0 : step - 1;
  int incoming = carry_into(a, b, n, column);
  //@ label looked_ahead
  if (step == 0) return carry_into(a, b, n, -1);
  int own = (a[column] + b[column]) % 10;
  return (own + incoming) % 10;
}
