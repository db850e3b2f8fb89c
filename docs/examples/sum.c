// The sum of a[0] .. a[n-1]; the loop goes one too far.
int sum(const int *a, int n) {
  //@ requires n >= 0 && n <= 8;
  //@ requires length(a) == n;
  unsigned s = 0;
  for (int i = 0; i <= n; i++) s += (unsigned)a[i];
  return (int)(s & 0x7fffffff);
}
