// golden: lower
int classify(int x) {
  int r = 0;
  switch (x) {
    case 1:
    case 2: r = 1; break;
    case 5 ... 7: {
      int y = x;
      r = y;
    }
    default: r++;
    case 9:;
  }
  return r;
}
