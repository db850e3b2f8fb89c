#include "analysis/site_rules/readers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "analysis/results/graph_names.h"

namespace assay::analysis::site_rules {
namespace {

struct Tally {
  double score = 0, best_key = 0;
  std::string keys_come_from;
};

}  // namespace

std::string Reader::name() const { return fmt::format("a{}.h{}", layer, head); }

Result<std::vector<ReadPosition>> positions_read(const circuits::Circuit& circuit, const std::vector<std::string>& named) {
  const circuits::CircuitGraph& graph = circuit.graph;
  if (graph.shape.spans.empty())
    return input_error("a rule is read from a circuit that tells positions apart, and this one does not",
                       "find it with `assay discover TASK --spans`");
  std::map<std::string, bool> scored;
  for (const circuits::Span& span : graph.shape.spans) scored[span.name] = span.scored;
  std::map<std::string, std::map<std::pair<int, int>, Tally>> found;
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    const circuits::CircuitEdge& edge = graph.edges[e];
    if (!circuit.kept[e] || (edge.input != 'k' && edge.input != 'v')) continue;
    const std::optional<NodeName> reader = read_node(graph.nodes[edge.destination]), source = read_node(graph.nodes[edge.source]);
    if (!reader || !source || !scored[reader->span] || scored[source->span]) continue;
    if (std::find(named.begin(), named.end(), source->span) == named.end()) continue;
    Tally& tally = found[source->span][{reader->layer, reader->head}];
    const double score = std::isnan(circuit.scores[e]) ? 0 : circuit.scores[e];
    tally.score += score;
    if (edge.input == 'k' && score > tally.best_key) tally.best_key = score, tally.keys_come_from = graph.nodes[edge.source];
  }
  std::vector<ReadPosition> positions;
  for (const auto& [position, heads] : found) {
    ReadPosition read{position, 0, {}};
    for (const auto& [head, tally] : heads) {
      read.readers.push_back({head.first, head.second, tally.score, tally.keys_come_from});
      read.score += tally.score;
    }
    std::stable_sort(read.readers.begin(), read.readers.end(), [](const Reader& a, const Reader& b) { return a.score > b.score; });
    positions.push_back(std::move(read));
  }
  std::stable_sort(positions.begin(), positions.end(), [](const ReadPosition& a, const ReadPosition& b) { return a.score > b.score; });
  if (positions.empty())
    return input_error("no head of the circuit reads a named position for the decision", "keep more edges, or name the positions in the task");
  return positions;
}

}  // namespace assay::analysis::site_rules
