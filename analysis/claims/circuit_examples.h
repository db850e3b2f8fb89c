// The examples that a circuit is found and judged on.
//
// An example is a scored input with the network's own answers fed back. Whole domain where it is small, else a seeded sample; of a template the
// prompts with a partner, or a seeded sample of them, since every prompt is answered once for the whole domain anyway. What the metric
// compares the network's answer with depends on the ablation, since the metric must be low where everything is ablated:
//   resample          the answer of the counterfactual partner ([counterfactual] in the task), whose run replaces what is removed: the empty
//                     circuit answers as the partner does. An input that no partner of its length contradicts has no such metric. Where the task
//                     says which symbol each prompt asks for (`demanded`), these are compared instead, whatever is answered: a decision that
//                     moves and never turns has pairs too.
//   mean, zero        the best other answer; sets, every token's logit with the sign of its legality. What replaces the removed knows of no
//                     partner, and the logit of one drawn wrong answer would miss a circuit that is wrong in another way. Every input takes part.
// Example, the maximum of `3 1` with partner `1 2`: logit(3) - logit(2) under resample, logit(3) - the largest other logit under zero.
// Cost: one forward pass per answer and input. Test: tests/analysis/circuit_claims_test.cpp
#pragma once

#include "analysis/claims/claim.h"

namespace assay::analysis {

struct ExampleSet {
  std::vector<circuits::Example> paired;    ///< with their partner: for resample
  std::vector<circuits::Example> unpaired;  ///< every input, against the best other answer: for zero and mean
  bool whole_domain = false;
  bool every_pair = false;            ///< the whole domain, and each input has one possible partner only: nothing was drawn
  std::uint64_t without_partner = 0;  ///< inputs whose answer no partner changes: left out of `paired`

  const std::vector<circuits::Example>& under(circuits::Ablation ablation) const {
    return ablation == circuits::Ablation::kResample ? paired : unpaired;
  }
  /// Was everything run that a statistic under this ablation speaks about?
  bool everything(circuits::Ablation ablation) const {
    return whole_domain && (ablation != circuits::Ablation::kResample || (every_pair && without_partner == 0));
  }
};

/// What under() compares the network's answer with, in words.
std::string_view metric_under(circuits::Ablation ablation, const Task& task);

Result<ExampleSet> make_examples(ClaimContext& context, circuits::Network& network, const Domain& domain, std::size_t most, std::uint64_t seed);

}  // namespace assay::analysis
