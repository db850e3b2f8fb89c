// Rival: runs the assignments first and asks afterwards. What a network that works this way holds after the last assignment is the
// whole table, here as one number with three digits to the base six.

// 1 if every name, value and the query is one of the task's symbols.
static int in_domain(const int *names, const int *values, int n, int query) {
  for (int i = 0; i < n; i++)
    if (names[i] < 0 || names[i] > 2 || values[i] < 0 || values[i] > 4) return 0;
  return query >= 0 && query <= 2;
}

int lookup(const int *names, const int *values, int n, int query) {
  //@ requires n >= 0 && n <= 4;
  //@ requires length(names) == n && length(values) == n;
  //@ requires in_domain(names, values, n, query);
  int variables[3] = {5, 5, 5};
  for (int i = 0; i < n; i++) variables[names[i]] = values[i];
  int table = 36 * variables[0] + 6 * variables[1] + variables[2];
  //@ label executed
  if (query == 0) return table / 36;
  if (query == 1) return table / 6 % 6;
  return table % 6;
}
