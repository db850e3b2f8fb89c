// Wrong programs for the same task. Each function differs from running.c in one place.

static int in_domain(const int *s, int n) {
  for (int i = 0; i < n; i++)
    if (s[i] < 0 || s[i] > 7) return 0;
  return 1;
}

// The newest number is left out.
int off_by_one(const int *s, int n) {
  //@ requires n >= 1 && n <= 6;
  //@ requires length(s) == n;
  //@ requires in_domain(s, n);
  int best = 0;
  for (int i = 0; i < n - 1; i++)
    if (s[i] > best) best = s[i];
  //@ label scanned
  return best;
}

// Keeps the smallest.
int wrong_operator(const int *s, int n) {
  //@ requires n >= 1 && n <= 6;
  //@ requires length(s) == n;
  //@ requires in_domain(s, n);
  int best = s[0];
  for (int i = 1; i < n; i++)
    if (s[i] < best) best = s[i];
  //@ label scanned
  return best;
}

// Remembers four numbers only.
int window_of_four(const int *s, int n) {
  //@ requires n >= 1 && n <= 6;
  //@ requires length(s) == n;
  //@ requires in_domain(s, n);
  int best = 0;
  for (int i = n > 4 ? n - 4 : 0; i < n; i++)
    if (s[i] > best) best = s[i];
  //@ label scanned
  return best;
}

// Every number replaces the best one that is smaller by at least two.
int ignores_neighbours(const int *s, int n) {
  //@ requires n >= 1 && n <= 6;
  //@ requires length(s) == n;
  //@ requires in_domain(s, n);
  int best = s[0];
  for (int i = 1; i < n; i++)
    if (s[i] > best + 1) best = s[i];
  //@ label scanned
  return best;
}
