// The most frequent letter.

static int occurrences(const int *s, int n, int letter) {
  int count = 0;
  for (int i = 0; i < n; i++) count += s[i] == letter;
  return count;
}

int has_one_mode(const int *s, int n) {
  int best = 0, how_many = 0;
  for (int letter = 0; letter < 3; letter++) {
    int count = occurrences(s, n, letter);
    if (count == best) how_many++;
    if (count > best) {
      best = count;
      how_many = 1;
    }
  }
  return how_many == 1;
}

static int is_letters(const int *s, int n) {
  for (int i = 0; i < n; i++)
    if (s[i] < 0 || s[i] > 2) return 0;
  return 1;
}

int most_frequent(const int *s, int n) {
  //@ requires n >= 1 && n <= 12;
  //@ requires length(s) == n;
  //@ requires is_letters(s, n);
  //@ requires has_one_mode(s, n);
  int count[3] = {0, 0, 0};
  for (int i = 0; i < n; i++) count[s[i]]++;
  int best = 0;
  for (int letter = 1; letter < 3; letter++)
    if (count[letter] > count[best]) best = letter;
  //@ label chosen
  return best;
}

// The same in another style.
int reference(const int *s, int n) {
  //@ requires n >= 1 && n <= 12;
  //@ requires length(s) == n;
  //@ requires is_letters(s, n);
  //@ requires has_one_mode(s, n);
  int a = occurrences(s, n, 0);
  int b = occurrences(s, n, 1);
  int c = occurrences(s, n, 2);
  if (a > b && a > c) return 0;
  return b > c ? 1 : 2;
}
