// Counts down from the largest symbol to the first that occurs.

static int in_domain(const int *s, int n) {
  for (int i = 0; i < n; i++)
    if (s[i] < 0 || s[i] > 7) return 0;
  return 1;
}

static int occurs(const int *s, int n, int value) {
  int found = 0;
  for (int i = 0; i < n; i++) found |= s[i] == value;
  return found;
}

int maximum_so_far(const int *s, int n) {
  //@ requires n >= 1 && n <= 6;
  //@ requires length(s) == n;
  //@ requires in_domain(s, n);
  int value = 7;
  while (value > 0 && !occurs(s, n, value)) value--;
  return value;
}
