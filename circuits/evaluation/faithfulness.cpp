#include <algorithm>

#include "circuits/evaluation/sums.h"

namespace assay::circuits {

Result<Faithfulness> faithfulness(Network& network, std::span<const Example> examples, const std::vector<bool>& kept, const EvaluationOptions& options, Session& session) {
  const std::vector<std::vector<bool>> circuits{kept, std::vector<bool>(kept.size(), true), std::vector<bool>(kept.size(), false)};
  const auto scores = network.evaluate(examples, circuits, options, session);
  if (!scores) return fail(scores.error());
  Faithfulness f;
  f.circuit = total_metric((*scores)[0]);
  f.full = total_metric((*scores)[1]);
  f.empty = total_metric((*scores)[2]);
  if (f.full != f.empty) f.normalised = (f.circuit - f.empty) / (f.full - f.empty);
  const auto& same = (*scores)[0].same_answer;
  f.same_answer = static_cast<double>(std::count(same.begin(), same.end(), true)) / static_cast<double>(same.size());
  return f;
}

}  // namespace assay::circuits
