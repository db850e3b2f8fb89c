// golden: concepts
static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
int days_in(int month) { return days[month - 1]; }
void order(int *a, int i, int j) {
  if (a[i] > a[j]) {
    int t = a[i];
    a[i] = a[j];
    a[j] = t;
  }
}
int factorial(int n) {
  if (n <= 1) return 1;
  return n * factorial(n - 1);
}
int sign(int x) {
  if (x > 0) return 1;
  if (x < 0) return -1;
  return 0;
}
enum state { kStart, kSeen, kDone };
int accepts(const char *s) {
  enum state q = kStart;
  for (int i = 0; s[i]; i++) {
    switch (q) {
      case kStart:
        if (s[i] == 'a') q = kSeen;
        break;
      case kSeen:
        q = s[i] == 'b' ? kDone : kStart;
        if (s[i] == 'c') q = kDone;
        break;
      default: break;
    }
  }
  return q == kDone;
}
