// The bit that occurs more often.

int has_no_tie(const int *s, int n) {
  int balance = 0;
  for (int i = 0; i < n; i++) balance += 2 * s[i] - 1;
  return balance != 0;
}

static int is_bits(const int *s, int n) {
  for (int i = 0; i < n; i++)
    if (s[i] < 0 || s[i] > 1) return 0;
  return 1;
}

int majority(const int *s, int n) {
  //@ requires n >= 1 && n <= 24;
  //@ requires length(s) == n;
  //@ requires is_bits(s, n);
  int balance = 0;
  for (int i = 0; i < n; i++) balance += s[i] == 1 ? 1 : -1;
  //@ label counted
  return balance > 0;
}

// The same in another style.
int reference(const int *s, int n) {
  //@ requires n >= 1 && n <= 24;
  //@ requires length(s) == n;
  //@ requires is_bits(s, n);
  int ones = 0;
  for (int i = 0; i < n; i++) ones += s[i];
  return ones > n - ones;
}
