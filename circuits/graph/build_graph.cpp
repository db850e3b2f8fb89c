// Nodes and edges of a transformer's computation graph, in the order that GraphIndex counts.
//
//   build_graph({.layers = 1, .heads = 1})  ->  input, a0.h0, m0, logits
//   input->a0.h0<q>, input->a0.h0<k>, input->a0.h0<v>, input->m0, a0.h0->m0, input->logits, a0.h0->logits, m0->logits
//
// Cost: linear in the edges. Source: EAP-IG and MIB graphs. Test: tests/circuits/graph_test.cpp
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "base/toml.h"
#include "circuits/circuit.h"
#include "circuits/graph/graph_index.h"

namespace assay::circuits {
namespace {

constexpr char kInputs[] = {'q', 'k', 'v'};

std::vector<std::string> node_names(const GraphShape& shape) {
  std::vector<std::string> nodes;
  const auto append = [&](const std::string& source) {
    if (shape.spans.empty()) nodes.push_back(source);
    for (const Span& span : shape.spans) nodes.push_back(source + "@" + span.name);
  };
  append("input");
  for (int layer = 0; layer < shape.layers; ++layer) {
    for (int head = 0; head < shape.heads; ++head) append(fmt::format("a{}.h{}", layer, head));
    if (shape.has_mlp) append(fmt::format("m{}", layer));
  }
  nodes.emplace_back("logits");
  return nodes;
}

/// Number of the node where a source writes at a span.
std::uint32_t node_of(const GraphIndex& index, int source, int span) { return static_cast<std::uint32_t>(source * index.spans() + span); }

struct EdgeName {
  std::string_view source, destination;
  char input = 0;
};

/// `a0.h0@site` as its source's number (the number of sources for the logits) and its span; source -1: no such node.
struct NodeName {
  int source = -1, span = 0;
};

/// `parent->child<q>`, or nothing where the text has no such form.
std::optional<EdgeName> split(std::string_view name) {
  const auto arrow = name.find("->");
  if (arrow == std::string_view::npos) return std::nullopt;
  EdgeName parts{name.substr(0, arrow), name.substr(arrow + 2)};
  const auto size = parts.destination.size();
  if (size > 3 && parts.destination[size - 1] == '>' && parts.destination[size - 3] == '<') {
    parts.input = parts.destination[size - 2];
    parts.destination.remove_suffix(3);
  }
  return parts;
}

/// `digits` as a number below `limit`, or -1. Leading zeros are refused, so that each node has one name.
int number_below(std::string_view digits, int limit) {
  int value = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return -1;
  if (digits.front() == '-' || (digits.size() > 1 && digits.front() == '0')) return -1;
  return value < limit ? value : -1;
}

/// Index of the node with this name, or -1, by arithmetic: names are looked up by the million when a circuit is read.
int find_node(const GraphIndex& index, std::string_view name) {
  const GraphShape& shape = index.shape();
  if (name == "input") return 0;
  if (name == "logits") return index.sources();
  if (name.size() < 2) return -1;
  if (name.front() == 'm') {
    const int layer = number_below(name.substr(1), shape.layers);
    return layer < 0 || !shape.has_mlp ? -1 : index.mlp_source(layer);
  }
  const auto dot = name.find(".h");
  if (name.front() != 'a' || dot == std::string_view::npos || dot == 1 || dot + 2 == name.size()) return -1;
  const int layer = number_below(name.substr(1, dot - 1), shape.layers);
  const int head = number_below(name.substr(dot + 2), shape.heads);
  return layer < 0 || head < 0 ? -1 : index.head_source(layer, head);
}

NodeName find_placed(const GraphIndex& index, std::string_view name) {
  const auto at = name.find('@');
  const std::vector<Span>& spans = index.shape().spans;
  NodeName found{find_node(index, name.substr(0, at)), 0};
  if (found.source == index.sources()) return at == std::string_view::npos ? found : NodeName{};
  if (spans.empty() != (at == std::string_view::npos)) return {};
  if (spans.empty()) return found;
  const auto span = std::find_if(spans.begin(), spans.end(), [&](const Span& each) { return each.name == name.substr(at + 1); });
  if (span == spans.end()) return {};
  found.span = static_cast<int>(span - spans.begin());
  return found;
}

/// Slot that an edge into `node` by `input` reads through, or -1.
int slot_of(const GraphIndex& index, int node, char input) {
  if (node == index.sources()) return input == 0 ? index.logits_slot() : -1;
  if (node <= 0) return -1;
  const GraphShape& shape = index.shape();
  const int per_layer = shape.heads + (shape.has_mlp ? 1 : 0);
  const int layer = (node - 1) / per_layer;
  const int place = (node - 1) % per_layer;
  if (place == shape.heads) return input == 0 ? index.mlp_slot(layer) : -1;
  const auto* which = std::find(std::begin(kInputs), std::end(kInputs), input);
  return which == std::end(kInputs) ? -1 : index.head_slot(layer, static_cast<int>(which - std::begin(kInputs)), place);
}

tl::unexpected<Error> unknown_node(const CircuitGraph& graph, std::string_view node, const std::string& edge) {
  const std::string near = nearest(node, graph.nodes);
  return input_error(fmt::format("edge '{}' names the node '{}', which this graph does not have", edge, node),
                     near.empty() ? "nodes are input, a{layer}.h{head}, m{layer} and logits" : fmt::format("did you mean '{}'?", near));
}

}  // namespace

CircuitGraph build_graph(const GraphShape& shape) {
  const GraphIndex index(shape);
  CircuitGraph graph;
  graph.shape = shape;
  graph.nodes = node_names(shape);
  graph.edges.reserve(index.edges());
  for (int slot = 0; slot < index.slots(); ++slot)
    for (int number = 0; number < index.cells(slot); ++number) {
      const GraphIndex::Cell cell = index.cell(slot, number);
      const auto destination = slot == index.logits_slot() ? static_cast<std::uint32_t>(graph.nodes.size() - 1)
                                                           : node_of(index, index.reader_of_slot(slot), cell.target_span);
      const char input = index.input_of_slot(slot) < 3 ? kInputs[index.input_of_slot(slot)] : '\0';
      for (int source = 0; source < index.visible(slot); ++source)
        graph.edges.push_back({node_of(index, source, cell.source_span), destination, input});
    }
  return graph;
}

std::string CircuitGraph::edge_name(std::size_t edge) const {
  const CircuitEdge& at = edges[edge];
  std::string name = nodes[at.source] + "->" + nodes[at.destination];
  if (at.input != 0) name += fmt::format("<{}>", at.input);
  return name;
}

Result<std::uint32_t> CircuitGraph::find_edge(const std::string& name) const {
  const auto parts = split(name);
  if (!parts) return input_error(fmt::format("'{}' is not an edge name", name), "edges are written parent->child, or parent->a0.h0<q>");
  const GraphIndex index(shape);
  const NodeName source = find_placed(index, parts->source);
  if (source.source < 0) return unknown_node(*this, parts->source, name);
  const NodeName destination = find_placed(index, parts->destination);
  if (destination.source < 0) return unknown_node(*this, parts->destination, name);
  const int slot = slot_of(index, destination.source, parts->input);
  if (slot < 0) {
    const bool head = parts->destination.front() == 'a';
    return input_error(fmt::format("edge '{}' enters '{}' through '{}'", name, parts->destination, parts->input == 0 ? ' ' : parts->input),
                       head ? fmt::format("a head is entered through q, k or v: did you mean '{}->{}<q>'?", parts->source, parts->destination)
                            : fmt::format("only heads have q, k and v inputs, and nothing enters 'input'"));
  }
  if (source.source >= index.visible(slot))
    return input_error(fmt::format("edge '{}' runs backwards: '{}' is not computed before '{}' reads", name, parts->source, parts->destination),
                       fmt::format("the last node before it is '{}'", nodes[node_of(index, index.visible(slot) - 1, source.span)]));
  const int cell = index.cell_number(slot, {source.span, slot == index.logits_slot() ? source.span : destination.span});
  if (cell < 0)
    return input_error(fmt::format("edge '{}' joins two spans that it cannot join", name),
                       "keys and values are read at the same span or an earlier one, all else within one span, and the logits at scored spans");
  return static_cast<std::uint32_t>(index.edge(slot, source.source, cell));
}

std::size_t Circuit::size() const { return static_cast<std::size_t>(std::count(kept.begin(), kept.end(), true)); }

}  // namespace assay::circuits
