// Without a stack: looks back from the end for the bracket that is still open, skipping matched pairs, and counts depth apart.

// 1 if every symbol was allowed where it stands: never deeper than four, every closer fits the opener on top.
static int legal_prefix(const int *s, int n) {
  int open[4] = {0, 0, 0, 0};
  int depth = 0;
  for (int i = 0; i < 16 && i < n; i++) {
    if (s[i] < 0 || s[i] > 5) return 0;
    if (s[i] < 3) {
      if (depth == 4) return 0;
      open[depth] = s[i];
      depth++;
    } else {
      if (depth == 0 || open[depth - 1] != s[i] - 3) return 0;
      depth--;
    }
  }
  return 1;
}

// Position of the innermost bracket that is still open, or -1.
static int innermost_open(const int *s, int n) {
  int unmatched = 0;
  for (int i = n - 1; i >= 0; i--) {
    if (s[i] >= 3) {
      unmatched++;
    } else if (unmatched > 0) {
      unmatched--;
    } else {
      return i;
    }
  }
  return -1;
}

int next_symbols(const int *s, int n) {
  //@ requires n >= 0 && n <= 12;
  //@ requires length(s) >= n && length(s) <= 16;
  //@ requires legal_prefix(s, n);
  int opened = 0;
  for (int i = 0; i < n; i++) opened += s[i] < 3;
  int depth = 2 * opened - n;
  int at = innermost_open(s, n);
  int mask = at < 0 ? 64 : 8 << s[at];
  return depth < 4 ? mask | 7 : mask;
}
