#include "circuits/discovery/metric.h"

#include <limits>

namespace assay::circuits {

std::unique_ptr<Metric> make_metric(MetricKind kind) {
  switch (kind) {
    case MetricKind::kLogitDifference: return make_logit_difference();
    case MetricKind::kKlDivergence: return make_kl_divergence();
    case MetricKind::kProbability: return make_probability();
    case MetricKind::kAccuracy: return make_accuracy();
  }
  return nullptr;
}

at::Tensor right_minus_wrong(const at::Tensor& logits, const Targets& targets) {
  const at::Tensor right = (logits * targets.correct).sum(-1);
  const at::Tensor wrong = logits.masked_fill(targets.incorrect.logical_not(), -std::numeric_limits<double>::infinity()).amax(-1);
  return right - wrong;
}

at::Tensor signed_by_legality(const at::Tensor& logits, const Targets& targets) { return logits * (targets.correct * 2 - 1); }

at::Tensor per_example(const Metric& metric, const at::Tensor& logits, const ExampleBatch& batch, const at::Tensor& reference) {
  return at::matmul(metric.values(logits, batch.targets, reference).to(at::kDouble), batch.averaging.to(at::kDouble));
}

}  // namespace assay::circuits
