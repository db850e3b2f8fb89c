#include <algorithm>
#include <random>
#include <set>

#include "base/draw.h"
#include "circuits/evaluation/evaluation.h"
#include "circuits/evaluation/runs.h"

namespace assay::circuits {
namespace {

/// Every node alone, or those that were drawn, then the subsets of all.
std::vector<NodeSetGap> node_sets(const std::vector<std::uint32_t>& nodes, const CompletenessOptions& options) {
  std::vector<NodeSetGap> sets;
  const std::size_t most = options.nodes == 0 ? nodes.size() : options.nodes;
  for (const std::uint32_t node : drawn_from(nodes, most, options.seed)) sets.push_back({{node}});
  std::mt19937_64 random(options.seed);
  std::set<std::vector<std::uint32_t>> drawn;
  for (int i = 0; i < options.subsets; ++i) {
    NodeSetGap set;
    for (const std::uint32_t node : nodes)
      if (random() >> 63) set.nodes.push_back(node);
    if (set.nodes.size() > 1 && drawn.insert(set.nodes).second) sets.push_back(std::move(set));
  }
  return sets;
}

}  // namespace

std::vector<std::uint32_t> inner_nodes_of(const CircuitGraph& graph, const std::vector<bool>& kept) {
  std::set<std::uint32_t> nodes;
  for (std::size_t edge = 0; edge < kept.size(); ++edge)
    if (kept[edge]) nodes.insert({graph.edges[edge].source, graph.edges[edge].destination});
  nodes.erase(nodes.begin(), nodes.lower_bound(static_cast<std::uint32_t>(graph.shape.span_count())));  // the inputs
  nodes.erase(static_cast<std::uint32_t>(graph.nodes.size() - 1));
  return {nodes.begin(), nodes.end()};
}

std::vector<std::uint32_t> drawn_from(std::vector<std::uint32_t> all, std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  draw(all, count, random);
  std::sort(all.begin(), all.end());
  return all;
}

std::vector<bool> without(const CircuitGraph& graph, std::vector<bool> kept, std::span<const std::uint32_t> nodes) {
  std::vector<bool> removed(graph.nodes.size(), false);
  for (const std::uint32_t node : nodes) removed[node] = true;
  for (std::size_t edge = 0; edge < kept.size(); ++edge)
    if (removed[graph.edges[edge].source] || removed[graph.edges[edge].destination]) kept[edge] = false;
  return kept;
}

Result<std::vector<NodeSetGap>> completeness(Network& network, std::span<const Example> examples, const std::vector<bool>& kept,
                                             const EvaluationOptions& options, const CompletenessOptions& sets, const Sampling& sampling,
                                             Session& session) {
  const CircuitGraph& graph = network.graph();
  std::vector<NodeSetGap> gaps = node_sets(inner_nodes_of(graph, kept), sets);
  std::vector<std::vector<bool>> circuits;  // 2 i: the circuit without set i, 2 i + 1: the network without it
  for (const NodeSetGap& set : gaps) {
    circuits.push_back(without(graph, kept, set.nodes));
    circuits.push_back(without(graph, std::vector<bool>(kept.size(), true), set.nodes));
  }
  const auto runs = run_circuits(network, examples, std::move(circuits), options, session);
  if (!runs) return fail(runs.error());
  const Totals totals = totals_of(runs->metrics);
  const auto gap = [](const Totals& t, std::size_t i) { return std::abs(t.normalised(2 * i) - t.normalised(2 * i + 1)); };
  const std::vector<Estimate> estimated = estimates(runs->metrics, sampling, gaps.size(), gap);
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    gaps[i].circuit = totals.normalised(2 * i);
    gaps[i].network = totals.normalised(2 * i + 1);
    gaps[i].gap = estimated[i];
    gaps[i].circuit_same_answer = runs->share_kept(2 * i);
    gaps[i].network_same_answer = runs->share_kept(2 * i + 1);
  }
  return gaps;
}

}  // namespace assay::circuits
