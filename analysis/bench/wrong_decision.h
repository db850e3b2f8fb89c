// The first decision after which an answer could not become right any more: the ground truth for "when did it go wrong".
//
//   WrongDecision found = *find_wrong_decision(judge, text, judgement, right_texts, session);
//   found.written == "<=" && found.instead == "<"       // at byte found.begin of the answer's text
//
// The text up to `begin` can still be completed to a right function, which is shown; with what was written there every completion is wrong. The
// completions are those of a hole grammar (solver/completions: the statements that follow as they are, operators, constants and names in them
// chosen anew, at most `changes` of them), and the rests of right texts that begin alike: the reference and other proved answers. A prefix is
// doomed in this grammar only, and its size is part of the result; a completion with other statements is not considered.
// Cost: the completions that known inputs do not refute are queries of the solver; seconds. Test: tests/analysis/bench_wrong_decision_test.cpp
#pragma once

#include "analysis/bench/task_judge.h"

namespace assay::analysis::bench {

/// A token, and what would have to stand there.
struct OtherToken {
  std::string kind;                ///< "comparison", "arithmetic operator", "logical operator", "constant", "name", or "text": of a right text
  std::size_t begin = 0, end = 0;  ///< bytes of the answer's text
  std::string written, instead;
  bool operator==(const OtherToken&) const = default;
};

struct WrongDecision {
  enum class State : std::uint8_t {
    kFound,         ///< `others.front()` is the first wrong decision, and `others` together make the text right
    kNoCompletion,  ///< no completion of the grammar is right, whatever the answer begins with, and no right text is known
    kUndecided,     ///< `reason`
  };
  State state = State::kUndecided;
  std::vector<OtherToken> others;
  std::uint64_t holes = 0, changes = 0, completions = 0;  ///< of the grammar: at most `changes` of its holes filled otherwise
  std::uint64_t tried = 0, unending = 0, queries = 0;     ///< unending: taken for wrong because they run on where the reference ends
  std::string reason;
  bool out_of_time = false;  ///< a slower machine's finding, which is not cached
  bool operator==(const WrongDecision&) const = default;
};

std::string_view name_of(WrongDecision::State state);  ///< "found", "no completion", "undecided"

/// Is there something to be found: was the answer read, and is it wrong or unsafe?
bool went_wrong(const Judgement& judgement);

/// Of an answer that went wrong. `text`: answer_text(); `right_texts`: proved answers to the same task. Errors: no sandbox, interruption.
Result<WrongDecision> find_wrong_decision(const TaskJudge& judge, const std::string& text, const Judgement& judgement,
                                          const std::vector<std::string>& right_texts, const Session& session);

Json to_json(const WrongDecision& decision);
/// Nothing if the text is not one of ours.
std::optional<WrongDecision> wrong_decision_from_json(const Json& json);

}  // namespace assay::analysis::bench
