// The computation graph and circuits in it, as plain data with the field's names (EAP-IG and MIB; DESIGN section 6).
//
// Nodes are `input`, `a{layer}.h{head}`, `m{layer}`, `logits`; an edge is `parent->child`, with `<q|k|v>` behind a head. An edge's
// index is its rank in the fixed order of CircuitGraph::edges (destination-major in forward order), and ties break by it.
//
// A graph may tell positions apart, in spans that follow each other in the text: `before`, `name`, `site`. Then `a{layer}.h{head}@site` is
// the head where it writes at that span, an edge into a query or an MLP stays within a span, and one into a key or a value says where it is read and
// for whom: `m3@name->a5.h1@site<k>` is what m3 writes at `name`, as the keys that the queries at `site` see. `logits` stands for all scored spans.
// Source of edges between positions: Haklay et al., "Position-aware automatic circuit discovery", 2025. The graph algorithms (selection, pruning) run
// on Boost.Graph in circuits/graph. Test: tests/circuits/graph_test.cpp
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"

namespace assay::circuits {

struct Span {
  std::string name;     ///< letters, digits and _
  bool scored = false;  ///< the output may be read in it
  bool operator==(const Span&) const = default;
};

struct GraphShape {
  int layers = 0;
  int heads = 0;
  int d_model = 0;
  bool has_mlp = true;
  bool parallel_attention_mlp = false;
  std::vector<Span> spans = {};  ///< in the order of the text; empty: positions are not told apart
  int span_count() const { return spans.empty() ? 1 : static_cast<int>(spans.size()); }
};

struct CircuitEdge {
  std::uint32_t source = 0;       ///< index into nodes
  std::uint32_t destination = 0;  ///< index into nodes
  char input = 0;                 ///< 'q', 'k', 'v' for a head; 0 otherwise
};

struct CircuitGraph {
  GraphShape shape;
  std::vector<std::string> nodes;  ///< input first (one per span), logits last
  std::vector<CircuitEdge> edges;
  std::string edge_name(std::size_t edge) const;
  /// Error names the nearest edge.
  Result<std::uint32_t> find_edge(const std::string& name) const;
};

CircuitGraph build_graph(const GraphShape& shape);

/// Where a circuit comes from: part of its identity.
struct CircuitProvenance {
  std::string model_hash, task_hash, method, ablation, metric, version;
  std::map<std::string, std::string> options;
  std::uint64_t seed = 0;
};

struct Circuit {
  CircuitGraph graph;
  std::vector<double> scores;  ///< per edge; NaN: not scored
  std::vector<bool> kept;      ///< per edge
  CircuitProvenance provenance;
  std::size_t size() const;
};

/// The `count` edges with the largest |score| (or signed score), then pruned: nodes that lack an incoming or an outgoing edge go, with
/// their edges, until nothing changes (input and logits stay).
std::vector<bool> select_top(const CircuitGraph& graph, const std::vector<double>& scores, std::size_t count, bool absolute);
/// Grows from the logits, always taking the best edge into the part already connected.
std::vector<bool> select_greedy(const CircuitGraph& graph, const std::vector<double>& scores, std::size_t count, bool absolute);
std::vector<bool> prune(const CircuitGraph& graph, std::vector<bool> kept);
/// A control: at least `size` edges drawn at random, all on paths from input to logits (all edges where the graph has no more). With spans whole
/// paths are drawn, backwards from the logits, until there are as many: of edges drawn one by one next to none would be connected.
std::vector<bool> select_random(const CircuitGraph& graph, std::size_t size, std::uint64_t seed);

/// EAP-IG/MIB JSON layout plus our block `assay`; reads files with and without that block.
Result<Circuit> read_circuit(const std::string& path);
enum class WrittenEdges { kAll, kKept };
Status write_circuit(const std::string& path, const Circuit& circuit, WrittenEdges edges = WrittenEdges::kAll);

}  // namespace assay::circuits
