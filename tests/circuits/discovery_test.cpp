// Discovery and circuit evaluation: against each other, against linear networks, by hand, and on one and two threads.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "circuits/model/random.h"
#include "discovery_support.h"

namespace assay::circuits {
namespace {

using ::testing::HasSubstr;

/// Random clean and corrupted sequences of lengths 3 to 5, two scored positions each.
std::vector<Example> random_examples(const ModelConfig& config, std::size_t count, std::uint64_t seed = 1) {
  SplitMix64 random(seed);
  std::vector<Example> examples;
  for (std::size_t i = 0; i < count; ++i) {
    Example e;
    for (std::size_t t = 0; t < 3 + i % 3; ++t) {
      e.clean.push_back(static_cast<TokenId>(random.next() % static_cast<std::uint64_t>(config.vocabulary)));
      e.corrupted.push_back(static_cast<TokenId>(random.next() % static_cast<std::uint64_t>(config.vocabulary)));
    }
    e.positions = {1, static_cast<std::int32_t>(e.clean.size()) - 1};
    e.correct = {static_cast<TokenId>(i % 3), 1};
    e.incorrect = {static_cast<TokenId>(3 + i % 2), i % 2 == 0 ? -1 : 4};
    examples.push_back(std::move(e));
  }
  return examples;
}

std::vector<std::pair<std::string, ModelConfig>> all_layouts() {
  ModelConfig no_mlp = gpt2_config();
  no_mlp.has_mlp = false, no_mlp.d_mlp = 0;
  ModelConfig bare = gpt2_config();
  bare.has_norm = false;
  return {{"gpt2", gpt2_config()}, {"llama", llama_config()}, {"no mlp", no_mlp}, {"no norm", bare}};
}

TEST(Evaluation, full_circuit_is_the_network_and_empty_circuit_the_corrupted_run) {
  for (const auto& [name, config] : all_layouts()) {
    const Transformer network = lively(config);
    const auto examples = random_examples(config, 12);
    auto swapped = examples;
    for (Example& e : swapped) e.clean = e.corrupted;
    const std::size_t edges = build_graph(shape_of(config)).edges.size();
    const std::vector<std::vector<bool>> full{std::vector<bool>(edges, true)}, both{full[0], std::vector<bool>(edges, false)};
    const auto scores = score(network, examples, both);
    const auto corrupted = score(network, swapped, full);
    for (std::size_t i = 0; i < examples.size(); ++i) {
      EXPECT_NEAR(scores[1].metric[i], corrupted[0].metric[i], 2e-4) << name;
      EXPECT_TRUE(scores[0].same_answer[i]);
    }
    EXPECT_NE(total(scores[0]), total(scores[1]));
    // The full network's metric, straight from its logits.
    const Example& e = examples[1];
    const at::Tensor tokens = at::tensor(std::vector<std::int64_t>(e.clean.begin(), e.clean.end())).unsqueeze(0);
    const at::Tensor logits = network.forward(tokens)[0];
    double expected = 0;
    for (std::size_t p = 0; p < 2; ++p) {
      at::Tensor row = logits[e.positions[p]];
      const double right = row[e.correct[p]].item<double>();
      expected += (right - row[e.incorrect[p]].item<double>()) / 2;
    }
    EXPECT_NEAR(scores[0].metric[1], expected, 1e-4) << name;
  }
}

TEST(Discovery, exact_patching_equals_evaluating_the_circuit_without_the_edge) {
  for (const auto& [name, config] : all_layouts())
    for (const Ablation ablation : kAblations) {
      const Transformer network = lively(config);
      const auto examples = random_examples(config, 7);
      DiscoveryOptions options;
      options.method = "exact", options.ablation = ablation;
      const auto result = discover(network, examples, options);
      const std::size_t edges = result.scores.size();
      std::vector<std::vector<bool>> circuits{std::vector<bool>(edges, true)};
      for (std::size_t edge = 0; edge < edges; ++edge) {
        circuits.push_back(circuits[0]);
        circuits.back()[edge] = false;
      }
      const auto scores = score(network, examples, circuits, ablation);
      double largest = 0, error = 0;
      for (std::size_t edge = 0; edge < edges; ++edge) {
        largest = std::max(largest, std::abs(result.scores[edge]));
        error = std::max(error, std::abs(result.scores[edge] - (total(scores[0]) - total(scores[edge + 1]))));
      }
      EXPECT_LT(error, 2e-3) << name << " " << static_cast<int>(ablation);
      EXPECT_GT(largest, 0.3) << name;
    }
}

/// No norm, no MLP, queries 0: attention is uniform, everything else a linear map.
Transformer linear_network() {
  ModelConfig config = gpt2_config();
  config.has_norm = false, config.has_mlp = false, config.d_mlp = 0;
  Weights weights = lively_weights(config, 5);
  for (LayerWeights& layer : weights.layers) layer.w_q.zero_(), layer.b_q.zero_();
  return {config, weights};
}

TEST(Discovery, on_a_linear_network_eap_and_eap_ig_are_exact) {
  const Transformer network = linear_network();
  auto examples = random_examples(network.config(), 9);
  for (Example& e : examples) e.incorrect = {5, 4};  // a best-of would not be linear
  for (const Ablation ablation : kAblations) {
    DiscoveryOptions options;
    options.ablation = ablation;
    options.method = "exact";
    const auto exact = discover(network, examples, options);
    options.method = "eap";
    const auto eap = discover(network, examples, options);
    options.method = "eap-ig", options.steps = 3;
    const auto ig = discover(network, examples, options);
    double largest = 0;
    for (std::size_t edge = 0; edge < exact.scores.size(); ++edge) {
      EXPECT_NEAR(eap.scores[edge], exact.scores[edge], 1e-3) << edge;
      EXPECT_NEAR(ig.scores[edge], exact.scores[edge], 1e-3) << edge;
      largest = std::max(largest, std::abs(exact.scores[edge]));
    }
    EXPECT_GT(largest, 1);
    ASSERT_TRUE(ig.integration_residual.has_value());
    if (ablation == Ablation::kResample) { EXPECT_LT(*ig.integration_residual, 1e-4); }
  }
}

TEST(Discovery, eap_is_the_first_order_term_of_exact_patching) {
  for (const auto& [name, config] : all_layouts()) {
    Weights weights = lively_weights(config, 3);
    // Token 1 is token 0 moved a little, so that resampling 0 by 1 is a small step.
    weights.token_embedding[1].copy_(weights.token_embedding[0] + 2e-3 * weights.token_embedding[2]);
    const Transformer network(config, weights);
    std::vector<Example> examples{{{0, 0, 2, 0}, {1, 1, 2, 1}, {2, 3}, {1, 3}, {2, 5}, {}, {}}};
    DiscoveryOptions options;
    options.method = "exact";
    const auto exact = discover(network, examples, options);
    options.method = "eap";
    const auto eap = discover(network, examples, options);
    double largest = 0, error = 0;
    for (std::size_t edge = 0; edge < exact.scores.size(); ++edge) {
      largest = std::max(largest, std::abs(exact.scores[edge]));
      error = std::max(error, std::abs(exact.scores[edge] - eap.scores[edge]));
    }
    EXPECT_LT(error, 0.03 * largest) << name << ": " << error << " of " << largest;
  }
}

TEST(Discovery, attributions_of_input_edges_sum_to_the_total_effect_as_steps_grow) {
  for (const auto& [name, config] : all_layouts()) {
    const Transformer network = lively(config);
    const auto examples = random_examples(config, 6);
    DiscoveryOptions options;
    options.steps = 4;
    const double coarse = *discover(network, examples, options).integration_residual;
    options.steps = 400;
    const auto fine = discover(network, examples, options);
    EXPECT_LT(*fine.integration_residual, 0.03) << name;
    EXPECT_LT(*fine.integration_residual, coarse) << name;
    EXPECT_EQ(fine.backward_passes, 400u);
  }
}

TEST(Discovery, midpoints_leave_a_smaller_residual_than_the_left_rule_at_the_same_cost) {
  for (const auto& [name, config] : all_layouts()) {
    const Transformer network = lively(config);
    const auto examples = random_examples(config, 6);
    DiscoveryOptions options;
    options.steps = 40;
    const auto left = discover(network, examples, options);
    options.rule = IntegrationRule::kMidpoint;
    const auto middle = discover(network, examples, options);
    EXPECT_LT(*middle.integration_residual, *left.integration_residual) << name;
    EXPECT_EQ(middle.backward_passes, left.backward_passes);
    EXPECT_EQ(middle.forward_passes, left.forward_passes + 1) << "the ablated end";
    // Both integrate the same thing: the edges of `input` sum to the same total where the steps are many.
    options.steps = 400;
    EXPECT_LT(*discover(network, examples, options).integration_residual, 0.01) << name;
  }
}

TEST(Discovery, one_midpoint_is_the_gradient_halfway) {
  const Transformer network = lively(gpt2_config());
  const auto examples = random_examples(gpt2_config(), 4);
  DiscoveryOptions options;
  options.steps = 1, options.rule = IntegrationRule::kMidpoint;
  const auto middle = discover(network, examples, options);
  options.steps = 2, options.rule = IntegrationRule::kLeft;  // at 0 and 1/2
  const auto two = discover(network, examples, options);
  options.steps = 1;  // at 0
  const auto far = discover(network, examples, options);
  for (std::size_t edge = 0; edge < middle.scores.size(); ++edge)
    EXPECT_NEAR(middle.scores[edge], 2 * two.scores[edge] - far.scores[edge], 1e-3) << edge;
}

TEST(Discovery, one_and_two_threads_give_the_same_bytes) {
  const ModelConfig config = llama_config();
  const Transformer network = lively(config);
  const auto examples = random_examples(config, 90);
  for (const char* method : {"exact", "eap", "eap-ig", "acdc"})
    for (const Ablation ablation : {Ablation::kMean, Ablation::kResample}) {
      DiscoveryOptions options;
      options.method = method, options.ablation = ablation, options.batch = 8;
      const auto one = discover(network, examples, options, 1);
      const auto two = discover(network, examples, options, 2);
      EXPECT_EQ(one.scores, two.scores) << method;
      EXPECT_EQ(one.kept, two.kept) << method;
      EXPECT_EQ(one.total_effect, two.total_effect) << method;
      EXPECT_EQ(one.integration_residual, two.integration_residual) << method;
    }
}

/// Two layers of two heads without norm and MLP; only a1.h0 moves what the unembedding reads, and only through its values.
Transformer known_circuit() {
  ModelConfig config = gpt2_config();
  config.has_norm = false, config.has_mlp = false, config.d_mlp = 0, config.tied_embeddings = false;
  Weights weights = lively_weights(config, 8);
  const std::int64_t half = config.d_model / 2;
  weights.token_embedding.slice(1, half).zero_();  // tokens live in the first half,
  weights.position_embedding.zero_();
  for (LayerWeights& layer : weights.layers) layer.w_q.zero_(), layer.b_q.zero_(), layer.w_o.slice(1, half).zero_(), layer.b_o.zero_();
  weights.unembedding = random_weights(gpt2_config(), 9).token_embedding * 50;
  weights.unembedding.slice(1, 0, half).zero_();                                                  // the unembedding reads the second,
  weights.layers[1].w_o.slice(0, 0, config.d_head).slice(1, half).copy_(at::eye(config.d_head));  // and a1.h0 writes there.
  weights.layers[0].w_o.zero_();
  return {config, weights};
}

TEST(Discovery, acdc_finds_the_circuit_of_a_network_built_by_hand) {
  const Transformer network = known_circuit();
  const auto examples = random_examples(network.config(), 20);
  DiscoveryOptions options;
  options.method = "acdc", options.threshold = 0.01;
  const auto result = discover(network, examples, options);
  const CircuitGraph graph = build_graph(shape_of(network.config()));
  std::vector<std::string> kept;
  for (std::size_t edge = 0; edge < result.kept.size(); ++edge)
    if (result.kept[edge]) kept.push_back(graph.edge_name(edge));
  EXPECT_THAT(kept, ::testing::ElementsAre("input->a1.h0<v>", "a1.h0->logits"));
}

/// The definition: one edge at a time, each run a whole evaluation.
std::vector<bool> acdc_by_definition(const Transformer& network, std::span<const Example> examples, double threshold, Ablation ablation) {
  const GraphIndex index(shape_of(network.config()));
  const CircuitGraph graph = build_graph(index.shape());
  std::vector<bool> kept(index.edges(), true);
  const auto value = [&](const std::vector<bool>& circuit) {
    return total(score(network, examples, std::vector<std::vector<bool>>{circuit}, ablation)[0]) / static_cast<double>(examples.size());
  };
  double current = value(kept);
  for (int slot = index.logits_slot(); slot >= 0; --slot)
    for (int u = index.visible(slot) - 1; u >= 0; --u) {
      const auto edge = index.edge(slot, u);
      bool feeds = slot == index.logits_slot();
      for (std::size_t e = 0; e < kept.size(); ++e) feeds = feeds || (kept[e] && graph.edges[e].source == graph.edges[edge].destination);
      auto without = kept;
      without[edge] = false;
      const double reduced = feeds ? value(without) : current;
      if (feeds && !(current - reduced < threshold)) continue;
      kept = without;
      current = reduced;
    }
  return kept;
}

TEST(Discovery, acdc_with_guessing_ahead_decides_as_one_edge_at_a_time) {
  ModelConfig config = gpt2_config();
  for (const double threshold : {0.003, 0.03, 0.3})
    for (const Ablation ablation : {Ablation::kZero, Ablation::kResample}) {
      const Transformer network = lively(config);
      const auto examples = random_examples(config, 6);
      DiscoveryOptions options;
      options.method = "acdc", options.threshold = threshold, options.ablation = ablation;
      EXPECT_EQ(discover(network, examples, options).kept, acdc_by_definition(network, examples, threshold, ablation)) << threshold;
    }
}

/// Nothing but embedding and unembedding matters: attention writes nothing.
TEST(Ablation, means_are_the_ones_computed_by_hand) {
  ModelConfig config = gpt2_config();
  config.layers = 1, config.has_norm = false, config.has_mlp = false, config.d_mlp = 0, config.tied_embeddings = false;
  Weights weights = random_weights(config, 1);
  weights.layers[0].w_o.zero_();
  weights.position_embedding.zero_();
  weights.token_embedding.zero_();
  weights.unembedding.zero_();
  for (std::int64_t token = 0; token < config.vocabulary; ++token) weights.token_embedding[token][0] = static_cast<double>(token);
  weights.unembedding[1][0] = 1;  // logit of token 1 is the embedding's first coordinate, all others are 0
  const Transformer network(config, weights);
  // Lengths 2 and 3; the fourth token of the second lies behind its last scored position and counts for nothing.
  const std::vector<Example> examples{{{1, 2}, {3, 4}, {1}, {1}, {0}, {}, {}}, {{5, 3, 4, 5}, {2, 1, 2, 2}, {2}, {1}, {0}, {}, {}}};
  const std::vector<std::vector<bool>> empty{std::vector<bool>(build_graph(shape_of(config)).edges.size(), false)};
  EXPECT_EQ(score(network, examples, empty, Ablation::kZero)[0].metric, (std::vector<double>{0, 0}));
  EXPECT_EQ(score(network, examples, empty, Ablation::kMean)[0].metric, (std::vector<double>{3, 3}));              // (1+2+5+3+4) / 5
  EXPECT_EQ(score(network, examples, empty, Ablation::kMeanPositional)[0].metric, (std::vector<double>{2.5, 4}));  // (2+3) / 2, and 4 alone
  EXPECT_EQ(score(network, examples, empty, Ablation::kResample)[0].metric, (std::vector<double>{4, 2}));
}

TEST(Discovery, cancelled_work_ends_with_its_own_error) {
  const Transformer network = lively(gpt2_config());
  for (const char* method : {"exact", "eap", "eap-ig", "acdc"}) {
    QuietSession quiet;
    quiet.stop = true;
    const auto result = discover_circuit(network, random_examples(gpt2_config(), 4), {method}, quiet.session);
    ASSERT_FALSE(result.has_value()) << method;
    EXPECT_EQ(result.error().kind, ErrorKind::kCancelled) << method;
  }
}

TEST(Discovery, wrong_requests_and_examples_are_refused_with_a_way_out) {
  const Transformer network = lively(gpt2_config());
  QuietSession quiet;
  const auto error_of = [&](const std::vector<Example>& examples, const DiscoveryOptions& options) {
    const auto result = discover_circuit(network, examples, options, quiet.session);
    return result ? std::string("no error") : result.error().to_string();
  };
  const auto good = random_examples(gpt2_config(), 2);
  const auto with = [&](void (*change)(Example&)) {
    auto examples = good;
    change(examples[1]);
    return error_of(examples, {});
  };
  EXPECT_THAT(error_of(good, {"eap-gi"}), HasSubstr("eap-ig"));
  EXPECT_THAT(error_of({}, {}), HasSubstr("no examples"));
  EXPECT_THAT(error_of(good, {.method = "eap", .metric = MetricKind::kKlDivergence}), HasSubstr("eap-ig"));
  EXPECT_THAT(error_of(good, {.method = "eap-ig", .metric = MetricKind::kAccuracy}), HasSubstr("no gradient"));
  EXPECT_THAT(error_of(good, {.method = "eap-ig", .steps = 0}), HasSubstr("steps"));
  EXPECT_THAT(error_of(good, {.method = "exact", .edges = {999999}}), HasSubstr("999999"));
  EXPECT_THAT(with([](Example& e) { e.corrupted.pop_back(); }), HasSubstr("example 1"));
  EXPECT_THAT(with([](Example& e) { e.clean[0] = 17; }), HasSubstr("token"));
  EXPECT_THAT(with([](Example& e) { e.positions = {9, 1}; }), HasSubstr("position 9"));
  EXPECT_THAT(with([](Example& e) { e.correct = {1}; }), HasSubstr("answers"));
  EXPECT_THAT(with([](Example& e) { e.positions.clear(); }), HasSubstr("no scored position"));
}

TEST(Discovery, exact_scores_only_the_edges_asked_for) {
  const Transformer network = lively(gpt2_config());
  const auto examples = random_examples(gpt2_config(), 5);
  DiscoveryOptions options;
  options.method = "exact";
  const auto all = discover(network, examples, options);
  options.edges = {7, 3, 7};
  const auto some = discover(network, examples, options);
  for (std::size_t edge = 0; edge < all.scores.size(); ++edge) {
    if (edge == 3 || edge == 7) EXPECT_NEAR(some.scores[edge], all.scores[edge], 1e-4);
    else EXPECT_TRUE(std::isnan(some.scores[edge]));
  }
  EXPECT_EQ(some.forward_passes, 4u);
}

}  // namespace
}  // namespace assay::circuits
