// golden: concepts
int sum_positive(const int *a, int n) {
  int s = 0;
  for (int i = 0; i < n; i++)
    if (a[i] > 0) s += a[i];
  return s;
}
int last_index(const int *a, int n, int x) {
  int i = n - 1;
  while (i >= 0) {
    if (a[i] == x) break;
    i -= 1;
  }
  return i;
}
int maximum(const int a[8]) {
  int best = a[0];
  for (int i = 1; i <= 7; ++i)
    if (a[i] > best) best = a[i];
  return best;
}
int minimum(const int *a, int n) {
  int low = 1000, count = 0;
  for (int i = 0; i < n; i += 2) {
    low = a[i] < low ? a[i] : low;
    count++;
  }
  return low + count;
}
int contains(const int *a, int n, int x) {
  int found = 0;
  for (const int *p = a; p < a + n && !found; p++)
    if (*p == x) found = 1;
  return found;
}
unsigned bits(unsigned n) {
  unsigned c = 0;
  while (n) {
    n &= n - 1;
    c++;
  }
  return c;
}
