// Counts the ones and divides by two.

static int in_domain(const int *s, int n) {
  for (int i = 0; i < n; i++)
    if (s[i] < 0 || s[i] > 1) return 0;
  return 1;
}

int parity(const int *s, int n) {
  //@ requires n >= 1 && n <= 12;
  //@ requires length(s) == n;
  //@ requires in_domain(s, n);
  int ones = 0;
  for (int i = 0; i < n; i++) ones += s[i];
  //@ label counted
  return ones % 2;
}
