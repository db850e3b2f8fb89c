// The running maximum: one scan, and what it holds after the last number is the answer there.

static int in_domain(const int *s, int n) {
  for (int i = 0; i < n; i++)
    if (s[i] < 0 || s[i] > 7) return 0;
  return 1;
}

int maximum_so_far(const int *s, int n) {
  //@ requires n >= 1 && n <= 14;
  //@ requires length(s) == n;
  //@ requires in_domain(s, n);
  //@ ensures result >= 0 && result <= 7;
  int best = 0;
  for (int i = 0; i < n; i++) {
    if (s[i] > best) best = s[i];
    //@ label compared
  }
  //@ label scanned
  return best;
}
