#include "analysis/report/rule_links.h"

#include <algorithm>
#include <map>
#include <set>

#include "analysis/results/graph_names.h"
#include "base/text.h"

namespace assay::analysis {
namespace {

using Names = std::vector<std::string>;

std::string text_of(const Json& object, const char* name) {
  return object.is_object() && object.contains(name) && object[name].is_string() ? object[name].get<std::string>() : std::string();
}

int count_of(const Json& object, const char* name) {
  return object.is_object() && object.contains(name) && object[name].is_number_integer() ? object[name].get<int>() : 0;
}

/// Null where there is none.
const Json& member(const Json& object, const char* name) {
  static const Json kNone;
  return object.is_object() && object.contains(name) ? object[name] : kNone;
}

bool tells_positions_apart(const Json& circuit) { return member(circuit, "spans").is_array() && !circuit["spans"].empty(); }

void add(Names& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
}

/// The heads that a site belongs to, without spans; a key or a value is that of the group that the head belongs to.
Names heads_of(const SiteName& site, const Json& network) {
  const int heads = std::max(1, count_of(network, "heads")), groups = count_of(network, "kv_heads");
  const bool shared = (site.kind == "k" || site.kind == "v") && groups > 0;
  const int size = shared ? std::max(1, heads / groups) : 1;
  const int first = site.head < 0 ? 0 : site.head / size * size, last = site.head < 0 ? heads : first + size;
  Names names;
  for (int head = first; head < last; ++head) names.push_back(name_without_span({'a', site.layer, head, ""}));
  return names;
}

/// Nodes of the circuit that read a key or a value of one of `heads` at `position`.
Names readers(const Json& circuit, const Names& heads, const std::string& input, const std::string& position) {
  Names names;
  for (const Json& edge : member(circuit, "edges")) {
    const std::optional<NodeName> from = read_node(text_of(edge, "from")), to = read_node(text_of(edge, "to"));
    if (!from || !to || from->span != position || text_of(edge, "input") != input) continue;
    if (std::find(heads.begin(), heads.end(), name_without_span(*to)) != heads.end()) add(names, text_of(edge, "to"));
  }
  return names;
}

bool is_head_site(const std::string& kind) { return kind == "q" || kind == "k" || kind == "v" || kind == "pattern" || kind == "attn_out"; }

/// Nodes of the circuit with this name at any position; the name itself where the circuit has none.
Names everywhere(const std::string& name, const Json& circuit) {
  Names names;
  if (tells_positions_apart(circuit) && name.find('@') == std::string::npos)
    for (const Json& edge : member(circuit, "edges"))
      for (const std::string& end : {text_of(edge, "from"), text_of(edge, "to")})
        if (end.starts_with(name + "@")) add(names, end);
  if (names.empty()) names.push_back(name);
  return names;
}

/// The nodes that a comment names: words like a18.h6, m3 or a18.h6@site.
Names nodes_in(std::string_view comment, const Json& circuit) {
  Names names;
  const auto belongs = [](char c) { return in_identifier(c) || c == '@' || c == '.'; };
  for (std::size_t at = 0; at < comment.size();) {
    std::size_t end = at;
    while (end < comment.size() && belongs(comment[end])) ++end;
    std::string_view word = comment.substr(at, end - at);
    while (word.ends_with('.')) word.remove_suffix(1);
    if (const std::optional<NodeName> node = read_node(word); node && (node->kind == 'a' || node->kind == 'm'))
      for (const std::string& name : everywhere(std::string(word), circuit)) add(names, name);
    at = std::max(end, at + 1);
  }
  return names;
}

bool names_word(std::string_view line, std::string_view word) {
  for (std::size_t at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !in_identifier(line[at - 1])) && (end == line.size() || !in_identifier(line[end]))) return true;
  }
  return false;
}

/// "variable" of "comparison.read.variable[2]".
std::string variable_of(std::string point) {
  point = point.substr(0, point.find('['));
  const std::size_t dot = point.rfind('.');
  return dot == std::string::npos ? point : point.substr(dot + 1);
}

struct Lines {
  std::vector<std::string_view> texts;  ///< from line 1
  int first = 1, last = 0;              ///< of the function's body: behind its first brace
};

Lines lines_of(const Json& program, std::string_view source) {
  Lines lines;
  for (std::size_t at = 0; at <= source.size();) {
    const std::size_t end = std::min(source.find('\n', at), source.size());
    lines.texts.push_back(source.substr(at, end - at));
    at = end + 1;
  }
  const Json& range = member(program, "range");
  lines.last = std::min(static_cast<int>(lines.texts.size()), std::max(1, count_of(range, "end_line")));
  lines.first = std::max(1, count_of(range, "line"));
  while (lines.first <= lines.last && lines.texts[static_cast<std::size_t>(lines.first++) - 1].find('{') == std::string_view::npos) {}
  return lines;
}

/// Code and comment of a line.
std::pair<std::string_view, std::string_view> parted(std::string_view line) {
  const std::size_t at = line.find("//");
  return {line.substr(0, at), at == std::string_view::npos ? std::string_view() : line.substr(at)};
}

struct Link {
  Names nodes, alignments;
  bool comment = false;
};

}  // namespace

std::vector<std::string> nodes_of_alignment(const Json& alignment, const Json& network, const Json& circuit) {
  const std::optional<SiteName> site = read_site(text_of(alignment, "site"));
  const std::string position = text_of(alignment, "position");
  if (!site) return {};
  const bool apart = tells_positions_apart(circuit);
  const std::string at = apart && !position.empty() ? "@" + position : "";
  if (site->kind == "embed") return {"input" + at};
  if ((site->kind == "mlp_act" || site->kind == "mlp_out") && site->layer >= 0) return {name_without_span({'m', site->layer, -1, ""}) + at};
  if (!is_head_site(site->kind) || site->layer < 0) return {};
  Names heads = heads_of(*site, network);
  if (apart && (site->kind == "k" || site->kind == "v")) return readers(circuit, heads, site->kind, position);
  for (std::string& head : heads) head += at;
  return heads;
}

Json rule_links(const Json& hypothesis) {
  const Json &program = member(hypothesis, "program"), &alignments = member(hypothesis, "alignments"), &network = member(hypothesis, "network"),
             &circuit = member(hypothesis, "circuit");
  if (!program.is_object()) return Json::array();
  const std::string source = text_of(program, "source");
  const Lines lines = lines_of(program, source);
  std::map<int, Link> links;
  for (int number = lines.first; number <= lines.last; ++number) {
    const auto [code, comment] = parted(lines.texts[static_cast<std::size_t>(number) - 1]);
    if (Names nodes = comment.starts_with("//@") ? Names() : nodes_in(comment, circuit); !nodes.empty()) links[number] = {nodes, {}, true};
    if (!alignments.is_object()) continue;
    for (const auto& [id, alignment] : alignments.items()) {
      if (!names_word(code, variable_of(text_of(alignment, "variable")))) continue;
      Link& link = links[number];
      link.alignments.push_back(id);
      for (const std::string& node : nodes_of_alignment(alignment, network, circuit)) add(link.nodes, node);
    }
  }
  Json list = Json::array();
  for (const auto& [number, link] : links)
    list.push_back({{"line", number}, {"nodes", link.nodes}, {"alignments", link.alignments}, {"comment", link.comment}});
  return list;
}

}  // namespace assay::analysis
