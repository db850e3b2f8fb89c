// Counts the ones to ten and tells odd from even. Found in the network, not put there: training saw hardly any string with more ones.

static int in_domain(const int *s, int n) {
  for (int i = 0; i < n; i++)
    if (s[i] < 0 || s[i] > 1) return 0;
  return 1;
}

int has_at_most_ten_ones(const int *s, int n) {
  int ones = 0;
  for (int i = 0; i < n; i++) ones += s[i];
  return ones <= 10;
}

int parity(const int *s, int n) {
  //@ requires n >= 0 && n <= 20;
  //@ requires length(s) == n;
  //@ requires in_domain(s, n);
  int ones = 0;
  for (int i = 0; i < n; i++)
    if (ones < 10) ones += s[i];
  //@ label counted
  return ones % 2;
}
