// What a policy for writing would have cost and yielded: which samples of a request are given up, at which token, and which one is taken.
//
//   score_policies(tasks, model, &predictions)         // "first sample": 128 requests, 57 proved, 4,180 tokens
//
// A policy sees the samples of a request one after another, as they are written, token by token. It gives a sample up at some token, having paid for
// the tokens so far, or takes it and stops. All policies see the same samples. Because a policy only cuts samples short, what it would have cost can
// be counted from samples that were written to their ends.
//
//   first sample            takes the first
//   log-probability         gives up where the mean log-probability of the tokens so far falls below a threshold, from the fourth token on; the
//   threshold is
//                           the best in hindsight, which favours this rival
//   majority of meaning     pays for all, takes one of the largest class of equal meaning
//   visible tests           takes the first that passes them; running them costs no tokens. Needs requests that show tests
//   the rule at the site    gives up at the first token if the rule says that this request goes wrong and the token is not the demanded one. Needs
//   predictions the demanded token      gives up at the first token if that is not the demanded one, whatever the rule says. Needs predictions doomed
//   prefix           gives up at the first token after which no completion is right (wrong_decision.h). It knows the reference: a bound, not a rival
//
// Where all samples are given up nothing is taken. Bounded proofs count as proved. Cost: one pass over the samples per policy and threshold. Test:
// tests/analysis/bench_policies_test.cpp
#pragma once

#include <string>
#include <vector>

#include "analysis/bench/prediction.h"

namespace assay::analysis::bench {

struct PolicyScore {
  std::string name;
  std::uint64_t requests = 0, taken = 0, proved = 0, failed = 0;  ///< failed: taken, and wrong, unsafe or broken
  std::uint64_t tokens = 0;
  double proved_per_1000_tokens() const { return tokens == 0 ? 0 : 1000.0 * static_cast<double>(proved) / static_cast<double>(tokens); }
};

/// Empty where requests have one sample. `predictions`: null without [prediction], or where they do not speak about this model.
std::vector<PolicyScore> score_policies(const std::vector<CodeTask>& tasks, const ModelRun& model, const Predictions* predictions);
/// By model of the run.
std::vector<std::vector<PolicyScore>> score_policies(const std::vector<CodeTask>& tasks, const BenchRun& run, const Predictions* predictions);

Json to_json(const PolicyScore& score);
/// Nothing if the JSON is not one of ours.
std::optional<PolicyScore> policy_score_from_json(const Json& json);
/// Lines of the terminal's table.
std::string to_table(const std::vector<PolicyScore>& scores);

}  // namespace assay::analysis::bench
