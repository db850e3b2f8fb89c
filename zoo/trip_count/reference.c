// Runs the loop. No loop that ends has more than 14 trips here, so one that is still running then never ends.

static int holds(int i, int op, int hi) {
  switch (op) {
    case 0:
      return i < hi;
    case 1:
      return i <= hi;
    default:
      return i != hi;
  }
}

int trips(int lo, int op, int hi, int step) {
  //@ requires lo >= 0 && lo <= 13 && hi >= 0 && hi <= 13;
  //@ requires op >= 0 && op <= 2;
  //@ requires step >= 0 && step <= 3;
  int count = 0;
  for (int i = lo; holds(i, op, hi); i += step) {
    count++;
    if (count > 14) return -1;
  }
  return count;
}

// The same on the declared bounds alone.
int declared_trips(int lo, int op, int hi, int step) {
  //@ requires lo >= 0 && lo <= 9 && hi >= 0 && hi <= 9;
  //@ requires op >= 0 && op <= 2;
  //@ requires step >= 0 && step <= 3;
  return trips(lo, op, hi, step);
}
