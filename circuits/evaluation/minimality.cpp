#include <algorithm>

#include "circuits/evaluation/evaluation.h"
#include "circuits/evaluation/runs.h"

namespace assay::circuits {
namespace {

double largest_change(const std::vector<double>& with, const std::vector<double>& without) {
  double largest = 0;
  for (std::size_t i = 0; i < with.size(); ++i) largest = std::max(largest, std::abs(with[i] - without[i]));
  return largest;
}

}  // namespace

Result<std::vector<EdgeEffect>> minimality(Network& network, std::span<const Example> examples, const std::vector<bool>& kept,
                                           const EvaluationOptions& options, const Sampling& sampling, Session& session) {
  std::vector<EdgeEffect> effects;
  std::vector<std::vector<bool>> circuits{kept};
  for (std::uint32_t edge = 0; edge < kept.size(); ++edge)
    if (kept[edge]) {
      effects.push_back({edge, {}});
      circuits.push_back(kept);
      circuits.back()[edge] = false;
    }
  const auto runs = run_circuits(network, examples, std::move(circuits), options, session);
  if (!runs) return fail(runs.error());
  const auto effect = [](const Totals& t, std::size_t i) { return t.normalised(0) - t.normalised(i + 1); };
  const std::vector<Estimate> estimated = estimates(runs->metrics, sampling, effects.size(), effect);
  for (std::size_t i = 0; i < effects.size(); ++i) {
    effects[i].effect = estimated[i];
    effects[i].largest_on_one_example = largest_change(runs->metrics[0], runs->metrics[i + 1]);
    effects[i].same_answer = runs->share_kept(i + 1);
  }
  return effects;
}

}  // namespace assay::circuits
