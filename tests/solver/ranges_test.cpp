// Intervals of variables: sound on every small conjunction, and exact where a loop bound needs it.
#include "solver/smt/ranges.h"

#include <gtest/gtest.h>

namespace assay::solver::smt {
namespace {

TEST(Ranges, comparisons_with_constants_bound_a_variable_from_both_sides) {
  TermStore store;
  const Term n = store.variable("n", Sort::bit_vector(32));
  const Ranges ranges({store.bits(0, 32) <= n && n < store.bits(25, 32)});
  EXPECT_EQ(ranges.of(n), (Range{0, 24}));
  EXPECT_FALSE(ranges.contradictory());
}

TEST(Ranges, a_denied_disjunction_is_a_conjunction) {
  TermStore store;
  const Term s = store.variable("s", Sort::bit_vector(8)), b = store.variable("b", Sort::boolean());
  const Ranges ranges({!(s < store.bits(0, 8) || store.bits(1, 8) < s || b)});
  EXPECT_EQ(ranges.of(s), (Range{0, 1}));
  EXPECT_EQ(ranges.of(b), (Range{0, 0}));
}

TEST(Ranges, variables_bound_each_other) {
  TermStore store;
  const Term i = store.variable("i", Sort::integer()), n = store.variable("n", Sort::integer());
  const Ranges ranges({store.integer(3) <= i, i < n, n <= store.integer(9)});
  EXPECT_EQ(ranges.of(i), (Range{3, 8}));
  EXPECT_EQ(ranges.of(n), (Range{4, 9}));
  EXPECT_TRUE(Ranges({store.integer(9) < i, i < n, n <= store.integer(9)}).contradictory());
  EXPECT_EQ(Ranges({i < n}).of(i), std::nullopt);
}

TEST(Ranges, a_sum_of_bounded_squares_does_not_overflow) {
  TermStore store;
  const Sort sort = Sort::bit_vector(32);
  Term total = store.bits(0, 32);
  std::vector<Term> bounds;
  for (int i = 0; i < 5; ++i) {
    const Term x = store.variable("x" + std::to_string(i), sort);
    bounds.push_back(store.bits(-100, 32) <= x);
    bounds.push_back(x <= store.bits(100, 32));
    total = store.ite(x < store.bits(0, 32), total + x * x, total);
  }
  const Ranges ranges(bounds);
  EXPECT_EQ(ranges.decides(total < store.bits(0, 32)), false);
  EXPECT_EQ(ranges.decides(total <= store.bits(50'000, 32)), true);
  EXPECT_EQ(ranges.decides(total <= store.bits(49'999, 32)), std::nullopt);
  EXPECT_EQ(Ranges().decides(total < store.bits(0, 32)), std::nullopt) << "without bounds it may wrap";
}

TEST(Ranges, numbers_without_bounds_and_very_wide_vectors_decide_nothing) {
  TermStore store;
  const Term n = store.variable("n", Sort::integer()), v = store.variable("v", Sort::bit_vector(128));
  const Wide large = Wide{1} << 125;
  EXPECT_EQ(Ranges().decides(n < store.integer(large)), std::nullopt);
  EXPECT_EQ(Ranges().decides(store.integer(-large) < n + store.integer(5)), std::nullopt);
  EXPECT_EQ(Ranges().decides(v < store.bits(large, 128)), std::nullopt);
  const Term wide = store.resize(Op::kSignExtend, store.variable("w", Sort::bit_vector(64)), 70);
  EXPECT_EQ(Ranges().decides(wide * wide < store.bits(0, 70)), std::nullopt) << "70 bits wrap";
}

TEST(Ranges, terms_of_any_depth_are_walked_without_a_deep_stack) {
  TermStore store;
  const Sort sort = Sort::bit_vector(32);
  Term x = store.variable("x", sort);
  const Ranges ranges({store.bits(0, 32) <= x, x <= store.bits(3, 32)});
  for (int i = 0; i < 200'000; ++i) x = store.ite(x < store.bits(i % 7, 32), x + store.bits(1, 32), x - store.bits(1, 32));
  EXPECT_EQ(ranges.decides(x < store.bits(0, 32)), std::nullopt);
}

/// Each term over two variables of three bits, under bounds: what is decided is so for every assignment within them.
TEST(Ranges, what_is_decided_of_a_term_is_true_on_three_bits) {
  TermStore store;
  const Sort sort = Sort::bit_vector(3);
  const Term x = store.variable("x", sort), y = store.variable("y", sort);
  std::vector<Term> terms{x, y};
  const auto grow = [&](const std::vector<Term> from) {
    for (Term a : from)
      for (Term b : from) {
        for (Op op : {Op::kAdd, Op::kSubtract, Op::kMultiply}) terms.push_back(store.apply(op, a, b));
        terms.push_back(store.ite(a < b, a, b));
      }
    for (Term a : from) {
      terms.push_back(-a);
      for (Op op : {Op::kSignedDivide, Op::kUnsignedDivide, Op::kSignedRemainder, Op::kUnsignedRemainder})
        for (int by : {1, 2, 3, 4, 7}) terms.push_back(store.apply(op, a, store.bits(by, 3)));
      terms.push_back(store.resize(Op::kTruncate, store.resize(Op::kZeroExtend, a, 5) + store.resize(Op::kSignExtend, a, 5), 3));
    }
  };
  grow(terms);
  grow(std::vector<Term>(terms.begin() + 2, terms.begin() + 12));
  int decided = 0, open = 0;
  for (int low = -4; low <= 3; ++low)
    for (int high = low; high <= std::min(low + 3, 3); ++high) {
      const Ranges ranges({store.bits(low, 3) <= x, x <= store.bits(high, 3), store.bits(0, 3) <= y, y <= store.bits(2, 3)});
      for (Term term : terms)
        for (Term comparison : {term < store.bits(1, 3), store.bits(-1, 3) <= term, term.equals(x), term.unsigned_less(store.bits(3, 3)),
                                x.unsigned_less_equal(term), store.apply(Op::kMultiplyOverflows, term, y)}) {
          if (comparison.is_constant()) continue;
          const std::optional<bool> claim = ranges.decides(comparison);
          ++(claim ? decided : open);
          if (!claim) continue;
          for (int a = low; a <= high; ++a)
            for (int b = 0; b <= 2; ++b) {
              Model model;
              model.set("x", a & 7);
              model.set("y", b);
              ASSERT_EQ(model.holds(comparison), *claim) << low << " " << high << " at " << a << ", " << b;
            }
        }
    }
  EXPECT_GT(decided, 2'000);
  EXPECT_GT(open, 2'000);
}

/// Every assignment that satisfies the conjunction lies in the intervals.
TEST(Ranges, no_solution_is_lost_on_three_bits) {
  TermStore store;
  const Sort sort = Sort::bit_vector(3);
  const Term x = store.variable("x", sort), y = store.variable("y", sort);
  std::vector<Term> atoms;
  for (int c = 0; c < 8; ++c)
    for (Term atom : {x < store.bits(c, 3), x.unsigned_less(store.bits(c, 3)), x.unsigned_less_equal(store.bits(c, 3)), x.equals(store.bits(c, 3)),
                      store.bits(c, 3).unsigned_less(x)})
      for (Term either : {atom, !atom}) atoms.push_back(either);
  for (Term link : {x < y, y <= x, x.unsigned_less(y), store.resize(Op::kSignExtend, x, 6) < store.resize(Op::kSignExtend, y, 6), x.equals(y)})
    for (Term atom : atoms) {
      const Ranges ranges({atom, link});
      for (int a = 0; a < 8; ++a)
        for (int b = 0; b < 8; ++b) {
          Model model;
          model.set("x", a);
          model.set("y", b);
          if (!model.holds(atom) || !model.holds(link)) continue;
          ASSERT_FALSE(ranges.contradictory());
          ASSERT_TRUE(ranges.of(x)->low <= as_signed(a, 3) && as_signed(a, 3) <= ranges.of(x)->high);
          ASSERT_TRUE(ranges.of(y)->low <= as_signed(b, 3) && as_signed(b, 3) <= ranges.of(y)->high);
        }
    }
}

}  // namespace
}  // namespace assay::solver::smt
