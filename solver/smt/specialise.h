// Rewrites a conjunction under what it says itself: a variable with a given value is replaced by it, and every conjunct is true in the others.
//
//   n == 2;  0 < n && s[0] > 1 is denied;  1 < n && s[0] <= 1 && s[1] > 1 is denied      becomes  s[0] <= 1;  s[1] <= 1
//
// Comparisons that the intervals of variables decide (ranges.h) are decided. Cost: a walk over each conjunct for each of three rounds, up to
// three million nodes. Test: tests/solver/diagram_test.cpp
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "solver/smt/term.h"

namespace assay::solver::smt {

using Values = std::unordered_map<std::string, Wide>;  ///< by name of the variable; bit-vectors as signed or unsigned numbers

/// An equivalent conjunction in `store`, where the variables have these values; the single term false if it cannot hold.
std::vector<Term> specialise(const std::vector<Term>& assertions, const Values& values, TermStore& store);

}  // namespace assay::solver::smt
