// Choosing a circuit's edges from scores, and removing what is not connected. The searches are Boost.Graph's.
//
// Example, scores input->a0.h0<q> 5, a0.h0->logits 4, input->m0 3: select_top(.., 2) keeps the first two, a path from input to
// logits; select_top(.., 1) keeps none, since a0.h0 then feeds nothing.
//
// A node lacks an incoming or an outgoing edge, repeatedly, exactly when it is not on a path from input to logits (the graph has no
// cycle), so pruning is two breadth-first searches. Cost: sorting E scores, O(E log E); pruning O(E); greedy O(E log E).
// Ties break by edge index; edges without a score (NaN) are never chosen. Source: EAP-IG's apply_topn, apply_greedy and prune.
// Test: tests/circuits/graph_test.cpp
#include <algorithm>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/breadth_first_search.hpp>
#include <boost/graph/filtered_graph.hpp>
#include <boost/graph/reverse_graph.hpp>
#include <boost/property_map/property_map.hpp>
#include <cmath>
#include <queue>

#include "circuits/circuit.h"

namespace assay::circuits {
namespace {

struct EdgeIndex {
  std::uint32_t index = 0;
};
using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::bidirectionalS, boost::no_property, EdgeIndex>;
using GraphEdge = boost::graph_traits<Graph>::edge_descriptor;

/// Only the edges that `kept` marks.
Graph kept_part(const CircuitGraph& graph, const std::vector<bool>& kept) {
  Graph part(graph.nodes.size());
  for (std::size_t edge = 0; edge < graph.edges.size(); ++edge)
    if (kept[edge]) boost::add_edge(graph.edges[edge].source, graph.edges[edge].destination, EdgeIndex{static_cast<std::uint32_t>(edge)}, part);
  return part;
}

/// From any of the nodes first .. last.
template <class AnyGraph>
std::vector<bool> reached_from(const AnyGraph& graph, std::size_t first, std::size_t last, std::size_t nodes) {
  std::vector<boost::default_color_type> colours(nodes, boost::white_color);
  const auto colour_map = boost::make_iterator_property_map(colours.begin(), boost::get(boost::vertex_index, graph));
  for (std::size_t start = first; start <= last; ++start)
    if (colours[start] == boost::white_color) boost::breadth_first_visit(graph, start, boost::color_map(colour_map));
  std::vector<bool> reached(nodes);
  for (std::size_t node = 0; node < nodes; ++node) reached[node] = colours[node] == boost::black_color;
  return reached;
}

/// Rank by score, larger first; ties by edge index, smaller first.
struct Ranking {
  const std::vector<double>& scores;
  bool absolute;
  double key(std::uint32_t edge) const { return absolute ? std::abs(scores[edge]) : scores[edge]; }
  bool before(std::uint32_t a, std::uint32_t b) const {
    const double key_a = key(a);
    const double key_b = key(b);
    return key_a != key_b ? key_a > key_b : a < b;
  }
};

}  // namespace

std::vector<bool> prune(const CircuitGraph& graph, std::vector<bool> kept) {
  const std::size_t nodes = graph.nodes.size();
  const Graph part = kept_part(graph, kept);
  const auto from_input = reached_from(part, 0, static_cast<std::size_t>(graph.shape.span_count()) - 1, nodes);
  const auto to_logits = reached_from(boost::make_reverse_graph(part), nodes - 1, nodes - 1, nodes);
  const auto alive = [&](std::uint32_t node) { return from_input[node] && to_logits[node]; };
  for (std::size_t edge = 0; edge < kept.size(); ++edge)
    if (kept[edge]) kept[edge] = alive(graph.edges[edge].source) && alive(graph.edges[edge].destination);
  return kept;
}

std::vector<bool> select_top(const CircuitGraph& graph, const std::vector<double>& scores, std::size_t count, bool absolute) {
  const Ranking ranking{scores, absolute};
  std::vector<std::uint32_t> order;
  for (std::uint32_t edge = 0; edge < scores.size(); ++edge)
    if (!std::isnan(scores[edge])) order.push_back(edge);
  count = std::min(count, order.size());
  const auto middle = order.begin() + static_cast<std::ptrdiff_t>(count);
  std::partial_sort(order.begin(), middle, order.end(), [&](std::uint32_t a, std::uint32_t b) { return ranking.before(a, b); });
  std::vector<bool> kept(graph.edges.size(), false);
  for (auto edge = order.begin(); edge != middle; ++edge) kept[*edge] = true;
  return prune(graph, std::move(kept));
}

std::vector<bool> select_greedy(const CircuitGraph& graph, const std::vector<double>& scores, std::size_t count, bool absolute) {
  const Graph whole = kept_part(graph, std::vector<bool>(graph.edges.size(), true));
  const Ranking ranking{scores, absolute};
  const auto worse = [&](std::uint32_t a, std::uint32_t b) { return ranking.before(b, a); };
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, decltype(worse)> candidates(worse);
  std::vector<bool> connected(graph.nodes.size(), false);
  const auto connect = [&](std::uint32_t node) {
    if (connected[node]) return;
    connected[node] = true;
    for (const GraphEdge& edge : boost::make_iterator_range(boost::in_edges(node, whole)))
      if (!std::isnan(scores[whole[edge].index])) candidates.push(whole[edge].index);
  };
  connect(static_cast<std::uint32_t>(graph.nodes.size() - 1));
  std::vector<bool> kept(graph.edges.size(), false);
  for (std::size_t taken = 0; taken < count && !candidates.empty(); ++taken) {
    const std::uint32_t best = candidates.top();
    candidates.pop();
    kept[best] = true;
    connect(graph.edges[best].source);
  }
  return prune(graph, std::move(kept));
}

}  // namespace assay::circuits
