// Circuits of a graph that tells positions apart, run on one example.
//
// Idea. Such a circuit keeps some hundreds of a million edges, so what a reader gets is built up from the ablated run instead of being taken away
// from the network's:
//
//   input(slot, cell) = ablated residual + sum over kept edges u of (current_u - ablated_u)          at the tokens of the cell's source span
//
// and only nodes on a path to the logits are computed. Where a reader keeps more than half of its edges the removed ones are subtracted
// from the current residual instead. Keys and values that nobody changed are projected once: from the ablated run for all circuits, from the
// current one for all heads. The full circuit is the network, the empty one reads ablated values only.
//
// A circuit that differs little from another one starts from what that one wrote (its SpanState): in the first layer in which a node writes
// something else, and there and behind it only such nodes are computed (SpanChange). Circuits that start from one state run in step, so that
// the MLPs of a layer and the logits are one product for all of them.
//
//   SpanState whole = run.state(circuit);
//   at::Tensor logits = run.logits(whole, {{&less, &change_of_less}, ...}, columns);       // as without the state, but for the last bits
//
// Cost: per node its own tokens through its own weights, plus one row of d_model per kept edge and token; the full circuit about two forward passes.
// Source: Haklay et al., "Position-aware automatic circuit discovery", 2025 (edges between positions).
// Test: tests/circuits/span_test.cpp (against circuit_run.h, which knows no positions, and by hand)
#pragma once

#include <span>
#include <vector>

#include "circuits/discovery/activations.h"
#include "circuits/discovery/span_circuit.h"

namespace assay::circuits {

/// What the nodes of a circuit wrote on one example.
struct SpanState {
  std::vector<at::Tensor> changes;  ///< by source and span: current minus ablated, [tokens of the span, d_model]; undefined: zero
  std::vector<at::Tensor> totals;   ///< their sum in front of each attention and each MLP and behind all, [T, d_model]
};

/// A circuit that starts from another one's state, and what it does differently.
struct SpanTask {
  const SpanCircuit* circuit = nullptr;
  const SpanChange* change = nullptr;
};

/// What all circuits on one example share. Threads may run different circuits at once.
class SpanRun {
 public:
  /// `ablated`: of the batch's tokens. `batch`: one example with its stretches.
  SpanRun(const Transformer& network, const GraphIndex& index, const Activations& ablated, const ExampleBatch& batch);
  /// Of the circuit without edges.
  SpanState nothing() const;
  /// Of a circuit; `change` is what it does differently from the circuit without edges.
  SpanState state(const SpanTask& task) const;
  /// At the scored positions, over the readout's tokens: [circuits, N, K].
  at::Tensor logits(const SpanState& from, std::span<const SpanTask> tasks, const at::Tensor& columns) const;

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
