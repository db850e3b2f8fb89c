// The symbolic executor: joins, memory under symbolic indices, the first violation, cuts. Terms are evaluated under inputs; nothing is solved.
#include "solver/semantics/executor.h"

#include "solver/semantics/world.h"
#include "tests/solver/solver_support.h"

namespace assay::solver {
namespace {

using program::CheckKind;

/// One function over symbolic integers, and what its terms say on given ones.
class Ran {
 public:
  explicit Ran(const std::string& source, const UnrollLimits& limits = {})
      : program_(lower(source)),
        ground_(EncodingKind::kBitVectors, SemanticsMode::kUbIsError, limits),
        world_(ground_, program_, *program_.find("f"), plans()) {}

  const Execution& execution() const { return world_.execution; }

  smt::Model on(const std::vector<std::int64_t>& values) const {
    std::vector<program::Argument> arguments;
    for (std::int64_t value : values) arguments.push_back(program::Argument::scalar(value));
    smt::Model model;
    EXPECT_TRUE(world_.inputs.write(arguments, model));
    return model;
  }

  std::optional<std::int64_t> value(const std::vector<std::int64_t>& values) const {
    smt::Model model = on(values);
    if (!model.holds(execution().defined) || !model.holds(execution().final.path)) return std::nullopt;
    const program::Type& type = program_.type(program_.function(*program_.find("f")).return_type);
    return ground_.encoding->read(type, model.evaluate(execution().result[0].integer));
  }

  /// Kinds whose obligation is violated there.
  std::vector<CheckKind> violations(const std::vector<std::int64_t>& values) const {
    smt::Model model = on(values);
    std::vector<CheckKind> kinds;
    for (const Obligation& obligation : execution().obligations)
      for (Term instance : obligation.violated)
        if (model.holds(instance)) kinds.push_back(obligation.kind);
    return kinds;
  }

