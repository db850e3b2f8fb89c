#include "analysis/results/graph_names.h"

#include <fmt/format.h>

#include <charconv>
#include <vector>

namespace assay::analysis {
namespace {

/// The whole text as a number; none where it is something else.
std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return {};
  return value;
}

}  // namespace

std::optional<NodeName> read_node(std::string_view name) {
  NodeName node;
  const std::size_t at = name.find('@');
  if (at != std::string_view::npos) {
    node.span = name.substr(at + 1);
    name = name.substr(0, at);
    if (node.span.empty()) return {};
  }
  if (name == "input" || name == "logits") {
    node.kind = name[0];
    return node;
  }
  if (name.size() < 2 || (name[0] != 'a' && name[0] != 'm')) return {};
  node.kind = name[0];
  const std::size_t dot = name.find(".h");
  if ((node.kind == 'a') != (dot != std::string_view::npos)) return {};
  const std::optional<int> layer = number(name.substr(1, dot == std::string_view::npos ? dot : dot - 1));
  const std::optional<int> head = node.kind == 'a' ? number(name.substr(dot + 2)) : -1;
  if (!layer || !head) return {};
  node.layer = *layer;
  node.head = *head;
  return node;
}

std::optional<SiteName> read_site(std::string_view name) {
  SiteName site;
  std::vector<int> numbers;
  std::size_t at = name.find('.');
  site.kind = name.substr(0, at);
  while (at != std::string_view::npos) {
    const std::size_t next = name.find('.', at + 1);
    const std::optional<int> value = number(name.substr(at + 1, next == std::string_view::npos ? next : next - at - 1));
    if (!value || numbers.size() == 2) return {};
    numbers.push_back(*value);
    at = next;
  }
  if (site.kind.empty()) return {};
  if (!numbers.empty()) site.layer = numbers[0];
  if (numbers.size() == 2) site.head = numbers[1];
  return site;
}

std::string name_without_span(const NodeName& node) {
  switch (node.kind) {
    case 'a': return fmt::format("a{}.h{}", node.layer, node.head);
    case 'm': return fmt::format("m{}", node.layer);
    default: return node.kind == 'i' ? "input" : "logits";
  }
}

}  // namespace assay::analysis
