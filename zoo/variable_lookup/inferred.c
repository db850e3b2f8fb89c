//@ requires names[0] >= 0 && names[0] <= 2;
//@ requires names[1] >= 0 && names[1] <= 2;
//@ requires names[2] >= 0 && names[2] <= 2;
//@ requires names[3] >= 0 && names[3] <= 2;
//@ requires values[0] >= 0 && values[0] <= 4;
//@ requires values[1] >= 0 && values[1] <= 4;
//@ requires values[2] >= 0 && values[2] <= 4;
//@ requires values[3] >= 0 && values[3] <= 4;
//@ requires length_names == 4;
//@ requires query >= 0 && query <= 2;
int inferred(const int names[4], const int values[4], int length_names, int query) {
  int result = 0;
  int last_1 = 5;
  for (int i = 0; i < 4; i++) {
    if (names[i] == query) last_1 = values[i];
    //@ label step_1
  }
  //@ label after_1
  result = last_1;
  return result;
}
