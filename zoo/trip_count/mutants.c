// Wrong programs for the same task. Each function differs from formula.c in one place.

// <= is read as <: the classic off by one.
int off_by_one(int lo, int op, int hi, int step) {
  //@ requires lo >= 0 && lo <= 13 && hi >= 0 && hi <= 13;
  //@ requires op >= 0 && op <= 2;
  //@ requires step >= 0 && step <= 3;
  int distance = hi - lo;
  //@ label measured
  if (op != 2 && distance < 0) distance = 0;
  if (distance == 0) return 0;
  if (step == 0 || distance < 0) return -1;
  if (op == 2 && distance % step != 0) return -1;
  return (distance + step - 1) / step;
}

// != is read as <: such a loop always ends unless it cannot move.
int wrong_operator(int lo, int op, int hi, int step) {
  //@ requires lo >= 0 && lo <= 13 && hi >= 0 && hi <= 13;
  //@ requires op >= 0 && op <= 2;
  //@ requires step >= 0 && step <= 3;
  int distance = hi - lo;
  if (op == 1) distance++;
  //@ label measured
  if (distance < 0) distance = 0;
  if (distance == 0) return 0;
  if (step == 0) return -1;
  return (distance + step - 1) / step;
}

// Rounds down.
int rounds_down(int lo, int op, int hi, int step) {
  //@ requires lo >= 0 && lo <= 13 && hi >= 0 && hi <= 13;
  //@ requires op >= 0 && op <= 2;
  //@ requires step >= 0 && step <= 3;
  int distance = hi - lo;
  if (op == 1) distance++;
  //@ label measured
  if (op != 2 && distance < 0) distance = 0;
  if (distance == 0) return 0;
  if (step == 0 || distance < 0) return -1;
  if (op == 2 && distance % step != 0) return -1;
  return distance / step;
}

// A step of zero counts as one.
int step_at_least_one(int lo, int op, int hi, int step) {
  //@ requires lo >= 0 && lo <= 13 && hi >= 0 && hi <= 13;
  //@ requires op >= 0 && op <= 2;
  //@ requires step >= 0 && step <= 3;
  int distance = hi - lo;
  if (op == 1) distance++;
  //@ label measured
  if (op != 2 && distance < 0) distance = 0;
  if (distance == 0) return 0;
  if (step == 0) step = 1;
  if (distance < 0) return -1;
  if (op == 2 && distance % step != 0) return -1;
  return (distance + step - 1) / step;
}
