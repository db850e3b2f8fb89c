// What a run is worth: one class and one file per metric, one line in metric.cpp. Higher is better for every metric.
//
// A metric gives one value per scored position; an example's value is the mean over its scored positions, in the metric's own unit.
//   logit_difference  right logit minus the wrong one (the best other where none is named). Sets: the logits of the tokens that are in
//                     exactly one of the clean and the partner's legal set, summed with + for the clean set and - for the partner's
//   kl_divergence     minus KL(full network || run) in nats; sets: summed over the tokens as independent yes/no answers
//   probability       of the right token under softmax; sets: that every token's sigmoid yes/no answer is right, taken as independent
//   accuracy          1 if the answer is right, a tie being wrong (no gradient)
// Sources: EAP-IG and MIB (logit difference, KL). Test: tests/circuits/metric_test.cpp
#pragma once

#include <memory>
#include <string_view>

#include "circuits/discovery/examples.h"

namespace assay::circuits {

class Metric {
 public:
  virtual ~Metric() = default;
  virtual std::string_view name() const = 0;
  virtual bool has_gradient() const { return true; }
  /// logits: [..., N, K] over the readout's tokens; reference: [N, K] of the full network on the clean input. Returns [..., N].
  virtual at::Tensor values(const at::Tensor& logits, const Targets& targets, const at::Tensor& reference) const = 0;
};

std::unique_ptr<Metric> make_metric(MetricKind kind);
std::unique_ptr<Metric> make_logit_difference();
std::unique_ptr<Metric> make_kl_divergence();
std::unique_ptr<Metric> make_probability();
std::unique_ptr<Metric> make_accuracy();

/// Right logit minus the best wrong one, [..., N]. Argmax tasks.
at::Tensor right_minus_wrong(const at::Tensor& logits, const Targets& targets);
/// Logits with the sign that makes the right yes/no answer positive. Set tasks.
at::Tensor signed_by_legality(const at::Tensor& logits, const Targets& targets);
/// Per example, [..., B] in float64.
at::Tensor per_example(const Metric& metric, const at::Tensor& logits, const ExampleBatch& batch, const at::Tensor& reference);

}  // namespace assay::circuits
