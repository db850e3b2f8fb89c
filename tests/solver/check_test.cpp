// Every kind of check, once refuted with a replayed input and once proved; budgets, bounds and vacuity.
#include "solver/checks/check.h"

#include <filesystem>

#include "base/files.h"
#include "base/sanitizers.h"
#include "solver/smt/solver.h"
#include "tests/solver/solver_support.h"

namespace assay::solver {
namespace {

using program::CheckKind;

struct Case {
  CheckKind kind;
  const char* fails;
  const char* holds;
};

class EachCheck : public testing::TestWithParam<Case> {};

TEST_P(EachCheck, is_refuted_with_a_replayed_input_and_proved_when_guarded) {
  const std::vector<Verdict> bad = check(GetParam().fails);
  EXPECT_EQ(grade_of_check(bad, GetParam().kind), Grade::kRefuted);
  for (const Verdict& verdict : bad)
    if (verdict.check == GetParam().kind && verdict.grade() == Grade::kRefuted) {
      ASSERT_TRUE(verdict.witness);
      EXPECT_EQ(verdict.witness->interpreter_replay, Replay::kAgreed);
      EXPECT_FALSE(verdict.witness->program_answer.empty());
    }
  for (const Verdict& verdict : check(GetParam().holds)) EXPECT_EQ(verdict.grade(), Grade::kProved) << verdict.id << ": " << verdict.reason;
}

INSTANTIATE_TEST_SUITE_P(
    Check, EachCheck,
    testing::Values(
        Case{CheckKind::kSignedOverflow, "int f(int x) { return x + 1; }", "int f(int x) { return x < 10 ? x + 1 : 0; }"},
        Case{CheckKind::kNegationOverflow, "int f(int x) { return -x; }", "int f(int x) { return x > -5 ? -x : 0; }"},
        Case{CheckKind::kDivisionByZero, "unsigned f(unsigned a, unsigned b) { return a / b; }",
             "unsigned f(unsigned a, unsigned b) { return b ? a / b : 0; }"},
        Case{CheckKind::kDivisionOverflow, "int f(int a) { return a / -1; }", "int f(int a) { return a / -2; }"},
        Case{CheckKind::kShiftCount, "unsigned f(unsigned a, int n) { return a >> n; }", "unsigned f(unsigned a, int n) { return a >> (n & 31); }"},
        Case{CheckKind::kShiftOverflow, "int f(int a) { return a << 1; }", "int f(int a) { return a >= 0 && a < 100 ? a << 1 : 0; }"},
        Case{CheckKind::kIndexBounds, "static const int t[4] = {1, 2, 3, 4}; int f(unsigned i) { return t[i % 5]; }",
             "static const int t[4] = {1, 2, 3, 4}; int f(unsigned i) { return t[i % 4]; }"},
        Case{CheckKind::kPointerBounds, "int f(int i) { int a[3] = {1, 2, 3}; int *p = a; return p[i & 3]; }",
             "int f(int i) { int a[4] = {1, 2, 3, 4}; int *p = a; return p[i & 3]; }"},
        Case{CheckKind::kPointerArithmetic, "int f(int i) { int a[3] = {1, 2, 3}; int *p = a + (i & 7); return p == a; }",
             "int f(int i) { int a[8] = {1, 2, 3}; int *p = a + (i & 7); return p == a; }"},
        Case{CheckKind::kPointerRelation, "int f(void) { int a, b; int *p = &a, *q = &b; return p < q; }",
             "int f(void) { int a[2]; int *p = a, *q = a + 1; return p < q; }"},
        Case{CheckKind::kNullDereference, "int f(int c) { int x = 3; int *p = c ? &x : 0; return *p; }",
             "int f(int c) { int x = 3; int *p = c ? &x : 0; return p ? *p : 0; }"},
        Case{CheckKind::kDanglingPointer, "int f(void) { int *p; { int x = 3; p = &x; } return *p; }",
             "int f(void) { int *p; int x = 3; { p = &x; } return *p; }"},
        Case{CheckKind::kUninitialisedRead, "int f(int c) { int x; if (c) x = 1; return x; }",
             "int f(int c) { int x; if (c) x = 1; else x = 2; return x; }"},
        Case{CheckKind::kMissingReturn, "int g(int c) { if (c) return 1; } int f(int c) { return g(c); }",
             "int g(int c) { if (c) return 1; } int f(int c) { return c ? g(c) : 0; }"},
        Case{CheckKind::kAssertion, "#include <assert.h>\nint f(int x) { assert(x != 7); return x; }",
             "#include <assert.h>\nint f(int x) { if (x > 7) assert(x != 7); return x; }"},
        Case{CheckKind::kPrecondition, "//@ requires x > 0;\nint g(int x) { return x; }\nint f(int x) { return g(x); }",
             "//@ requires x > 0;\nint g(int x) { return x; }\nint f(int x) { return x > 3 ? g(x) : 0; }"},
        Case{CheckKind::kPostcondition, "//@ ensures result > x;\nunsigned f(unsigned x) { return x + 1; }",
             "//@ requires x < 9;\n//@ ensures result > x;\nunsigned f(unsigned x) { return x + 1; }"},
        Case{CheckKind::kLoopInvariant, "int f(void) { int s = 0; for (int i = 0; i < 4; i++) {\n//@ invariant s <= 2;\ns += 1; } return s; }",
             "int f(void) { int s = 0; for (int i = 0; i < 4; i++) {\n//@ invariant s == i;\ns += 1; } return s; }"},
        Case{CheckKind::kUnreachable, "int f(int x) { if (x == 5) __builtin_unreachable(); return x; }",
             "int f(int x) { if (x == 5 && x == 6) __builtin_unreachable(); return x; }"},
        Case{CheckKind::kContractUndefined, "//@ requires 10 / x > 2;\nint f(int x) { return x; }",
             "//@ requires x != 0 && 10 / x > 2;\nint f(int x) { return x; }"}),
    [](const testing::TestParamInfo<Case>& instance) {
      std::string name(program::info(instance.param.kind).id);
      for (char& letter : name)
        if (letter == '-') letter = '_';
      return name;
    });

TEST(Check, refutes_off_by_one_in_loop_bound) {
  const std::string head = "//@ requires n >= 0 && n <= 8;\n//@ requires length(a) == n;\nint f(const int *a, int n) { int c = 0; for (int i = 0; i ";
  const std::string tail = " n; i++) c += a[i] > 10; return c; }";
  const std::vector<Verdict> bad = check(head + "<=" + tail);
  EXPECT_EQ(grade_of_check(bad, CheckKind::kPointerBounds), Grade::kRefuted);
  for (const Verdict& verdict : bad) {
    if (!verdict.witness) continue;
    EXPECT_EQ(verdict.witness->literals.back(), "int n = 0");  // the smallest input of all
  }
  for (const Verdict& verdict : check(head + "<" + tail)) EXPECT_EQ(verdict.grade(), Grade::kProved) << verdict.id << ": " << verdict.reason;
}

TEST(Check, a_loop_without_constant_bound_is_unsupported_without_and_bounded_with_a_bound) {
  const std::string source = "unsigned f(unsigned n) { unsigned s = 1; for (unsigned i = 0; i < n; i++) s = s / (i + 1); return s; }";
  const std::vector<Verdict> open = check(source);
  EXPECT_EQ(grade_of_check(open, CheckKind::kDivisionByZero), Grade::kUnsupported);
  EXPECT_NE(open.front().reason.find("test.c:1:"), std::string::npos) << open.front().reason;
  EXPECT_NE(open.front().reason.find("pass --bound N or add a loop invariant"), std::string::npos);
  SolverOptions options = without_native_replay();
  options.bound = 5;
  const std::vector<Verdict> bounded = check(source, "f", options);
  EXPECT_EQ(grade_of_check(bounded, CheckKind::kDivisionByZero), Grade::kBounded);
  EXPECT_EQ(bounded.front().bound, 5);
}

TEST(Check, a_bound_beyond_the_loop_is_no_bound) {
  SolverOptions options = without_native_replay();
  options.bound = 9;
  const std::vector<Verdict> verdicts =
      check("//@ requires n <= 8;\nunsigned f(unsigned n) { unsigned s = 0; for (unsigned i = 0; i < n; i++) s += 100 / (i + 1); return s; }", "f",
            options);
  EXPECT_EQ(grade_of_check(verdicts, CheckKind::kDivisionByZero), Grade::kProved);
}

TEST(Check, a_contract_that_admits_null_beside_a_length_is_unsupported) {
  for (const char* contract : {"//@ requires p == 0 || length(p) == 1;\n", "//@ requires p != 0 ? length(p) == 1 : 1;\n"}) {
    const std::vector<Verdict> verdicts = check(std::string(contract) + "int f(const int *p) { return *p; }");
    ASSERT_EQ(verdicts.size(), 1u) << contract;
    EXPECT_EQ(verdicts[0].grade(), Grade::kUnsupported) << contract;
    EXPECT_NE(verdicts[0].reason.find("admits a null pointer 'p'"), std::string::npos) << verdicts[0].reason;
  }
  for (const char* contract :
       {"//@ requires length(p) == 1;\n", "//@ requires p != 0;\n//@ requires length(p) == 1;\n", "//@ requires p != 0 && length(p) == 1;\n"})
    for (const Verdict& verdict : check(std::string(contract) + "int f(const int *p) { return *p; }"))
      EXPECT_EQ(verdict.grade(), Grade::kProved) << contract << verdict.id << ": " << verdict.reason;
}

TEST(Check, an_unsatisfiable_precondition_is_vacuous) {
  const std::vector<Verdict> verdicts = check("//@ requires x > 5 && x < 3;\nint f(int x) { return x + 1; }");
  EXPECT_EQ(grade_of_check(verdicts, CheckKind::kSignedOverflow), Grade::kVacuous);
}

TEST(Check, an_assertion_that_no_input_reaches_is_vacuous) {
  const std::vector<Verdict> verdicts = check("#include <assert.h>\nint f(unsigned x) { if (x % 2 > 1) assert(x == 3); return 0; }");
  EXPECT_EQ(grade_of_check(verdicts, CheckKind::kAssertion), Grade::kVacuous);
}

TEST(Check, recursion_is_proved_when_its_depth_is_bounded_by_the_precondition) {
  for (const Verdict& verdict : check("//@ requires n >= 0 && n <= 5;\nint f(int n) { return n <= 0 ? 0 : 1 + f(n - 1); }"))
    EXPECT_EQ(verdict.grade(), Grade::kProved) << verdict.id << verdict.reason;
}

TEST(Check, modes_differ_in_overflow_only) {
  const std::string source = "int f(int x) { return (x + 1) / x; }";
  SolverOptions options = without_native_replay();
  options.mode = SemanticsMode::kWrap;
  const std::vector<Verdict> wrapped = check(source, "f", options);
  for (const Verdict& verdict : wrapped) EXPECT_NE(verdict.check, CheckKind::kSignedOverflow);
  EXPECT_EQ(grade_of_check(wrapped, CheckKind::kDivisionByZero), Grade::kRefuted);
  options.mode = SemanticsMode::kMath;
  EXPECT_EQ(grade_of_check(check(source, "f", options), CheckKind::kDivisionByZero), Grade::kRefuted);
}

TEST(Check, a_pointer_without_length_is_unsupported_and_names_the_contract) {
  const std::vector<Verdict> verdicts = check("int f(const int *a) { return a[0]; }");
  ASSERT_EQ(verdicts.size(), 1u);
  EXPECT_EQ(verdicts[0].grade(), Grade::kUnsupported);
  EXPECT_NE(verdicts[0].reason.find("//@ requires length(a)"), std::string::npos) << verdicts[0].reason;
}

TEST(Check, a_declared_length_is_an_assumption_of_the_verdict) {
  const std::vector<Verdict> verdicts = check("int f(const int a[3], unsigned i) { return a[i % 3]; }");
  EXPECT_EQ(grade_of_check(verdicts, CheckKind::kPointerBounds), Grade::kProved);
  ASSERT_FALSE(verdicts[0].assumptions.empty());
  EXPECT_NE(verdicts[0].assumptions[0].find("3 elements"), std::string::npos);
}

TEST(Check, an_exhausted_budget_is_unknown_and_says_which) {
  SolverOptions options = without_native_replay();
  options.rlimit = 2'000;
  const std::string source =
      "#include <assert.h>\nint f(unsigned a, unsigned b) { if (a < b) assert((unsigned long)a * b != 9617962012985742371ul); return 0; }";  // two
                                                                                                                                             // primes
  const std::vector<Verdict> verdicts = check(source, "f", options);
  EXPECT_EQ(grade_of_check(verdicts, CheckKind::kAssertion), Grade::kUnknown);
  EXPECT_EQ(verdicts[0].statistics.ended_by, "rlimit");
  EXPECT_NE(verdicts[0].reason.find("--rlimit"), std::string::npos);
}

TEST(Check, a_loop_bounded_by_the_precondition_ends_whatever_the_path_has_been_through) {
  const std::string source =
      "static int fine(const int *s, int n) { for (int i = 0; i < n; i++) if (s[i] < 0 || s[i] > 1) return 0; return 1; }\n"
      "int depth(const int *s, int n) {\n  //@ requires n >= 0 && n <= 20;\n  //@ requires length(s) == n;\n  //@ requires fine(s, n);\n"
      "  int depth = 0;\n  for (int i = 0; i < n; i++) { depth += s[i] == 0 ? 1 : -1; if (depth < 0 || depth > 2) return 0; }\n  return depth;\n}\n";
  for (const Verdict& verdict : check(source, "depth", without_native_replay()))
    EXPECT_EQ(verdict.grade(), Grade::kProved) << verdict.id << verdict.reason;
}

TEST(Check, a_solver_child_out_of_memory_is_unknown) {
  if (kAddressSanitizer) GTEST_SKIP() << "an instrumented child has no cap on its address space";
  SolverOptions options = without_native_replay();
  options.memory_mb = 96;
  options.rlimit = 2'000'000'000;
  // A hundred multipliers: their clauses alone take more memory than the test grants.
  const std::string source =
      "#include <assert.h>\nint f(unsigned long a, unsigned long b) { unsigned long s = a; for (int i = 0; i < 100; i++) s = s * b ^ (s >> 7); "
      "assert(s != 17); return 0; }";
  const std::vector<Verdict> verdicts = check(source, "f", options);
  EXPECT_EQ(grade_of_check(verdicts, CheckKind::kAssertion), Grade::kUnknown);
  for (const Verdict& verdict : verdicts) {
    if (verdict.check == CheckKind::kAssertion) { EXPECT_EQ(verdict.statistics.ended_by, "memory") << verdict.reason; }
  }
}

TEST(Check, dumped_queries_are_decided_alike_when_read_again) {
  Result<TemporaryFolder> folder = TemporaryFolder::create("dump");
  ASSERT_TRUE(folder);
  SolverOptions options = without_native_replay();
  options.dump_smt2 = folder->path() + "/queries";
  const std::vector<Verdict> verdicts = check("int f(int x, int y) { return y > 2 ? x / y : x + 1; }", "f", options);
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(options.dump_smt2)) {
    ++files;
    Result<std::string> text = read_file(entry.path().string());
    ASSERT_TRUE(text);
    const bool satisfiable = smt::decide_text(*text, 10'000'000, 60'000).starts_with("sat");
    bool refuted = false;
    for (const Verdict& verdict : verdicts) {
      std::string name = verdict.id;
      for (char& letter : name)
        if (letter == ':') letter = '_';
      if (entry.path().stem().string() == name) refuted = verdict.grade() == Grade::kRefuted;
    }
    EXPECT_EQ(satisfiable, refuted) << entry.path();
  }
  EXPECT_EQ(files, static_cast<int>(verdicts.size()));
}

TEST(Check, ids_are_stable_and_distinct) {
  std::set<std::string> ids;
  for (const Verdict& verdict : check("int f(int a, int b) { return a / b + a % b; }")) EXPECT_TRUE(ids.insert(verdict.id).second) << verdict.id;
  EXPECT_TRUE(ids.contains("f.signed-overflow.1:30")) << *ids.begin();
}

TEST(Check, a_cut_in_an_inner_loop_leaves_earlier_places_of_the_outer_loop_open) {
  const std::string source =
      "//@ requires n == 2 && m >= 100;\n"
      "int f(int n, int m) { int a[1], s = 0; for (int i = 0; i < n; i++) { a[i] = i; for (int j = 0; j < m; j++) s ^= j; } return s + a[0]; }";
  const Grade grade = grade_of_check(check(source), CheckKind::kIndexBounds);
  EXPECT_EQ(grade, Grade::kUnsupported);
}

TEST(Check, a_callee_may_go_wrong_behind_a_cut) {
  const std::string source =
      "static int g(int i) { int a[3] = {1, 2, 3}; return a[i]; }\n"
      "int f(void) { int k = 0, r = g(1); for (;;) { if (++k == 100) break; } return r + g(k); }";
  EXPECT_EQ(grade_of_check(check(source), CheckKind::kIndexBounds), Grade::kUnsupported);
}

TEST(Check, what_a_bound_hides_is_bounded_even_without_an_obligation) {
  SolverOptions options = without_native_replay();
  options.bound = 4;
  const std::vector<Verdict> verdicts =
      check("void f(void) { unsigned k = 0; for (;;) { if (++k == 100u) break; } int a[2]; a[k] = 1; }", "f", options);
  ASSERT_EQ(verdicts.size(), 1u);
  EXPECT_EQ(verdicts[0].grade(), Grade::kBounded);
}

TEST(Check, silence_of_the_address_sanitizer_is_no_contradiction) {
  const SolverOptions options;
  EXPECT_EQ(grade_of_check(check("int f(int c) { int *p; { int x = c; p = &x; } return *p; }", "f", options), CheckKind::kDanglingPointer),
            Grade::kRefuted);
  EXPECT_EQ(grade_of_check(check("int f(int i) { int a[4][5] = {{0}}; if (i < 0 || i >= 20) return 0; return (&a[0][0])[i]; }", "f", options),
                           CheckKind::kPointerBounds),
            Grade::kRefuted);
}

TEST(Check, the_lowest_value_keeps_its_sign_in_a_witness) {
  int witnesses = 0;
  for (const Verdict& verdict : check("int f(int a, int b) { return b ? a % b : 0; }")) {
    if (!verdict.witness) continue;
    ++witnesses;
    EXPECT_EQ(verdict.witness->literals[0], "int a = (-2147483647 - 1)");
  }
  EXPECT_EQ(witnesses, 1);
}

}  // namespace
}  // namespace assay::solver
