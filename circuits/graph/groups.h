// Grouped-query attention: one K and one V destination per group, and the lossless map to the ungrouped EAP-IG names.
//
// EAP-IG gives every query head a K and a V input of its own. In a grouped model the heads of a group read one K and one V, so the
// edge that exists in the network is `m0->a1.g0<k>`; its ungrouped names are `m0->a1.h0<k>`, `m0->a1.h1<k>`, ...
//
//   GroupMap map(build_graph(shape), kv_heads);
//   map.sum(scores)        first-order scores (EAP, EAP-IG) of a grouped edge are the sum of its members' scores, exactly
//   map.expand(grouped)    a grouped circuit in ungrouped names; map.collapse(...) is its inverse
//
// Cost: linear in the edges. Test: tests/circuits/graph_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "circuits/circuit.h"

namespace assay::circuits {

class GroupMap {
 public:
  /// Error when kv_heads does not divide the heads.
  static Result<GroupMap> make(const CircuitGraph& graph, int kv_heads);

  std::size_t grouped_edges() const { return members_.size(); }
  std::uint32_t grouped_of(std::uint32_t edge) const { return grouped_of_[edge]; }
  const std::vector<std::uint32_t>& members(std::uint32_t grouped) const { return members_[grouped]; }
  /// `m0->a1.g0<k>` for grouped inputs, the ungrouped name for every other edge.
  const std::string& name(std::uint32_t grouped) const { return names_[grouped]; }

  std::vector<double> sum(const std::vector<double>& ungrouped_scores) const;
  std::vector<bool> expand(const std::vector<bool>& grouped) const;
  /// Error names the first group whose members are kept only in part: no grouped circuit equals such a one.
  Result<std::vector<bool>> collapse(const std::vector<bool>& ungrouped) const;

 private:
  std::vector<std::uint32_t> grouped_of_;
  std::vector<std::vector<std::uint32_t>> members_;
  std::vector<std::string> names_;
};

}  // namespace assay::circuits
