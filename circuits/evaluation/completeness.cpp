#include <cmath>
#include <random>
#include <set>

#include "circuits/evaluation/sums.h"

namespace assay::circuits {

std::vector<std::uint32_t> inner_nodes_of(const CircuitGraph& graph, const std::vector<bool>& kept) {
  std::set<std::uint32_t> nodes;
  for (std::size_t edge = 0; edge < kept.size(); ++edge)
    if (kept[edge]) nodes.insert({graph.edges[edge].source, graph.edges[edge].destination});
  nodes.erase(0);
  nodes.erase(static_cast<std::uint32_t>(graph.nodes.size() - 1));
  return {nodes.begin(), nodes.end()};
}

std::vector<bool> without(const CircuitGraph& graph, std::vector<bool> kept, std::span<const std::uint32_t> nodes) {
  std::vector<bool> removed(graph.nodes.size(), false);
  for (const std::uint32_t node : nodes) removed[node] = true;
  for (std::size_t edge = 0; edge < kept.size(); ++edge)
    if (removed[graph.edges[edge].source] || removed[graph.edges[edge].destination]) kept[edge] = false;
  return kept;
}

Result<std::vector<NodeSetGap>> completeness(Network& network, std::span<const Example> examples, const std::vector<bool>& kept, const EvaluationOptions& options,
                                             const CompletenessOptions& sets, Session& session) {
  const CircuitGraph& graph = network.graph();
  const auto nodes = inner_nodes_of(graph, kept);
  std::vector<NodeSetGap> gaps;
  for (const std::uint32_t node : nodes) gaps.push_back({{node}});
  std::mt19937_64 random(sets.seed);
  for (int i = 0; i < sets.subsets; ++i) {
    NodeSetGap set;
    for (const std::uint32_t node : nodes)
      if (random() >> 63) set.nodes.push_back(node);
    if (!set.nodes.empty()) gaps.push_back(std::move(set));
  }
  std::vector<std::vector<bool>> circuits;
  for (const NodeSetGap& set : gaps) {
    circuits.push_back(without(graph, kept, set.nodes));
    circuits.push_back(without(graph, std::vector<bool>(kept.size(), true), set.nodes));
  }
  const auto sums = sums_with_ends(network, examples, std::move(circuits), options, session);
  if (!sums) return fail(sums.error());
  const double range = std::abs((*sums)[sums->size() - 2] - sums->back());
  for (std::size_t i = 0; i < gaps.size(); ++i) gaps[i].gap = std::abs((*sums)[2 * i] - (*sums)[2 * i + 1]) / range;
  return gaps;
}

}  // namespace assay::circuits
