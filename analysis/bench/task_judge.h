// Judges answers to one task: the reference is read, checked and kept once, every answer is then parsed, compiled, tested and proved.
//
//   TaskJudge judge = *TaskJudge::create(task, {}, session);
//   Judgement found = *judge.run(answer_text(task, answer), session);
//
// Thread-safe once made. Cost: .2 s to make, .5 s to 1 s per answer. Test: tests/analysis/bench_judge_test.cpp
#pragma once

#include "analysis/bench/judgement.h"
#include "analysis/bench/lowered_code.h"
#include "solver/verdict.h"

namespace assay::analysis::bench {

/// Begins the reason of a meaning that is undecided because the request is at fault.
inline constexpr std::string_view kAtFault = "the request is at fault: ";

class TaskJudge {
 public:
  /// Errors of kind kInput are the suite's fault and name the request: the reference must parse, be safe and meet its own contract, and the
  /// tests must agree with it.
  static Result<TaskJudge> create(CodeTask task, const VerificationBudget& budget, const Session& session);

  /// For a task at fault, as create() said: answers are tested and checked for safety, and compared with nothing.
  static TaskJudge without_reference(CodeTask task, const VerificationBudget& budget, std::string fault);

  /// `text`: answer_text(). Errors: no sandbox, interruption, internal ones; whatever is wrong with the answer is part of the judgement.
  Result<Judgement> run(const std::string& text, const Session& session) const;
  const CodeTask& task() const { return task_; }
  /// Null where there is none.
  const LoweredCode* reference() const { return reference_ ? &*reference_ : nullptr; }
  const solver::SolverOptions& options() const { return options_; }

 private:
  TaskJudge(CodeTask task, const VerificationBudget& budget);
  Status check_reference(Session& session) const;
  Status check_prompt(Session& session) const;
  Status check_test(const TestCase& test, const program::Interpreter& interpreter) const;
  Status steps(const std::string& text, Judgement& judgement, Session& session) const;
  Result<TestRun> run_natively(const std::string& text, Judgement& judgement, Session& session) const;
  Status decide(const std::string& text, Judgement& judgement, Session& session) const;
  Status prove(LoweredCode& code, Judgement& judgement, Session& session) const;
  tl::unexpected<Error> at_fault(const std::string& what) const;

  CodeTask task_;
  solver::SolverOptions options_;
  double test_seconds_;
  std::optional<LoweredCode> reference_;
  std::string fault_;  ///< why answers are not compared
};

}  // namespace assay::analysis::bench
