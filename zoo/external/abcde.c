// A+b+c+d+e+: letters in order, none left out. The set of symbols that may follow a prefix, as bits in the order a b c d e end.
// A prefix that no word begins with has the empty set.

static int in_alphabet(const int *s, int n) {
  for (int i = 0; i < n; i++)
    if (s[i] < 0 || s[i] > 4) return 0;
  return 1;
}

int next_symbols(const int *s, int n) {
  //@ requires n >= 0 && n <= 24;
  //@ requires length(s) >= n && length(s) <= 24;
  //@ requires in_alphabet(s, n);
  int letter = -1;
  for (int i = 0; i < n; i++) {
    if (s[i] != letter + 1 && (s[i] != letter || letter < 0)) return 0;
    letter = s[i];
    //@ label step
  }
  //@ label read
  int mask = 0;
  if (letter >= 0) mask |= 1 << letter;
  mask |= letter < 4 ? 1 << (letter + 1) : 32;
  return mask;
}

// The same in another style.
int reference(const int *s, int n) {
  //@ requires n >= 0 && n <= 24;
  //@ requires length(s) >= n && length(s) <= 24;
  //@ requires in_alphabet(s, n);
  static const int after[6] = {1, 3, 6, 12, 24, 48};
  if (n == 0) return after[0];
  int steps = s[0] == 0;
  for (int i = 1; i < n; i++) steps += s[i] - s[i - 1] == 0 || s[i] - s[i - 1] == 1;
  return steps == n ? after[s[n - 1] + 1] : 0;
}
