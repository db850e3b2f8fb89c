// Is some text of a RestGrammar right? Every one of them is refuted by a run, or else shown to the caller, who proves it.
//
//   RestSearch search(program, function, grammar, first_line, judge, budget);       // program: grammar.code(), lowered
//   search.run([&](const std::string& rest) { return answer_of(text + rest); })
//
// One function stands for all texts: choices that a run reads first are tried one after the other; a run that differs from the reference refutes
// every text that agrees in the choices it read (as Korat does for the fields of an input, Boyapati et al. 2002). What all known inputs leave is
// written out and proved or refuted by the solver, whose counterexamples join the known inputs.
// Cost: some 5 us per run. Test: tests/solver/rest_search_test.cpp
#pragma once

#include <functional>
#include <string>

#include "solver/completions/completion_judge.h"
#include "solver/completions/rest_grammar.h"

namespace assay::solver {

/// What is left of a budget for many searches.
struct RestBudget {
  std::uint64_t runs = 300'000;  ///< of the interpreter
  int proofs = 20;               ///< of texts that no known input refutes
  double seconds = 60;           ///< of all searches; a backstop
  std::uint64_t steps = 5'000;   ///< of one run at most; 500, and 20 for each of the reference's, are taken to be enough
};

struct RestFinding {
  enum class State : std::uint8_t { kRight, kNone, kUndecided };
  State state = State::kUndecided;
  std::string rest;            ///< kRight
  std::uint64_t refuted = 0;   ///< texts; of kNone: all
  std::uint64_t unending = 0;  ///< of these, taken for wrong because they run on
  std::string reason;          ///< kUndecided
  bool out_of_time = false;
};

class RestSearch {
 public:
  using Prove = std::function<Result<CompletionJudge::Answer>(const std::string& rest, std::string& reason)>;

  /// `first_line`: of the program's file, from 1, where grammar.code() begins. All must outlive the search; `budget` is used up.
  RestSearch(const program::Program& program, program::FunctionId function, const RestGrammar& grammar, int first_line, CompletionJudge& judge,
             RestBudget& budget, const Session& session);
  Result<RestFinding> run(const Prove& prove);

 private:
  enum class Outcome : std::uint8_t { kGoOn, kStop };
  Result<Outcome> explore(std::size_t input, const Prove& prove);
  Result<Outcome> branch(int choice, std::size_t input, const Prove& prove);
  Result<Outcome> survivor(const Prove& prove);
  Outcome give_up(std::string reason, bool out_of_time = false);
  program::RunResult run_on(const CompletionJudge::Known& known);
  std::optional<int> unread_choice(const program::RunResult& run) const;

  program::FunctionId function_;
  const RestGrammar& grammar_;
  int first_line_;
  CompletionJudge& judge_;
  RestBudget& budget_;
  const Session& session_;
  program::Interpreter interpreter_;
  RestChoices choices_;
  program::Argument cells_;  ///< those that are made, as the code reads them
  RestFinding found_;
};

}  // namespace assay::solver
