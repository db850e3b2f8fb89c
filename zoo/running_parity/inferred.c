enum state {
  STATE_0,  /* after the empty word: even */
  STATE_1,  /* after 1: odd */
};

static enum state after(enum state state, int symbol) {
  switch (state) {
    case STATE_0: return symbol == 1 ? STATE_1 : STATE_0;
    case STATE_1: return symbol == 1 ? STATE_0 : STATE_1;
  }
  return STATE_0;
}

/* Is s[0] .. s[n-1] a word of the domain? */
static int in_domain(const int *s, int n) {
  for (int i = 0; i < n; i++)
    if (s[i] < 0 || s[i] > 1) return 0;
  return 1;
}

//@ requires n >= 1 && n <= 12;
//@ requires length(s) == n;
//@ requires in_domain(s, n);
int inferred(const int *s, int n) {
  enum state state = STATE_0;
  for (int i = 0; i < n; i++) {
    state = after(state, s[i]);
    //@ label step
  }
  //@ label end
  switch (state) {
    case STATE_0:
      return 0;  /* even */
    case STATE_1:
      return 1;  /* odd */
    default: break;
  }
  return 0;
}
