// One circuit of a graph that tells positions apart, run on one example.
//
// Idea. Such a circuit keeps some hundreds of a million edges, so what a reader gets is built up from the ablated run instead of being taken away
// from the network's:
//
//   input(slot, cell) = ablated residual + sum over kept edges u of (current_u - ablated_u)          at the tokens of the cell's source span
//
// and only nodes on a path to the logits are computed. Where a reader keeps more than half of its edges the removed ones are subtracted
// from the current residual instead. Keys and values that nobody changed are projected once: from the ablated run for all circuits, from the
// current one for all heads. The full circuit is the network, the empty one reads ablated values only.
// Cost: per node its own tokens through its own weights, plus one row of d_model per kept edge and token; the full circuit about two forward passes.
// Source: Haklay et al., "Position-aware automatic circuit discovery", 2025 (edges between positions).
// Test: tests/circuits/span_test.cpp (against circuit_run.h, which knows no positions, and by hand)
#pragma once

#include <vector>

#include "circuits/discovery/activations.h"

namespace assay::circuits {

/// A circuit as what each cell reads.
class SpanCircuit {
 public:
  SpanCircuit(const GraphIndex& index, const std::vector<bool>& kept);

  struct Reading {
    bool most = false;         ///< all visible sources but those listed; else only those listed
    std::vector<int> sources;  ///< ascending
    bool ablated() const { return !most && sources.empty(); }
    bool current() const { return most && sources.empty(); }
  };
  const Reading& reading(int slot, int cell) const { return readings_[first_[static_cast<std::size_t>(slot)] + static_cast<std::size_t>(cell)]; }
  /// It keeps every edge: it is the network.
  bool whole() const { return whole_; }
  /// Must what `source` writes at `span` be computed?
  bool needs(int source, int span) const { return needed_[static_cast<std::size_t>(source * spans_ + span)]; }

 private:
  void need(const GraphIndex& index, int slot, int cell);

  bool whole_;
  int spans_;
  std::vector<std::size_t> first_;
  std::vector<Reading> readings_;
  std::vector<bool> needed_;
};

/// What all circuits on one example share. Threads may run different circuits at once.
class SpanRun {
 public:
  /// `ablated`: of the batch's tokens. `batch`: one example with its stretches.
  SpanRun(const Transformer& network, const GraphIndex& index, const Activations& ablated, const ExampleBatch& batch);
  /// At the scored positions, over the readout's tokens: [N, K].
  at::Tensor logits(const SpanCircuit& circuit, const at::Tensor& columns) const;

 private:
  friend class SpanRunner;
  const Transformer& network_;
  const GraphIndex& index_;
  const Activations& ablated_;
  const ExampleBatch& batch_;
  at::Tensor embed_;                                    ///< of the clean tokens, [T, d_model]
  std::vector<at::Tensor> before_, middle_;             ///< the ablated residual in front of each attention and each MLP, [T, d_model]
  at::Tensor last_;                                     ///< behind all layers
  std::vector<std::vector<at::Tensor>> ablated_heads_;  ///< per layer q [H, T, d_head] and k, v [G, T, d_head] of the ablated residual
};

}  // namespace assay::circuits
