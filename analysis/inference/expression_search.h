// Finds a small program over finite tuples that answers as a network does on every input.
//
// Idea: counterexample-guided search. Terms are enumerated bottom-up by size and kept once per behaviour on the sample rows
// (observational equivalence, Udupa et al. 2013); when no kept term fits, pairs of kept terms under one more operator, also inside
// `% c` and `/ c`, are tried without being kept. The candidate is then compared on every input of the domain; a
// difference joins the sample. A scalar input with few values (the answer position, an operator symbol) may become a case split.
// The first fitting program in that order is taken: it is the smallest up to `complete_to` nodes per case, and small beyond.
//
// Cost: bounded by SearchOptions::most_terms. Test: tests/analysis/expression_search_test.cpp
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analysis/inference/term.h"
#include "base/result.h"
#include "base/session.h"

namespace assay::analysis {

struct SearchRow {
  InputRow inputs;
  std::int32_t answer = 0;
};

/// One branch: holds where scalar column `split` equals `value`; split -1: everywhere.
struct FoundCase {
  int split = -1;
  std::int32_t value = 0;
  int term = -1;
};

struct FoundProgram {
  TermPool pool;
  std::vector<FoundCase> cases;
  int size = 0;         ///< nodes over all cases
  int complete_to = 0;  ///< every term up to this size was tried for every case
  std::size_t terms_tried = 0;
  int rounds = 0;
  std::optional<std::int32_t> answer(const InputRow& row) const;
};

/// Some inputs of the domain (a few dozen, spread over it) on which program and network differ, with the network's answers; none if they
/// agree on all of it. More than one speeds the search up: each round then rules out more terms.
using WholeDomainCheck = std::function<Result<std::vector<SearchRow>>(const FoundProgram&)>;

struct SearchOptions {
  int most_size = 5;                    ///< of enumerated terms; combinations reach about twice that
  std::size_t most_terms = 150'000;     ///< kept at once
  std::size_t most_pair_terms = 1'500;  ///< the smallest terms are also tried in pairs under one more operator
  std::size_t most_join_terms = 5'000;  ///< and these as one summand of `(u + v) % c` and `(u + v) / c`, the other one looked up
  int most_rounds = 60;
  int most_case_values = 6;  ///< a scalar column with at most this many values may be split on
  std::vector<std::int32_t> constants = {0, 1, 2, 10};
  std::vector<std::int32_t> match_defaults = {0};  ///< values of a lookup that finds nothing
  int trip_limit = 1000;                           ///< a loop that has not ended after so many iterations counts as endless
};

/// `sample`: rows to start with, some hundred, answers by the network. No program: a budget error with the reason; that is a legal answer.
Result<FoundProgram> search_program(const std::vector<InputColumn>& columns, std::vector<SearchRow> sample, const WholeDomainCheck& check,
                                    const SearchOptions& options, Session& session);

/// A local variable of the printed program.
struct PrintedVariable {
  std::string point;       ///< "after_1.value_1": program point and variable
  int in_case = -1;        ///< index into cases; -1: computed before them
  bool is_result = false;  ///< it is the case's answer
};

struct PrintedProgram {
  std::string text;
  std::vector<PrintedVariable> variables;  ///< in order of computation
};

/// The program as C: `int NAME(...)` with one local per operation and the point `//@ label after_N` behind local number N.
/// What several cases compute stands before them.
PrintedProgram program_to_c(const FoundProgram& program, const std::string& name, const std::vector<std::string>& requires_clauses);

}  // namespace assay::analysis
