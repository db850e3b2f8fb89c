// Counts upwards and ends with 150.

int is_short(int first, int last) { return first <= last && last - first < 20; }
int is_short_and_counts(int first, int last) { return is_short(first, last) && first < last; }

int element(int first, int last, int step) {
  //@ requires first >= 0 && first <= 149 && last >= 0 && last <= 149;
  //@ requires is_short(first, last);
  //@ requires step >= 0 && step <= last - first + 1;
  int next = first + step;
  return next <= last ? next : 150;
}

// The same in another style: runs the loop up to the step that is asked for.
int reference(int first, int last, int step) {
  //@ requires first >= 0 && first <= 149 && last >= 0 && last <= 149;
  //@ requires is_short(first, last);
  //@ requires step >= 0 && step <= last - first + 1;
  int at = 0;
  for (int i = first; i <= last; i++) {
    if (at == step) return i;
    at++;
  }
  return 150;
}
