// Which symbols may follow a prefix: the declaration of the domain. Symbols 0 1 2 open, 3 4 5 close.

int legal(const int *s, int n) {
  //@ requires n >= 0 && n <= 16;
  int open[4] = {0, 0, 0, 0};
  int depth = 0;
  for (int i = 0; i < n; i++) {
    if (s[i] < 3) {
      open[depth] = s[i];
      depth++;
    } else {
      depth--;
    }
  }
  int mask = depth < 4 ? 7 : 0;
  if (depth > 0) mask |= 8 << open[depth - 1];
  return mask;
}
