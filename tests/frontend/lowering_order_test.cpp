// Operands whose value a later operand changes are saved first: left to right, as the interpreter and every native compiler that was asked.
#include "tests/frontend/lowering_support.h"

namespace assay::lowering {
namespace {

using namespace testing;

/// Does `f` keep a value in a temporary before what follows runs?
std::size_t temporaries(const std::string& source) {
  const Lowered program = lowered(source);
  std::size_t count = 0;
  for (const program::Variable& local : program.program.function(*program.program.find("f")).locals) count += local.is_temporary;
  return count;
}

TEST(LoweringOrder, a_variable_is_saved_before_a_call_that_changes_it_through_a_pointer) {
  const std::string add = "static int add(int *p) { *p += 10; return 1; }\n";
  EXPECT_EQ(result_of(add + "int f(int n) { int x = n; return x * 100 + add(&x); }", {3}), 301);
  EXPECT_EQ(result_of(add + "int f(int n) { int x = n; return add(&x) * 1000 + x; }", {3}), 1013);
}

TEST(LoweringOrder, a_global_is_saved_before_a_call_that_may_change_it) {
  EXPECT_EQ(result_of("int g = 5;\nstatic int bump(void) { return g++; }\nint f(void) { int r = g * 10; return r + (g * 100 + bump()) + g; }"),
            50 + 505 + 6);
}

TEST(LoweringOrder, an_element_is_saved_before_its_array_changes) {
  EXPECT_EQ(
      result_of("static int set(int *a) { a[1] = 9; return 2; }\nint f(void) { int a[3] = {1, 2, 3}; return a[1] * 10 + set(a) + a[1] * 1000; }"),
      20 + 2 + 9000);
}

TEST(LoweringOrder, an_index_is_the_one_of_its_own_expression) {
  EXPECT_EQ(result_of("int f(void) { int a[3] = {0, 0, 0}, i = 0; i = 1, a[i] = 7, i = 2; a[i] = 5; return a[0] * 100 + a[1] * 10 + a[2]; }"), 75);
}

TEST(LoweringOrder, arguments_see_the_effects_of_earlier_statements_only) {
  EXPECT_EQ(result_of("static int two(int a, int b) { return a * 10 + b; }\nint f(int n) { int x = n++; return two(n, x); }", {4}), 54);
}

TEST(LoweringOrder, nothing_is_saved_that_cannot_change) {
  EXPECT_EQ(temporaries("int f(int x, int y) { return x * y + (x - y); }"), 0u);
  EXPECT_EQ(temporaries("static int same(int v) { return v; }\nint f(int x) { return x + same(x); }"), 1u);  // the result of the call, not x
}

}  // namespace
}  // namespace assay::lowering
