// Rival: two semi-finals and a final. Same answers, but a network that works this way holds the winner of each half.

static int in_domain(const int *s, int n) {
  for (int i = 0; i < n; i++)
    if (s[i] < 0 || s[i] > 63) return 0;
  return 1;
}

static int larger(int a, int b) { return a > b ? a : b; }

int largest(const int *s, int n) {
  //@ requires n >= 1 && n <= 4;
  //@ requires length(s) == n;
  //@ requires in_domain(s, n);
  int half = n / 2;
  int left = s[0];
  for (int i = 1; i < half; i++) left = larger(left, s[i]);
  int right = s[half];
  for (int i = half + 1; i < n; i++) right = larger(right, s[i]);
  //@ label semi_finals
  return larger(left, right);
}
