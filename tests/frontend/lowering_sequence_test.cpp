// Conflicting side effects without a sequence point: definite ones fail a check, unclear ones are refused by name, sequenced ones stay silent.
#include "tests/frontend/lowering_support.h"

namespace assay::lowering {
namespace {

using namespace testing;
using program::CheckKind;

TEST(LoweringSequence, each_operator_of_a_definite_conflict_is_found) {
  for (const char* expression : {"i++ + i++", "i = i++ + 1", "i++ - i", "i * --i", "(i = 1) + (i = 2)", "a[i] = i++"})
    EXPECT_EQ(failure_of("int f(int i) { int a[4] = {0}; a[0] = " + std::string(expression) + "; return i + a[0]; }", {1}), CheckKind::kUnsequenced)
        << expression;
}

TEST(LoweringSequence, arguments_of_a_call_are_unsequenced) {
  const std::string callee = "static int add(int a, int b) { return a + b; }\n";
  EXPECT_EQ(failure_of(callee + "int f(int i) { return add(i++, i); }", {1}), CheckKind::kUnsequenced);
  EXPECT_EQ(result_of(callee + "int f(int i) { int j = i, r = add(i++, j++); return r + i + j; }", {1}), 6);
}

TEST(LoweringSequence, and_or_comma_and_choice_put_a_point_between_their_operands) {
  EXPECT_EQ(result_of("int f(int i) { return i++ && i == 2; }", {1}), 1);
  EXPECT_EQ(result_of("int f(int i) { return i++ || i++; }", {0}), 1);
  EXPECT_EQ(result_of("int f(int i) { return (i++, i); }", {1}), 2);
  EXPECT_EQ(result_of("int f(int i) { return i++ ? i : -i; }", {1}), 2);
}

TEST(LoweringSequence, the_value_of_an_assignment_is_computed_before_it_is_stored) {
  EXPECT_EQ(result_of("int f(int i) { i = i + 1; i += i; return i; }", {3}), 8);
  EXPECT_EQ(result_of("int f(int i) { int j; i = j = i * 2; return i + j; }", {3}), 12);
}

TEST(LoweringSequence, a_conflict_that_depends_on_a_condition_is_refused_with_its_object) {
  const std::string refusal = refusal_of("int f(int c, int i) { return (c && i++) + i; }");
  EXPECT_NE(refusal.find("test.c:1:"), std::string::npos) << refusal;
  EXPECT_NE(refusal.find("'i'"), std::string::npos) << refusal;
}

TEST(LoweringSequence, sizeof_evaluates_nothing) { EXPECT_EQ(result_of("int f(int i) { return (int)sizeof(i++) + i; }", {1}), 5); }

}  // namespace
}  // namespace assay::lowering
