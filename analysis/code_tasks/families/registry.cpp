#include "analysis/code_tasks/families/registry.h"

#include <algorithm>
#include <set>

#include "analysis/code_tasks/families/draw.h"

namespace assay::analysis::code_tasks {
namespace {

constexpr double kHeldOutShare = 0.15;

std::vector<std::unique_ptr<Family>> make_families() {
  std::vector<std::unique_ptr<Family>> list;
  list.push_back(sum_family());
  list.push_back(product_family());
  list.push_back(series_family());
  list.push_back(count_family());
  list.push_back(extreme_family());
  list.push_back(extreme_index_family());
  list.push_back(find_family());
  list.push_back(clamp_family());
  list.push_back(difference_family());
  list.push_back(sorted_family());
  list.push_back(digits_family());
  list.push_back(power_family());
  list.push_back(dot_family());
  list.push_back(rearrange_family());
  list.push_back(property_family());
  list.push_back(run_family());
  list.push_back(midpoint_family());
  list.push_back(saturating_family());
  list.push_back(divide_family());
  list.push_back(fill_family());
  list.push_back(map_family());
  list.push_back(running_family());
  list.push_back(interval_family());
  list.push_back(replace_family());
  list.push_back(select_family());
  return list;
}

/// Every product of values, the last attribute fastest; `combination` holds the values chosen so far.
void enumerate(const Family& family, std::size_t attribute, Combination& combination, std::vector<Combination>& out) {
  const std::vector<AttributeDomain>& attributes = family.facts().attributes;
  if (attribute == attributes.size()) {
    if (family.valid(combination)) out.push_back(combination);
    return;
  }
  for (const std::uint8_t value : attributes[attribute].values) {
    combination.set(attributes[attribute].attribute, value);
    enumerate(family, attribute + 1, combination, out);
  }
}

using Pair = std::array<std::uint32_t, 3>;  ///< family, and two attributes with their values

/// All pairs of attribute values of a combination; a pair of a value with itself stands for the value alone.
std::vector<Pair> pairs_of(const Combination& c) {
  std::vector<Pair> pairs;
  for (std::uint32_t i = 0; i < kAttributeCount; ++i)
    for (std::uint32_t j = i; j < kAttributeCount; ++j)
      if (c.values[i] != Combination::kAbsent && c.values[j] != Combination::kAbsent)
        pairs.push_back({c.family, i * 256 + c.values[i], j * 256 + c.values[j]});
  return pairs;
}

std::set<Pair> pairs_of(const std::vector<std::size_t>& list) {
  std::set<Pair> all;
  for (const std::size_t index : list)
    for (const Pair& pair : pairs_of(all_combinations()[index])) all.insert(pair);
  return all;
}

}  // namespace

const std::vector<std::unique_ptr<Family>>& families() {
  static const std::vector<std::unique_ptr<Family>> kFamilies = make_families();
  return kFamilies;
}

const std::vector<Combination>& all_combinations() {
  static const std::vector<Combination> kAll = [] {
    std::vector<Combination> all;
    for (std::size_t family = 0; family < families().size(); ++family) {
      Combination combination;
      combination.family = static_cast<std::uint16_t>(family);
      enumerate(*families()[family], 0, combination, all);
    }
    return all;
  }();
  return kAll;
}

Names canonical_names(const Family& family) {
  Draw draw(0);
  return draw_names(family.facts().roles, {family.facts().function_names, {}}, "i", NameSplit::kSeen, draw);
}

std::string text_of(const Combination& combination) {
  const FamilyFacts& facts = families()[combination.family]->facts();
  std::string text = facts.name;
  for (std::size_t i = 0; i < facts.attributes.size(); ++i) {
    const Attribute attribute = facts.attributes[i].attribute;
    text += (i == 0 ? ":" : ",") + std::string(name_of(attribute)) + "=" + std::string(value_name(attribute, combination.at(attribute)));
  }
  return text;
}

std::vector<std::size_t> neighbours(std::size_t index) {
  const Combination& from = all_combinations()[index];
  std::vector<std::size_t> found;
  for (std::size_t other = 0; other < all_combinations().size(); ++other) {
    const Combination& to = all_combinations()[other];
    if (to.family == from.family && distance(from, to) == 1) found.push_back(other);
  }
  return found;
}

Split::Split(std::uint64_t seed) {
  const std::vector<Combination>& all = all_combinations();
  held_out_.resize(all.size());
  std::vector<std::pair<std::uint64_t, std::size_t>> order;
  for (std::size_t i = 0; i < all.size(); ++i) order.push_back({mixed(text_of(all[i]), seed), i});
  std::sort(order.begin(), order.end());
  const auto chosen = static_cast<std::size_t>(kHeldOutShare * static_cast<double>(all.size()));
  for (std::size_t i = 0; i < chosen; ++i) held_out_[order[i].second] = true;
  std::vector<std::size_t> seen;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (!held_out_[i]) seen.push_back(i);
  std::set<Pair> known = pairs_of(seen);
  for (std::size_t i = chosen; i-- > 0;) {  // gives back what has a pair that training would never meet
    const std::vector<Pair> pairs = pairs_of(all[order[i].second]);
    if (std::all_of(pairs.begin(), pairs.end(), [&](const Pair& pair) { return known.contains(pair); })) continue;
    held_out_[order[i].second] = false;
    known.insert(pairs.begin(), pairs.end());
  }
  for (std::size_t i = 0; i < all.size(); ++i) (held_out_[i] ? held_ : seen_).push_back(i);
}

double Split::pairs_seen() const {
  std::vector<std::size_t> all(all_combinations().size());
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  return static_cast<double>(pairs_of(seen_).size()) / static_cast<double>(pairs_of(all).size());
}

}  // namespace assay::analysis::code_tasks
