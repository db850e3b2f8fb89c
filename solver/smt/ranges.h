// What a conjunction says about single variables: the conjuncts it falls into, and an interval for each variable.
//
//   0 <= n && n <= 24 && !(n <= 3 || b)        n in [4, 24], b false
//
// Intervals are sound and incomplete: a variable may take fewer values, never others. Bit-vectors are read as signed numbers.
// Cost: linear in the conjuncts. Test: tests/solver/ranges_test.cpp
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
  std::optional<bool> decides(Term comparison) const;
  /// No assignment satisfies the conjunction. False says nothing.
  bool contradictory() const { return contradictory_; }

 private:
  void read(Term conjunct);
  void order(Term a, Term b, bool strict);
  void order_unsigned(Term a, Term b, bool strict);
  void narrow(Term variable, Range range);
  static Range everything(Sort sort);
  Range current(Term variable) const;
  Range around(Term operand) const;

  std::unordered_map<const Node*, Range> ranges_;
  bool contradictory_ = false, changed_ = false;
};

}  // namespace assay::solver::smt
