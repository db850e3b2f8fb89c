// The element that no other element exceeds: the definition of a maximum, written as a search for it.

static int in_domain(const int *s, int n) {
  for (int i = 0; i < n; i++)
    if (s[i] < 0 || s[i] > 63) return 0;
  return 1;
}

static int exceeds_none(const int *s, int n, int candidate) {
  for (int i = 0; i < n; i++)
    if (s[i] > candidate) return 0;
  return 1;
}

int largest(const int *s, int n) {
  //@ requires n >= 1 && n <= 4;
  //@ requires length(s) == n;
  //@ requires in_domain(s, n);
  for (int i = 0; i < n; i++)
    if (exceeds_none(s, n, s[i])) return s[i];
  return -1;
}
