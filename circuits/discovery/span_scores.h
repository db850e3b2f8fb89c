// Many circuits of a graph that tells positions apart, on one example after another: each is run from the nearest of three.
//
// Circuits are judged in families: one circuit without an edge or a node, the network without a node. So each starts from the state of the circuit
// without edges, of the first circuit in the list, or of the whole network, whichever differs from it in the fewest edges; those that start from one
// state and change it late are run in step. Which circuits go together depends on the list and the example, never on the number of threads.
//
//   SpanScores scores(index, circuits, threads);
//   scores.run(network, ablated, batch, columns, session, [&](std::span<const std::size_t> which, const at::Tensor& logits) { ... });
//
// Cost: memory of kMostFloats per thread besides the three states. Test: tests/circuits/span_test.cpp
#pragma once

#include <functional>
#include <optional>

#include "circuits/discovery/span_run.h"

namespace assay::circuits {

class SpanScores {
 public:
  SpanScores(const GraphIndex& index, std::span<const std::vector<bool>> circuits, int threads);

  /// Circuits `which` and their logits [circuits, N, K]; called on several threads, each circuit once.
  using Take = std::function<void(std::span<const std::size_t> which, const at::Tensor& logits)>;
  /// On a batch of one example; the circuit that keeps every edge is the network, and is left out.
  void run(const Transformer& network, const Activations& ablated, const ExampleBatch& batch, const at::Tensor& columns, const Session& session,
           const Take& take) const;
  bool whole(std::size_t circuit) const { return entries_[circuit].circuit->whole(); }

 private:
  struct Entry {
    std::optional<SpanCircuit> circuit;
    std::optional<SpanChange> change;  ///< from its base
    std::size_t base = 0;
  };
  struct Group {
    std::size_t base = 0;
    std::vector<std::size_t> circuits;
  };
  void choose_bases(std::span<const std::vector<bool>> circuits);
  std::uint64_t floats_of(const Entry& entry, const ExampleBatch& batch, int width) const;
  std::vector<Group> groups(const ExampleBatch& batch, int width) const;

  const GraphIndex& index_;
  std::vector<Entry> entries_;
  std::vector<Entry> bases_;  ///< no edge, the first circuit, every edge; their changes are from no edge
};

}  // namespace assay::circuits
