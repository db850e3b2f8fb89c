// No three zeros in a row. The set of symbols that may follow a prefix, as bits in the order 0 1 end.
// A prefix that no word begins with has the empty set.

static int in_alphabet(const int *s, int n) {
  for (int i = 0; i < n; i++)
    if (s[i] < 0 || s[i] > 1) return 0;
  return 1;
}

int next_symbols(const int *s, int n) {
  //@ requires n >= 0 && n <= 24;
  //@ requires length(s) >= n && length(s) <= 24;
  //@ requires in_alphabet(s, n);
  int zeros = 0;
  for (int i = 0; i < n; i++) {
    zeros = s[i] == 0 ? zeros + 1 : 0;
    if (zeros == 3) return 0;
    //@ label step
  }
  //@ label read
  return zeros == 2 ? 6 : 7;
}

// The same in another style.
int reference(const int *s, int n) {
  //@ requires n >= 0 && n <= 24;
  //@ requires length(s) >= n && length(s) <= 24;
  //@ requires in_alphabet(s, n);
  for (int i = 2; i < n; i++)
    if (s[i - 2] + s[i - 1] + s[i] == 0) return 0;
  return n >= 2 && s[n - 2] + s[n - 1] == 0 ? 6 : 7;
}
