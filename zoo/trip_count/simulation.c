// Rival: runs the loop. What a network that works this way holds is the loop's variable; swapped after the first trip, it would
// decide how many trips are left.

int trips(int lo, int op, int hi, int step) {
  //@ requires lo >= 0 && lo <= 13 && hi >= 0 && hi <= 13;
  //@ requires op >= 0 && op <= 2;
  //@ requires step >= 0 && step <= 3;
  int i = lo;
  for (int count = 0; count <= 14; count++) {
    int goes_on = op == 2 ? i != hi : i < hi + op;
    if (!goes_on) return count;
    i += step;
    //@ label stepped
  }
  return -1;
}
