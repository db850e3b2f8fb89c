// Circuits as JSON in the layout of EAP-IG and MIB, with our provenance in a block `assay` that other readers ignore.
//
//   {"cfg": {"n_layers": 1, "n_heads": 1, "parallel_attn_mlp": false, "d_model": 8},
//    "nodes": {"input": {"in_graph": true}, ...},
//    "edges": {"input->a0.h0<q>": {"score": 0.25, "in_graph": true}, ...},
//    "assay": {"version": "0.1.0", "method": "eap-ig", ..., "unscored": [[3, 5]]}}
//
// A graph that tells positions apart has cfg.spans, [{"name": "site", "scored": true}, ...], and its names as circuits/circuit.h says.
// Python writes an unscored node or neuron as the bare word NaN, which is not JSON: reading accepts it (as unscored), writing never
// produces it, so that strict readers work. An edge without a score is written as 0 and listed, as ranges of edge indices, under
// assay.unscored. A node without MLPs in the file means a network without MLPs. A node with in_graph false takes its edges with it.
// Neurons switched off inside a node are `unsupported`: an edge circuit cannot say that.
// The file is untrusted: its size, the graph's size and every name are checked. Cost: linear; 2.4 MB and .1 s for GPT-2 small.
// Source: EAP-IG's Graph.to_json and from_json. Test: tests/circuits/circuit_json_test.cpp
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "circuits/circuit.h"
#include "circuits/graph/graph_index.h"

namespace assay::circuits {
namespace {

using Json = nlohmann::json;
constexpr std::uint64_t kLargestFile = 256u << 20;
constexpr double kUnscored = std::numeric_limits<double>::quiet_NaN();

/// Replaces the bare words NaN, Infinity and -Infinity, which Python writes, by null; text inside strings stays.
std::string without_bare_nan(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  bool inside = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string_view rest = text.substr(at);
    if (inside && text[at] == '\\' && rest.size() > 1) {
      clean += text[at++];
    } else if (text[at] == '"') {
      inside = !inside;
    } else if (!inside) {
      for (const std::string_view word : {"NaN", "-Infinity", "Infinity"})
        if (rest.starts_with(word)) {
          clean += "null";
          at += word.size();
          break;
        }
      if (at >= text.size()) break;
      if (text[at] == '"') inside = true;
    }
    clean += text[at];
  }
  return clean;
}

SourceRange place(const std::string& path) {
  SourceRange range;
  range.file = path;
  return range;
}

/// One file's reader: it holds the path, so that every error names it.
class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {}

  Result<Circuit> read(const Json& root) const {
    const auto shape = read_shape(root);
    if (!shape) return fail(shape.error());
    Circuit circuit;
    circuit.graph = build_graph(*shape);
    circuit.scores.assign(circuit.graph.edges.size(), kUnscored);
    circuit.kept.assign(circuit.graph.edges.size(), false);
    const auto present = read_nodes(root, circuit.graph);
    if (!present) return fail(present.error());
    if (Status s = read_edges(root, *present, circuit); !s) return fail(s.error());
    if (Status s = read_provenance(root, circuit); !s) return fail(s.error());
    return circuit;
  }

  tl::unexpected<Error> broken(std::string message, std::string remedy) const {
    return input_error(std::move(message), std::move(remedy), place(path_));
  }

 private:
  const std::string& path_;

  Result<const Json*> object(const Json& parent, const char* key) const {
    const auto found = parent.find(key);
    if (found == parent.end() || !found->is_object())
      return broken(fmt::format("no object '{}'", key), "a circuit file has the objects cfg, nodes and edges, as EAP-IG and MIB write them");
    return &*found;
  }

