// Walks through the assignments; each one to the wanted name replaces what was found before. 5 stands for undefined.

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
  //@ ensures result >= 0 && result <= 5;
  int found = 5;
  for (int i = 0; i < n; i++) {
    int name = names[i];
    int value = values[i];
    //@ label read
    if (name == query) found = value;
    //@ label matched
  }
  //@ label done
  return found;
}
