// Runs the assignments on a table of variables, as the language defines them, and reads one entry.

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
  return variables[query];
}

// The same on four assignments, as the task declares.
int lookup_of_four(const int *names, const int *values, int n, int query) {
  //@ requires n == 4;
  //@ requires length(names) == n && length(values) == n;
  //@ requires in_domain(names, values, n, query);
  return lookup(names, values, n, query);
}
