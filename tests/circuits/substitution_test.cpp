// First-order effects of token substitutions: against finite differences, exact where the network is linear in its embeddings, and beside the
// substitutions themselves where it is not.
#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "circuits/discovery/substitution.h"
#include "circuits/engine/network.h"
#include "discovery_support.h"

namespace assay::circuits {
namespace {

using ::testing::HasSubstr;

const Tokens kText = {1, 4, 2, 2, 5, 3};

at::Tensor ids(const Tokens& tokens) {
  at::Tensor out = at::empty({1, static_cast<std::int64_t>(tokens.size())}, at::kLong);
  std::copy(tokens.begin(), tokens.end(), out.data_ptr<std::int64_t>());
  return out;
}

double margin_from(const Transformer& network, const at::Tensor& embedding, const TokenChoice& choice) {
  const at::Tensor logits = network.logits(network.blocks(embedding, 0))[0][choice.position];
  const auto best = [&](const Tokens& tokens) {
    double largest = logits[tokens[0]].item<double>();
    for (const TokenId token : tokens) largest = std::max(largest, logits[token].item<double>());
    return largest;
  };
  return best(choice.right) - best(choice.wrong);
}

/// Two choices, every single substitution before the second, and one of several tokens at once.
SubstitutionRequest request_for(const ModelConfig& config) {
  SubstitutionRequest request{kText, {{3, {0}, {4}}, {5, {2, 3}, {1, 0}}}, {}};
  for (std::int32_t position = 0; position < 6; ++position)
    for (TokenId token = 0; token < config.vocabulary; ++token) request.substitutions.push_back({{{position, token}}});
  request.substitutions.push_back({{{0, 3}, {2, 5}, {3, 5}}});
  return request;
}

SubstitutionEffects effects_of(const Transformer& network, const SubstitutionRequest& request) {
  auto found = substitution_effects(network, request);
  EXPECT_TRUE(found) << found.error().to_string();
  return found ? *found : SubstitutionEffects{};
}

/// What each substitution really does to each choice, [choices, substitutions].
std::vector<double> exact(const Transformer& network, const SubstitutionRequest& request) {
  std::vector<double> effects;
  for (const TokenChoice& choice : request.choices) {
    const double before = margin_from(network, network.embed(ids(request.tokens)), choice);
    for (const Substitution& substitution : request.substitutions) {
      Tokens changed = request.tokens;
      for (const auto& [position, token] : substitution.tokens) changed[static_cast<std::size_t>(position)] = token;
      effects.push_back(margin_from(network, network.embed(ids(changed)), choice) - before);
    }
  }
  return effects;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto mean = [](const std::vector<double>& x) { return std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size()); };
  const double ma = mean(a), mb = mean(b);
  double ab = 0, aa = 0, bb = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    ab += (a[i] - ma) * (b[i] - mb);
    aa += (a[i] - ma) * (a[i] - ma);
    bb += (b[i] - mb) * (b[i] - mb);
  }
  return ab / std::sqrt(aa * bb);
}

struct Substitutions : ::testing::TestWithParam<Layout> {
  ModelConfig config = GetParam() == Layout::kLlama ? llama_config() : gpt2_config();
};

TEST_P(Substitutions, effects_are_directional_derivatives) {
  constexpr double kStep = 1e-5, kTolerance = 1e-4;  // float64; central differences are off by the square of the step
  const Transformer network(config, converted(lively_weights(config, 3), at::TensorOptions().dtype(at::kDouble)));
  const SubstitutionRequest request = request_for(config);
  const SubstitutionEffects found = effects_of(network, request);
  const at::Tensor start = network.embed(ids(kText));
  for (std::size_t choice = 0; choice < request.choices.size(); ++choice) {
    EXPECT_NEAR(found.margins[choice], margin_from(network, start, request.choices[choice]), 1e-9);
    for (std::size_t s = 0; s < request.substitutions.size(); ++s) {
      Tokens changed = kText;
      for (const auto& [position, token] : request.substitutions[s].tokens) changed[static_cast<std::size_t>(position)] = token;
      const at::Tensor along = network.embed(ids(changed)) - start;
      const double slope = (margin_from(network, start + along * kStep, request.choices[choice]) -
                            margin_from(network, start - along * kStep, request.choices[choice])) /
                           (2 * kStep);
      EXPECT_NEAR(found.effects[choice * request.substitutions.size() + s], slope, kTolerance * std::max(1.0, std::abs(slope)));
    }
  }
}

