#include "analysis/report/circuit_layout.h"

#include <fmt/format.h>
#include <graphviz/gvc.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <set>
#include <vector>

namespace assay::analysis {
namespace {

constexpr double kPointsPerInch = 72;
constexpr double kCharacterWidth = 7.2, kNodePadding = 18, kNodeHeight = 24, kMargin = 12;
constexpr std::size_t kMostIdleNodes = 64;                        ///< a larger network shows only the nodes that the circuit touches
constexpr double kColumnGap = 40, kNodeGap = 8, kRowHeight = 44;  ///< where spans are columns
constexpr int kMostLayers = 10'000;
constexpr int kLastRank = 2 * kMostLayers + 3;

struct Line {
  std::string from, to;
  Json inputs = Json::array();
  double score = 0;
  bool scored = false;
};

/// What is to be drawn, before it has places.
struct Drawing {
  std::vector<std::string> nodes;
  std::set<std::string> kept;
  std::vector<Line> lines;
  std::vector<std::string> columns;  ///< spans in the order of the text; empty: positions are not told apart
  std::size_t edges_total = 0, edges_left_out = 0;
};

/// Number after `prefix`, up to `end`; -1 if there is none.
int number_in(std::string_view text, std::size_t begin) {
  int value = -1;
  const auto [end, error] = std::from_chars(text.data() + begin, text.data() + text.size(), value);
  return error == std::errc() && end != text.data() + begin && value >= 0 && value < kMostLayers ? value : -1;
}

/// `a16.h0` of `a16.h0@name`.
std::string without_span(const std::string& name) { return name.substr(0, name.find('@')); }

/// Row of a node; -1 if the name is not one of ours, then Graphviz chooses.
int rank_of(const std::string& placed) {
  const std::string name = without_span(placed);
  if (name == "input") return 0;
  if (name == "logits") return kLastRank;
  if (name.size() < 2 || (name[0] != 'a' && name[0] != 'm')) return -1;
  const int layer = number_in(name, 1);
  if (layer < 0) return -1;
  return 2 * layer + (name[0] == 'a' ? 1 : 2);
}

std::vector<std::string> nodes_of_network(const Json& network) {
  const auto count = [&](const char* name) {
    return network.contains(name) && network[name].is_number_integer() ? network[name].get<std::int64_t>() : 0;
  };
  const std::int64_t layers = count("layers"), heads = count("heads");
  const bool has_mlp = network.contains("has_mlp") && network["has_mlp"].is_boolean() && network["has_mlp"].get<bool>();
  if (layers < 1 || heads < 1 || layers > 1'000 || heads > 1'000 || layers * (heads + 1) > static_cast<std::int64_t>(kMostIdleNodes)) return {};
  std::vector<std::string> nodes = {"input"};
  for (std::int64_t layer = 0; layer < layers; ++layer) {
    for (std::int64_t head = 0; head < heads; ++head) nodes.push_back(fmt::format("a{}.h{}", layer, head));
    if (has_mlp) nodes.push_back(fmt::format("m{}", layer));
  }
  nodes.emplace_back("logits");
  return nodes;
}

std::string text_of(const Json& object, const char* name) {
  return object.is_object() && object.contains(name) && object[name].is_string() ? object[name].get<std::string>() : std::string();
}

void collect_lines(const Json& edges, Drawing& drawing) {
  std::map<std::pair<std::string, std::string>, std::size_t> known;
  for (const Json& edge : edges) {
    const std::string from = text_of(edge, "from"), to = text_of(edge, "to");
    if (from.empty() || to.empty()) continue;
    const auto [at, added] = known.try_emplace({from, to}, drawing.lines.size());
    if (added) drawing.lines.push_back({from, to});
    Line& line = drawing.lines[at->second];
    const bool scored = edge.contains("score") && edge["score"].is_number();
    const double score = scored ? edge["score"].get<double>() : 0;
    line.inputs.push_back({text_of(edge, "input"), scored ? Json(score) : Json()});
    if (scored && (!line.scored || std::abs(score) > std::abs(line.score))) line.score = score;
    line.scored |= scored;
    drawing.kept.insert(from);
    drawing.kept.insert(to);
    ++drawing.edges_total;
  }
  const std::size_t most = drawing.columns.empty() ? kMostLines : kMostLinesBetweenSpans;
  if (drawing.lines.size() <= most) return;
  std::stable_sort(drawing.lines.begin(), drawing.lines.end(), [](const Line& a, const Line& b) { return std::abs(a.score) > std::abs(b.score); });
  for (std::size_t i = most; i < drawing.lines.size(); ++i) drawing.edges_left_out += drawing.lines[i].inputs.size();
  drawing.lines.resize(most);
}

Drawing what_to_draw(const Json& circuit, const Json& network) {
  Drawing drawing;
  std::vector<std::string> all;
  if (circuit.is_object()) {
    if (circuit.contains("spans"))
      for (const Json& span : circuit["spans"])
        if (span.is_string()) drawing.columns.push_back(span.get<std::string>());
    collect_lines(circuit["edges"], drawing);
    if (drawing.columns.empty() && circuit["nodes"].size() <= kMostIdleNodes) all = circuit["nodes"].get<std::vector<std::string>>();
  } else if (network.is_object()) {
    all = nodes_of_network(network);
    drawing.kept.insert(all.begin(), all.end());  // no circuit leaves anything out
  }
  std::set<std::string> seen;
  for (const std::string& name : all)
    if (seen.insert(name).second) drawing.nodes.push_back(name);
  for (const Line& line : drawing.lines)
    for (const std::string& name : {line.from, line.to})
      if (seen.insert(name).second) drawing.nodes.push_back(name);
  return drawing;
}

struct CloseContext {
  void operator()(GVC_t* context) const { gvFreeContext(context); }
};

/// Graphviz' C interface behind one class. Attribute values it is given are numbers and words of our own; names of the result never reach it.
class Graph {
 public:
  Graph() : context_(gvContext()), graph_(agopen(name("circuit"), Agdirected, nullptr)) {
    set_default(AGRAPH, "rankdir", "BT");
    set_default(AGRAPH, "nodesep", "0.16");
    set_default(AGRAPH, "ranksep", "0.42");
    set_default(AGRAPH, "newrank", "true");
    // Iterations per node: a drawing of hundreds of lines is no more readable after minutes of untangling.
    set_default(AGRAPH, "nslimit", "2");
    set_default(AGRAPH, "nslimit1", "2");
    set_default(AGRAPH, "mclimit", "0.3");
    set_default(AGRAPH, "splines", "true");
    set_default(AGNODE, "shape", "box");
    set_default(AGNODE, "fixedsize", "true");
    set_default(AGNODE, "label", "");
    set_default(AGNODE, "width", "0.1");
    set_default(AGNODE, "height", "0.1");
    set_default(AGNODE, "pos", "");
    set_default(AGEDGE, "style", "solid");
    set_default(AGEDGE, "arrowhead", "none");
    set_default(AGEDGE, "weight", "1");
  }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  ~Graph() {
    if (laid_out_) gvFreeLayout(context_.get(), graph_);
    agclose(graph_);
  }

