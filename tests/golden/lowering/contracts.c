// golden: lower
//@ requires n >= 0 && n <= 8;
//@ requires length(a) == n;
/*@ ensures result >= 0
            || old(n) > 3; */
int count(const int *a, int n) {
  int c = 0;
  for (int i = 0; i < n; i++) {
    //@ invariant 0 <= i && i <= n;
    //@ invariant c <= i;
    if (a[i] != 0) c++;
    //@ label after_test
  }
  //@ assert c <= n;
  return c;
}
int half(int x)
__CPROVER_requires(x > 0)
__CPROVER_ensures(__CPROVER_return_value * 2 <= __CPROVER_old(x))
{
  __CPROVER_assume(x < 1000);
  __CPROVER_assert(x != 7, "not seven");
  return x / 2;
}
