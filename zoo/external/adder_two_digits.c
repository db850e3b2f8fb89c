// A number of two digits plus one digit, written without leading zeros and ended by 10.

int digit(int tens, int a, int b, int step) {
  //@ requires tens >= 1 && tens <= 9 && a >= 0 && a <= 9 && b >= 0 && b <= 9;
  //@ requires step >= 0 && step <= 3;
  int text[4] = {10, 10, 10, 10};
  int length = 0;
  int sum = 10 * tens + a + b;
  if (sum >= 100) text[length++] = 1;
  text[length++] = sum / 10 % 10;
  text[length] = sum % 10;
  return text[step];
}