  Result<int> count(const Json& cfg, const char* key, int fallback) const {
    const auto found = cfg.find(key);
    if (found == cfg.end() && fallback >= 0) return fallback;
    if (found == cfg.end() || !found->is_number_integer() || found->get<std::int64_t>() < 0 ||
        found->get<std::int64_t>() > std::numeric_limits<int>::max())
      return broken(fmt::format("cfg.{} is {}; expected a number of 0 or more", key, found == cfg.end() ? "missing" : found->dump()), "correct cfg");
    return static_cast<int>(found->get<std::int64_t>());
  }

  Result<GraphShape> read_shape(const Json& root) const {
    if (!root.is_object()) return broken("the file is not a JSON object", "a circuit file is one object with cfg, nodes and edges");
    const auto cfg = object(root, "cfg");
    if (!cfg) return fail(cfg.error());
    const auto nodes = object(root, "nodes");
    if (!nodes) return fail(nodes.error());
    const auto layers = count(**cfg, "n_layers", -1);
    const auto heads = count(**cfg, "n_heads", -1);
    const auto width = count(**cfg, "d_model", 0);
    for (const auto* value : {&layers, &heads, &width})
      if (!*value) return fail(value->error());
    GraphShape shape{*layers, *heads, *width, true, false};
    if (Status s = read_spans(**cfg, shape.spans); !s) return fail(s.error());
    shape.has_mlp = (*nodes)->contains(shape.spans.empty() ? "m0" : "m0@" + shape.spans[0].name);
    if (const auto parallel = (*cfg)->find("parallel_attn_mlp"); parallel != (*cfg)->end()) {
      if (!parallel->is_boolean()) return broken("cfg.parallel_attn_mlp is not a boolean", "write true or false");
      shape.parallel_attention_mlp = parallel->get<bool>();
    }
    if (Status s = check_shape(shape); !s) return broken(s.error().message, s.error().remedy);
    return shape;
  }

  Status read_spans(const Json& cfg, std::vector<Span>& spans) const {
    const auto list = cfg.find("spans");
    if (list == cfg.end()) return {};
    const auto wrong = [&] {
      return broken("cfg.spans is not a list of {\"name\": \"site\", \"scored\": true}", "write the file with assay discover");
    };
    if (!list->is_array() || list->empty()) return wrong();
    for (const Json& span : *list) {
      if (!span.is_object() || !span.contains("name") || !span.contains("scored") || !span["name"].is_string() || !span["scored"].is_boolean())
        return wrong();
      spans.push_back({span["name"].get<std::string>(), span["scored"].get<bool>()});
    }
    return {};
  }

  /// Per node, whether it is in the circuit; a node that the file does not list is.
  Result<std::vector<bool>> read_nodes(const Json& root, const CircuitGraph& graph) const {
    std::map<std::string, std::size_t> index;
    for (std::size_t node = 0; node < graph.nodes.size(); ++node) index[graph.nodes[node]] = node;
    std::vector<bool> present(graph.nodes.size(), true);
    for (const auto& [name, node] : root["nodes"].items()) {
      const auto at = index.find(name);
      if (at == index.end()) return broken(fmt::format("node '{}' does not exist in a graph of this cfg", name), "correct cfg or the node");
      if (!node.is_object()) return broken(fmt::format("node '{}' is not an object", name), "write {\"in_graph\": true}");
      if (const auto in_graph = node.find("in_graph"); in_graph != node.end()) {
        if (!in_graph->is_boolean()) return broken(fmt::format("in_graph of node '{}' is not a boolean", name), "write true or false");
        present[at->second] = in_graph->get<bool>() || name == "logits";
      }
      if (const auto neurons = node.find("neurons"); neurons != node.end() && neurons->is_array())
        for (const auto& neuron : *neurons)
          if (neuron.is_boolean() && !neuron.get<bool>())
            return unsupported(fmt::format("node '{}' has neurons switched off", name), "only circuits of whole nodes and edges can be read",
                               place(path_));
    }
    return present;
  }

