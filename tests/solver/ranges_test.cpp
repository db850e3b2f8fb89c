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
