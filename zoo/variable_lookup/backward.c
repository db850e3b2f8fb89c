// Rival: looks from the last assignment back and stops at the first match. Same answers; it never reads what it has no need for, and
// what it found is settled before the earlier assignments are looked at.

// 1 if every name, value and the query is one of the task's symbols.
static int in_domain(const int *names, const int *values, int n, int query) {
  for (int i = 0; i < n; i++)
    if (names[i] < 0 || names[i] > 2 || values[i] < 0 || values[i] > 4) return 0;
  return query >= 0 && query <= 2;
}

int lookup(const int *names, const int *values, int n, int query) {
  //@ requires n >= 0 && n <= 6;
  //@ requires length(names) == n && length(values) == n;
  //@ requires in_domain(names, values, n, query);
  for (int i = n - 1; i >= 0; i--) {
    int is_match = names[i] == query;
    //@ label compared
    if (is_match) return values[i];
  }
  return 5;
}