  Agnode_t* add_node(double width, double height) {
    Agnode_t* node = agnode(graph_, name(fmt::format("n{}", nodes_++)), 1);
    set(node, "width", fmt::format("{:.4f}", width / kPointsPerInch));
    set(node, "height", fmt::format("{:.4f}", height / kPointsPerInch));
    return node;
  }
  /// Before lay_out(Places::kGiven): the node's middle, y upwards.
  void place(Agnode_t* node, double x, double y) { set(node, "pos", fmt::format("{:.1f},{:.1f}", x, y)); }
  Agedge_t* add_edge(Agnode_t* from, Agnode_t* to) { return agedge(graph_, from, to, nullptr, 1); }
  void hide(Agedge_t* edge) { set(edge, "style", "invis"); }
  void same_rank(int rank, const std::vector<Agnode_t*>& nodes) {
    Agraph_t* row = agsubg(graph_, name(fmt::format("row{}", rank)), 1);
    std::string key = "rank", same = "same", otherwise;
    agsafeset(row, key.data(), same.data(), otherwise.data());
    for (Agnode_t* node : nodes) agsubnode(row, node, 1);
  }
  enum class Places { kChosen, kGiven };
  bool lay_out(Places places) {
    agseterr(AGMAX);  // what Graphviz would print to stderr is an Error of ours
    laid_out_ = gvLayout(context_.get(), graph_, places == Places::kGiven ? "nop" : "dot") == 0;
    return laid_out_;
  }
  boxf bounds() const { return GD_bb(graph_); }

