// Addition as in school: units first, a carry into the tens. Digits are stored most significant first; step 0 asks for the hundreds.

int digit(const int a[2], const int b[2], int step) {
  //@ requires step >= 0 && step <= 2;
  //@ requires a[0] >= 0 && a[0] <= 9 && a[1] >= 0 && a[1] <= 9;
  //@ requires b[0] >= 0 && b[0] <= 9 && b[1] >= 0 && b[1] <= 9;
  //@ ensures result >= 0 && result <= 9;
  int units = a[1] + b[1];
  int carry = units >= 10;
  //@ label after_units
  int tens = a[0] + b[0] + carry;
  int hundreds = tens >= 10;
  //@ label after_tens
  if (step == 0) return hundreds;
  if (step == 1) return tens % 10;
  return units % 10;
}
