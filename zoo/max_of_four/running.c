// The largest element, found by one scan that keeps the best so far.

static int in_domain(const int *s, int n) {
  for (int i = 0; i < n; i++)
    if (s[i] < 0 || s[i] > 63) return 0;
  return 1;
}

// Membership of a sub-domain.
int has_one_above_three(const int *s, int n) {
  int above = 0;
  for (int i = 0; i < n; i++) above |= s[i] > 3;
  return above;
}

int largest(const int *s, int n) {
  //@ requires n >= 1 && n <= 8;
  //@ requires length(s) == n;
  //@ requires in_domain(s, n);
  //@ ensures result >= 0 && result <= 63;
  int best = s[0];
  for (int i = 1; i < n; i++) {
    if (s[i] > best) best = s[i];
    //@ label compared
  }
  //@ label scanned
  return best;
}
