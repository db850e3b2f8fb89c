// Reads both numbers, adds them as integers, and takes the digit that is asked for.

int digit(const int a[2], const int b[2], int step) {
  //@ requires step >= 0 && step <= 2;
  //@ requires a[0] >= 0 && a[0] <= 9 && a[1] >= 0 && a[1] <= 9;
  //@ requires b[0] >= 0 && b[0] <= 9 && b[1] >= 0 && b[1] <= 9;
  unsigned sum = (unsigned)(10 * a[0] + a[1]) + (unsigned)(10 * b[0] + b[1]);
  switch (step) {
    case 0:
      return (int)(sum / 100);
    case 1:
      return (int)(sum / 10 % 10);
    default:
      return (int)(sum % 10);
  }
}
