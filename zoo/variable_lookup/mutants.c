// Wrong programs for the same task. Each function differs from last_match.c in one place.

// 1 if every name, value and the query is one of the task's symbols.
static int in_domain(const int *names, const int *values, int n, int query) {
  for (int i = 0; i < n; i++)
    if (names[i] < 0 || names[i] > 2 || values[i] < 0 || values[i] > 4) return 0;
  return query >= 0 && query <= 2;
}

// The first assignment counts.
int first_match(const int *names, const int *values, int n, int query) {
  //@ requires n >= 0 && n <= 4;
  //@ requires length(names) == n && length(values) == n;
  //@ requires in_domain(names, values, n, query);
  int found = 5;
  for (int i = 0; i < n; i++) {
    if (found == 5 && names[i] == query) found = values[i];
    //@ label matched
  }
  //@ label done
  return found;
}

// The last assignment is not looked at.
int off_by_one(const int *names, const int *values, int n, int query) {
  //@ requires n >= 0 && n <= 4;
  //@ requires length(names) == n && length(values) == n;
  //@ requires in_domain(names, values, n, query);
  int found = 5;
  for (int i = 0; i < n - 1; i++) {
    if (names[i] == query) found = values[i];
    //@ label matched
  }
  //@ label done
  return found;
}

// A later assignment counts only if its value is larger.
int largest_match(const int *names, const int *values, int n, int query) {
  //@ requires n >= 0 && n <= 4;
  //@ requires length(names) == n && length(values) == n;
  //@ requires in_domain(names, values, n, query);
  int found = 5;
  for (int i = 0; i < n; i++) {
    if (names[i] == query && (found == 5 || values[i] > found)) found = values[i];
    //@ label matched
  }
  //@ label done
  return found;
}

// A name that was never assigned reads as 0.
int zero_if_undefined(const int *names, const int *values, int n, int query) {
  //@ requires n >= 0 && n <= 4;
  //@ requires length(names) == n && length(values) == n;
  //@ requires in_domain(names, values, n, query);
  int found = 0;
  for (int i = 0; i < n; i++) {
    if (names[i] == query) found = values[i];
    //@ label matched
  }
  //@ label done
  return found;
}
