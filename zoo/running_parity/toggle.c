// One bit of state that every one flips.

static int in_domain(const int *s, int n) {
  for (int i = 0; i < n; i++)
    if (s[i] < 0 || s[i] > 1) return 0;
  return 1;
}

int parity(const int *s, int n) {
  //@ requires n >= 0 && n <= 16;
  //@ requires length(s) == n;
  //@ requires in_domain(s, n);
  //@ ensures result == 0 || result == 1;
  int odd = 0;
  for (int i = 0; i < n; i++) {
    if (s[i] == 1) odd = !odd;
    //@ label flipped
  }
  //@ label done
  return odd;
}
