#include "analysis/claims/other_heads.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "analysis/results/graph_names.h"
#include "base/draw.h"

namespace assay::analysis {
namespace {

/// Layer, and head or the first head of a group.
using Spot = std::pair<int, int>;
using Spots = std::set<Spot>;

/// Heads that share one key and one value.
int group_of(const std::string& kind, const circuits::NetworkInfo& info) {
  return kind == "k" || kind == "v" ? info.heads / std::max(1, info.kv_heads) : 1;
}

Spot spot_of(const SiteName& site, const circuits::NetworkInfo& info) {
  const int group = group_of(site.kind, info);
  return {site.layer, site.head / group * group};
}

/// Heads of the layers around the named ones that are not taken: no more layers than it needs.
std::vector<Spot> candidates(const std::string& kind, const Spots& named, const Spots& taken, const circuits::NetworkInfo& info) {
  int first = named.begin()->first, last = named.rbegin()->first;
  while (true) {
    std::vector<Spot> found;
    for (int layer = first; layer <= last; ++layer)
      for (int head = 0; head < info.heads; head += group_of(kind, info))
        if (!taken.contains({layer, head})) found.emplace_back(layer, head);
    if (found.size() >= named.size() || (first == 0 && last == info.layers - 1)) return found;
    first = std::max(0, first - 1), last = std::min(info.layers - 1, last + 1);
  }
}

}  // namespace

bool is_in_head(const std::string& site) {
  const std::optional<SiteName> name = read_site(site);
  return name && name->head >= 0;
}

Result<std::vector<std::string>> other_heads(const std::vector<std::string>& named, const std::vector<std::string>& avoided,
                                             const circuits::NetworkInfo& info, std::uint64_t seed) {
  std::map<std::string, Spots> wanted, taken;  // by kind
  for (const std::vector<std::string>* sites : {&named, &avoided})
    for (const std::string& site : *sites) {
      const std::optional<SiteName> name = read_site(site);
      const bool fits = name && name->head >= 0 && name->head < info.heads && name->layer < info.layers;
      if (!fits && sites == &named) return input_error(fmt::format("'{}' is in no head of the network", site), "name sites such as v.3.1");
      if (!fits) continue;
      taken[name->kind].insert(spot_of(*name, info));
      if (sites == &named) wanted[name->kind].insert(spot_of(*name, info));
    }
  std::mt19937_64 random(seed);
  std::map<std::pair<std::string, Spot>, Spot> drawn;
  for (const auto& [kind, spots] : wanted) {
    std::vector<Spot> free = candidates(kind, spots, taken[kind], info);
    if (free.size() < spots.size())
      return input_error(fmt::format("beside the {} heads of kind '{}' the network has only {} others", spots.size(), kind, free.size()),
                         "nothing is to be done: the network is too small for this control");
    draw(free, spots.size(), random);
    for (auto [spot, next] = std::pair(spots.begin(), free.begin()); spot != spots.end(); ++spot, ++next) drawn[{kind, *spot}] = *next;
  }
  std::vector<std::string> others;
  for (const std::string& site : named) {
    const SiteName name = *read_site(site);
    const auto [layer, head] = drawn.at({name.kind, spot_of(name, info)});
    others.push_back(fmt::format("{}.{}.{}", name.kind, layer, head));
  }
  return others;
}

}  // namespace assay::analysis
