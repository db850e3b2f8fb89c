// Arithmetic of the computation graph: sources, destination slots and edge indices without any search.
//
// A source is what writes to the residual stream (`input`, each head, each MLP); a slot is what reads from it (the q, k and v input of
// each head, each MLP, the logits). Both are numbered as in EAP-IG, in forward order: layer by layer all q, then all k, then all v
// inputs, then the MLP; the logits are last. Every source written before a slot has one edge into it, so that with V(s) sources
// visible to slot s
//
//   edge(s, u) = V(0) + ... + V(s-1) + u          for u < V(s)
//
// which is the order of CircuitGraph::edges. GPT-2 small (12 layers, 12 heads): 157 sources, 445 slots, 32,491 edges.
// Cost: O(layers) to build, O(1) per query but for slot_of_edge, O(log slots). Test: tests/circuits/graph_test.cpp
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "circuits/circuit.h"

namespace assay::circuits {

class GraphIndex {
 public:
  explicit GraphIndex(const GraphShape& shape);

  int sources() const { return sources_; }
  int slots() const { return static_cast<int>(offsets_.size()) - 1; }
  std::uint64_t edges() const { return offsets_.back(); }

  int head_source(int layer, int head) const { return 1 + layer * sources_per_layer_ + head; }
  int mlp_source(int layer) const { return 1 + layer * sources_per_layer_ + shape_.heads; }
  /// input: 0, 1, 2 for q, k, v.
  int head_slot(int layer, int input, int head) const { return layer * slots_per_layer_ + input * shape_.heads + head; }
  int mlp_slot(int layer) const { return layer * slots_per_layer_ + 3 * shape_.heads; }
  int logits_slot() const { return slots() - 1; }

  /// Sources written before the attention of `layer` reads.
  int visible_to_attention(int layer) const { return 1 + layer * sources_per_layer_; }
  int visible_to_mlp(int layer) const { return visible_to_attention(layer) + (shape_.parallel_attention_mlp ? 0 : shape_.heads); }
  int visible(int slot) const { return static_cast<int>(offsets_[static_cast<std::size_t>(slot) + 1] - offsets_[static_cast<std::size_t>(slot)]); }

  std::uint64_t edge(int slot, int source) const { return offsets_[static_cast<std::size_t>(slot)] + static_cast<std::uint64_t>(source); }
  std::uint64_t first_edge(int slot) const { return offsets_[static_cast<std::size_t>(slot)]; }
  int slot_of_edge(std::uint64_t edge) const;
  int source_of_edge(std::uint64_t edge) const { return static_cast<int>(edge - first_edge(slot_of_edge(edge))); }

  /// Layer whose attention or MLP owns the slot; `layers` for the logits.
  int layer_of_slot(int slot) const { return slot / slots_per_layer_; }
  bool is_mlp_slot(int slot) const { return slot != logits_slot() && slot % slots_per_layer_ == 3 * shape_.heads; }
  const GraphShape& shape() const { return shape_; }

 private:
  GraphShape shape_;
  int sources_per_layer_ = 0;
  int slots_per_layer_ = 0;
  int sources_ = 0;
  std::vector<std::uint64_t> offsets_;  ///< per slot its first edge; one past the last at the end
};

/// A shape that a file or a caller may claim: positive, and at most this many edges (a giant count would be a giant allocation).
inline constexpr std::uint64_t kMaximumEdges = 64'000'000;
Status check_shape(const GraphShape& shape);

}  // namespace assay::circuits
