enum state {
  STATE_0,  /* after the empty word: 0 */
  STATE_1,  /* after 1: 1 */
  STATE_2,  /* after 2: 2 */
  STATE_3,  /* after 3: 3 */
  STATE_4,  /* after 4: 4 */
  STATE_5,  /* after 5: 5 */
  STATE_6,  /* after 6: 6 */
  STATE_7,  /* after 7: 7 */
};

static enum state after(enum state state, int symbol) {
  switch (state) {
    case STATE_0:
      switch (symbol) {
        case 0:
          return STATE_0;
        case 1:
          return STATE_1;
        case 2:
          return STATE_2;
        case 3:
          return STATE_3;
        case 4:
          return STATE_4;
        case 5:
          return STATE_5;
        case 6:
          return STATE_6;
        case 7:
          return STATE_7;
        default:
          return STATE_0;
      }
    case STATE_1:
      switch (symbol) {
        case 0:
        case 1:
          return STATE_1;
        case 2:
          return STATE_2;
        case 3:
          return STATE_3;
        case 4:
          return STATE_4;
        case 5:
          return STATE_5;
        case 6:
          return STATE_6;
        case 7:
          return STATE_7;
        default:
          return STATE_0;
      }
    case STATE_2:
      switch (symbol) {
        case 0:
        case 1:
        case 2:
          return STATE_2;
        case 3:
          return STATE_3;
        case 4:
          return STATE_4;
        case 5:
          return STATE_5;
        case 6:
          return STATE_6;
        case 7:
          return STATE_7;
        default:
          return STATE_0;
      }
    case STATE_3:
      switch (symbol) {
        case 0:
        case 1:
        case 2:
        case 3:
          return STATE_3;
        case 4:
          return STATE_4;
        case 5:
          return STATE_5;
        case 6:
          return STATE_6;
        case 7:
          return STATE_7;
        default:
          return STATE_0;
      }
    case STATE_4:
      switch (symbol) {
        case 0:
        case 1:
        case 2:
        case 3:
        case 4:
          return STATE_4;
        case 5:
          return STATE_5;
        case 6:
          return STATE_6;
        case 7:
          return STATE_7;
        default:
          return STATE_0;
      }
    case STATE_5:
      switch (symbol) {
        case 0:
        case 1:
        case 2:
        case 3:
        case 4:
        case 5:
          return STATE_5;
        case 6:
          return STATE_6;
        case 7:
          return STATE_7;
        default:
          return STATE_0;
      }
    case STATE_6:
      switch (symbol) {
        case 0:
        case 1:
        case 2:
        case 3:
        case 4:
        case 5:
        case 6:
          return STATE_6;
        case 7:
          return STATE_7;
        default:
          return STATE_0;
      }
    case STATE_7:
      switch (symbol) {
        case 0:
        case 1:
        case 2:
        case 3:
        case 4:
        case 5:
        case 6:
        case 7:
          return STATE_7;
        default:
          return STATE_0;
      }
  }
  return STATE_0;
}

/* Is s[0] .. s[n-1] a word of the domain? */
static int in_domain(const int *s, int n) {
  for (int i = 0; i < n; i++)
    if (s[i] < 0 || s[i] > 7) return 0;
  return 1;
}

//@ requires n >= 1 && n <= 6;
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
      return 0;  /* 0 */
    case STATE_1:
      return 1;  /* 1 */
    case STATE_2:
      return 2;  /* 2 */
    case STATE_3:
      return 3;  /* 3 */
    case STATE_4:
      return 4;  /* 4 */
    case STATE_5:
      return 5;  /* 5 */
    case STATE_6:
      return 6;  /* 6 */
    case STATE_7:
      return 7;  /* 7 */
    default:
      break;
  }
  return 0;
}
