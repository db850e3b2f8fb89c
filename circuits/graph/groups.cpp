#include "circuits/graph/groups.h"

#include <fmt/format.h>

#include "circuits/graph/graph_index.h"

namespace assay::circuits {

Result<GroupMap> GroupMap::make(const CircuitGraph& graph, int kv_heads) {
  const GraphShape& shape = graph.shape;
  if (kv_heads < 1 || shape.heads % kv_heads != 0)
    return input_error(fmt::format("{} key/value heads for {} heads; expected a divisor", kv_heads, shape.heads), "correct num_key_value_heads");
  const GraphIndex index(shape);
  const int group_size = shape.heads / kv_heads;
  GroupMap map;
  map.grouped_of_.resize(graph.edges.size());
  const auto append = [&map](std::string name) {
    map.members_.emplace_back();
    map.names_.push_back(std::move(name));
    return static_cast<std::uint32_t>(map.members_.size() - 1);
  };
  const auto join = [&map](std::uint32_t grouped, std::uint64_t edge) {
    map.grouped_of_[edge] = grouped;
    map.members_[grouped].push_back(static_cast<std::uint32_t>(edge));
  };
  for (int slot = 0; slot < index.slots(); ++slot) {
    const CircuitEdge& sample = graph.edges[index.first_edge(slot)];
    const bool shared = sample.input == 'k' || sample.input == 'v';
    const int head = shared ? slot - index.head_slot(index.layer_of_slot(slot), sample.input == 'k' ? 1 : 2, 0) : 0;
    for (int source = 0; source < index.visible(slot); ++source) {
      const std::uint64_t edge = index.edge(slot, source);
      if (!shared || group_size == 1) {
        join(append(graph.edge_name(edge)), edge);
      } else if (head % group_size == 0) {
        join(append(fmt::format("{}->a{}.g{}<{}>", graph.nodes[static_cast<std::size_t>(source)], index.layer_of_slot(slot), head / group_size,
                                sample.input)),
             edge);
      } else {
        join(map.grouped_of_[index.edge(slot - head % group_size, source)], edge);
      }
    }
  }
  return map;
}

std::vector<double> GroupMap::sum(const std::vector<double>& ungrouped_scores) const {
  std::vector<double> sums(members_.size(), 0.0);
  for (std::size_t grouped = 0; grouped < members_.size(); ++grouped)
    for (const std::uint32_t edge : members_[grouped]) sums[grouped] += ungrouped_scores[edge];
  return sums;
}

std::vector<bool> GroupMap::expand(const std::vector<bool>& grouped) const {
  std::vector<bool> kept(grouped_of_.size());
  for (std::size_t edge = 0; edge < kept.size(); ++edge) kept[edge] = grouped[grouped_of_[edge]];
  return kept;
}

Result<std::vector<bool>> GroupMap::collapse(const std::vector<bool>& ungrouped) const {
  std::vector<bool> kept(members_.size());
  for (std::size_t grouped = 0; grouped < members_.size(); ++grouped) {
    kept[grouped] = ungrouped[members_[grouped].front()];
    for (const std::uint32_t edge : members_[grouped])
      if (ungrouped[edge] != kept[grouped])
        return input_error(fmt::format("the circuit keeps '{}' for some of its query heads only", names_[grouped]),
                           "keep or drop all members of the group, or use the ungrouped names");
  }
  return kept;
}

}  // namespace assay::circuits
