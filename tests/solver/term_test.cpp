// Terms mean what SMT-LIB says: rewriting never changes a value, and Z3 agrees with our folding on every small constant.
#include "solver/smt/term.h"

#include <gtest/gtest.h>

#include <random>

#include "solver/smt/solver.h"

namespace assay::solver::smt {
namespace {

constexpr Op kBitOps[] = {Op::kAdd,
                          Op::kSubtract,
                          Op::kMultiply,
                          Op::kLess,
                          Op::kLessEqual,
                          Op::kUnsignedLess,
                          Op::kUnsignedLessEqual,
                          Op::kUnsignedDivide,
                          Op::kUnsignedRemainder,
                          Op::kSignedDivide,
                          Op::kSignedRemainder,
                          Op::kShiftLeft,
                          Op::kLogicalShiftRight,
                          Op::kArithmeticShiftRight,
                          Op::kBitAnd,
                          Op::kBitOr,
                          Op::kBitXor,
                          Op::kMultiplyOverflows};

bool is_predicate(Op op) {
  return op == Op::kLess || op == Op::kLessEqual || op == Op::kUnsignedLess || op == Op::kUnsignedLessEqual || op == Op::kMultiplyOverflows;
}

TEST(Term, folds_every_operator_on_three_bits_as_z3_does) {
  for (Op op : kBitOps) {
    TermStore store;
    std::vector<Term> rows;
    const Term x = store.variable("x", Sort::bit_vector(3)), y = store.variable("y", Sort::bit_vector(3));
    const Term general = store.apply(op, x, y);
    for (int a = 0; a < 8; ++a)
      for (int b = 0; b < 8; ++b) {
        const Term folded = store.apply(op, store.bits(a, 3), store.bits(b, 3));
        ASSERT_TRUE(folded.is_constant());
        rows.push_back(x.equals(store.bits(a, 3)) && y.equals(store.bits(b, 3)) && general.differs(folded));
      }
    EXPECT_EQ(solve_here({any_of(store, rows)}, 10'000'000, 60).satisfiable, Satisfiable::kNo) << "operator " << static_cast<int>(op);
  }
}

TEST(Term, integer_division_is_euclidean) {
  TermStore store;
  for (Op op : {Op::kFloorDivide, Op::kFloorModulo})
    for (int a = -7; a <= 7; ++a)
      for (int b : {-3, -1, 1, 2, 5}) {
        const Term x = store.variable("x", Sort::integer());
        const Term claim = store.apply(op, x, store.integer(b)).equals(store.apply(op, store.integer(a), store.integer(b)));
        EXPECT_EQ(solve_here({x.equals(store.integer(a)), !claim}, 1'000'000, 60).satisfiable, Satisfiable::kNo) << a << " by " << b;
      }
}

/// Builds the same random formula over any leaves: with variables the rewriter works, with constants everything folds.
class RandomFormula {
 public:
  RandomFormula(TermStore& store, std::vector<Term> leaves, unsigned seed) : store_(store), leaves_(std::move(leaves)), random_(seed) {}

  Term bits(int depth) {
    const unsigned choice = random_() % 12;
    if (depth == 0 || choice == 0) return random_() % 3 == 0 ? store_.bits(random_() % 16, 4) : leaves_[random_() % leaves_.size()];
    if (choice == 1) return store_.ite(boolean(depth - 1), bits(depth - 1), bits(depth - 1));
    if (choice == 2) return store_.apply(random_() % 2 ? Op::kNegate : Op::kBitNot, bits(depth - 1));
    if (choice == 3) return store_.resize(Op::kTruncate, store_.resize(random_() % 2 ? Op::kSignExtend : Op::kZeroExtend, bits(depth - 1), 6), 4);
    const Op op = kBitOps[random_() % std::size(kBitOps)];
    const Term a = bits(depth - 1), b = bits(depth - 1);
    return is_predicate(op) ? store_.ite(store_.apply(op, a, b), store_.bits(1, 4), store_.bits(0, 4)) : store_.apply(op, a, b);
  }

  Term boolean(int depth) {
    if (depth == 0) return bits(0).equals(bits(0));
    switch (random_() % 6) {
      case 0: return !boolean(depth - 1);
      case 1: {
        Term a = boolean(depth - 1);
        return a && boolean(depth - 1);
      }
      case 2: {
        Term a = boolean(depth - 1);
        return a || boolean(depth - 1);
      }
      case 3: {
        Term a = boolean(depth - 1);
        Term b = boolean(depth - 1);
        return a.equals(b);
      }
      case 4: {
        Term a = bits(depth - 1);
        return a.equals(bits(depth - 1));
      }
      default: {
        Term a = store_.resize(Op::kSignExtend, bits(depth - 1), 7);
        return a < store_.resize(Op::kSignExtend, bits(depth - 1), 7);
      }
    }
  }

 private:
  TermStore& store_;
  std::vector<Term> leaves_;
  std::mt19937 random_;
};

TEST(Term, rewriting_never_changes_a_value) {
  for (unsigned seed = 1; seed <= 4000; ++seed) {
    TermStore store;
    std::mt19937 inputs(seed * 7919);
    const Wide a = inputs() % 16, b = inputs() % 16;
    const Term x = store.variable("x", Sort::bit_vector(4)), y = store.variable("y", Sort::bit_vector(4));
    const Term open = RandomFormula(store, {x, y}, seed).boolean(5);
    const Term closed = RandomFormula(store, {store.bits(a, 4), store.bits(b, 4)}, seed).boolean(5);
    Model model;
    model.set("x", a);
    model.set("y", b);
    ASSERT_TRUE(closed.is_constant()) << "seed " << seed;
    ASSERT_EQ(model.evaluate(open), closed.value()) << "seed " << seed;
  }
}

TEST(Term, paths_that_join_again_fold_to_the_path_before) {
  TermStore store;
  const Term p = store.variable("p", Sort::boolean()), c = store.variable("c", Sort::boolean());
  EXPECT_TRUE(((p && c) || (p && !c)).same(p));
  EXPECT_TRUE((c || !c).is_true());
  EXPECT_TRUE((p && !p).is_false());
}

}  // namespace
}  // namespace assay::solver::smt
