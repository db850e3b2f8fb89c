// golden: lower
struct point { int x, y[2]; };
typedef struct { struct point a; unsigned char tag; } pair;
static const struct point origin = {.y = {1}};
static int counter(void) { static int n = 3; return ++n; }
pair make(int x) { return (pair){{x, {1, 2}}, 'p'}; }
int use(pair p) {
  pair q = make(p.a.x), *r = &q;
  r->a.y[1] += origin.y[0];
  q = p.tag ? q : p;
  return make(3).a.y[1] + counter() + "hi"[1];
}
