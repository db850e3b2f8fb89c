// Rival: scans from the last number back to the first. What it holds at the newest number is that number, not the maximum so far.

static int in_domain(const int *s, int n) {
  for (int i = 0; i < n; i++)
    if (s[i] < 0 || s[i] > 7) return 0;
  return 1;
}

int maximum_so_far(const int *s, int n) {
  //@ requires n >= 1 && n <= 6;
  //@ requires length(s) == n;
  //@ requires in_domain(s, n);
  int best = s[n - 1];
  //@ label newest
  for (int i = n - 2; i >= 0; i--)
    if (best < s[i]) best = s[i];
  return best;
}
