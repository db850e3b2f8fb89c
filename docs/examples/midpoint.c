// Two ways to write the middle of an interval. They agree as long as lo + hi does not overflow.
int careful(int lo, int hi) {
  //@ requires lo >= 0 && lo <= hi;
  return lo + (hi - lo) / 2;
}

int hasty(int lo, int hi) { return (lo + hi) / 2; }
