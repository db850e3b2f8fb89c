// Random circuits of a given size, as a control: a circuit that explains no more than these explains nothing.
//
// Edges are put in a random order, and as many are taken from its front as it needs for `size` of them to lie on paths from input to logits.
// Drawing `size` edges anywhere would leave a sparse draw unconnected, and beating an unconnected draw shows nothing. Taking one more edge
// can connect several, so what was drawn last is taken back as far as the size allows; the rest may be a little larger than asked for, which
// favours the control. What is connected never shrinks as
// edges come in, so the number to take is found by bisection. Cost: O(E) for each edge taken. Source: Shi et al. 2024 (tests against random
// circuits). A graph with spans has millions of edges, of which a random draw connects next to none: there whole random walks are drawn, until
// there are as many edges. Test: tests/circuits/graph_test.cpp
#include <algorithm>
#include <numeric>
#include <random>

#include "circuits/circuit.h"

namespace assay::circuits {
namespace {

std::vector<bool> connected_front(const CircuitGraph& graph, const std::vector<std::uint32_t>& order, std::size_t taken) {
  std::vector<bool> kept(order.size(), false);
  for (std::size_t i = 0; i < taken; ++i) kept[order[i]] = true;
  return prune(graph, std::move(kept));
}

constexpr std::size_t kWalksPerEdge = 100;

/// Walks backwards from the logits by incoming edges, each as likely as the next, until an input; walks until enough edges were met. Fewer where
/// so many do not lie on paths.
std::vector<bool> random_paths(const CircuitGraph& graph, std::size_t size, std::uint64_t seed) {
  std::vector<std::vector<std::uint32_t>> into(graph.nodes.size());
  for (std::uint32_t edge = 0; edge < graph.edges.size(); ++edge) into[graph.edges[edge].destination].push_back(edge);
  std::vector<bool> kept(graph.edges.size(), false);
  std::mt19937_64 random(seed);
  std::size_t found = 0;
  for (std::size_t walk = 0; found < size && walk < kWalksPerEdge * size; ++walk)
    for (std::size_t node = graph.nodes.size() - 1; !into[node].empty();) {
      const std::uint32_t edge = into[node][random() % into[node].size()];
      found += kept[edge] ? 0 : 1;
      kept[edge] = true;
      node = graph.edges[edge].source;
    }
  return kept;
}

std::size_t count(const std::vector<bool>& kept) { return static_cast<std::size_t>(std::count(kept.begin(), kept.end(), true)); }

}  // namespace

std::vector<bool> select_random(const CircuitGraph& graph, std::size_t size, std::uint64_t seed) {
  if (!graph.shape.spans.empty()) return random_paths(graph, size, seed);
  std::vector<std::uint32_t> order(graph.edges.size());
  std::iota(order.begin(), order.end(), 0U);
  std::mt19937_64 random(seed);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);  // the same on every standard library
  std::size_t few = 0, enough = order.size();
  while (few < enough) {
    const std::size_t middle = few + (enough - few) / 2;
    if (count(connected_front(graph, order, middle)) < size) few = middle + 1;
    else enough = middle;
  }
  std::vector<bool> kept = connected_front(graph, order, enough);
  // The last edge may have joined a whole part: what was drawn last goes again, as far as the size allows.
  for (std::size_t i = enough; i-- > 0 && count(kept) > size;) {
    if (!kept[order[i]]) continue;
    std::vector<bool> fewer = kept;
    fewer[order[i]] = false;
    fewer = prune(graph, fewer);
    if (count(fewer) >= size) kept = std::move(fewer);
  }
  return kept;
}

}  // namespace assay::circuits
