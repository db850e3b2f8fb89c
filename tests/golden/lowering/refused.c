// golden: lower
double half(double x) { return x / 2; }
int jump(int n) {
again:
  if (n-- > 0) goto again;
  return n;
}
union both { int i; char c; };
int look(union both *b) { return b->i; }
int fine(int x) { return x; }
extern int elsewhere(int x);
int calls(int x) { return elsewhere(x); }
