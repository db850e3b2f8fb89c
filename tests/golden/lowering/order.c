// golden: lower
int f(int x);
int g(int *p) { return *p + 1; }
int f(int x) {
  int a[4] = {1, 2}, i = 0;
  a[i++] = x;
  x += a[i]++ + g(&x);
  return i && x-- > 0 ? f(x) : (i ?: x);
}
int loops(int n) {
  int s = 0;
  while (n-- > 0) {
    if (n == 3) continue;
    s += n;
  }
  do s--; while (s > 100 && n++ < 5);
  return s;
}
