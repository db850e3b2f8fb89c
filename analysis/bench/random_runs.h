// What a proof says must then be seen: a proved answer and its reference, run natively side by side on random inputs of the contract.
//
//   RandomRuns found = *run_at_random(judge, answer_text(task, answer), 10'000, session);
//   found.runs == 10'000 && found.differences == 0
//
// Both are compiled with AddressSanitizer and UndefinedBehaviorSanitizer; a report in the answer is a difference too. Results and arrays are
// compared. A difference means that a proof is wrong: an internal error, never a verdict. The inputs of a task depend on its contract and the
// seed only, so a second run of the same binary gives the same numbers, but for one that the clock ended.
// Cost: one compilation and one run in the sandbox, about a second for 10,000 inputs. Test: tests/analysis/bench_random_runs_test.cpp
#pragma once

#include "analysis/bench/task_judge.h"

namespace assay::analysis::bench {

inline constexpr std::uint64_t kRandomSeed = 1;

struct RandomRuns {
  std::uint64_t wanted = 0, runs = 0;  ///< runs: inputs on which both were called
  std::uint64_t drawn = 0;             ///< inputs drawn; those that the contract does not admit are not run
  std::uint64_t differences = 0;
  std::string ended;               ///< why there are fewer runs than were wanted; empty: there are not
  std::vector<std::string> input;  ///< of the first difference, as C
  std::string answer, reference_answer;
  bool out_of_time = false;  ///< the clock ended it: a slower machine's finding, which is not cached
  bool complete() const { return runs >= wanted; }
  bool operator==(const RandomRuns&) const = default;
};

/// `text`: answer_text(), of an answer that has a reference to be compared with. Errors: no sandbox, interruption.
Result<RandomRuns> run_at_random(const TaskJudge& judge, const std::string& text, std::uint64_t wanted, const Session& session);

Json to_json(const RandomRuns& runs);
/// Nothing if the text is not one of ours.
std::optional<RandomRuns> random_runs_from_json(const Json& json);

}  // namespace assay::analysis::bench
