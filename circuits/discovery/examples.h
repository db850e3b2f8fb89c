// Examples as batches of tensors: equal lengths, no padding, what is read off at which positions.
//
// An example is cut behind its last scored position (attention is causal: nothing later can matter), and examples of one length form
// batches in their order. Batch sizes follow from the network, the lengths and the caller's wish, never from the number of threads.
// Untrusted like every input: lengths, tokens, positions and targets are checked. Test: tests/circuits/discovery_test.cpp
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"
#include "circuits/engine.h"
#include "circuits/model/config.h"

namespace assay::circuits {

/// What the metric reads at the N scored positions of a batch, over the K tokens of the readout.
struct Targets {
  bool sets = false;
  at::Tensor correct;    ///< [N, K]: argmax, one-hot of the right token; sets, 1 where the token is legal
  at::Tensor incorrect;  ///< [N, K]: argmax, bool mask of the wrong tokens (best one counts); sets, 1 where legal for the partner
};

struct ExampleBatch {
  std::vector<std::size_t> examples;  ///< their numbers in the caller's list
  at::Tensor clean, corrupted;        ///< [B, T] int64; corrupted is undefined where no example has one
  at::Tensor scored;                  ///< [N] int64, indices into [B * T]
  at::Tensor averaging;               ///< [N, B]: a value per scored position times this is the mean over each example's positions
  Targets targets;
  /// Of the one example of a batch with spans: the tokens first .. last-1 that belong to each.
  struct Stretch {
    std::int64_t first = 0, last = 0;
    std::int64_t size() const { return last - first; }
  };
  std::vector<Stretch> stretches;
  /// Empty for a span that the example does not reach.
  Stretch stretch(int span) const {
    return static_cast<std::size_t>(span) < stretches.size() ? stretches[static_cast<std::size_t>(span)] : Stretch{};
  }
  std::int64_t size() const { return clean.size(0); }
  std::int64_t length() const { return clean.size(1); }
};

/// The readout's tokens as an index tensor; undefined: the whole vocabulary.
at::Tensor readout_columns(const Readout& readout);

Status check_examples(std::span<const Example> examples, const ModelConfig& config, const Readout& readout, Ablation ablation,
                      const std::vector<Span>& spans = {});

/// `batch`: most examples per batch; 0: chosen so that `floats_per_token` values per token stay within a fixed budget.
std::vector<ExampleBatch> make_batches(std::span<const Example> examples, const ModelConfig& config, const Readout& readout, at::ScalarType type,
                                       int batch, std::uint64_t floats_per_token);

}  // namespace assay::circuits
