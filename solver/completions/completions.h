// Where a function that is not its reference went wrong: the completion that keeps the most of its text and is right.
//
//   CompletionJudge judge({reference_program, reference, inputs}, options, {});
//   Completions found = *latest_correct(grammar, judge, {}, session);
//   found.state == Completions::State::kFound;   grammar.holes()[found.fillings[0].hole]      // the first wrong decision
//
// Completions are the texts that differ from the written one in at most `changes` holes. They are tried from the last hole to the first: the
// first hole of a right one is the last place up to which the text can still be completed, so that what was written there is the first decision
// after which every completion of the grammar is wrong or unsafe. What is right or wrong: completion_judge.h.
// Cost: some 50 us per completion that a known input refutes, up to a second per solver query. Test: tests/solver/completions_test.cpp
#pragma once

#include "base/session.h"
#include "solver/completions/completion_judge.h"
#include "solver/completions/hole_grammar.h"

namespace assay::solver {

struct CompletionBudget {
  int changes = 2;                     ///< holes that are filled otherwise; fewer if there are too many completions
  std::uint64_t completions = 50'000;  ///< tried at most
  int queries = 100;                   ///< of the solver
  double seconds = 60;                 ///< looked at before each query
};

struct Completions {
  enum class State : std::uint8_t {
    kFound,      ///< `fillings` is right, and every completion that keeps more of the text is wrong
    kNone,       ///< no completion of the grammar is right
    kUndecided,  ///< a completion that keeps more is not decided, or the budget is too small: `reason`
  };
  State state = State::kUndecided;
  std::vector<Filling> fillings;  ///< in the order of the source
  int changes = 0;                ///< at most so many holes were filled otherwise
  std::uint64_t size = 0;         ///< of the grammar with so many changes
  std::uint64_t tried = 0;
  std::uint64_t unending = 0;  ///< of these, taken for wrong because they did not end within the steps where the reference does
  int queries = 0;
  std::string reason;
  std::size_t undecided_from = 0;  ///< kUndecided: byte of the hole up to which, from behind, every completion is wrong; 0: none was tried
  bool out_of_time = false;        ///< the clock ended it: a slower machine's finding
};

Result<Completions> latest_correct(const HoleGrammar& grammar, CompletionJudge& judge, const CompletionBudget& budget, Session& session);

}  // namespace assay::solver
