// Wrong programs for the same task. Each function differs from stack.c in one place.

// 1 if every symbol was allowed where it stands: never deeper than four, every closer fits the opener on top.
static int legal_prefix(const int *s, int n) {
  int open[4] = {0, 0, 0, 0};
  int depth = 0;
  for (int i = 0; i < 16 && i < n; i++) {
    if (s[i] < 0 || s[i] > 5) return 0;
    if (s[i] < 3) {
      if (depth == 4) return 0;
      open[depth] = s[i];
      depth++;
    } else {
      if (depth == 0 || open[depth - 1] != s[i] - 3) return 0;
      depth--;
    }
  }
  return 1;
}

static int depth_of(const int *s, int n) {
  int depth = 0;
  for (int i = 0; i < n; i++) depth += s[i] < 3 ? 1 : -1;
  return depth;
}

static int top_of(const int *s, int n) {
  int open[4] = {0, 0, 0, 0};
  int depth = 0;
  for (int i = 0; i < n; i++) {
    if (s[i] < 3) {
      open[depth] = s[i];
      depth++;
    } else {
      depth--;
    }
  }
  return depth > 0 ? open[depth - 1] : 3;
}

static int mask_of(int depth, int top, int limit) {
  int mask = depth < limit ? 7 : 0;
  if (top < 3) mask |= 8 << top;
  if (depth == 0) mask |= 64;
  return mask;
}

// The depth limit is five.
int off_by_one(const int *s, int n) {
  //@ requires n >= 0 && n <= 12;
  //@ requires length(s) >= n && length(s) <= 16;
  //@ requires legal_prefix(s, n);
  int depth = depth_of(s, n);
  int top = top_of(s, n);
  //@ label read
  return mask_of(depth, top, 5);
}

// The bracket to close is the last one opened, even if it was closed since.
int last_opener(const int *s, int n) {
  //@ requires n >= 0 && n <= 12;
  //@ requires length(s) >= n && length(s) <= 16;
  //@ requires legal_prefix(s, n);
  int depth = depth_of(s, n);
  int top = 3;
  for (int i = 0; i < n; i++)
    if (s[i] < 3) top = s[i];
  if (depth == 0) top = 3;
  //@ label read
  return mask_of(depth, top, 4);
}

// The outermost bracket is the one to close.
int first_opener(const int *s, int n) {
  //@ requires n >= 0 && n <= 12;
  //@ requires length(s) >= n && length(s) <= 16;
  //@ requires legal_prefix(s, n);
  int depth = depth_of(s, n);
  int top = 3;
  int level = 0;
  for (int i = 0; i < n; i++) {
    if (s[i] < 3 && level == 0) top = s[i];
    level += s[i] < 3 ? 1 : -1;
  }
  if (depth == 0) top = 3;
  //@ label read
  return mask_of(depth, top, 4);
}

// A prefix may end only if it is not empty.
int empty_is_no_word(const int *s, int n) {
  //@ requires n >= 0 && n <= 12;
  //@ requires length(s) >= n && length(s) <= 16;
  //@ requires legal_prefix(s, n);
  int depth = depth_of(s, n);
  int top = top_of(s, n);
  //@ label read
  int mask = mask_of(depth, top, 4);
  return n == 0 ? mask & 63 : mask;
}
