// Wrong programs for the same task. Each function differs from toggle.c in one place.

static int in_domain(const int *s, int n) {
  for (int i = 0; i < n; i++)
    if (s[i] < 0 || s[i] > 1) return 0;
  return 1;
}

// The newest bit is left out.
int off_by_one(const int *s, int n) {
  //@ requires n >= 0 && n <= 12;
  //@ requires length(s) == n;
  //@ requires in_domain(s, n);
  int odd = 0;
  for (int i = 0; i < n - 1; i++)
    if (s[i] == 1) odd = !odd;
  //@ label done
  return odd;
}

// Zeros flip the state.
int wrong_symbol(const int *s, int n) {
  //@ requires n >= 0 && n <= 12;
  //@ requires length(s) == n;
  //@ requires in_domain(s, n);
  int odd = 0;
  for (int i = 0; i < n; i++)
    if (s[i] == 0) odd = !odd;
  //@ label done
  return odd;
}

// Sticks once it is odd.
int wrong_operator(const int *s, int n) {
  //@ requires n >= 0 && n <= 12;
  //@ requires length(s) == n;
  //@ requires in_domain(s, n);
  int odd = 0;
  for (int i = 0; i < n; i++) odd |= s[i];
  //@ label done
  return odd;
}

// Counts to eight only: wrong where more than eight bits are set.
int saturates_at_eight(const int *s, int n) {
  //@ requires n >= 0 && n <= 12;
  //@ requires length(s) == n;
  //@ requires in_domain(s, n);
  int ones = 0;
  for (int i = 0; i < n; i++)
    if (ones < 8) ones += s[i];
  //@ label done
  return ones % 2;
}
