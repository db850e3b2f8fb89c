#include "circuits/evaluation/runs.h"

#include <algorithm>
#include <numeric>

namespace assay::circuits {

double CircuitRuns::mean(std::size_t circuit) const {
  return std::accumulate(metrics[circuit].begin(), metrics[circuit].end(), 0.0) / static_cast<double>(examples());
}

std::uint64_t CircuitRuns::answers_kept(std::size_t circuit) const {
  return static_cast<std::uint64_t>(std::count(same_answer[circuit].begin(), same_answer[circuit].end(), true));
}

Result<CircuitRuns> run_circuits(Network& network, std::span<const Example> examples, std::vector<std::vector<bool>> circuits,
                                 const EvaluationOptions& options, Session& session) {
  if (examples.empty()) return input_error("no examples", "give at least one example");
  const std::size_t edges = network.graph().edges.size();
  circuits.emplace_back(edges, true);
  circuits.emplace_back(edges, false);
  auto scores = network.evaluate(examples, circuits, options, session);
  if (!scores) return fail(scores.error());
  CircuitRuns runs;
  for (CircuitScores& each : *scores) {
    runs.metrics.push_back(std::move(each.metric));
    runs.same_answer.push_back(std::move(each.same_answer));
    runs.answers.push_back(std::move(each.answers));
  }
  return runs;
}

}  // namespace assay::circuits
