// How far a contrast comes inside the network, layer by layer: where it can still be decoded, and from where on patching it changes nothing.
//
//   LayerFindings found = *find_layers(network, prompts, contrast, reading, options, session);
//   found.decoded_at_decision == 17       // the last layer at which a probe at the decision token reads which symbol is right
//   found.without_effect_from == 12       // from here on the tokens that differ may be swapped: what they said has been moved, or is not used
//
// Probes (circuits/evaluation/probe.h) are tested on each combination of texts of the other slots that have four or more, and trained on the prompts
// that share none of these texts, so that names and wordings of the test are unseen. A layer counts as decoded where the binomial test over the
// folds, with Bonferroni's correction over all probes, rejects chance at 1 %: four names and four wordings are the fewest that can. Patching replaces
// resid_pre.L at the tokens that differ by the partner's; it has no effect where the 95 % interval of the mean size of the change lies below
// `no_effect`, at that layer and at all behind it. Layers are
// patched from the last one backwards, until one has an effect. Cost: one pass per prompt (in `reading`), about four per patched pair.
// Test: tests/analysis/sensitivity_test.cpp
#pragma once

#include "analysis/claims/claim.h"
#include "analysis/claims/contrast.h"

namespace assay::analysis {

struct LayerOptions {
  std::size_t patched_pairs = 16;
  double no_effect = 0.03;  ///< of the logit difference
  std::uint64_t seed = 1;
};

/// What was read of each prompt that takes part: its stream at the last token that differs, then at the last token.
struct ContrastReading {
  std::vector<std::size_t> prompts;  ///< by index, rising
  circuits::StreamReading stream;
  std::vector<double> difference;  ///< per prompt of the domain: logit of the first symbol minus the second's; NaN for those that were not read
};
Result<ContrastReading> read_contrast(circuits::Network& network, const Task& task, const Prompts& prompts, const Contrast& contrast,
                                      Session& session);

struct LayerFindings {
  std::optional<int> decoded_at_attribute, decoded_at_decision;  ///< last layer; none: nowhere
  bool enough_folds = true;                                      ///< could a probe that is always right be told from chance?
  std::optional<int> without_effect_from;                        ///< first layer; none: patching the last layer still has an effect
  Json details;                                                  ///< see docs/formats.md
};
Result<LayerFindings> find_layers(circuits::Network& network, const Task& task, const Prompts& prompts, const Contrast& contrast,
                                  const ContrastReading& reading, const LayerOptions& options, Session& session);

}  // namespace assay::analysis
