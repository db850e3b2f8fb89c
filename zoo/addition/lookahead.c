// Rival: carry lookahead. Each column says if it generates a carry or passes one on; the hundreds digit never looks at the tens digit.

int digit(const int a[2], const int b[2], int step) {
  //@ requires step >= 0 && step <= 2;
  //@ requires a[0] >= 0 && a[0] <= 9 && a[1] >= 0 && a[1] <= 9;
  //@ requires b[0] >= 0 && b[0] <= 9 && b[1] >= 0 && b[1] <= 9;
  int units_generate = a[1] + b[1] > 9;
  int tens_generate = a[0] + b[0] > 9;
  int tens_propagate = a[0] + b[0] == 9;
  //@ label signals
  int hundreds = tens_generate || (tens_propagate && units_generate);
  if (step == 0) return hundreds;
  int units_sum = (a[1] + b[1]) % 10;
  int tens_sum = (a[0] + b[0]) % 10;
  //@ label sums
  if (step == 2) return units_sum;
  return units_generate ? (tens_sum == 9 ? 0 : tens_sum + 1) : tens_sum;
}
