// golden: lower
int f(int n) {
  if (n > 0)
    //@ assert n > 0;
    n--;
  return n;
}
