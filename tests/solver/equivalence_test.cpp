// Refinement: sorts, midpoints, aliasing, undefinedness, output, bounds.
#include "solver/equivalence/equivalence.h"

#include "tests/solver/solver_support.h"

namespace assay::solver {
namespace {

std::string sorts(const std::string& inner_bound) {
  const std::string contract = "//@ requires n >= 0 && n <= 4;\n//@ requires length(a) == n;\n";
  return contract + "void f(int *a, int n) { for (int i = 1; i < n; i++) { int x = a[i], j = i - 1; while (j >= 0 && a[j] > x) { a[j + 1] = a[j]; j--; } a[j + 1] = x; } }\n" +
         contract + "void g(int *a, int n) { for (int i = 0; i < n; i++) for (int j = i + 1; j < " + inner_bound +
         "; j++) if (a[j] < a[i]) { int t = a[i]; a[i] = a[j]; a[j] = t; } }\n";
}

TEST(Equivalence, insertion_sort_is_exchange_sort_up_to_four_elements) {
  const Verdict verdict = equiv(sorts("n"));
  EXPECT_EQ(verdict.grade(), Grade::kProved) << verdict.reason;
}

TEST(Equivalence, a_sort_that_stops_early_is_refuted_with_the_smallest_array) {
  const Verdict verdict = equiv(sorts("n - 1"));
  ASSERT_EQ(verdict.grade(), Grade::kRefuted);
  ASSERT_TRUE(verdict.witness);
  EXPECT_EQ(verdict.witness->interpreter_replay, Replay::kAgreed);
  EXPECT_EQ(verdict.witness->literals.back(), "int n = 2");
}

const char* const kMidpoints = "//@ requires l >= 0 && h >= l;\nint f(int l, int h) { return (l + h) / 2; }\n"
                               "//@ requires l >= 0 && h >= l;\nint g(int l, int h) { return l + (h - l) / 2; }\n";

TEST(Equivalence, midpoints_agree_where_the_sum_does_not_overflow) { EXPECT_EQ(equiv(kMidpoints).grade(), Grade::kProved); }

TEST(Equivalence, midpoints_differ_when_sums_wrap) {
  SolverOptions options = without_native_replay();
  options.mode = SemanticsMode::kWrap;
  EXPECT_EQ(equiv(kMidpoints, "f", "g", options).grade(), Grade::kRefuted);
  options.mode = SemanticsMode::kMath;
  EXPECT_EQ(equiv(kMidpoints, "f", "g", options).grade(), Grade::kProved);
}

TEST(Equivalence, refinement_goes_one_way) {
  const std::string source = "int f(int a, int b) { return a / b; }\nint g(int a, int b) { return b == 0 || (b == -1 && a < -2147483647) ? 0 : a / b; }\n";
  EXPECT_EQ(equiv(source, "f", "g").grade(), Grade::kProved);
  const Verdict back = equiv(source, "g", "f");
  EXPECT_EQ(back.grade(), Grade::kRefuted);
  EXPECT_NE(back.witness->program_answer.find("divisor is zero"), std::string::npos) << back.witness->program_answer;
}

TEST(Equivalence, two_pointers_into_one_object_are_tried) {
  const Verdict verdict = equiv("void f(int *a, int *b) { int t = *a; *a = *b; *b = t; }\nvoid g(int *a, int *b) { *a ^= *b; *b ^= *a; *a ^= *b; }\n");
  ASSERT_EQ(verdict.grade(), Grade::kRefuted);
  EXPECT_EQ(verdict.witness->arguments[1].kind, program::Argument::Kind::kAlias);
}

TEST(Equivalence, objects_without_a_contract_are_bounded_and_may_be_null) {
  const std::string both = "int f(const int *a) { return a ? a[0] : 7; }\n";
  const Verdict same = equiv(both + "int g(const int *a) { if (!a) return 7; return *a; }\n");
  EXPECT_EQ(same.grade(), Grade::kBounded) << same.reason;
  const Verdict different = equiv(both + "int g(const int *a) { return a ? *a : 8; }\n");
  ASSERT_EQ(different.grade(), Grade::kRefuted);
  EXPECT_EQ(different.witness->arguments[0].kind, program::Argument::Kind::kNull);
}

TEST(Equivalence, globals_are_compared_at_the_end) {
  const std::string head = "int count;\nvoid f(int x) { if (x) count = count + 1; }\n";
  EXPECT_EQ(equiv(head + "void g(int x) { count += x != 0; }\n").grade(), Grade::kProved);
}

TEST(Equivalence, printed_values_are_compared) {
  const std::string head = "int printf(const char *, ...);\nvoid f(int x) { printf(\"%d\\n\", x & 7); }\n";
  EXPECT_EQ(equiv(head + "void g(int x) { printf(\"%d\\n\", x - (x & ~7)); }\n").grade(), Grade::kProved);
  EXPECT_EQ(equiv(head + "void g(int x) { printf(\"%d\\n\", x & 15); }\n").grade(), Grade::kRefuted);
  EXPECT_EQ(equiv(head + "void g(int x) { printf(\"%x\\n\", x & 7); }\n").grade(), Grade::kUnsupported);
}

TEST(Equivalence, a_bound_that_hides_the_difference_is_not_a_proof) {
  const std::string source = "int f(unsigned n) { int s = 0; for (unsigned i = 0; i < n; i++) s ^= 1; return s; }\n"
                             "int g(unsigned n) { int s = 0; for (unsigned i = 0; i < n; i++) s ^= i < 6 ? 1 : 0; return s; }\n";
  EXPECT_EQ(equiv(source).grade(), Grade::kRefuted);
  SolverOptions options = without_native_replay();
  options.bound = 4;
  EXPECT_EQ(equiv(source, "f", "g", options).grade(), Grade::kBounded);
}

TEST(Equivalence, a_reference_that_is_never_defined_is_vacuous) {
  EXPECT_EQ(equiv("int f(int x) { int u; return u + x; }\nint g(int x) { return x; }\n").grade(), Grade::kVacuous);
}

TEST(Equivalence, different_signatures_are_an_input_error) {
  const program::Program program = lower("int f(int x) { return x; }\nint g(long x) { return 0; }\n");
  Result<Verdict> verdict = refines(program, *program.find("f"), program, *program.find("g"), {}, test_session());
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().kind, ErrorKind::kInput);
}

}  // namespace
}  // namespace assay::solver
