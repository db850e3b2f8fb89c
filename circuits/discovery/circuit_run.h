// One forward pass evaluates a whole circuit: every slot reads the residual stream rewritten for the edges that the circuit lacks.
//
//   input(s) = residual + sum over removed edges u -> s of (ablated_u - current_u)
//
// Kept edges carry what the source writes in this very run, removed ones its ablated value; the full circuit is the network, the empty one
// reads ablated values only. Several circuits run as one batch. Slots of a layer that lost no edge share the plain projection.
// Cost: a forward pass, plus per layer a product [slots, sources] x [sources, tokens * d_model] where edges are removed; memory per token
// (sources) d_model floats. Source: EAP-IG's and MIB's evaluation. Test: tests/circuits/discovery_test.cpp
#pragma once

#include <span>
#include <vector>

#include "circuits/discovery/activations.h"

namespace assay::circuits {

/// Several circuits of one graph as masks of removed edges, one per layer and kind of input.
class RemovedEdges {
 public:
  RemovedEdges(const GraphIndex& index, std::span<const std::vector<bool>> kept, at::TensorOptions options);

  std::int64_t circuits() const { return circuits_; }
  /// [circuits, slots of that kind (heads, or 1), visible sources], 1 where removed; undefined where nothing is.
  const at::Tensor& mask(InputKind kind, int layer) const { return masks_[place(kind, layer)]; }
  /// Does any circuit lack an edge from this source?
  bool lacks_edges_of(int source) const { return lacks_[static_cast<std::size_t>(source)]; }

 private:
  std::size_t place(InputKind kind, int layer) const {
    return kind == InputKind::kLogits ? masks_.size() - 1 : static_cast<std::size_t>(layer) * 4 + static_cast<std::size_t>(kind);
  }
  std::int64_t circuits_;
  std::vector<at::Tensor> masks_;
  std::vector<bool> lacks_;
};

/// The rows of a run are circuit-major: row w * B + b is example b under circuit w.
class CircuitObserver : public Observer {
 public:
  /// `ablated`: of the batch's tokens. `batch`: examples, without the circuits.
  CircuitObserver(const Transformer& network, const GraphIndex& index, const RemovedEdges& removed, const Activations& ablated, std::int64_t batch,
                  std::int64_t length);

  bool wants(SiteKind kind, int layer) const override;
  at::Tensor at_site(SiteKind kind, int layer, const at::Tensor& value) override;
  bool rewrites(InputKind kind, int layer) const override { return removed_.mask(kind, layer).defined(); }
  at::Tensor input(InputKind kind, int layer, const at::Tensor& residual) override;

  /// For runs that begin at a later layer: what sources 0 .. visible-1 write, [visible, tokens, d_model], in every circuit.
  void set_earlier_sources(const at::Tensor& written);

 private:
  const Transformer& network_;
  const GraphIndex& index_;
  const RemovedEdges& removed_;
  const Activations& ablated_;
  std::int64_t batch_, length_;
  at::Tensor shift_;  ///< [circuits * B, sources, T, d_model]: ablated minus current, row by row as sources write
};

/// Logits at the batch's scored positions, over the readout's tokens: [circuits, N, K].
at::Tensor circuit_logits(const Transformer& network, const GraphIndex& index, const RemovedEdges& removed, const Activations& ablated,
                          const ExampleBatch& batch, const at::Tensor& columns);
/// The full network's: [N, K].
at::Tensor full_logits(const Transformer& network, const ExampleBatch& batch, const at::Tensor& columns);
/// Logits of the readout's columns alone where these are defined; scored: [..., d_model], the last residual.
at::Tensor readout_logits(const Transformer& network, const at::Tensor& scored, const at::Tensor& columns);
/// From the last residual [variants * B, T, d_model] to logits [variants, N, K] at the scored positions.
at::Tensor scored_logits(const Transformer& network, const at::Tensor& residual, const ExampleBatch& batch, const at::Tensor& columns,
                         Observer* observer = nullptr);

}  // namespace assay::circuits
