// golden: concepts
// Nothing here is a concept: no loop, no computed index, one return, no swap, no table, no flag.
int add(int a, int b) { return a + b; }
int fixed(const int *a) { return a[0] + a[2]; }
void not_a_swap(int *a, int *b) {
  int t = *a;
  *a = *b;
  *b = *a;
  t = t + 1;
}
int replaced(int x) {
  int y = x;
  y = x + 1;
  return y;
}
int compared(int x, int y) {
  int best = 0;
  if (x > best) best = y;
  return best;
}
