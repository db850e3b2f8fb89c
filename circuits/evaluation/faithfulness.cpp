#include <algorithm>

#include "circuits/evaluation/evaluation.h"
#include "circuits/evaluation/runs.h"

namespace assay::circuits {
namespace {

/// The circuit is number 0 of the runs, random ones follow.
RandomControl compare_with_random(const CircuitRuns& runs) {
  const Totals totals = totals_of(runs.metrics);
  const auto distance = [&](std::size_t circuit) { return std::abs(1 - totals.normalised(circuit)); };
  RandomControl control;
  control.circuits = totals.circuits.size() - 1;
  std::size_t nearest = 1;
  for (std::size_t c = 1; c <= control.circuits; ++c) {
    control.as_good += distance(c) <= distance(0);
    if (distance(c) < distance(nearest)) nearest = c;
  }
  if (control.circuits > 0) control.nearest = totals.normalised(nearest);
  return control;
}

}  // namespace

Result<Faithfulness> faithfulness(Network& network, std::span<const Example> examples, const std::vector<bool>& kept,
                                  const EvaluationOptions& options, const Sampling& sampling, int controls, Session& session) {
  std::vector<std::vector<bool>> circuits{kept};
  const auto size = static_cast<std::size_t>(std::count(kept.begin(), kept.end(), true));
  for (int i = 0; i < controls; ++i) circuits.push_back(select_random(network.graph(), size, sampling.seed * 1'000 + static_cast<std::uint64_t>(i)));
  const auto runs = run_circuits(network, examples, std::move(circuits), options, session);
  if (!runs) return fail(runs.error());
  Faithfulness f;
  f.normalised = estimates(runs->metrics, sampling, 1, [](const Totals& totals, std::size_t) { return totals.normalised(0); }).front();
  f.circuit = runs->mean(0);
  f.full = runs->mean(runs->full());
  f.empty = runs->mean(runs->empty());
  f.same_answer = share_of(runs->answers_kept(0), runs->examples(), sampling);
  f.empty_same_answer = runs->share_kept(runs->empty());
  f.control = compare_with_random(*runs);
  return f;
}

Result<std::vector<Carried>> carried_by(Network& network, std::span<const Example> examples, std::vector<std::vector<bool>> circuits,
                                        const EvaluationOptions& options, Session& session) {
  const std::size_t count = circuits.size();
  const auto runs = run_circuits(network, examples, std::move(circuits), options, session);
  if (!runs) return fail(runs.error());
  const Totals totals = totals_of(runs->metrics);
  std::vector<Carried> carried;
  for (std::size_t c = 0; c < count; ++c) carried.push_back({totals.normalised(c), runs->share_kept(c)});
  return carried;
}

}  // namespace assay::circuits
