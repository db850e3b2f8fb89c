// golden: lower
int f(int n) {
  //@ label start
  return m + ;
}
//@ requires n > zero;
int g(int n) { return n; }
