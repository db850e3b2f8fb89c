// Is a completed function right? Known inputs in the interpreter first, the solver for what they do not refute.
//
//   CompletionJudge judge({reference_program, reference, inputs}, options, 100'000);
//   judge.prove(program, function, reason, session) == Answer::kWrong      // and its counterexample joins the known inputs
//
// A completion is right if it refines the reference (equivalence.h) and, where it has preconditions, meets the contract of its own function. It is
// wrong if it differs on a known input, or if the solver says so (counterexample-guided search as in Solar-Lezama 2008). Cost: some 50 us per run, up
// to a second per query. Test: tests/solver/completions_test.cpp
#pragma once

#include <string>
#include <vector>

#include "base/session.h"
#include "frontend/program/interpreter.h"
#include "solver/verdict.h"

namespace assay::solver {

struct CompletionGoal {
  const program::Program& reference_program;
  program::FunctionId reference;
  std::vector<std::vector<program::Argument>> inputs;  ///< known ones, which the reference's contract admits
};

class CompletionJudge {
 public:
  enum class Answer : std::uint8_t { kRight, kWrong, kUndecided };
  struct Known {
    std::vector<program::Argument> input;
    program::RunResult reference;
  };

  /// `steps`: of one run on a known input; what goes on for longer is taken for wrong.
  CompletionJudge(CompletionGoal goal, const SolverOptions& options, std::uint64_t steps = 100'000);

  /// The input that refutes one completion is tried first on the next. `unending` counts those taken for wrong because they did not end.
  bool refuted_by_a_run(const program::Program& program, program::FunctionId function, std::uint64_t& unending);
  Result<Answer> prove(const program::Program& program, program::FunctionId function, std::string& reason, Session& session);

  /// Those that the reference answers.
  const std::vector<Known>& known() const { return known_; }
  std::uint64_t steps() const { return steps_; }
  static bool same(const program::RunResult& run, const program::RunResult& reference);

 private:
  void know(std::vector<program::Argument> input);

  CompletionGoal goal_;
  SolverOptions options_;
  std::uint64_t steps_;
  program::Interpreter reference_;
  std::vector<Known> known_;
};

}  // namespace assay::solver
