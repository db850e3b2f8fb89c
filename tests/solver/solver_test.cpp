// Budgets, models and the child road.
#include "solver/smt/solver.h"

#include <gtest/gtest.h>

#include "base/sanitizers.h"
#include "solver/smt/version.h"

namespace assay::solver::smt {
namespace {

/// The factors of a product of two 40-bit primes that lie near no power of two: a query that no budget of these tests decides.
std::vector<Term> hard_query(TermStore& store) {
  const Term a = store.variable("a", Sort::bit_vector(40)), b = store.variable("b", Sort::bit_vector(40));
  const Term product = store.resize(Op::kZeroExtend, a, 80) * store.resize(Op::kZeroExtend, b, 80);
  const Wide first_prime = 606704305733, second_prime = 1010610212239;
  return {product.equals(store.bits(first_prime * second_prime, 80)), a.unsigned_less(b)};
}

/// A chain of wide multipliers that nothing simplifies: their clauses alone take more memory than the test grants.
std::vector<Term> large_query(TermStore& store) {
  const Term b = store.variable("b", Sort::bit_vector(100)), c = store.variable("c", Sort::bit_vector(100));
  Term state = store.variable("a", Sort::bit_vector(100));
  for (int i = 0; i < 60; ++i) state = store.ite((state * b).unsigned_less(c), state * c, state * state);
  return {state.equals(store.bits(12345, 100)), b.unsigned_less(c)};
}

TEST(Solver, the_z3_in_the_process_is_the_one_we_chose) { EXPECT_NE(z3_version().find("5.4"), std::string::npos) << z3_version(); }

TEST(Solver, self_test_passes_in_both_roads) {
  const Status status = self_test();
  EXPECT_TRUE(status) << status.error().to_string();
}

TEST(Solver, rlimit_ends_a_query_the_same_way_every_time) {
  TermStore store;
  const std::vector<Term> query = hard_query(store);
  const Answer first = solve_here(query, 300'000, 60), second = solve_here(query, 300'000, 60);
  EXPECT_EQ(first.satisfiable, Satisfiable::kUnknown);
  EXPECT_EQ(first.limit, Limit::kRlimit) << first.detail;
  EXPECT_EQ(first.rlimit_spent, second.rlimit_spent);
}

TEST(Solver, the_clock_is_told_from_the_rlimit) {
  TermStore store;
  const Answer answer = solve_here(hard_query(store), 4'000'000'000, 0.2);
  EXPECT_EQ(answer.limit, Limit::kTimeout) << answer.detail;
}

TEST(Solver, a_child_out_of_memory_is_unknown_for_the_reason_memory) {
  if (kAddressSanitizer) GTEST_SKIP() << "an instrumented child has no cap on its address space";
  TermStore store;
  Limits limits;
  limits.memory_mb = 96;
  limits.rlimit = 4'000'000'000;
  const Answer answer = solve_in_child(large_query(store), limits, nullptr);
  EXPECT_EQ(answer.satisfiable, Satisfiable::kUnknown);
  EXPECT_EQ(answer.limit, Limit::kMemory) << answer.detail;
}

TEST(Solver, a_missing_child_is_unknown_and_says_so) {
  TermStore store;
  Limits limits;
  limits.child = "/nonexistent/assay-solve";
  const Answer answer = solve_in_child(hard_query(store), limits, nullptr);
  EXPECT_EQ(answer.satisfiable, Satisfiable::kUnknown);
  EXPECT_FALSE(answer.detail.empty());
}

TEST(Solver, child_and_process_agree_on_models_of_all_sorts) {
  TermStore store;
  const Term n = store.variable("n", Sort::integer()), p = store.variable("odd name", Sort::boolean());
  const Term wide = store.variable("w", Sort::bit_vector(100));
  const std::vector<Term> query{n < store.integer(-(Wide{1} << 70)), p, wide.equals(store.bits((Wide{5} << 90) + 3, 100))};
  for (bool child : {false, true}) {
    Answer answer = child ? solve_in_child(query, {}, nullptr) : solve_here(query, 1'000'000, 60);
    ASSERT_EQ(answer.satisfiable, Satisfiable::kYes) << answer.detail;
    for (Term assertion : query) EXPECT_TRUE(answer.model.holds(assertion));
  }
}

TEST(Solver, constants_are_decided_without_z3) {
  TermStore store;
  EXPECT_TRUE(solve_here({store.no()}, 1, 1).by_folding);
  EXPECT_EQ(solve_here({store.yes()}, 1, 1).satisfiable, Satisfiable::kYes);
}

}  // namespace
}  // namespace assay::solver::smt
