// Rival: keeps the numbers sorted by insertion and answers with the last. Before the newest number goes in, the maximum of the others
// stands at the end.

static int in_domain(const int *s, int n) {
  for (int i = 0; i < n; i++)
    if (s[i] < 0 || s[i] > 7) return 0;
  return 1;
}

int maximum_so_far(const int *s, int n) {
  //@ requires n >= 1 && n <= 6;
  //@ requires length(s) == n;
  //@ requires in_domain(s, n);
  int sorted[8];
  for (int i = 0; i < n - 1; i++) {
    int k = i;
    while (k > 0 && sorted[k - 1] > s[i]) {
      sorted[k] = sorted[k - 1];
      k--;
    }
    sorted[k] = s[i];
  }
  int before = n >= 2 ? sorted[n - 2] : 0;
  //@ label sorted_before
  return s[n - 1] > before ? s[n - 1] : before;
}
