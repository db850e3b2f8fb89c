// Two counts, no stack: how deep the prefix ends, and how deep each opening bracket led. The bracket to close is the latest one that
// led to the depth at which the prefix ends: whatever was opened there earlier is closed.
// Bits of the result: 0 1 2 open, 3 4 5 close, 6 end.

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

int next_symbols(const int *s, int n) {
  //@ requires n >= 0 && n <= 16;
  //@ requires length(s) >= n && length(s) <= 16;
  //@ requires legal_prefix(s, n);
  //@ ensures result > 0 && result < 128;
  int depth = 0;
  for (int i = 0; i < n; i++) depth += s[i] < 3 ? 1 : -1;
  //@ label counted
  int level = 0;
  int latest = -1;
  for (int i = 0; i < n; i++) {
    level += s[i] < 3 ? 1 : -1;
    if (s[i] < 3 && level == depth) latest = i;
  }
  //@ label found
  if (depth == 0) return 7 | 64;
  int mask = 8 << s[latest];
  return depth < 4 ? mask | 7 : mask;
}
