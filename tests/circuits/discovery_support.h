// What the tests of discovery and of circuits with spans share: lively networks, and calls that must succeed.
#pragma once

#include <gtest/gtest.h>

#include <numeric>

#include "circuits/discovery/method.h"
#include "circuits/model/random.h"
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

inline const std::vector<Span> kSpans{{"before", false}, {"name", true}, {"site", true}};

/// Lengths 4 to 6; the spans lie elsewhere in each, and one of them is empty in some.
inline std::vector<Example> spanned_examples(const ModelConfig& config, std::size_t count, std::uint64_t seed = 1) {
  SplitMix64 random(seed);
  std::vector<Example> examples;
  for (std::size_t i = 0; i < count; ++i) {
    Example e;
    const std::size_t length = 4 + i % 3;
    const std::size_t name = i % 4 == 3 ? length - 1 : 1 + i % 2, site = length - 1;
    for (std::size_t t = 0; t < length; ++t) {
      e.clean.push_back(static_cast<TokenId>(random.next() % static_cast<std::uint64_t>(config.vocabulary)));
      e.corrupted.push_back(static_cast<TokenId>(random.next() % static_cast<std::uint64_t>(config.vocabulary)));
      e.spans.push_back(t >= site ? 2 : t >= name ? 1 : 0);
    }
    e.positions = {static_cast<std::int32_t>(length) - 1};
    e.correct = {static_cast<TokenId>(i % 3)};
    e.incorrect = {static_cast<TokenId>(3 + i % 2)};
    if (name < site) {
      e.positions.insert(e.positions.begin(), static_cast<std::int32_t>(name));
      e.correct.push_back(1);
      e.incorrect.push_back(4);
    }
    examples.push_back(std::move(e));
  }
  return examples;
}

inline std::vector<std::pair<std::string, ModelConfig>> span_layouts() {
  ModelConfig no_mlp = gpt2_config();
  no_mlp.has_mlp = false, no_mlp.d_mlp = 0;
  return {{"gpt2", gpt2_config()}, {"llama", llama_config()}, {"no mlp", no_mlp}};
}

}  // namespace assay::circuits
