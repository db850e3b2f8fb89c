// Where a function that is not its reference went wrong: the completion that keeps the most of its text and is right.
//
//   Completions found = *latest_correct(grammar, {reference_program, reference, inputs}, options, {}, session);
//   found.state == Completions::State::kFound;   grammar.holes()[found.fillings[0].hole]      // the first wrong decision
//
// Completions are the texts that differ from the written one in at most `changes` holes. They are tried from the last hole to the first: the
// first hole of a right one is the last place up to which the text can still be completed, so that what was written there is the first decision
// after which every completion of the grammar is wrong or unsafe. A completion is right if it refines the reference (equivalence.h) and meets
// the contract of its own function. It is wrong if it differs on a known input in the interpreter, or if the solver says so; the solver's
// counterexamples join the known inputs (counterexample-guided search as in Solar-Lezama 2008).
// Cost: some 50 us per completion that a known input refutes, up to a second per solver query. Test: tests/solver/completions_test.cpp
#pragma once

#include "base/session.h"
#include "solver/completions/hole_grammar.h"
#include "solver/verdict.h"

namespace assay::solver {

struct CompletionBudget {
  int changes = 2;                     ///< holes that are filled otherwise; fewer if there are too many completions
  std::uint64_t completions = 50'000;  ///< tried at most
  int queries = 100;                   ///< of the solver
  double seconds = 60;                 ///< looked at before each query
  std::uint64_t steps = 100'000;       ///< of one run on a known input
};

struct CompletionGoal {
  const program::Program& reference_program;
  program::FunctionId reference;
  std::vector<std::vector<program::Argument>> inputs;  ///< known ones, which the reference's contract admits
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
  bool out_of_time = false;  ///< the clock ended it: a slower machine's finding
};

Result<Completions> latest_correct(const HoleGrammar& grammar, CompletionGoal goal, const SolverOptions& options, const CompletionBudget& budget,
                                   Session& session);

}  // namespace assay::solver
