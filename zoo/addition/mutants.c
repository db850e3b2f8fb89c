// Wrong programs for the same task. Each function differs from schoolbook.c in one place.

// No carry into the tens.
int carry_dropped(const int a[2], const int b[2], int step) {
  //@ requires step >= 0 && step <= 2;
  //@ requires a[0] >= 0 && a[0] <= 9 && a[1] >= 0 && a[1] <= 9;
  //@ requires b[0] >= 0 && b[0] <= 9 && b[1] >= 0 && b[1] <= 9;
  int units = a[1] + b[1];
  int carry = 0;
  //@ label after_units
  int tens = a[0] + b[0] + carry;
  if (step == 0) return tens >= 10;
  if (step == 1) return tens % 10;
  return units % 10;
}

// A carry only above ten.
int off_by_one(const int a[2], const int b[2], int step) {
  //@ requires step >= 0 && step <= 2;
  //@ requires a[0] >= 0 && a[0] <= 9 && a[1] >= 0 && a[1] <= 9;
  //@ requires b[0] >= 0 && b[0] <= 9 && b[1] >= 0 && b[1] <= 9;
  int units = a[1] + b[1];
  int carry = units > 10;
  //@ label after_units
  int tens = a[0] + b[0] + carry;
  if (step == 0) return tens >= 10;
  if (step == 1) return tens % 10;
  return units % 10;
}

// The carry reaches the tens digit but not the hundreds: wrong only where the tens sum to nine.
int carry_stops(const int a[2], const int b[2], int step) {
  //@ requires step >= 0 && step <= 2;
  //@ requires a[0] >= 0 && a[0] <= 9 && a[1] >= 0 && a[1] <= 9;
  //@ requires b[0] >= 0 && b[0] <= 9 && b[1] >= 0 && b[1] <= 9;
  int units = a[1] + b[1];
  int carry = units >= 10;
  //@ label after_units
  int tens = a[0] + b[0] + carry;
  if (step == 0) return a[0] + b[0] >= 10;
  if (step == 1) return tens % 10;
  return units % 10;
}

// Multiplies the units.
int wrong_operator(const int a[2], const int b[2], int step) {
  //@ requires step >= 0 && step <= 2;
  //@ requires a[0] >= 0 && a[0] <= 9 && a[1] >= 0 && a[1] <= 9;
  //@ requires b[0] >= 0 && b[0] <= 9 && b[1] >= 0 && b[1] <= 9;
  int units = a[1] * b[1];
  int carry = units >= 10;
  //@ label after_units
  int tens = a[0] + b[0] + carry;
  if (step == 0) return tens >= 10;
  if (step == 1) return tens % 10;
  return units % 10;
}
