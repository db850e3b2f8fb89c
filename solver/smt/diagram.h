// Decides queries whose variables have few values each, by decision diagrams: the natural procedure for programs over token sequences.
//
// Idea. When the assertions confine every variable to a small interval, a term is a function of finitely many assignments, kept as a
// diagram that branches on one variable after another and shares equal parts. A program that reads its input symbol by symbol with few
// states has a narrow diagram, however long the input; clause learning has to find those states anew at each position.
// A variable that is confined only once another is known (`i < n` implies `s[i] <= 1`) is reached by trying every value of that other one:
// known conjuncts are replaced by true throughout, until nothing changes.
//
//   0 <= s[i] <= 1 for i < n, n <= 24:    two ways of counting, 25 cases of at most some hundred nodes, instead of 2^24 inputs
//
// A model is checked by evaluation before it is returned. Cost: at most `steps` applications; where the query has another shape it says so
// after one walk. Source: Bryant's apply on multi-terminal, multi-valued diagrams. Test: tests/solver/diagram_test.cpp (against Z3)
#pragma once

#include <cstdint>
#include <vector>

#include "solver/smt/solver.h"

namespace assay::solver::smt {

struct DiagramLimits {
  std::uint64_t steps = 60'000'000;  ///< operands visited, one for each value of the variable, all cases together: the budget, as rlimit is Z3's
  std::size_t edges = 8'000'000;     ///< of the vertices of one case: beyond the cache a step costs ten times as much
  int depth = 2;                     ///< variables whose values are tried one by one
};

/// kUnknown with Limit::kIncomplete: the query is of another shape; with kRlimit: the steps ran out, or the diagrams became too wide.
Answer solve_by_diagrams(const std::vector<Term>& assertions, const DiagramLimits& limits = {});

}  // namespace assay::solver::smt
