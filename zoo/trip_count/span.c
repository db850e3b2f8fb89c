// The distance to go and the kind of the comparison as one number, as three heads bring it to the closing bracket; the step comes by a
// fourth. op: 0 is <, 1 is <=, 2 is !=. -1 stands for a loop that never ends.

// Trips over a distance. must_hit: the bound has to be met exactly.
static int trips_over(int distance, int must_hit, int stride) {
  if (!must_hit && distance < 0) distance = 0;
  if (distance == 0) return 0;
  if (stride == 0 || distance < 0) return -1;
  if (must_hit && distance % stride != 0) return -1;
  return (distance + stride - 1) / stride;
}

int trips(int lo, int op, int hi, int step) {
  //@ requires lo >= 0 && lo <= 13 && hi >= 0 && hi <= 13;
  //@ requires op >= 0 && op <= 2;
  //@ requires step >= 0 && step <= 3;
  //@ ensures result >= -1 && result <= 14;
  int comparison = op;
  int stride = step;
  //@ label read
  int distance = hi - lo + (comparison == 1);
  int span = 2 * distance + (comparison == 2);
  //@ label measured
  int must_hit = span % 2 != 0;
  return trips_over((span - must_hit) / 2, must_hit, stride);
}