  Status read_edges(const Json& root, const std::vector<bool>& present, Circuit& circuit) const {
    const auto edges = object(root, "edges");
    if (!edges) return fail(edges.error());
    for (const auto& [name, edge] : (*edges)->items()) {
      const auto index = circuit.graph.find_edge(name);
      if (!index) return broken(index.error().message, index.error().remedy);
      if (!edge.is_object()) return broken(fmt::format("edge '{}' is not an object", name), "write {\"score\": 0.5, \"in_graph\": true}");
      const auto score = edge.find("score");
      const auto in_graph = edge.find("in_graph");
      if (score != edge.end() && !score->is_number() && !score->is_null())
        return broken(fmt::format("score of edge '{}' is {}; expected a number", name, score->dump()), "write a number, or NaN where there is none");
      if (in_graph == edge.end() || !in_graph->is_boolean())
        return broken(fmt::format("in_graph of edge '{}' is missing or not a boolean", name), "write true or false");
      if (score != edge.end() && score->is_number()) circuit.scores[*index] = score->get<double>();
      const CircuitEdge& ends = circuit.graph.edges[*index];
      circuit.kept[*index] = in_graph->get<bool>() && present[ends.source] && present[ends.destination];
    }
    return {};
  }

  Status read_provenance(const Json& root, Circuit& circuit) const {
    const auto block = root.find("assay");
    if (block == root.end()) return {};
    const auto wrong = [&](const char* key) { return broken(fmt::format("assay.{} has the wrong type", key), "write the file with assay discover"); };
    if (!block->is_object()) return broken("'assay' is not an object", "remove it, or write the file with assay discover");
    CircuitProvenance& from = circuit.provenance;
    const std::pair<const char*, std::string*> texts[] = {{"model_hash", &from.model_hash}, {"task_hash", &from.task_hash},
                                                          {"method", &from.method},         {"ablation", &from.ablation},
                                                          {"metric", &from.metric},         {"version", &from.version}};
    for (const auto& [key, target] : texts)
      if (const auto found = block->find(key); found != block->end()) {
        if (!found->is_string()) return wrong(key);
        *target = found->get<std::string>();
      }
    if (const auto seed = block->find("seed"); seed != block->end()) {
      if (!seed->is_number_unsigned()) return wrong("seed");
      from.seed = seed->get<std::uint64_t>();
    }
    if (const auto options = block->find("options"); options != block->end()) {
      if (!options->is_object()) return wrong("options");
      for (const auto& [key, value] : options->items()) {
        if (!value.is_string()) return wrong("options");
        from.options[key] = value.get<std::string>();
      }
    }
    return read_unscored(*block, circuit);
  }

  Status read_unscored(const Json& block, Circuit& circuit) const {
    const auto ranges = block.find("unscored");
    if (ranges == block.end()) return {};
    const auto wrong = [&] {
      return broken("assay.unscored is not a list of [first, last] edge indices of this graph", "write the file with assay discover");
    };
    if (!ranges->is_array()) return wrong();
    for (const auto& range : *ranges) {
      if (!range.is_array() || range.size() != 2 || !range[0].is_number_unsigned() || !range[1].is_number_unsigned()) return wrong();
      const auto first = range[0].get<std::uint64_t>();
      const auto last = range[1].get<std::uint64_t>();
      if (first > last || last >= circuit.scores.size()) return wrong();
      for (auto edge = first; edge <= last; ++edge) circuit.scores[edge] = kUnscored;
    }
    return {};
  }
};

/// Nodes with a kept edge at them, and input and logits always.
std::vector<bool> nodes_in(const Circuit& circuit) {
  std::vector<bool> inside(circuit.graph.nodes.size(), false);
  std::fill_n(inside.begin(), circuit.graph.shape.span_count(), true);
  inside.back() = true;
  for (std::size_t edge = 0; edge < circuit.kept.size(); ++edge)
    if (circuit.kept[edge]) inside[circuit.graph.edges[edge].source] = inside[circuit.graph.edges[edge].destination] = true;
  return inside;
}

