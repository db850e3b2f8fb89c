// What the tests of discovery and of circuits with spans share: lively networks, and calls that must succeed.
#pragma once

#include <gtest/gtest.h>

#include <numeric>

#include "circuits/discovery/method.h"
#include "network_fixtures.h"

namespace assay::circuits {

inline const std::vector<Ablation> kAblations{Ablation::kZero, Ablation::kMean, Ablation::kMeanPositional, Ablation::kResample};

inline Transformer lively(const ModelConfig& config, std::uint64_t seed = 3) { return {config, lively_weights(config, seed)}; }

inline DiscoveryResult discover(const Transformer& network, std::span<const Example> examples, const DiscoveryOptions& options, int threads = 2,
                                const std::vector<Span>& spans = {}) {
  QuietSession quiet;
  quiet.session.threads = threads;
  auto result = discover_circuit(network, examples, options, quiet.session, spans);
  EXPECT_TRUE(result.has_value()) << result.error().to_string();
  return *result;
}

inline std::vector<CircuitScores> score(const Transformer& network, std::span<const Example> examples, std::span<const std::vector<bool>> circuits,
                                        Ablation ablation = Ablation::kResample, MetricKind metric = MetricKind::kLogitDifference,
                                        const std::vector<Span>& spans = {}) {
  QuietSession quiet;
  auto result = score_circuits(network, examples, circuits, {metric, ablation, {}, 0}, quiet.session, spans);
  EXPECT_TRUE(result.has_value()) << result.error().to_string();
  return *result;
}

inline double total(const CircuitScores& scores) { return std::accumulate(scores.metric.begin(), scores.metric.end(), 0.0); }

}  // namespace assay::circuits
