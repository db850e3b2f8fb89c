// How far loops are unrolled without asking a solver.
#include "solver/loops/policy.h"

#include "tests/solver/solver_support.h"

namespace assay::solver {
namespace {

using smt::Sort;
using smt::Term;

struct Counter {
  smt::TermStore store;
  Term n = store.variable("n", Sort::bit_vector(32));
  /// The start of iteration `i` of `for (i = 0; i < n; i += step)` under `n <= most`.
  Reached at(int i, int most, int step = 1) {
    Reached reached;
    reached.condition = store.bits(i * step, 32) < n;
    reached.first_condition = store.bits(0, 32) < n;
    reached.path = {n <= store.bits(most, 32), reached.condition};
    reached.defined = store.yes();
    return reached;
  }
};

TEST(Policy, a_counted_loop_is_unrolled_to_its_end_without_a_query) {
  Counter counter;
  UnrollWhileReachable policy({});
  for (int i = 0; i < 151; ++i) ASSERT_EQ(policy.next(static_cast<std::uint64_t>(i), counter.at(i, 151), true), Unroll::kGoOn) << i;
  EXPECT_EQ(policy.next(151, counter.at(151, 151), true), Unroll::kUnreachable);
  EXPECT_EQ(policy.queries(), 0);
}

TEST(Policy, a_counter_without_a_bound_stops_at_the_automatic_limit) {
  Counter counter;
  UnrollWhileReachable policy({.automatic = 5});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(policy.next(static_cast<std::uint64_t>(i), counter.at(i, INT32_MAX), true), Unroll::kGoOn);
  EXPECT_EQ(policy.next(5, counter.at(5, INT32_MAX), true), Unroll::kStop);
}

TEST(Policy, a_condition_that_comes_no_nearer_to_its_end_is_not_counted) {
  Counter counter;
  UnrollWhileReachable policy({.automatic = 5});
  EXPECT_EQ(policy.next(5, counter.at(0, 100), true), Unroll::kStop);  // `while (n > 0)` that leaves n alone
  EXPECT_EQ(policy.queries(), 1);
}

TEST(Policy, a_bound_of_the_user_is_kept) {
  Counter counter;
  UnrollWhileReachable policy({.bound = 3});
  EXPECT_EQ(policy.next(3, counter.at(3, 100), true), Unroll::kStop);
}

TEST(Policy, a_loop_over_151_elements_is_proved_without_a_bound) {
  const std::string source =
      "//@ requires n >= 0 && n <= 151 && length(s) == n;\nint f(const int *s, int n) { int x = 0; for (int i = 0; i < n; i++) x ^= s[i]; return x; "
      "}";
  for (const Verdict& verdict : check(source)) EXPECT_EQ(verdict.grade(), Grade::kProved) << verdict.id << ": " << verdict.reason;
}

TEST(Policy, a_loop_whose_unsigned_counter_is_never_negative_ends_where_everything_is_undefined) {
  const std::string source =
      "//@ requires n >= 0 && n <= 3 && length(s) == n;\nint f(const int *s, int n) { int x = 0; for (unsigned i = n - 1; i >= 0; i--) x ^= s[i]; "
      "return "
      "x; }";
  int refuted = 0;
  for (const Verdict& verdict : check(source)) refuted += verdict.grade() == Grade::kRefuted ? 1 : 0;
  EXPECT_GE(refuted, 1);
}

TEST(Policy, a_condition_that_folds_to_true_is_asked_about_seldom_and_goes_on_while_it_is_defined) {
  Counter counter;
  UnrollWhileReachable policy({});
  for (int i = 0; i < 300; ++i) ASSERT_EQ(policy.next(static_cast<std::uint64_t>(i), counter.at(0, 100), false), Unroll::kGoOn) << i;
  EXPECT_EQ(policy.queries(), 3);  // at 64, 128 and 256
  Reached undefined = counter.at(0, 100);
  undefined.defined = counter.store.no();
  EXPECT_EQ(policy.next(512, undefined, false), Unroll::kUnreachable);
}

}  // namespace
}  // namespace assay::solver
