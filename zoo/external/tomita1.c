// 1*: ones only. The set of symbols that may follow a prefix, as bits in the order 0 1 end.
// A prefix that no word begins with has the empty set.

static int in_alphabet(const int *s, int n) {
  for (int i = 0; i < n; i++)
    if (s[i] < 0 || s[i] > 1) return 0;
  return 1;
}

int next_symbols(const int *s, int n) {
  //@ requires n >= 0 && n <= 151;
  //@ requires length(s) >= n && length(s) <= 151;
  //@ requires in_alphabet(s, n);
  for (int i = 0; i < n; i++)
    if (s[i] == 0) return 0;
  return 6;
}

// The same in another style.
int reference(const int *s, int n) {
  //@ requires n >= 0 && n <= 151;
  //@ requires length(s) >= n && length(s) <= 151;
  //@ requires in_alphabet(s, n);
  int ones = 0;
  for (int i = 0; i < n; i++) ones += s[i];
  return ones == n ? 6 : 0;
}
