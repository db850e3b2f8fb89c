// The sum of two digits, written without leading zeros and ended by 10.

int digit(int a, int b, int step) {
  //@ requires a >= 0 && a <= 9 && b >= 0 && b <= 9;
  //@ requires step >= 0 && step <= 2;
  int sum = a + b;
  int carry = sum >= 10;
  //@ label added
  if (!carry) return step == 0 ? sum : 10;
  if (step == 0) return 1;
  return step == 1 ? sum - 10 : 10;
}

// The same in another style: writes the number into a buffer and reads one character of it.
int reference(int a, int b, int step) {
  //@ requires a >= 0 && a <= 9 && b >= 0 && b <= 9;
  //@ requires step >= 0 && step <= 2;
  int text[3] = {10, 10, 10};
  int length = 0;
  int sum = a + b;
  if (sum / 10 > 0) text[length++] = sum / 10;
  text[length] = sum % 10;
  return text[step];
}
