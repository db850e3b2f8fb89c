#include "solver/completions/completions.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "solver/checks/check.h"
#include "solver/equivalence/equivalence.h"

namespace assay::solver {

using program::Argument;
using program::Interpreter;
using program::Program;
using program::RunEnd;
using program::RunResult;

namespace {

enum class Answer : std::uint8_t { kRight, kWrong, kUndecided };

class Search {
 public:
  Search(const HoleGrammar& grammar, CompletionGoal goal, const SolverOptions& options, const CompletionBudget& budget, Session& session)
      : grammar_(grammar), goal_(std::move(goal)), options_(options), budget_(budget), session_(session), reference_(goal_.reference_program) {
    options_.replay_natively = false;
    for (std::vector<Argument>& input : goal_.inputs) know(std::move(input));
  }

  Result<Completions> run() {
    found_.changes = budget_.changes;
    while (found_.changes > 1 && grammar_.size(found_.changes) > budget_.completions) --found_.changes;
    found_.size = grammar_.size(found_.changes);
    if (found_.size > budget_.completions) {
      found_.reason = fmt::format("the grammar has {} completions, and the budget is {}", found_.size, budget_.completions);
      return std::move(found_);
    }
    for (std::size_t first = grammar_.holes().size(); first-- > 0;) {
      Result<Answer> answer = try_from(first);
      if (!answer) return fail(answer.error());
      if (*answer == Answer::kUndecided) return std::move(found_);
      if (*answer == Answer::kWrong) continue;
      found_.state = Completions::State::kFound;
      return std::move(found_);
    }
    found_.state = Completions::State::kNone;
    return std::move(found_);
  }

 private:
  struct Known {
    std::vector<Argument> input;
    RunResult reference;
  };

  /// Every completion whose first change is in this hole, those with fewer changes before the others. One that is right outweighs one that is
  /// not decided.
  Result<Answer> try_from(std::size_t first) {
    Answer answer = Answer::kWrong;
    for (int changes = 1; changes <= found_.changes; ++changes) {
      std::vector<Filling> fillings;
      Result<Answer> each = fill(fillings, first, changes);
      if (!each || *each == Answer::kRight) return each;
      if (*each == Answer::kUndecided) answer = Answer::kUndecided;
    }
    return answer;
  }

  /// Fills `hole`, and `changes - 1` holes behind it.
  Result<Answer> fill(std::vector<Filling>& fillings, std::size_t hole, int changes) {
    Answer answer = Answer::kWrong;
    for (std::size_t other = 0; other < grammar_.holes()[hole].others.size(); ++other) {
      fillings.push_back({hole, other});
      Result<Answer> each = changes == 1 ? decide(fillings) : fill_behind(fillings, hole, changes - 1);
      if (!each || *each == Answer::kRight) return each;
      if (*each == Answer::kUndecided) answer = Answer::kUndecided;
      fillings.pop_back();
    }
    return answer;
  }

  Result<Answer> fill_behind(std::vector<Filling>& fillings, std::size_t hole, int changes) {
    Answer answer = Answer::kWrong;
    for (std::size_t next = hole + 1; next < grammar_.holes().size(); ++next) {
      Result<Answer> each = fill(fillings, next, changes);
      if (!each || *each == Answer::kRight) return each;
      if (*each == Answer::kUndecided) answer = Answer::kUndecided;
    }
    return answer;
  }

  Result<Answer> decide(const std::vector<Filling>& fillings) {
    if (session_.cancelled()) return fail({ErrorKind::kCancelled, "interrupted", "run the command again: finished answers are cached", {}});
    ++found_.tried;
    const Program program = grammar_.filled(fillings);
    if (refuted_by_a_run(program)) return Answer::kWrong;
    if (found_.queries >= budget_.queries) return undecided(fmt::format("{} solver queries did not suffice", budget_.queries));
    if (std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count() >= budget_.seconds) {
      found_.out_of_time = true;
      return undecided(fmt::format("{:g} s were over", budget_.seconds));
    }
    Result<Answer> answer = prove(program);
    if (answer && *answer == Answer::kRight) found_.fillings = fillings;
    return answer;
  }

  /// The input that refutes a completion is tried first on the next.
  bool refuted_by_a_run(const Program& program) {
    program::RunOptions run_options;
    run_options.step_limit = budget_.steps;
    const Interpreter interpreter(program);
    for (std::size_t i = 0; i < known_.size(); ++i) {
      const RunResult run = interpreter.run(grammar_.function(), known_[i].input, run_options);
      if (run.end == RunEnd::kUnsupported || same(run, known_[i].reference)) continue;
      found_.unending += run.end == RunEnd::kStepLimit || run.end == RunEnd::kRecursionLimit ? 1 : 0;
      std::rotate(known_.begin(), known_.begin() + static_cast<std::ptrdiff_t>(i), known_.begin() + static_cast<std::ptrdiff_t>(i) + 1);
      return true;
    }
    return false;
  }

  static bool same(const RunResult& run, const RunResult& reference) {
    return run.end == RunEnd::kReturned && run.value == reference.value && run.struct_value == reference.struct_value &&
           run.arrays == reference.arrays && run.output == reference.output;
  }

  Result<Answer> prove(const Program& program) {
    ++found_.queries;
    Program domain_of_reference = program::clone(program);
    domain_of_reference.functions[grammar_.function().value].requires_.clear();
    Result<Verdict> verdict = refines(goal_.reference_program, goal_.reference, domain_of_reference, grammar_.function(), options_, session_);
    if (!verdict) return fail(verdict.error());
    if (verdict->grade() == Grade::kRefuted) {
      if (verdict->witness) know(verdict->witness->arguments);
      return Answer::kWrong;
    }
    if (verdict->grade() != Grade::kProved) return undecided(verdict->reason);
    Result<std::vector<Verdict>> obligations = check_function(program, grammar_.function(), options_, session_);
    if (!obligations) return fail(obligations.error());
    Answer answer = Answer::kRight;
    for (const Verdict& obligation : *obligations) {
      if (obligation.grade() == Grade::kRefuted) return Answer::kWrong;
      if (obligation.grade() != Grade::kProved && obligation.grade() != Grade::kVacuous) answer = undecided(obligation.reason);
    }
    return answer;
  }

  void know(std::vector<Argument> input) {
    program::RunOptions run_options;
    run_options.step_limit = budget_.steps;
    RunResult run = reference_.run(goal_.reference, input, run_options);
    if (run.end == RunEnd::kReturned) known_.insert(known_.begin(), {std::move(input), std::move(run)});
  }

  Answer undecided(const std::string& reason) {
    if (found_.reason.empty()) found_.reason = reason;
    return Answer::kUndecided;
  }

  const HoleGrammar& grammar_;
  CompletionGoal goal_;
  SolverOptions options_;
  CompletionBudget budget_;
  Session& session_;
  Interpreter reference_;
  std::vector<Known> known_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  Completions found_;
};

}  // namespace

Result<Completions> latest_correct(const HoleGrammar& grammar, CompletionGoal goal, const SolverOptions& options, const CompletionBudget& budget,
                                   Session& session) {
  return Search(grammar, std::move(goal), options, budget, session).run();
}

}  // namespace assay::solver
