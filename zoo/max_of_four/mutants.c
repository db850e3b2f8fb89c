// Wrong programs for the same task. Each function differs from running.c in one place.

static int in_domain(const int *s, int n) {
  for (int i = 0; i < n; i++)
    if (s[i] < 0 || s[i] > 63) return 0;
  return 1;
}

// The scan stops one element early.
int off_by_one(const int *s, int n) {
  //@ requires n >= 1 && n <= 4;
  //@ requires length(s) == n;
  //@ requires in_domain(s, n);
  int best = s[0];
  for (int i = 1; i < n - 1; i++)
    if (s[i] > best) best = s[i];
  //@ label scanned
  return best;
}

// The comparison looks the other way.
int wrong_operator(const int *s, int n) {
  //@ requires n >= 1 && n <= 4;
  //@ requires length(s) == n;
  //@ requires in_domain(s, n);
  int best = s[0];
  for (int i = 1; i < n; i++)
    if (s[i] < best) best = s[i];
  //@ label scanned
  return best;
}

// A best value below 9 counts as none: wrong where all numbers are smaller.
int wrong_start(const int *s, int n) {
  //@ requires n >= 1 && n <= 4;
  //@ requires length(s) == n;
  //@ requires in_domain(s, n);
  int best = 9;
  for (int i = 0; i < n; i++)
    if (s[i] > best) best = s[i];
  //@ label scanned
  return best;
}
