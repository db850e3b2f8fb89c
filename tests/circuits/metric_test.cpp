// Each metric against its formula written out for one position.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <cmath>

#include "circuits/discovery/metric.h"

namespace assay::circuits {
namespace {

const at::Tensor kLogits = at::tensor({1.0, 3.0, -2.0, 0.5}).unsqueeze(0);
const at::Tensor kReference = at::tensor({0.0, 2.0, 1.0, -1.0}).unsqueeze(0);

double value(MetricKind kind, const Targets& targets, const at::Tensor& logits = kLogits) {
  return make_metric(kind)->values(logits, targets, kReference)[0].item<double>();
}

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

/// Right token 1, wrong token 3 (or any other).
Targets token_targets(bool any_other) {
  Targets t;
  t.correct = at::tensor({0.0, 1.0, 0.0, 0.0}).unsqueeze(0);
  t.incorrect = (any_other ? at::tensor({1, 0, 1, 1}) : at::tensor({0, 0, 0, 1})).to(at::kBool).unsqueeze(0);
  return t;
}

/// Legal {0, 1}, the partner's {1, 2}.
Targets set_targets() {
  Targets t;
  t.sets = true;
  t.correct = at::tensor({1.0, 1.0, 0.0, 0.0}).unsqueeze(0);
  t.incorrect = at::tensor({0.0, 1.0, 1.0, 0.0}).unsqueeze(0);
  return t;
}

TEST(Metric, logit_difference_is_right_minus_wrong_or_minus_the_best_other) {
  EXPECT_FLOAT_EQ(value(MetricKind::kLogitDifference, token_targets(false)), 2.5);
  EXPECT_FLOAT_EQ(value(MetricKind::kLogitDifference, token_targets(true)), 2.0);
}

TEST(Metric, logit_difference_of_sets_counts_tokens_in_exactly_one_set) {
  EXPECT_FLOAT_EQ(value(MetricKind::kLogitDifference, set_targets()), 1.0 - -2.0);
}

TEST(Metric, kl_divergence_is_negated_and_zero_for_the_full_network) {
  const double z = std::exp(1.0) + std::exp(3.0) + std::exp(-2.0) + std::exp(0.5), zr = 1 + std::exp(2.0) + std::exp(1.0) + std::exp(-1.0);
  const double run[] = {1.0, 3.0, -2.0, 0.5}, reference[] = {0.0, 2.0, 1.0, -1.0};
  double kl = 0, kl_sets = 0;
  for (int i = 0; i < 4; ++i) {
    const double p = std::exp(reference[i]) / zr, q = std::exp(run[i]) / z;
    kl += p * std::log(p / q);
    const double a = sigmoid(reference[i]), b = sigmoid(run[i]);
    kl_sets += a * std::log(a / b) + (1 - a) * std::log((1 - a) / (1 - b));
  }
  EXPECT_NEAR(value(MetricKind::kKlDivergence, token_targets(true)), -kl, 1e-6);
  EXPECT_NEAR(value(MetricKind::kKlDivergence, set_targets()), -kl_sets, 1e-6);
  EXPECT_NEAR(value(MetricKind::kKlDivergence, token_targets(true), kReference), 0, 1e-6);
}

TEST(Metric, probability_is_softmax_or_the_product_over_tokens) {
  EXPECT_NEAR(value(MetricKind::kProbability, token_targets(true)), std::exp(3.0) / (std::exp(1.0) + std::exp(3.0) + std::exp(-2.0) + std::exp(0.5)),
              1e-6);
  EXPECT_NEAR(value(MetricKind::kProbability, set_targets()), sigmoid(1) * sigmoid(3) * sigmoid(2) * sigmoid(-0.5), 1e-6);
}

TEST(Metric, accuracy_counts_a_tie_as_wrong) {
  EXPECT_EQ(value(MetricKind::kAccuracy, token_targets(false)), 1);
  EXPECT_EQ(value(MetricKind::kAccuracy, token_targets(false), at::tensor({3.0, 3.0, 0.0, 0.0}).unsqueeze(0)), 0);
  EXPECT_EQ(value(MetricKind::kAccuracy, token_targets(false), at::tensor({9.0, 3.0, 0.0, 0.0}).unsqueeze(0)), 0);
  EXPECT_EQ(value(MetricKind::kAccuracy, set_targets()), 0);
  EXPECT_EQ(value(MetricKind::kAccuracy, set_targets(), at::tensor({1.0, 3.0, -2.0, -0.5}).unsqueeze(0)), 1);
  EXPECT_EQ(value(MetricKind::kAccuracy, set_targets(), at::tensor({1.0, 3.0, -2.0, 0.0}).unsqueeze(0)), 0);
  EXPECT_FALSE(make_metric(MetricKind::kAccuracy)->has_gradient());
}

}  // namespace
}  // namespace assay::circuits