std::string unscored_ranges(const std::vector<double>& scores) {
  std::string text;
  for (std::size_t first = 0; first < scores.size(); ++first) {
    if (std::isfinite(scores[first])) continue;
    std::size_t last = first;
    while (last + 1 < scores.size() && !std::isfinite(scores[last + 1])) ++last;
    text += fmt::format("{}[{}, {}]", text.empty() ? "" : ", ", first, last);
    first = last;
  }
  return text;
}

std::string spans_of(const GraphShape& shape) {
  std::string text;
  for (const Span& span : shape.spans)
    text += fmt::format("{}{{\"name\": \"{}\", \"scored\": {}}}", text.empty() ? "" : ", ", span.name, span.scored);
  return text.empty() ? "" : fmt::format(", \"spans\": [{}]", text);
}

std::string provenance_block(const Circuit& circuit) {
  const CircuitProvenance& from = circuit.provenance;
  const auto quoted = [](const std::string& text) { return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace); };
  std::string options;
  for (const auto& [key, value] : from.options) options += fmt::format("{}{}: {}", options.empty() ? "" : ", ", quoted(key), quoted(value));
  return fmt::format(
      "{{\n  \"version\": {}, \"model_hash\": {}, \"task_hash\": {},\n  \"method\": {}, \"ablation\": {}, \"metric\": {}, \"seed\": {},\n"
      "  \"options\": {{{}}},\n  \"unscored\": [{}]\n }}",
      quoted(from.version), quoted(from.model_hash), quoted(from.task_hash), quoted(from.method), quoted(from.ablation), quoted(from.metric),
      from.seed, options, unscored_ranges(circuit.scores));
}

}  // namespace

Result<Circuit> read_circuit(const std::string& path) {
  const auto text = read_file(path, kLargestFile);
  if (!text) return fail(text.error());
  const Reader reader(path);
  try {
    return reader.read(Json::parse(without_bare_nan(*text)));
  } catch (const Json::exception& error) {
    return reader.broken(fmt::format("not a circuit: {}", error.what()), "a circuit file is JSON as EAP-IG, MIB or assay discover write it");
  }
}

Status write_circuit(const std::string& path, const Circuit& circuit, WrittenEdges edges) {
  const CircuitGraph& graph = circuit.graph;
  if (circuit.scores.size() != graph.edges.size() || circuit.kept.size() != graph.edges.size())
    return internal_error(
        fmt::format("a circuit of {} edges with {} scores and {} marks", graph.edges.size(), circuit.scores.size(), circuit.kept.size()));
  const auto inside = nodes_in(circuit);
  std::string text;
  auto out = std::back_inserter(text);
  fmt::format_to(out, "{{\"cfg\": {{\"n_layers\": {}, \"n_heads\": {}, \"parallel_attn_mlp\": {}, \"d_model\": {}{}}},\n \"nodes\": {{",
                 graph.shape.layers, graph.shape.heads, graph.shape.parallel_attention_mlp, graph.shape.d_model, spans_of(graph.shape));
  for (std::size_t node = 0; node < graph.nodes.size(); ++node)
    fmt::format_to(out, "{}\n  \"{}\": {{\"in_graph\": {}}}", node == 0 ? "" : ",", graph.nodes[node], static_cast<bool>(inside[node]));
  text += "},\n \"edges\": {";
  bool first = true;
  for (std::size_t edge = 0; edge < graph.edges.size(); ++edge) {
    if (edges == WrittenEdges::kKept && !circuit.kept[edge]) continue;
    fmt::format_to(out, "{}\n  \"{}\": {{\"score\": {}, \"in_graph\": {}}}", std::exchange(first, false) ? "" : ",", graph.edge_name(edge),
                   std::isfinite(circuit.scores[edge]) ? circuit.scores[edge] : 0.0, static_cast<bool>(circuit.kept[edge]));
  }
  text += "},\n \"assay\": " + provenance_block(circuit) + "}\n";
  return write_file(path, text);
}

}  // namespace assay::circuits
