// What each source of the computation graph writes, and what it writes when it is ablated.
//
// A head writes z W_O (without the layer's bias, which belongs to no node). Kept is z, of d_head numbers, not its product, of d_model
// numbers: (2 layers + 1) d_model floats per token instead of (1 + layers (heads + 1)) d_model, 6.3 times less for GPT-2 small. Products
// are made for a slice of tokens when they are needed.
//
// Ablated values: zero; mean, over all positions of all examples; mean per position, over the examples that have the position; resample,
// the values on each example's corrupted partner. Means run over the clean inputs, each up to its last scored position.
// Test: tests/circuits/discovery_test.cpp
#pragma once

#include <ATen/ATen.h>

#include <vector>

#include "base/session.h"
#include "circuits/discovery/examples.h"
#include "circuits/graph/graph_index.h"
#include "circuits/model/transformer.h"

namespace assay::circuits {

/// Tokens of a batch are numbered b * T + t; n is their count, or 1 where all share the value.
struct Activations {
  at::Tensor embed;             ///< [n, d_model]
  std::vector<at::Tensor> z;    ///< per layer [heads, n, d_head]
  std::vector<at::Tensor> mlp;  ///< per layer [n, d_model]; empty without MLPs
};

/// Records what the sources write during a forward pass.
class SourceRecorder : public Observer {
 public:
  bool wants(SiteKind kind, int) const override { return kind == SiteKind::kEmbed || kind == SiteKind::kZ || kind == SiteKind::kMlpOut; }
  at::Tensor at_site(SiteKind kind, int layer, const at::Tensor& value) override;
  Activations& activations() { return activations_; }
  const Activations& activations() const { return activations_; }

 private:
  Activations activations_;
};

Activations minus(const Activations& a, const Activations& b);
/// Repeats values that all tokens share, or that differ by position only, to `batch` x `length` tokens.
Activations expanded(const Activations& a, std::int64_t batch, std::int64_t length);

/// What source `u` writes, or its share of a difference: [n, d_model].
at::Tensor written_by(const Transformer& network, const GraphIndex& index, const Activations& a, int source);
/// Sources 0 .. visible-1 at tokens first .. last-1: [visible, last - first, d_model].
at::Tensor written(const Transformer& network, const GraphIndex& index, const Activations& a, int visible, std::int64_t first, std::int64_t last);

/// What all sources together write at some tokens, or their share of a difference: [tokens, d_model].
at::Tensor written_together(const Transformer& network, const Activations& a, const at::Tensor& tokens);

/// The values that replace a source's own under one ablation, for any batch of one example list.
class Ablator {
 public:
  static Ablator make(const Transformer& network, Ablation ablation, std::span<const ExampleBatch> batches, const Session& session);
  /// Of all tokens of the batch. One forward pass under resample, none otherwise.
  Activations values(const ExampleBatch& batch) const;
  bool resamples() const { return ablation_ == Ablation::kResample; }

 private:
  Ablator(const Transformer& network, Ablation ablation) : network_(&network), ablation_(ablation) {}
  const Transformer* network_;
  Ablation ablation_;
  Activations shared_;  ///< one row (zero, mean) or one row per position
};

}  // namespace assay::circuits
