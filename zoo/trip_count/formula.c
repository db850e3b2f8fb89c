// Without running the loop: the distance to go decides, divided by the step and rounded up. op: 0 is <, 1 is <=, 2 is !=.
// -1 stands for a loop that never ends.

int trips(int lo, int op, int hi, int step) {
  //@ requires lo >= 0 && lo <= 13 && hi >= 0 && hi <= 13;
  //@ requires op >= 0 && op <= 2;
  //@ requires step >= 0 && step <= 3;
  //@ ensures result >= -1 && result <= 14;
  int distance = hi - lo;
  if (op == 1) distance++;
  //@ label measured
  if (op != 2 && distance < 0) distance = 0;
  if (distance == 0) return 0;
  if (step == 0 || distance < 0) return -1;
  if (op == 2 && distance % step != 0) return -1;
  return (distance + step - 1) / step;
}
