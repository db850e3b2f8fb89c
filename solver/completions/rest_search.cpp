#include "solver/completions/rest_search.h"

#include <fmt/format.h>

#include <algorithm>

namespace assay::solver {

using program::Argument;
using program::RunEnd;
using program::RunResult;

RestSearch::RestSearch(const program::Program& program, program::FunctionId function, const RestGrammar& grammar, int first_line,
                       CompletionJudge& judge, RestBudget& budget, const Session& session)
    : function_(function),
      grammar_(grammar),
      first_line_(first_line),
      judge_(judge),
      budget_(budget),
      session_(session),
      interpreter_(program),
      choices_(grammar.choices(), -1) {
  cells_.kind = Argument::Kind::kArray;
  cells_.cells.resize(std::max<std::size_t>(grammar.cells(), 1));
  for (auto& cell : cells_.cells) cell = {false, 0, false};
}

Result<RestFinding> RestSearch::run(const Prove& prove) {
  Result<Outcome> outcome = explore(0, prove);
  if (!outcome) return fail(outcome.error());
  if (*outcome == Outcome::kGoOn) found_.state = found_.reason.empty() ? RestFinding::State::kNone : RestFinding::State::kUndecided;
  return std::move(found_);
}

RestSearch::Outcome RestSearch::give_up(std::string reason, bool out_of_time) {
  found_.state = RestFinding::State::kUndecided;
  found_.reason = std::move(reason);
  found_.out_of_time = out_of_time;
  return Outcome::kStop;
}

/// Known inputs before `input` agree already, whatever the open choices are.
Result<RestSearch::Outcome> RestSearch::explore(std::size_t input, const Prove& prove) {
  for (; input < judge_.known().size(); ++input) {
    if (budget_.runs == 0) return give_up("the budget of runs is used up");
    if ((budget_.runs & 0xFF) == 0 && session_.cancelled())
      return fail({ErrorKind::kCancelled, "interrupted", "run the command again: finished answers are cached", {}});
    --budget_.runs;
    const RunResult run = run_on(judge_.known()[input]);
    if (const std::optional<int> choice = unread_choice(run)) return branch(*choice, input, prove);
    if (run.end == RunEnd::kUnsupported) return give_up("not modelled: " + run.unsupported);
    if (CompletionJudge::same(run, judge_.known()[input].reference)) continue;
    const std::uint64_t texts = grammar_.count(choices_);
    found_.refuted += texts;
    found_.unending += run.end == RunEnd::kStepLimit || run.end == RunEnd::kRecursionLimit ? texts : 0;
    return Outcome::kGoOn;
  }
  return survivor(prove);
}

Result<RestSearch::Outcome> RestSearch::branch(int choice, std::size_t input, const Prove& prove) {
  int& value = choices_[static_cast<std::size_t>(choice)];
  auto& cell = cells_.cells[grammar_.cell(static_cast<std::size_t>(choice))];
  const std::size_t known = judge_.known().size();
  for (value = 0; value < grammar_.arity(static_cast<std::size_t>(choice)); ++value) {
    cell = {true, value, false};
    Result<Outcome> outcome = explore(judge_.known().size() > known ? 0 : input, prove);  // those that joined stand before the others
    if (!outcome || *outcome == Outcome::kStop) return outcome;
  }
  value = -1;
  cell = {false, 0, false};
  return Outcome::kGoOn;
}

/// No known input refutes these choices. Choices that are open still matter to none of them.
Result<RestSearch::Outcome> RestSearch::survivor(const Prove& prove) {
  if (budget_.proofs == 0) return give_up("the budget of proofs is used up");
  --budget_.proofs;
  const std::size_t known = judge_.known().size();
  std::string rest = grammar_.rest(choices_), reason;
  Result<CompletionJudge::Answer> answer = prove(rest, reason);
  if (!answer) return fail(answer.error());
  if (*answer == CompletionJudge::Answer::kRight) {
    found_.state = RestFinding::State::kRight;
    found_.rest = std::move(rest);
    return Outcome::kStop;
  }
  if (*answer == CompletionJudge::Answer::kWrong && judge_.known().size() > known) return explore(0, prove);  // its counterexample is the first
  const std::uint64_t texts = grammar_.count(choices_);
  if (*answer == CompletionJudge::Answer::kWrong && texts == 1) {
    ++found_.refuted;
    return Outcome::kGoOn;
  }
  return give_up(*answer == CompletionJudge::Answer::kWrong ? "refuted without an input that tells others" : reason);
}

RunResult RestSearch::run_on(const CompletionJudge::Known& known) {
  constexpr std::uint64_t kLeastSteps = 500, kTimesReference = 20;
  std::vector<Argument> arguments = known.input;
  arguments.push_back(cells_);
  program::RunOptions options;
  options.step_limit = std::min(budget_.steps, kLeastSteps + kTimesReference * known.reference.steps);
  RunResult run = interpreter_.run(function_, arguments, options);
  if (!run.arrays.empty()) run.arrays.pop_back();
  return run;
}

/// The choice that ended the run because it is open.
std::optional<int> RestSearch::unread_choice(const RunResult& run) const {
  if (run.end != RunEnd::kCheckFailed || !run.failure || run.failure->kind != program::CheckKind::kUninitialisedRead) return std::nullopt;
  const std::optional<int> choice = grammar_.choice_at(static_cast<int>(run.failure->where.begin.line) - first_line_);
  return choice && choices_[static_cast<std::size_t>(*choice)] < 0 ? choice : std::nullopt;
}

}  // namespace assay::solver
