// A stack of open brackets. The answer needs two things from it, here as one number: how deep it is and
// what lies on top (3 if nothing does).
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
  int open[4] = {0, 0, 0, 0};
  int depth = 0;
  for (int i = 0; i < n; i++) {
    if (s[i] < 3) {
      open[depth] = s[i];
      depth++;
    } else {
      depth--;
    }
    //@ label step
  }
  int top = depth > 0 ? open[depth - 1] : 3;
  int state = 4 * depth + top;
  //@ label read
  int mask = 0;
  if (state / 4 < 4) mask |= 7;
  if (state % 4 < 3) mask |= 8 << state % 4;
  if (state / 4 == 0) mask |= 64;
  return mask;
}
