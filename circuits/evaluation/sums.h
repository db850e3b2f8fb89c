// Summed metrics of several circuits: what every question of evaluation.h starts from.
#pragma once

#include <fmt/format.h>

#include <numeric>

#include "circuits/evaluation/evaluation.h"

namespace assay::circuits {

inline double total_metric(const CircuitScores& scores) { return std::accumulate(scores.metric.begin(), scores.metric.end(), 0.0); }

/// m of each circuit, in order; the last two are the full network and the empty circuit, which are appended.
inline Result<std::vector<double>> sums_with_ends(Network& network, std::span<const Example> examples, std::vector<std::vector<bool>> circuits,
                                                  const EvaluationOptions& options, Session& session) {
  const std::size_t edges = network.graph().edges.size();
  circuits.emplace_back(edges, true);
  circuits.emplace_back(edges, false);
  const auto scores = network.evaluate(examples, circuits, options, session);
  if (!scores) return fail(scores.error());
  std::vector<double> sums;
  for (const CircuitScores& each : *scores) sums.push_back(total_metric(each));
  if (sums[sums.size() - 2] == sums.back())
    return input_error(fmt::format("the full network and the empty circuit score the same, {}", sums.back()), "use corrupted examples that change the answer");
  return sums;
}

}  // namespace assay::circuits
