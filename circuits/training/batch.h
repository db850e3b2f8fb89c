// Training sequences of different lengths as one padded tensor, and the loss of a network's logits on them.
//
//   Batch batch = make_batch(examples, config);          // tokens [B, T], scored positions as flat indices into [B * T]
//   at::Tensor loss = loss_sum(logits, batch, spec);     // summed over scored positions: divide by the count of the whole batch
//
// Padding stands at the end, where causal attention lets nothing before it see it, so no attention mask is needed; the loss reads scored
// positions only. Losses per scored position: argmax tasks, cross-entropy over the whole vocabulary; set tasks, binary cross-entropy
// averaged over all tokens; with a margin weight w also w * max(0, margin - m), m the logit margin of the right answer (of each token).
// Test: tests/circuits/training_test.cpp
#pragma once

#include <ATen/ATen.h>

#include <span>
#include <vector>

#include "base/result.h"
#include "circuits/model/config.h"
#include "circuits/training.h"

namespace assay::circuits {

struct Batch {
  at::Tensor tokens;   ///< [B, T] int64, padded with token 0
  at::Tensor scored;   ///< [N] int64, indices into the flattened [B * T]
  at::Tensor targets;  ///< argmax: [N] int64; sets: [N, vocabulary] float 0 or 1
  bool sets = false;
  std::int64_t count() const { return scored.size(0); }
};

/// Error names the first example that does not fit the network.
Result<Batch> make_batch(std::span<const TrainingExample> examples, const ModelConfig& config);

/// logits: [N, vocabulary] at the scored positions. A scalar.
at::Tensor loss_sum(const at::Tensor& logits, const Batch& batch, const TrainingSpec& spec);

}  // namespace assay::circuits
