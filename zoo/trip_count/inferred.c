//@ requires lo >= 0 && lo <= 9;
//@ requires op >= 0 && op <= 2;
//@ requires hi >= 0 && hi <= 9;
//@ requires step_size >= 0 && step_size <= 3;
int inferred(int lo, int op, int hi, int step_size) {
  int result = 0;
  if (op == 0) {
    int trips_1 = 0;
    for (int i = lo; i < hi; i += step_size) {
      if (trips_1 == 11) { trips_1 = -1; break; }  /* does not end */
      ++trips_1;
    }
    //@ label after_1
    result = trips_1;
  }
  if (op == 1) {
    int trips_2 = 0;
    for (int i = lo; i <= hi; i += step_size) {
      if (trips_2 == 11) { trips_2 = -1; break; }  /* does not end */
      ++trips_2;
    }
    //@ label after_2
    result = trips_2;
  }
  if (op == 2) {
    int trips_3 = 0;
    for (int i = lo; i != hi; i += step_size) {
      if (trips_3 == 11) { trips_3 = -1; break; }  /* does not end */
      ++trips_3;
    }
    //@ label after_3
    result = trips_3;
  }
  return result;
}
