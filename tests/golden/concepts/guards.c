// golden: concepts
#include <stddef.h>
int first(const int *a, int n) {
  if (a == NULL || n <= 0) return -1;
  for (int i = 0; i < n; i++)
    if (a[i] != 0) return a[i];
  return 0;
}
int mean(int sum, int count) {
  if (count == 0) return 0;
  return sum / count;
}
int ratio(int a, int b) { return b != 0 ? a / b : -1; }
int at(const int *a, int n, int i) {
  if (i < 0 || i >= n) return 0;
  return a[i];
}
