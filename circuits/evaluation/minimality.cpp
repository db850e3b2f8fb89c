#include "circuits/evaluation/sums.h"

namespace assay::circuits {

Result<std::vector<EdgeEffect>> minimality(Network& network, std::span<const Example> examples, const std::vector<bool>& kept, const EvaluationOptions& options,
                                           Session& session) {
  std::vector<EdgeEffect> effects;
  std::vector<std::vector<bool>> circuits{kept};
  for (std::uint32_t edge = 0; edge < kept.size(); ++edge)
    if (kept[edge]) {
      effects.push_back({edge});
      circuits.push_back(kept);
      circuits.back()[edge] = false;
    }
  const auto sums = sums_with_ends(network, examples, std::move(circuits), options, session);
  if (!sums) return fail(sums.error());
  const double range = (*sums)[sums->size() - 2] - sums->back();
  for (std::size_t i = 0; i < effects.size(); ++i) effects[i].effect = (sums->front() - (*sums)[i + 1]) / range;
  return effects;
}

}  // namespace assay::circuits
