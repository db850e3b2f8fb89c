#include "analysis/localisation/evidence.h"

#include <algorithm>
#include <cmath>

namespace assay::analysis::localisation {
namespace {

double log_choose(int n, int k) { return std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0); }

}  // namespace

double fisher(int failed_inside, int inside, int failed_outside, int outside) {
  const int failed = failed_inside + failed_outside, all = inside + outside;
  double tail = 0;
  for (int k = failed_inside; k <= std::min(failed, inside); ++k)
    if (failed - k <= outside) tail += std::exp(log_choose(inside, k) + log_choose(outside, failed - k) - log_choose(all, failed));
  return std::min(tail, 1.0);
}

void Evidence::add(const Probe& probe, const std::optional<Misreading>& failed) {
  ++requests_;
  if (failed) ++failures_;
  for (const Site& site : probe.sites) {
    const int wrong = failed == site.misreading ? 1 : 0;
    Counts& all = by_misreading_[site.misreading];
    ++all.all, all.failed += wrong;
    for (const Situation& situation : probe.situations) {
      Counts& inside = inside_[{site.misreading, situation}];
      ++inside.all, inside.failed += wrong;
    }
  }
}

std::optional<Table> Evidence::best() const {
  std::optional<Table> best;
  for (const auto& [key, counts] : inside_) {
    if (counts.failed == 0) continue;
    const Counts& all = by_misreading_.at(key.first);
    Table table{key.first, key.second, counts.failed, counts.all, all.failed - counts.failed, all.all - counts.all};
    table.p = fisher(table.failed_inside, table.inside, table.failed_outside, table.outside);
    const bool better = !best || table.p < best->p || (table.p == best->p && table.failed_inside > best->failed_inside);
    if (better) best = table;
  }
  if (best) best->corrected = std::min(1.0, best->p * static_cast<double>(inside_.size()));
  return best;
}

}  // namespace assay::analysis::localisation
