#include "solver/completions/completions.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace assay::solver {

using program::Program;
using Answer = CompletionJudge::Answer;

namespace {

class Search {
 public:
  Search(const HoleGrammar& grammar, CompletionJudge& judge, const CompletionBudget& budget, Session& session)
      : grammar_(grammar), judge_(judge), budget_(budget), session_(session) {}

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
      if (*answer == Answer::kUndecided) {
        found_.undecided_from = grammar_.holes()[first].begin;
        return std::move(found_);
      }
      if (*answer == Answer::kWrong) continue;
      found_.state = Completions::State::kFound;
      return std::move(found_);
    }
    found_.state = Completions::State::kNone;
    return std::move(found_);
  }

 private:
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
    if (judge_.refuted_by_a_run(program, grammar_.function(), found_.unending)) return Answer::kWrong;
    if (found_.queries >= budget_.queries) return undecided(fmt::format("{} solver queries did not suffice", budget_.queries));
    if (std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count() >= budget_.seconds) {
      found_.out_of_time = true;
      return undecided(fmt::format("{:g} s were over", budget_.seconds));
    }
    ++found_.queries;
    std::string reason;
    Result<Answer> answer = judge_.prove(program, grammar_.function(), reason, session_);
    if (answer && *answer == Answer::kRight) found_.fillings = fillings;
    if (answer && *answer == Answer::kUndecided) return undecided(reason);
    return answer;
  }

  Answer undecided(const std::string& reason) {
    if (found_.reason.empty()) found_.reason = reason;
    return Answer::kUndecided;
  }

  const HoleGrammar& grammar_;
  CompletionJudge& judge_;
  CompletionBudget budget_;
  Session& session_;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  Completions found_;
};

}  // namespace

Result<Completions> latest_correct(const HoleGrammar& grammar, CompletionJudge& judge, const CompletionBudget& budget, Session& session) {
  return Search(grammar, judge, budget, session).run();
}

}  // namespace assay::solver