 private:
  /// Graphviz takes char* for text that it only copies.
  char* name(std::string text) { return (text_ = std::move(text)).data(); }
  void set_default(int kind, const char* attribute, const char* value) {
    std::string key = attribute, text = value;
    agattr(graph_, kind, key.data(), text.data());
  }
  void set(void* object, const char* attribute, std::string value) {
    std::string key = attribute;
    agset(object, key.data(), value.data());
  }

  std::unique_ptr<GVC_t, CloseContext> context_;
  std::string text_;
  Agraph_t* graph_;
  int nodes_ = 0;
  bool laid_out_ = false;
};

double rounded(double value) { return std::round(value * 10) / 10; }

/// Points of Graphviz (y upwards) as SVG user units (y downwards).
struct Mapping {
  boxf bounds;
  double x(double value) const { return rounded(value - bounds.LL.x + kMargin); }
  double y(double value) const { return rounded(bounds.UR.y - value + kMargin); }
  std::string point(const pointf& at) const { return fmt::format("{},{}", x(at.x), y(at.y)); }
};

Json describe_line(const Line& line, Agedge_t* edge, const Mapping& map) {
  std::string path;
  Json json = {{"from", line.from}, {"to", line.to}, {"inputs", line.inputs}, {"score", line.scored ? Json(line.score) : Json()}};
  const splines* route = ED_spl(edge);
  if (route == nullptr || route->size == 0) return json;
  for (int i = 0; i < static_cast<int>(route->size); ++i) {
    const bezier& curve = route->list[i];
    for (int k = 0; k < static_cast<int>(curve.size); ++k) path += (k == 0 ? "M" : k == 1 ? "C" : " ") + map.point(curve.list[k]);
  }
  const bezier& middle = route->list[route->size / 2];
  const pointf& at = middle.list[middle.size / 2];
  json["path"] = path;
  json["x"] = map.x(at.x);
  json["y"] = map.y(at.y);
  return json;
}

using Nodes = std::map<std::string, Agnode_t*>;

/// Rows of the network's layers; Graphviz chooses the order within a row. One anchor per row.
std::map<int, Agnode_t*> hold_rows(Graph& graph, const Drawing& drawing, const Nodes& nodes) {
  std::map<int, std::vector<Agnode_t*>> rows;
  for (const std::string& name : drawing.nodes)
    if (const int rank = rank_of(name); rank >= 0) rows[rank].push_back(nodes.at(name));
  std::map<int, Agnode_t*> anchors;  // one invisible node per row keeps the rows in order
  Agnode_t* middle_below = nullptr;
  for (auto& [rank, row] : rows) {
    Agnode_t* middle = row[(row.size() - 1) / 2];
    if (drawing.lines.empty() && middle_below != nullptr)
      graph.hide(graph.add_edge(middle_below, middle));  // without lines nothing else centres a row
    middle_below = middle;
    anchors[rank] = graph.add_node(2, kNodeHeight);
    row.push_back(anchors[rank]);
    graph.same_rank(rank, row);
    if (anchors.size() > 1) graph.hide(graph.add_edge(std::prev(anchors.find(rank))->second, anchors[rank]));
  }
  return anchors;
}

double width_of(const std::string& name) { return kCharacterWidth * static_cast<double>(std::min<std::size_t>(name.size(), 24)) + kNodePadding; }

/// Of nodes side by side.
double width_of(const std::vector<std::string>& names) {
  double sum = -kNodeGap;
  for (const std::string& name : names) sum += width_of(without_span(name)) + kNodeGap;
  return sum;
}

struct Column {
  std::string span;
  double left = 0, width = 0;
};

/// A column per span, left to right as in the text, a row per layer that has nodes; nodes of one layer and span stand side by side.
std::vector<Column> place_in_columns(Graph& graph, const Drawing& drawing, const Nodes& nodes) {
  std::map<int, std::map<std::string, std::vector<std::string>>> rows;  // rank, span, nodes
  std::map<std::string, double> width;
  for (const std::string& name : drawing.nodes) {
    const std::size_t at = name.find('@');
    rows[std::max(0, rank_of(name))][at == std::string::npos ? drawing.columns.back() : name.substr(at + 1)].push_back(name);
  }
  for (const auto& [rank, spans] : rows)
    for (const auto& [span, names] : spans) width[span] = std::max({width[span], width_of(names), width_of(span)});
  std::vector<Column> columns;
  double left = 0;
  for (const std::string& span : drawing.columns) {
    if (!width.contains(span)) continue;
    columns.push_back({span, left, width[span]});
    left += width[span] + kColumnGap;
  }
  double y = 0;
  for (const auto& [rank, spans] : rows) {
    for (const Column& column : columns) {
      const auto here = spans.find(column.span);
      if (here == spans.end()) continue;
      double x = column.left + (column.width - width_of(here->second)) / 2;
      for (const std::string& name : here->second) {
        const double own = width_of(without_span(name));
        graph.place(nodes.at(name), x + own / 2, y);
        x += own + kNodeGap;
      }
    }
    y += kRowHeight;
  }
  return columns;
}

}  // namespace

Result<Json> lay_out_circuit(const Json& circuit, const Json& network) {
  const Drawing drawing = what_to_draw(circuit, network);
  if (drawing.nodes.empty()) return Json();
  const bool by_span = !drawing.columns.empty();
  Graph graph;
  Nodes nodes;
  for (const std::string& name : drawing.nodes) nodes[name] = graph.add_node(width_of(by_span ? without_span(name) : name), kNodeHeight);
  std::map<int, Agnode_t*> anchors;
  std::vector<Column> columns;
  if (by_span) {
    columns = place_in_columns(graph, drawing, nodes);
    for (const std::string& name : drawing.nodes) anchors.emplace(rank_of(name), nodes[name]);
  } else {
    anchors = hold_rows(graph, drawing, nodes);
  }
  std::vector<Agedge_t*> edges;
  for (const Line& line : drawing.lines) edges.push_back(graph.add_edge(nodes[line.from], nodes[line.to]));
  if (!graph.lay_out(by_span ? Graph::Places::kGiven : Graph::Places::kChosen)) return internal_error("Graphviz could not lay the circuit out");

  const Mapping map{graph.bounds()};
  Json json = {{"width", rounded(map.bounds.UR.x - map.bounds.LL.x + 2 * kMargin)},
               {"height", rounded(map.bounds.UR.y - map.bounds.LL.y + 2 * kMargin)},
               {"edges_total", drawing.edges_total},
               {"edges_left_out", drawing.edges_left_out},
               {"nodes", Json::array()},
               {"rows", Json::array()},
               {"columns", Json::array()},
               {"edges", Json::array()}};
  for (const std::string& name : drawing.nodes)
    json["nodes"].push_back({{"name", name},
                             {"x", map.x(ND_coord(nodes[name]).x)},
                             {"y", map.y(ND_coord(nodes[name]).y)},
                             {"width", rounded(ND_width(nodes[name]) * kPointsPerInch)},
                             {"kept", drawing.kept.contains(name)}});
  for (const auto& [rank, anchor] : anchors) json["rows"].push_back({{"rank", rank}, {"y", map.y(ND_coord(anchor).y)}});
  for (const Column& column : columns)
    json["columns"].push_back({{"span", column.span}, {"x", map.x(column.left + column.width / 2)}, {"width", rounded(column.width)}});
  for (std::size_t i = 0; i < drawing.lines.size(); ++i) json["edges"].push_back(describe_line(drawing.lines[i], edges[i], map));
  return json;
}

}  // namespace assay::analysis
