// Names in results: nodes of a computation graph, and sites of a network (DESIGN section 6).
//
//   read_node("a18.h6@site") == NodeName{'a', 18, 6, "site"}        read_node("m3") == NodeName{'m', 3, -1, ""}
//   read_site("k.18.6") == SiteName{"k", 18, 6}                     read_site("mlp_out.3") == SiteName{"mlp_out", 3, -1}
//
// Test: tests/analysis/rule_links_test.cpp
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace assay::analysis {

struct NodeName {
  char kind = 0;  ///< 'a' a head, 'm' an MLP, 'i' the input, 'l' the logits
  int layer = -1, head = -1;
  std::string span;  ///< empty: positions are not told apart
  bool operator==(const NodeName&) const = default;
};

struct SiteName {
  std::string kind;           ///< "q", "attn_out", "resid_mid", ...
  int layer = -1, head = -1;  ///< -1: none
  bool operator==(const SiteName&) const = default;
};

std::optional<NodeName> read_node(std::string_view name);
std::optional<SiteName> read_site(std::string_view name);
/// Without a span: "a18.h6", "m3", "input".
std::string name_without_span(const NodeName& node);

}  // namespace assay::analysis
