#include "analysis/claims/rounding.h"

#include <algorithm>

namespace assay::analysis {
namespace {

constexpr double kMultiplications = 1e11;
constexpr double kFewestProbes = 4;

}  // namespace

std::size_t affordable_probes(const circuits::NetworkInfo& network, std::size_t tokens) {
  const double each = static_cast<double>(std::max<std::uint64_t>(network.parameters, 1)) * static_cast<double>(std::max<std::size_t>(tokens, 1));
  return static_cast<std::size_t>(std::clamp(kMultiplications / each, kFewestProbes, static_cast<double>(kMostProbes)));
}

Result<Rounding> measure_rounding(circuits::Network& network, std::vector<circuits::Tokens> probes) {
  std::size_t longest = 0;
  for (const circuits::Tokens& probe : probes) longest = std::max(longest, probe.size());
  probes.resize(std::min(probes.size(), affordable_probes(network.info(), longest)));
  Rounding rounding;
  if (!probes.empty()) {
    const Result<double> difference = network.float_difference(probes);
    if (!difference) return fail(difference.error());
    rounding.difference = *difference;
  }
  rounding.threshold = std::max(1e-3, 10 * rounding.difference);
  return rounding;
}

}  // namespace assay::analysis
