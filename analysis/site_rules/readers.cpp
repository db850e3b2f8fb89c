#include "analysis/site_rules/readers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "analysis/results/graph_names.h"

namespace assay::analysis::site_rules {
namespace {

struct Tally {
  double score = 0, best_key = 0;
  std::string keys_come_from;
};
using Tallies = std::map<std::tuple<int, int, std::string>, Tally>;  // by layer, head and the span of its queries

/// Best first.
std::vector<Reader> readers_of(const Tallies& tallies) {
  std::vector<Reader> readers;
  for (const auto& [head, tally] : tallies)
    readers.push_back({std::get<0>(head), std::get<1>(head), tally.score, tally.keys_come_from, std::get<2>(head)});
  std::stable_sort(readers.begin(), readers.end(), [](const Reader& a, const Reader& b) { return a.score > b.score; });
  return readers;
}

}  // namespace

std::string Reader::name() const { return fmt::format("a{}.h{}{}{}", layer, head, span.empty() ? "" : "@", span); }

Result<std::vector<ReadPosition>> positions_read(const circuits::Circuit& circuit, const std::vector<std::string>& named) {
  const circuits::CircuitGraph& graph = circuit.graph;
  if (graph.shape.spans.empty())
    return input_error("a rule is read from a circuit that tells positions apart, and this one does not",
                       "find it with `assay discover TASK --spans`");
  std::map<std::string, bool> scored;
  for (const circuits::Span& span : graph.shape.spans) scored[span.name] = span.scored;
  std::map<std::string, Tallies> found, relayed;  // by position read
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    const circuits::CircuitEdge& edge = graph.edges[e];
    if (!circuit.kept[e] || (edge.input != 'k' && edge.input != 'v')) continue;
    const std::optional<NodeName> reader = read_node(graph.nodes[edge.destination]), source = read_node(graph.nodes[edge.source]);
    if (!reader || !source || scored[source->span]) continue;
    if (std::find(named.begin(), named.end(), source->span) == named.end()) continue;
    const bool decides = scored[reader->span];
    if (!decides && (reader->span == source->span || edge.input == 'k')) continue;
    Tally& tally =
        decides ? found[source->span][{reader->layer, reader->head, ""}] : relayed[source->span][{reader->layer, reader->head, reader->span}];
    const double score = std::isnan(circuit.scores[e]) ? 0 : circuit.scores[e];
    tally.score += score;
    if (edge.input == 'k' && score > tally.best_key) tally.best_key = score, tally.keys_come_from = graph.nodes[edge.source];
  }
  std::vector<ReadPosition> positions;
  for (const auto& [position, heads] : found) {
    ReadPosition read{position, 0, readers_of(heads), readers_of(relayed[position])};
    for (const Reader& reader : read.readers) read.score += reader.score;
    std::erase_if(read.relays, [](const Reader& relay) { return relay.score <= 0; });
    positions.push_back(std::move(read));
  }
  std::stable_sort(positions.begin(), positions.end(), [](const ReadPosition& a, const ReadPosition& b) { return a.score > b.score; });
  if (positions.empty())
    return input_error("no head of the circuit reads a named position for the decision", "keep more edges, or name the positions in the task");
  return positions;
}

}  // namespace assay::analysis::site_rules
