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
//
// With spans (circuits/circuit.h) a slot has cells, one for each pair of a span that is read and a span that it is read for: a query or an MLP
// one per span, a key or a value one per pair (s, t) with s not behind t, the logits one per scored span. Each source has one edge into each
// cell: edge(s, u, cell) = first edge of s + cell V(s) + u. Without spans every slot has the one cell 0.
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
  int spans() const { return shape_.span_count(); }

  int head_source(int layer, int head) const { return 1 + layer * sources_per_layer_ + head; }
  int mlp_source(int layer) const { return 1 + layer * sources_per_layer_ + shape_.heads; }
  /// input: 0, 1, 2 for q, k, v.
  int head_slot(int layer, int input, int head) const { return layer * slots_per_layer_ + input * shape_.heads + head; }
  int mlp_slot(int layer) const { return layer * slots_per_layer_ + 3 * shape_.heads; }
  int logits_slot() const { return slots() - 1; }

  /// Sources written before the attention of `layer` reads.
  int visible_to_attention(int layer) const { return 1 + layer * sources_per_layer_; }
  int visible_to_mlp(int layer) const { return visible_to_attention(layer) + (shape_.parallel_attention_mlp ? 0 : shape_.heads); }
  int visible(int slot) const;

  /// What a cell reads and whom it is read for.
  struct Cell {
    int source_span = 0, target_span = 0;
  };
  int cells(int slot) const;
  Cell cell(int slot, int number) const;
  /// Number of a cell, or -1 where the slot has none for these spans.
  int cell_number(int slot, Cell cell) const;

  std::uint64_t edge(int slot, int source, int cell = 0) const {
    return first_edge(slot) + static_cast<std::uint64_t>(cell) * static_cast<std::uint64_t>(visible(slot)) + static_cast<std::uint64_t>(source);
  }
  std::uint64_t first_edge(int slot) const { return offsets_[static_cast<std::size_t>(slot)]; }
  int slot_of_edge(std::uint64_t edge) const;
  /// Without spans.
  int source_of_edge(std::uint64_t edge) const { return static_cast<int>(edge - first_edge(slot_of_edge(edge))); }

  /// Layer whose attention or MLP owns the slot; `layers` for the logits.
  int layer_of_slot(int slot) const { return slot / slots_per_layer_; }
  bool is_mlp_slot(int slot) const { return slot != logits_slot() && slot % slots_per_layer_ == 3 * shape_.heads; }
  /// 0, 1, 2 for q, k, v; 3 for an MLP and the logits.
  int input_of_slot(int slot) const { return slot == logits_slot() ? 3 : slot % slots_per_layer_ / shape_.heads; }
  /// The source that the slot's reader writes as: the head or the MLP. Not for the logits.
  int reader_of_slot(int slot) const {
    const int layer = layer_of_slot(slot), place = slot % slots_per_layer_;
    return place == 3 * shape_.heads ? mlp_source(layer) : head_source(layer, place % shape_.heads);
  }
  /// Of a head: a key or a value, which is read at one span for queries at another.
  bool reads_across(int slot) const {
    const int place = slot % slots_per_layer_;
    return slot != logits_slot() && place >= shape_.heads && place < 3 * shape_.heads;
  }
  const GraphShape& shape() const { return shape_; }

 private:
  GraphShape shape_;
  int sources_per_layer_ = 0;
  int slots_per_layer_ = 0;
  int sources_ = 0;
  std::vector<int> scored_spans_;
  std::vector<std::uint64_t> offsets_;  ///< per slot its first edge; one past the last at the end
};

/// A shape that a file or a caller may claim: positive, and at most this many edges (a giant count would be a giant allocation).
inline constexpr std::uint64_t kMaximumEdges = 64'000'000;
inline constexpr std::size_t kMaximumSpans = 64;
Status check_shape(const GraphShape& shape);

}  // namespace assay::circuits
