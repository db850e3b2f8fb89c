// Refinement: sorts, midpoints, aliasing, undefinedness, output, bounds.
#include "solver/equivalence/equivalence.h"

#include "tests/solver/solver_support.h"

namespace assay::solver {
namespace {

std::string sorts(const std::string& inner_bound) {
  const std::string contract = "//@ requires n >= 0 && n <= 4;\n//@ requires length(a) == n;\n";
  return contract +
         "void f(int *a, int n) { for (int i = 1; i < n; i++) { int x = a[i], j = i - 1; while (j >= 0 && a[j] > x) { a[j + 1] = a[j]; j--; } a[j + "
         "1] = x; } }\n" +
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

std::string last_element(const std::string& contract, const std::string& signature) {
  return "//@ requires n >= 1 && n <= 4;\n//@ requires length(s) == n;\nint f(const int *s, int n) { return s[n - 1]; }\n" + contract + "int g(" +
         signature + ") { return s[n - 1]; }\n";
}

TEST(Equivalence, a_narrower_contract_of_the_implementation_is_refuted_inside_the_domain_of_the_reference) {
  for (const Verdict& verdict : {equiv(last_element("//@ requires n == 4;\n//@ requires s[0] >= 0;\n", "const int s[4], int n")),
                                 equiv(last_element("//@ requires n >= 2 && length(s) == n;\n", "const int *s, int n")),
                                 equiv(last_element("//@ requires n >= 1 && length(s) == 4;\n", "const int *s, int n"))}) {
    ASSERT_EQ(verdict.grade(), Grade::kRefuted) << verdict.reason;
    EXPECT_TRUE(verdict.witness->reference_defined);
    EXPECT_TRUE(verdict.reason.starts_with("precondition")) << verdict.reason;
  }
}

TEST(Equivalence, a_wider_contract_of_the_implementation_is_no_difference) {
  EXPECT_EQ(equiv(last_element("//@ requires n >= 0 && n <= 9;\n//@ requires length(s) >= n;\n", "const int *s, int n")).grade(), Grade::kProved);
  EXPECT_EQ(equiv(last_element("", "const int *s, int n")).grade(), Grade::kProved);
}

const char* const kMidpoints =
    "//@ requires l >= 0 && h >= l;\nint f(int l, int h) { return (l + h) / 2; }\n"
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
  const std::string source =
      "int f(int a, int b) { return a / b; }\nint g(int a, int b) { return b == 0 || (b == -1 && a < -2147483647) ? 0 : a / b; }\n";
  EXPECT_EQ(equiv(source, "f", "g").grade(), Grade::kProved);
  const Verdict back = equiv(source, "g", "f");
  EXPECT_EQ(back.grade(), Grade::kRefuted);
  EXPECT_NE(back.witness->program_answer.find("divisor is zero"), std::string::npos) << back.witness->program_answer;
}

TEST(Equivalence, two_pointers_into_one_object_are_tried) {
  const Verdict verdict =
      equiv("void f(int *a, int *b) { int t = *a; *a = *b; *b = t; }\nvoid g(int *a, int *b) { *a ^= *b; *b ^= *a; *a ^= *b; }\n");
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
  const std::string source =
      "int f(unsigned n) { int s = 0; for (unsigned i = 0; i < n; i++) s ^= 1; return s; }\n"
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

TEST(Equivalence, a_violation_is_not_taken_for_output_by_its_name) {
  const std::string head = "int printf(const char *, ...);\nint putchar(int);\nint f(int x) { printf(\"a\"); return x; }\n";
  EXPECT_EQ(equiv(head + "int g(int x) { putchar('a'); int t[2] = {0, 0}; int output = x; return x + t[output & 7]; }\n").grade(), Grade::kRefuted);
}

TEST(Equivalence, a_function_that_never_returns_has_no_result) {
  EXPECT_EQ(equiv("void abort(void);\nint f(int x) { return x; }\nint g(int x) { abort(); return x; }\n").grade(), Grade::kRefuted);
}

TEST(Equivalence, differences_that_no_replay_shows_are_refuted_all_the_same) {
  const SolverOptions options;
  EXPECT_EQ(equiv("int count;\nint f(int x) { count = 5; return x; }\nint g(int x) { return x; }\n", "f", "g", options).grade(), Grade::kRefuted);
  EXPECT_EQ(equiv("int f(int x) { return x; }\n//@ requires x > 10;\nint g(int x) { return x; }\n", "f", "g", options).grade(), Grade::kRefuted);
  const std::string ends = "void abort(void);\nvoid exit(int);\nint f(int x) { if (x < 0) exit(1); return x; }\n";
  EXPECT_EQ(equiv(ends + "int g(int x) { if (x < 0) abort(); return x; }\n", "f", "g", options).grade(), Grade::kRefuted);
  EXPECT_EQ(equiv(ends + "int g(int x) { if (x < 0) exit(257); return x; }\n", "f", "g", options).grade(), Grade::kProved);
}

TEST(Equivalence, the_same_text_in_pieces_of_another_order_is_not_refuted) {
  const std::string head = "int putchar(int);\nvoid f(int c) { if (c) putchar('a'); else putchar('b'); }\n";
  EXPECT_EQ(equiv(head + "void g(int c) { if (!c) putchar('b'); else putchar('a'); }\n").grade(), Grade::kUnsupported);
}

}  // namespace
}  // namespace assay::solver
