// Rival: the parities of the first and of the second half, then their sum.

static int in_domain(const int *s, int n) {
  for (int i = 0; i < n; i++)
    if (s[i] < 0 || s[i] > 1) return 0;
  return 1;
}

int parity(const int *s, int n) {
  //@ requires n >= 0 && n <= 12;
  //@ requires length(s) == n;
  //@ requires in_domain(s, n);
  int first = 0, second = 0;
  for (int i = 0; i < n / 2; i++) first ^= s[i];
  //@ label first_half
  for (int i = n / 2; i < n; i++) second ^= s[i];
  return first ^ second;
}
