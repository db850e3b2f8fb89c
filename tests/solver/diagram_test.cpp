// Decision diagrams decide as Z3 does, and decide what clause learning does not: streaming programs over few symbols.
#include "solver/smt/diagram.h"

#include <random>

#include "solver/smt/specialise.h"
#include "tests/solver/solver_support.h"

namespace assay::solver::smt {
namespace {

/// A random term over three small variables; every operator that the executor makes.
class RandomTerms {
 public:
  RandomTerms(TermStore& store, std::uint64_t seed) : store_(store), random_(seed) {
    for (const char* name : {"x", "y", "z"}) variables_.push_back(store.variable(name, Sort::bit_vector(8)));
  }
  Term number(int depth) {
    if (depth == 0) return pick(3) == 0 ? store_.bits(pick(7) - 3, 8) : variables_[pick(3)];
    static const Op kOps[] = {Op::kAdd,    Op::kSubtract,       Op::kMultiply,        Op::kBitAnd,    Op::kBitOr,
                              Op::kBitXor, Op::kUnsignedDivide, Op::kSignedRemainder, Op::kShiftLeft, Op::kArithmeticShiftRight};
    if (pick(4) == 0) return store_.ite(condition(depth - 1), number(depth - 1), number(depth - 1));
    return store_.apply(kOps[pick(std::size(kOps))], number(depth - 1), number(depth - 1));
  }
  Term condition(int depth) {
    const Term a = number(depth), b = number(depth);
    switch (pick(5)) {
      case 0: return a < b;
      case 1: return a.unsigned_less_equal(b);
      case 2: return a.equals(b);
      case 3: return depth > 0 ? condition(depth - 1) || condition(depth - 1) : a.differs(b);
      default: return depth > 0 ? condition(depth - 1) && !condition(depth - 1) : a <= b;
    }
  }
  std::vector<Term> query() {
    std::vector<Term> all;
    for (Term variable : variables_) all.push_back(store_.bits(-2, 8) <= variable && variable <= store_.bits(pick(4), 8));
    all.push_back(condition(2));
    all.push_back(condition(2));
    return all;
  }