TEST_P(Substitutions, what_stands_behind_the_choice_or_stays_as_it_is_has_no_effect) {
  const SubstitutionRequest request = request_for(config);
  const SubstitutionEffects found = effects_of(lively(config), request);
  for (std::size_t s = 0; s + 1 < request.substitutions.size(); ++s) {
    const auto [position, token] = request.substitutions[s].tokens[0];
    if (position > request.choices[0].position) { EXPECT_EQ(found.effects[s], 0); }
    if (token == kText[static_cast<std::size_t>(position)]) { EXPECT_EQ(found.effects[s], 0); }
  }
  EXPECT_EQ(found.forward_passes, 1u);
  EXPECT_EQ(found.backward_passes, 2u);
}

TEST_P(Substitutions, a_blend_starts_from_the_mean_of_its_tokens) {
  const Transformer network(config, converted(lively_weights(config, 3), at::TensorOptions().dtype(at::kDouble)));
  SubstitutionRequest request{kText, {{5, {2}, {1}}}, {{{{1, 0}}}, {{{1, 4}}}}, {{1, {0, 4}}}};
  const SubstitutionEffects found = effects_of(network, request);
  const auto with = [&](TokenId token) {
    Tokens text = kText;
    text[1] = token;
    return network.embed(ids(text));
  };
  EXPECT_NEAR(found.margins[0], margin_from(network, (with(0) + with(4)) / 2, request.choices[0]), 1e-9);
  EXPECT_NEAR(found.effects[0], -found.effects[1], 1e-9) << "the two tokens lie on opposite sides of their mean";
}

INSTANTIATE_TEST_SUITE_P(Layouts, Substitutions, ::testing::Values(Layout::kGpt2, Layout::kLlama),
                         [](const auto& named) { return std::string(name_of(named.param)); });

TEST(Substitution, is_exact_where_the_network_is_linear_in_its_embeddings) {
  ModelConfig config = gpt2_config();
  config.has_mlp = config.has_norm = false, config.d_mlp = 0;
  Weights weights = converted(lively_weights(config, 3), at::TensorOptions().dtype(at::kDouble));
  for (LayerWeights& layer : weights.layers) layer.w_q.zero_(), layer.b_q.zero_();  // attention is even, whatever is read
  const Transformer network(config, std::move(weights));
  SubstitutionRequest request = request_for(config);
  request.choices.back() = {5, {2}, {1}};  // the best of several is no linear function
  const std::vector<double> found = effects_of(network, request).effects, right = exact(network, request);
  for (std::size_t i = 0; i < right.size(); ++i) EXPECT_NEAR(found[i], right[i], 1e-8 * std::max(1.0, std::abs(right[i])));
}

TEST(Substitution, tells_in_a_mildly_bent_network_which_substitutions_matter) {
  ModelConfig config = gpt2_config();
  const Transformer network(config, random_weights(config, 7));  // small weights: softmax and GELU hardly bend
  const SubstitutionRequest request = request_for(config);
  EXPECT_GT(correlation(effects_of(network, request).effects, exact(network, request)), 0.6);
}

TEST(Substitution, refuses_what_the_network_has_not) {
  const ModelConfig config = gpt2_config();
  const Transformer network = lively(config);
  const auto message = [&](const SubstitutionRequest& request) {
    const auto found = substitution_effects(network, request);
    return found ? std::string("accepted") : found.error().to_string();
  };
  EXPECT_THAT(message({{}, {{0, {1}, {2}}}, {}}), HasSubstr("expected 1 to 12"));
  EXPECT_THAT(message({{6}, {{0, {1}, {2}}}, {}}), HasSubstr("token 6 is outside 0 to 5"));
  EXPECT_THAT(message({kText, {}, {}}), HasSubstr("no choice"));
  EXPECT_THAT(message({kText, {{6, {1}, {2}}}, {}}), HasSubstr("position 6 of 6 tokens"));
  EXPECT_THAT(message({kText, {{5, {1}, {2}}}, {{{{7, 1}}}}}), HasSubstr("token 1 at position 7 of 6 tokens"));
}

}  // namespace
}  // namespace assay::circuits
