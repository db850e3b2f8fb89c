// (aa)*: after an even number of a the word may end. The set of symbols that may follow a prefix, as bits in the order a end.
// A prefix that no word begins with has the empty set.

static int in_alphabet(const int *s, int n) {
  for (int i = 0; i < n; i++)
    if (s[i] < 0 || s[i] > 0) return 0;
  return 1;
}

int next_symbols(const int *s, int n) {
  //@ requires n >= 0 && n <= 151;
  //@ requires length(s) >= n && length(s) <= 151;
  //@ requires in_alphabet(s, n);
  int odd = 0;
  for (int i = 0; i < n; i++)
    if (s[i] == 0) odd = !odd;
  //@ label read
  return odd ? 1 : 3;
}

// The same in another style.
int reference(const int *s, int n) {
  //@ requires n >= 0 && n <= 151;
  //@ requires length(s) >= n && length(s) <= 151;
  //@ requires in_alphabet(s, n);
  (void)s;
  return n % 2 == 0 ? 3 : 1;
}
