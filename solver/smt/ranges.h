// What a conjunction says about single variables: the conjuncts it falls into, and an interval for each variable; interval arithmetic carries
// these to terms.
//
//   0 <= n && n <= 24 && !(n <= 3 || b)        n in [4, 24], b false; n * n in [16, 576], which no 32 bits overflow
//
// Intervals are sound and incomplete: a variable may take fewer values, never others. Bit-vectors are read as signed numbers; an operation that
// may wrap takes every value of its sort. Of an ite whose condition is open both branches count.
// Cost: linear in the conjuncts, and for terms in their nodes, anew after each interval that became smaller, up to a million nodes; behind that, and
// deeper than 400 operators, a term may be anything. Source: Moore, "Interval Analysis", 1966. Test: tests/solver/ranges_test.cpp
#pragma once

#include <optional>
#include <unordered_map>
#include <vector>

#include "solver/smt/term.h"

namespace assay::solver::smt {

/// The conjuncts of all assertions; of a disjunction that is denied, its denied parts. In order, without repetition.
std::vector<Term> conjuncts(const std::vector<Term>& assertions);

struct Range {
  Wide low = 0, high = 0;
  bool operator==(const Range&) const = default;
};

class Ranges {
 public:
  Ranges() = default;
  explicit Ranges(const std::vector<Term>& assertions);
  /// One more conjunct. True: some interval became smaller.
  bool add(Term conjunct);

  /// Absent for unbounded integers.
  std::optional<Range> of(Term variable) const;
  /// Whether a comparison holds on all values in the intervals, or on none; absent where it depends.
  std::optional<bool> decides(Term comparison) const { return decided(comparison, 0); }
  /// No assignment satisfies the conjunction. False says nothing.
  bool contradictory() const { return contradictory_; }

 private:
  void read(Term conjunct);
  void order(Term a, Term b, bool strict);
  void order_unsigned(Term a, Term b, bool strict);
  void narrow(Term variable, Range range);
  static Range everything(Sort sort);
  Range current(Term variable) const;
  std::optional<bool> decided(Term comparison, int depth) const;
  Range around(Term operand, int depth = 0) const;
  Range computed(Term term, int depth) const;

  std::unordered_map<const Node*, Range> ranges_;
  mutable std::unordered_map<const Node*, Range> terms_;  ///< as ranges_ says now
  mutable int nodes_left_ = 1'000'000;
  bool contradictory_ = false, changed_ = false;
};

}  // namespace assay::solver::smt
