#include <algorithm>

#include "circuits/evaluation/evaluation.h"
#include "circuits/evaluation/runs.h"

namespace assay::circuits {
namespace {

constexpr auto& kFractions = FaithfulnessCurve::kFractions;
constexpr std::size_t kSizes = kFractions.size();

/// Trapezoids under `height` at the fractions.
template <class Height>
double integral(const Height& height) {
  double area = 0;
  for (std::size_t i = 0; i + 1 < kSizes; ++i) area += (kFractions[i + 1] - kFractions[i]) * (height(i) + height(i + 1)) / 2;
  return area;
}

}  // namespace

Result<FaithfulnessCurve> faithfulness_curve(Network& network, std::span<const Example> examples, const std::vector<double>& scores,
                                             const EvaluationOptions& options, const Sampling& sampling, Session& session) {
  const auto scored = static_cast<std::size_t>(std::count_if(scores.begin(), scores.end(), [](double score) { return !std::isnan(score); }));
  if (scored == 0)
    return input_error("no edge of the circuit has a score: CPR and CMD rank edges by score", "use the circuit that a discovery method wrote");
  FaithfulnessCurve curve;
  std::vector<std::vector<bool>> circuits;  // by signed score at each size, then by |score|
  for (std::size_t i = 0; i < kSizes; ++i) curve.edges[i] = static_cast<std::size_t>(kFractions[i] * static_cast<double>(scored));
  for (const bool absolute : {false, true})
    for (const std::size_t count : curve.edges) circuits.push_back(select_top(network.graph(), scores, count, absolute));
  const auto runs = run_circuits(network, examples, std::move(circuits), options, session);
  if (!runs) return fail(runs.error());
  const Totals totals = totals_of(runs->metrics);
  for (std::size_t i = 0; i < kSizes; ++i) {
    curve.by_score[i] = totals.normalised(i);
    curve.by_size[i] = totals.normalised(kSizes + i);
  }
  const auto area = [](const Totals& t, std::size_t which) {
    if (which == 0) return integral([&](std::size_t i) { return t.normalised(i); });
    return integral([&](std::size_t i) { return std::abs(1 - t.normalised(kSizes + i)); });
  };
  const std::vector<Estimate> areas = estimates(runs->metrics, sampling, 2, area);
  curve.cpr = areas[0];
  curve.cmd = areas[1];
  return curve;
}

}  // namespace assay::circuits
