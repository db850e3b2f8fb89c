#include "solver/completions/completion_judge.h"

#include <algorithm>
#include <utility>

#include "solver/checks/check.h"
#include "solver/equivalence/equivalence.h"

namespace assay::solver {

using program::Argument;
using program::Interpreter;
using program::Program;
using program::RunEnd;
using program::RunResult;

CompletionJudge::CompletionJudge(CompletionGoal goal, const SolverOptions& options, std::uint64_t steps)
    : goal_(std::move(goal)), options_(options), steps_(steps), reference_(goal_.reference_program) {
  options_.replay_natively = false;
  for (std::vector<Argument>& input : goal_.inputs) know(std::move(input));
}

bool CompletionJudge::refuted_by_a_run(const Program& program, program::FunctionId function, std::uint64_t& unending) {
  program::RunOptions run_options;
  run_options.step_limit = steps_;
  const Interpreter interpreter(program);
  for (std::size_t i = 0; i < known_.size(); ++i) {
    const RunResult run = interpreter.run(function, known_[i].input, run_options);
    if (run.end == RunEnd::kUnsupported || same(run, known_[i].reference)) continue;
    unending += run.end == RunEnd::kStepLimit || run.end == RunEnd::kRecursionLimit ? 1 : 0;
    std::rotate(known_.begin(), known_.begin() + static_cast<std::ptrdiff_t>(i), known_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    return true;
  }
  return false;
}

bool CompletionJudge::same(const RunResult& run, const RunResult& reference) {
  return run.end == RunEnd::kReturned && run.value == reference.value && run.struct_value == reference.struct_value &&
         run.arrays == reference.arrays && run.output == reference.output;
}

Result<CompletionJudge::Answer> CompletionJudge::prove(const Program& program, program::FunctionId function, std::string& reason, Session& session) {
  Program domain_of_reference = program::clone(program);
  domain_of_reference.functions[function.value].requires_.clear();
  Result<Verdict> verdict = refines(goal_.reference_program, goal_.reference, domain_of_reference, function, options_, session);
  if (!verdict) return fail(verdict.error());
  if (verdict->grade() == Grade::kRefuted) {
    if (verdict->witness) know(verdict->witness->arguments);
    return Answer::kWrong;
  }
  reason = verdict->reason;
  if (verdict->grade() != Grade::kProved) return Answer::kUndecided;
  if (program.functions[function.value].requires_.empty())
    return Answer::kRight;  // safe wherever the reference is defined: nothing else was promised
  Result<std::vector<Verdict>> obligations = check_function(program, function, options_, session);
  if (!obligations) return fail(obligations.error());
  Answer answer = Answer::kRight;
  for (const Verdict& obligation : *obligations) {
    if (obligation.grade() == Grade::kRefuted) {
      if (obligation.witness) know(obligation.witness->arguments);
      return Answer::kWrong;
    }
    if (obligation.grade() == Grade::kProved || obligation.grade() == Grade::kVacuous) continue;
    answer = Answer::kUndecided;
    reason = obligation.reason;
  }
  return answer;
}

void CompletionJudge::know(std::vector<Argument> input) {
  program::RunOptions run_options;
  run_options.step_limit = steps_;
  RunResult run = reference_.run(goal_.reference, input, run_options);
  if (run.end == RunEnd::kReturned) known_.insert(known_.begin(), {std::move(input), std::move(run)});
}

}  // namespace assay::solver
