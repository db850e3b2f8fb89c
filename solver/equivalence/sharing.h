// Which pointer parameters may point into one object: every way to divide them into objects, each with symbolic places of the pointers.
//
// Two functions can agree on separate arrays and differ on shared ones, so refinement is asked once per division (set partition).
//
//   void f(int *a, int *b, unsigned *c)     {a} {b} {c}, {a b} {c}, {a c} {b}, {a} {b c}, {a b c}: int and unsigned may share (C17 6.5p7)
//
// Not tried, and then said: a `restrict` parameter of the reference (its contract is to share nothing); pointers to different types, which
// no defined access tells apart but through a member or an allocated object; more divisions than kMostDivisions. Characters may overlay any object:
// with writes that is unsupported. Where neither function writes through pointers nor compares them, sharing makes no difference. Cost: the Bell
// number of the parameters of one type (5 for three, 15 for four). Test: tests/solver/sharing_test.cpp
#pragma once

#include <string>
#include <vector>

#include "solver/semantics/plans.h"

namespace assay::solver {

struct Sharing {
  std::vector<std::vector<std::vector<std::uint32_t>>> divisions;  ///< groups of at least two parameters; the first division has none
  std::vector<std::string> contract;                               ///< what the reference's declarations exclude
  std::vector<std::string> uncovered;                              ///< what is excluded without proof: results are bounded
  std::string unsupported;                                         ///< sharing that is possible and not modelled, with its place
  bool matters = false;                                            ///< one of the functions can tell shared memory from memory apart
};

inline constexpr std::size_t kMostDivisions = 64;

/// The functions have the same parameter types.
Sharing sharing_of(const ContractSource& reference, const ContractSource& implementation);

}  // namespace assay::solver