 private:
  PointerPlans plans() const { return PointerPlans(program_.function(*program_.find("f")).parameter_count); }
  program::Program program_;
  Ground ground_;
  World world_;
};

TEST(Executor, paths_join_cell_by_cell) {
  const Ran ran("int f(int x) { int a = 1, b = 2; if (x > 0) { a = 10; } else if (x < 0) { b = 20; } else return 0; return a * 100 + b; }");
  EXPECT_EQ(ran.value({5}), 1002);
  EXPECT_EQ(ran.value({-5}), 120);
  EXPECT_EQ(ran.value({0}), 0);
}

TEST(Executor, a_symbolic_index_reads_and_writes_the_cell_that_it_names) {
  const Ran ran(
      "int f(int i, int j) { int t[2][3] = {{1, 2, 3}, {4, 5, 6}}; t[i][j] = 50; int s = 0; for (int k = 0; k < 6; k++) s = s * 2 + t[k / 3][k % 3]; "
      "return s; }");
  EXPECT_EQ(ran.value({0, 0}), 1600 + 32 + 24 + 16 + 10 + 6);
  EXPECT_EQ(ran.value({1, 2}), 32 + 32 + 24 + 16 + 10 + 50);
  EXPECT_EQ(ran.violations({2, 0}), std::vector{CheckKind::kIndexBounds});
  EXPECT_EQ(ran.violations({0, 3}), std::vector{CheckKind::kIndexBounds});
}

TEST(Executor, only_the_first_violation_of_a_run_counts) {
  const Ran ran("int f(int x, int y) { int q = x / y; return q + (1 << x) / y; }");
  EXPECT_EQ(ran.violations({40, 0}), std::vector{CheckKind::kDivisionByZero});
  EXPECT_EQ(ran.violations({40, 1}), std::vector{CheckKind::kShiftCount});
  EXPECT_EQ(ran.violations({3, 1}), std::vector<CheckKind>{});
}

TEST(Executor, an_operand_that_is_not_evaluated_violates_nothing) {
  const Ran ran("int f(int x) { return x != 0 && 10 / x > 1 ? 10 / x : x == 0 || x > 100; }");
  EXPECT_EQ(ran.violations({0}), std::vector<CheckKind>{});
  EXPECT_EQ(ran.value({0}), 1);
  EXPECT_EQ(ran.value({2}), 5);
}

TEST(Executor, break_continue_and_return_leave_by_their_own_way) {
  const Ran ran(
      "int f(int n) { int s = 0; for (int i = 0; i < 8; i++) { if (i == n) continue; if (i == n + 3) break; if (s > 20) return -1; s += i; } return "
      "s; }");
  EXPECT_EQ(ran.value({0}), 1 + 2);
  EXPECT_EQ(ran.value({2}), 0 + 1 + 3 + 4);
  EXPECT_EQ(ran.value({7}), 21);
  EXPECT_EQ(ran.value({100}), -1);
}

TEST(Executor, a_switch_falls_through_from_where_it_is_entered) {
  const Ran ran("int f(int x) { int r = 0; switch (x) { case 1: r += 1; case 2: r += 10; break; case 3: r += 100; default: r += 1000; } return r; }");
  EXPECT_EQ(ran.value({1}), 11);
  EXPECT_EQ(ran.value({2}), 10);
  EXPECT_EQ(ran.value({3}), 1100);
  EXPECT_EQ(ran.value({9}), 1000);
}

TEST(Executor, a_pointer_that_depends_on_a_condition_keeps_both_targets) {
  const Ran ran("int f(int c) { int x = 1, y = 2, *p = c ? &x : &y; *p = 7; return x * 10 + y; }");
  EXPECT_EQ(ran.value({1}), 72);
  EXPECT_EQ(ran.value({0}), 17);
}

TEST(Executor, an_object_dies_with_its_block) {
  const Ran ran("int f(int c) { int z = 3, *p = &z; if (c) { int x = 1; p = &x; } return *p; }");
  EXPECT_EQ(ran.violations({1}), std::vector{CheckKind::kDanglingPointer});
  EXPECT_EQ(ran.value({0}), 3);
}

TEST(Executor, each_call_has_variables_of_its_own) {
  const Ran ran("static int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }\nint f(int n) { return fib(n & 7); }", {.bound = 9});
  EXPECT_EQ(ran.value({7}), 13);
  EXPECT_EQ(ran.value({3}), 2);
}

TEST(Executor, what_lies_beyond_the_bound_is_cut_and_nothing_else) {
  const Ran ran("int f(int n) { int s = 0; for (int i = 0; i < n; i++) s += i; return s; }", {.bound = 4, .queries = 0});
  ASSERT_EQ(ran.execution().cuts.size(), 1u);
  EXPECT_EQ(ran.execution().cuts[0].kind, CutKind::kLoopBound);
  EXPECT_EQ(ran.value({4}), 6);
  EXPECT_EQ(ran.value({5}), std::nullopt);
  smt::Model model = ran.on({5});
  for (Term condition : ran.execution().cuts[0].condition) EXPECT_TRUE(model.holds(condition));
}

TEST(Executor, an_unsupported_call_cuts_the_paths_that_reach_it) {
  const Ran ran("int other(int);\nint f(int x) { if (x > 3) return other(x); return x; }");
  ASSERT_EQ(ran.execution().cuts.size(), 1u);
  EXPECT_EQ(ran.execution().cuts[0].kind, CutKind::kUnsupported);
  EXPECT_NE(ran.execution().cuts[0].message.find("test.c:1:"), std::string::npos) << ran.execution().cuts[0].message;
  EXPECT_EQ(ran.value({3}), 3);
  EXPECT_EQ(ran.value({4}), std::nullopt);
}

TEST(Executor, a_value_that_is_set_on_one_path_only_is_uninitialised_on_the_other) {
  const Ran ran("int f(int c) { int x; if (c) x = 4; return x; }");
  EXPECT_EQ(ran.value({1}), 4);
  EXPECT_EQ(ran.violations({0}), std::vector{CheckKind::kUninitialisedRead});
}

}  // namespace
}  // namespace assay::solver
