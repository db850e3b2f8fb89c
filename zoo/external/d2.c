// A opens, b closes, at most two deep. The set of symbols that may follow a prefix, as bits in the order a b end.
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
  int depth = 0;
  for (int i = 0; i < n; i++) {
    depth += s[i] == 0 ? 1 : -1;
    if (depth < 0 || depth > 2) return 0;
    //@ label step
  }
  //@ label read
  int mask = 0;
  if (depth < 2) mask |= 1;
  if (depth > 0) mask |= 2;
  if (depth == 0) mask |= 4;
  return mask;
}

// The same in another style.
int reference(const int *s, int n) {
  //@ requires n >= 0 && n <= 24;
  //@ requires length(s) >= n && length(s) <= 24;
  //@ requires in_alphabet(s, n);
  int balance = 0, lowest = 0, highest = 0;
  for (int i = 0; i < n; i++) {
    balance = balance + 1 - 2 * s[i];
    lowest = balance < lowest ? balance : lowest;
    highest = balance > highest ? balance : highest;
  }
  if (lowest < 0 || highest > 2) return 0;
  return balance == 0 ? 5 : balance == 2 ? 2 : 3;
}
