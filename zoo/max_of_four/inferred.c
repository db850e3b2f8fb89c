//@ requires prefix[0] >= 0 && prefix[0] <= 63;
//@ requires prefix[1] >= 0 && prefix[1] <= 63;
//@ requires prefix[2] >= 0 && prefix[2] <= 63;
//@ requires prefix[3] >= 0 && prefix[3] <= 63;
//@ requires length == 4;
int inferred(const int prefix[4], int length) {
  int result = 0;
  int largest_1 = prefix[0];
  for (int i = 1; i < 4; i++) {
    if (prefix[i] > largest_1) largest_1 = prefix[i];
    //@ label step_1
  }
  int larger_2 = largest_1 > length ? largest_1 : length;
  //@ label computed
  result = larger_2;
  return result;
}
