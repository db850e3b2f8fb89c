// The first decision after which an answer could not become right any more: the ground truth for "when did it go wrong".
//
//   WrongDecision found = *find_wrong_decision(judge, text, judgement, right_texts, session);
//   found.others[0].written == "<=" && found.others[0].instead == "<"       // at byte found.others[0].begin of the answer's text
//
// The text up to `begin` can still be completed to a right function, which is shown; with what was written there every completion is wrong. The
// completions are those of three finite grammars: the answer's own later statements with operators, constants and names in them chosen anew
// (solver/completions/hole_grammar.h); right texts, the reference and other proved answers, up to layout and the names of local variables
// (renamed_text.h); and the rests of the partial function (rest_grammar.h). Where some prefix behind the last completable one is not decided, the
// wrong decision is one of the tokens up to `until`. What no C text continues, as Clang's parser says, is not code. A prefix is doomed in these
// grammars only, and their sizes are part of the result.
// Cost: seconds. Test: tests/analysis/bench_wrong_decision_test.cpp
#pragma once

#include "analysis/bench/task_judge.h"

namespace assay::analysis::bench {

/// A token, and what would have to stand there.
struct OtherToken {
  std::string kind;  ///< "comparison", "arithmetic operator", "logical operator", "constant", "name", "statement", "other token", or "not code"
  std::size_t begin = 0, end = 0;  ///< bytes of the answer's text
  std::string written, instead;
  bool operator==(const OtherToken&) const = default;
};

struct WrongDecision {
  enum class State : std::uint8_t {
    kFound,         ///< `others.front()` is the first wrong decision, or one of the tokens up to `until`; shown by `shown_by`
    kStillOpen,     ///< the text ends too early, and can be completed
    kNoCompletion,  ///< no completion of the grammar is right, whatever the answer begins with, and no right text is known
    kUndecided,     ///< `reason`
  };
  State state = State::kUndecided;
  std::vector<OtherToken> others;  ///< kFound: of the own rest, they together make the text right
  std::string shown_by;            ///< kFound, kStillOpen: the grammar of the right completion, "own rest", "right text" or "partial function"
  std::size_t until = 0;           ///< kFound: byte behind the last token that may be the first wrong decision
  std::uint64_t holes = 0, changes = 0, completions = 0;    ///< of the grammar: at most `changes` of its holes filled otherwise
  std::uint64_t tried = 0, unending = 0, queries = 0;       ///< unending: taken for wrong because they run on where the reference ends
  std::uint64_t prefixes = 0, undecided_prefixes = 0;       ///< of which completions of the partial function were looked at
  std::uint64_t partial_completions = 0;                    ///< of these, refuted one and all
  std::uint64_t largest_grammar = 0, smallest_grammar = 0;  ///< of one prefix, not counting own later statements; 0: of none
  std::string reason;                                       ///< why something is not decided
  bool is_range() const { return state == State::kFound && until > others.front().end; }
  bool out_of_time = false;  ///< a slower machine's finding, which is not cached
  bool operator==(const WrongDecision&) const = default;
};

std::string_view name_of(WrongDecision::State state);  ///< "found", "still open", "no completion", "undecided"

/// Is there something to be found: is the answer wrong, unsafe, or refused by the parser?
bool went_wrong(const Judgement& judgement);
/// Of an answer that failed and is not searched: "no reference". Empty for others.
std::string why_not_searched(const Judgement& judgement);

/// Of an answer that went wrong. `text`: answer_text(); `right_texts`: proved answers to the same task. Errors: no sandbox, interruption.
Result<WrongDecision> find_wrong_decision(const TaskJudge& judge, const std::string& text, const Judgement& judgement,
                                          const std::vector<std::string>& right_texts, const Session& session);

Json to_json(const WrongDecision& decision);
/// Nothing if the text is not one of ours.
std::optional<WrongDecision> wrong_decision_from_json(const Json& json);

}  // namespace assay::analysis::bench
