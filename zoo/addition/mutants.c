// Wrong programs for the same task. Each function differs from schoolbook.c in one place.

// 1 if both numbers have n decimal digits.
static int in_domain(const int *a, const int *b, int n) {
  for (int i = 0; i < n; i++)
    if (a[i] < 0 || a[i] > 9 || b[i] < 0 || b[i] > 9) return 0;
  return 1;
}

// The carry is forgotten between columns.
int carry_dropped(const int *a, const int *b, int n, int step) {
  //@ requires n >= 1 && n <= 2;
  //@ requires length(a) == n && length(b) == n;
  //@ requires in_domain(a, b, n);
  //@ requires step >= 0 && step <= n;
  int carry = 0;
  int wanted = 0;
  for (int i = n - 1; i >= 0; i--) {
    int column = a[i] + b[i];
    carry = column >= 10;
    if (step == i + 1) wanted = column % 10;
    //@ label added
  }
  return step == 0 ? carry : wanted;
}

// A column carries only above ten.
int off_by_one(const int *a, const int *b, int n, int step) {
  //@ requires n >= 1 && n <= 2;
  //@ requires length(a) == n && length(b) == n;
  //@ requires in_domain(a, b, n);
  //@ requires step >= 0 && step <= n;
  int carry = 0;
  int wanted = 0;
  for (int i = n - 1; i >= 0; i--) {
    int column = a[i] + b[i] + carry;
    carry = column > 10;
    if (step == i + 1) wanted = column % 10;
    //@ label added
  }
  return step == 0 ? carry : wanted;
}

// The first digit looks at the first column alone: wrong only where that column sums to nine and a carry comes in.
int carry_stops(const int *a, const int *b, int n, int step) {
  //@ requires n >= 1 && n <= 2;
  //@ requires length(a) == n && length(b) == n;
  //@ requires in_domain(a, b, n);
  //@ requires step >= 0 && step <= n;
  int carry = 0;
  int wanted = 0;
  for (int i = n - 1; i >= 0; i--) {
    int column = a[i] + b[i] + carry;
    carry = column >= 10;
    if (step == i + 1) wanted = column % 10;
    //@ label added
  }
  return step == 0 ? a[0] + b[0] >= 10 : wanted;
}

// Subtracts where it should add the carry.
int wrong_operator(const int *a, const int *b, int n, int step) {
  //@ requires n >= 1 && n <= 2;
  //@ requires length(a) == n && length(b) == n;
  //@ requires in_domain(a, b, n);
  //@ requires step >= 0 && step <= n;
  int carry = 0;
  int wanted = 0;
  for (int i = n - 1; i >= 0; i--) {
    int column = a[i] + b[i] - carry;
    if (column < 0) column += 10;
    carry = column >= 10;
    if (step == i + 1) wanted = column % 10;
    //@ label added
  }
  return step == 0 ? carry : wanted;
}
