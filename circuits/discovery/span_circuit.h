// A circuit of a graph that tells positions apart, as what each cell reads, and what differs when it is run from where another one ended.
//
//   SpanCircuit whole(index, kept), less(index, kept_without_an_edge);
//   SpanChange change(index, whole, less);                // less writes what whole writes, but at change.at(source, span)
//
// Such a circuit keeps some hundreds of a million edges, so a reader is the list of the sources that it keeps; one that keeps more than half of
// them is the list of those that it lacks. Only nodes on a path to the logits are needed. A source that a reader lacks and that nobody else
// needs is never computed, so that it need not be listed: the network without a node is the network, with that node silent.
// A node writes something else than in the other circuit where one of its cells reads other sources, or a source that writes something else.
// Cost: one pass over the mask of edges, then a look-up per cell. Test: tests/circuits/span_test.cpp
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "circuits/graph/graph_index.h"

namespace assay::circuits {

class SpanCircuit {
 public:
  SpanCircuit(const GraphIndex& index, const std::vector<bool>& kept);

  struct Reading {
    bool most = false;         ///< all visible sources but those listed; else only those listed
    std::vector<int> sources;  ///< ascending
    bool ablated() const { return !most && sources.empty(); }
    bool current() const { return most && sources.empty(); }
    bool operator==(const Reading&) const = default;
  };
  const Reading& reading(int slot, int cell) const {
    const auto found = others_.find(place(slot, cell));
    return found == others_.end() ? usual_ : found->second;
  }
  /// It keeps every edge: it is the network.
  bool whole() const { return whole_; }
  /// Must what `source` writes at `span` be computed?
  bool needs(int source, int span) const { return needed_[static_cast<std::size_t>(source * spans_ + span)]; }
  /// Behind the last layer in which somebody reads most sources, so that the sum of all must be known up to there.
  int totals_end() const { return totals_end_; }

 private:
  std::size_t place(int slot, int cell) const { return first_[static_cast<std::size_t>(slot)] + static_cast<std::size_t>(cell); }
  void read(const GraphIndex& index, const std::vector<bool>& kept);
  void need_from_the_logits_back(const GraphIndex& index);
  void need(const GraphIndex& index, int slot, int cell);
  void forget_silent_sources(const GraphIndex& index);

  bool whole_;
  int spans_, totals_end_ = 0;
  std::vector<std::size_t> first_;  ///< per slot its first cell
  Reading usual_;
  std::unordered_map<std::size_t, Reading> others_;  ///< cells that read something else
  std::vector<bool> needed_;
};

class SpanChange {
 public:
  SpanChange(const GraphIndex& index, const SpanCircuit& base, const SpanCircuit& circuit);

  enum class Node : std::uint8_t { kSame, kComputed, kSilent };
  Node at(int source, int span) const { return nodes_[static_cast<std::size_t>(source * spans_ + span)]; }
  /// Nothing differs in front of it; the number of layers where at most the logits read something else.
  int first_layer() const { return first_layer_; }
  bool input_differs() const { return input_differs_; }

 private:
  bool differs(int source, int span) const { return at(source, span) != Node::kSame; }
  void decide(const SpanCircuit& base, const SpanCircuit& circuit, int source, int span, bool reads_differently);
  bool reads_differently(const GraphIndex& index, const SpanCircuit& base, const SpanCircuit& circuit, int slot, int cell) const;
  void layer(const GraphIndex& index, const SpanCircuit& base, const SpanCircuit& circuit, int layer);

  int spans_, first_layer_;
  bool input_differs_ = false;
  std::vector<Node> nodes_;
  std::vector<bool> total_differs_;  ///< per span, as the layers are gone through
};

}  // namespace assay::circuits