 private:
  int pick(std::size_t count) { return static_cast<int>(random_() % count); }
  TermStore& store_;
  std::mt19937_64 random_;
  std::vector<Term> variables_;
};

TEST(Diagram, decides_random_queries_as_z3_does) {
  int satisfiable = 0, unsatisfiable = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    TermStore store;
    const std::vector<Term> query = RandomTerms(store, seed).query();
    Answer mine = solve_by_diagrams(query);
    const Answer theirs = solve_here(query, 50'000'000, 60);
    ASSERT_NE(theirs.satisfiable, Satisfiable::kUnknown) << seed;
    ASSERT_EQ(mine.satisfiable, theirs.satisfiable) << "seed " << seed;
    ++(mine.satisfiable == Satisfiable::kYes ? satisfiable : unsatisfiable);
    if (mine.satisfiable != Satisfiable::kYes) continue;
    for (Term assertion : query) ASSERT_TRUE(mine.model.holds(assertion)) << "seed " << seed;
  }
  EXPECT_GT(satisfiable, 30);
  EXPECT_GT(unsatisfiable, 30);
}

TEST(Diagram, a_variable_without_a_small_range_is_another_shape) {
  TermStore store;
  const Term x = store.variable("x", Sort::bit_vector(32)), y = store.variable("y", Sort::bit_vector(32));
  EXPECT_EQ(solve_by_diagrams({x < y}).limit, Limit::kIncomplete);
}

TEST(Diagram, the_budget_ends_it) {
  TermStore store;
  std::vector<Term> query;
  Term sum = store.bits(0, 32), product = store.bits(1, 32);
  for (int i = 0; i < 12; ++i) {
    const Term x = store.variable("x" + std::to_string(i), Sort::bit_vector(32));
    query.push_back(store.bits(0, 32) <= x && x <= store.bits(9, 32));
    sum = sum + x;
    product = product * (x + store.bits(3, 32));
  }
  query.push_back(sum.equals(product));
  EXPECT_EQ(solve_by_diagrams(query, {.steps = 20'000}).limit, Limit::kRlimit);
}

TEST(Diagram, width_ends_it_before_the_budget_does) {
  TermStore store;
  std::vector<Term> query;
  Term sum = store.bits(0, 32);
  for (int i = 0; i < 6; ++i) {
    const Term x = store.variable("x" + std::to_string(i), Sort::bit_vector(32)), y = store.variable("y" + std::to_string(i), Sort::bit_vector(32));
    for (const Term each : {x, y}) query.push_back(store.bits(0, 32) <= each && each <= store.bits(100, 32));
    sum = sum + x * y * store.bits(2, 32);
  }
  query.push_back(sum.equals(store.bits(60'001, 32)));  // it is even, which no interval says
  EXPECT_EQ(solve_by_diagrams(query, {.steps = std::uint64_t{1} << 60, .edges = 50'000}).limit, Limit::kRlimit);
}

TEST(Diagram, a_range_that_depends_on_a_length_is_found_case_by_case) {
  TermStore store;
  const Sort sort = Sort::bit_vector(32);
  const Term n = store.variable("n", sort);
  std::vector<Term> query{store.bits(0, 32) <= n && n <= store.bits(20, 32)};
  Term earlier = store.yes(), count = store.bits(0, 32), others = store.bits(0, 32);
  for (int i = 0; i < 20; ++i) {
    const Term s = store.variable("s[" + std::to_string(i) + "]", sort), here = store.bits(i, 32) < n;
    const Term bad = here && (s < store.bits(0, 32) || store.bits(1, 32) < s);
    query.push_back(!(earlier && bad));
    earlier = earlier && !bad;
    count = store.ite(here, count + s, count);
    others = store.ite(here && s.equals(store.bits(0, 32)), others + store.bits(1, 32), others);
  }
  std::vector<Term> impossible = query, possible = query;
  impossible.push_back((count + others).differs(n));
  possible.push_back(count.equals(store.bits(11, 32)) && others.equals(store.bits(8, 32)));
  EXPECT_EQ(solve_by_diagrams(impossible).satisfiable, Satisfiable::kNo);
  Answer answer = solve_by_diagrams(possible);
  ASSERT_EQ(answer.satisfiable, Satisfiable::kYes);
  EXPECT_EQ(answer.model.evaluate(n), 19);
}

TEST(Specialise, each_conjunct_is_true_in_the_others) {
  TermStore store, fresh;
  const Term n = store.variable("n", Sort::bit_vector(32)), p = store.variable("p", Sort::boolean()), q = store.variable("q", Sort::boolean());
  const std::vector<Term> units = specialise({!(store.bits(0, 32) < n && p), !(!p && store.bits(1, 32) < n && q)}, {{"n", 2}}, fresh);
  ASSERT_EQ(units.size(), 2u);
  EXPECT_TRUE(units[0].same(!fresh.variable("p", Sort::boolean())));
  EXPECT_TRUE(units[1].same(!fresh.variable("q", Sort::boolean())));
  EXPECT_TRUE(specialise({p, !p || n < n}, {}, fresh)[0].is_false());
}

// ---- programs -----------------------------------------------------------------------------------------------------------
std::string brackets(const std::string& deepest, const std::string& reference_limit) {
  const std::string contract = "//@ requires n >= 0 && n <= 24;\n//@ requires length(s) >= n && length(s) <= 24;\n//@ requires letters(s, n);\n";
  return "static int letters(const int *s, int n) { for (int i = 0; i < n; i++) if (s[i] < 0 || s[i] > 1) return 0; return 1; }\n" + contract +
         "int f(const int *s, int n) { int d = 0, low = 0, high = 0; for (int i = 0; i < n; i++) { d = d + 1 - 2 * s[i]; low = d < low ? d : low; "
         "high = d > high ? d : high; }"
         " return low < 0 || high > " +
         reference_limit + " ? -1 : d; }\n" + contract +
         "int g(const int *s, int n) { int d = 0; for (int i = 0; i < n; i++) { d += s[i] == 0 ? 1 : -1; if (d < 0 || d > " + deepest +
         ") return -1; } return d; }\n";
}

TEST(Diagram, bracket_counters_agree_on_all_words_to_length_24) {
  const Verdict verdict = equiv(brackets("3", "3"));
  EXPECT_EQ(verdict.grade(), Grade::kProved) << verdict.reason;
}

TEST(Diagram, a_counter_that_allows_one_level_more_is_refuted) {
  const Verdict verdict = equiv(brackets("4", "3"));
  ASSERT_EQ(verdict.grade(), Grade::kRefuted) << verdict.reason;
  EXPECT_EQ(verdict.witness->interpreter_replay, Replay::kAgreed);
}

}  // namespace
}  // namespace assay::solver::smt
