// Interchange against patched runs computed one by one, straight from the definition.
#include "circuits/model/interchange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "circuits/engine/network.h"
#include "circuits/model/sites.h"
#include "network_fixtures.h"

namespace assay::circuits {
namespace {

using ::testing::HasSubstr;

/// One patched run: sites of the base take what the source has there.
class PlainPatch : public Observer {
 public:
  bool wants(SiteKind, int) const override { return true; }
  at::Tensor at_site(SiteKind kind, int layer, const at::Tensor& value) override {
    at::Tensor out = value.clone();
    for (const auto& [site, at_position, incoming] : patches) {
      if (site.kind != kind || site.layer != layer) continue;
      const std::int64_t head = site.head < 0 ? 0 : out.size(1) == heads ? site.head : site.head / (heads / out.size(1));
      at::Tensor row = site.head < 0 ? out[0][at_position] : out[0][head][at_position];
      row.slice(0, 0, incoming.numel()).copy_(incoming);
    }
    return out;
  }
  std::vector<std::tuple<SiteRef, int, at::Tensor>> patches;
  std::int64_t heads = 1;
};

struct Setting {
  ModelConfig config;
  Transformer transformer;
  std::unique_ptr<Network> network;
  Setting(const ModelConfig& shape, std::uint64_t seed)
      : config(shape), transformer(shape, lively_weights(shape, seed)), network(*make_network(transformer, {"test", "float32"})) {}
};

std::vector<std::vector<Answer>> run(Network& network, const InterchangeRequest& request, int threads = 2) {
  QuietSession quiet;
  quiet.session.threads = threads;
  std::vector<std::vector<Answer>> all;
  Status done = network.interchange(
      request,
      [&](std::size_t first, std::span<const std::vector<Answer>> answers) {
        EXPECT_EQ(first, all.size());
        all.insert(all.end(), answers.begin(), answers.end());
        return true;
      },
      quiet.session);
  EXPECT_TRUE(done) << done.error().to_string();
  return all;
}

/// The answer of one pair, with fresh forward passes of batch one.
float margin_by_definition(Setting& setting, const InterchangeRequest& request, std::size_t b, std::size_t s) {
  const InterchangeInput &base = request.bases[b], &source = request.sources[s];
  PlainPatch patch;
  patch.heads = setting.config.heads;
  for (std::size_t i = 0; i < request.swaps.size(); ++i) {
    const SiteRef site = *parse_site(request.swaps[i].site.name, setting.config);
    const std::vector<Tokens> sequences = {source.tokens};
    const std::vector<std::int32_t> positions = {source.site_positions[i]};
    at::Tensor incoming = at::tensor(*setting.network->read_site(sequences, positions, request.swaps[i].site.name));
    if (const Subspace& subspace = request.swaps[i].site.subspace; subspace.rank > 0) {
      const std::vector<Tokens> own_sequence = {base.tokens};
      const std::vector<std::int32_t> own_position = {base.site_positions[i]};
      at::Tensor own = at::tensor(*setting.network->read_site(own_sequence, own_position, request.swaps[i].site.name));
      at::Tensor basis = at::tensor(subspace.columns).view({subspace.dimension, subspace.rank});
      incoming = own + at::matmul(basis, at::matmul(basis.t(), incoming - own));
    }
    patch.patches.emplace_back(site, base.site_positions[i], incoming);
  }
  at::Tensor tokens = at::tensor(std::vector<std::int64_t>(base.tokens.begin(), base.tokens.end()), at::kLong).unsqueeze(0);
  at::Tensor logits = setting.transformer.forward(tokens, &patch)[0][base.scored_positions[0]];
  at::Tensor best = std::get<0>(logits.topk(2));
  return (best[0] - best[1]).item<float>();
}

InterchangeRequest request_for(const std::string& site, bool same_position) {
  InterchangeRequest request;
  request.swaps = {{{site, {}}}};
  for (TokenId t = 0; t < 3; ++t) {
    request.bases.push_back({{t, 1, 2, 3}, {1 + (same_position ? 0 : t % 2)}, {3 - (t == 2 ? 1 : 0)}});
    request.sources.push_back({{4, t, 0}, {1}, {}});
  }
  return request;
}

TEST(Interchange, every_site_of_both_layouts_agrees_with_single_patched_runs) {
  for (const ModelConfig& config : {gpt2_config(), llama_config()}) {
    Setting setting(config, 21);
    for (const auto& [name, width] : setting.network->sites()) {
      SCOPED_TRACE(name);
      InterchangeRequest request = request_for(name, name.starts_with("pattern"));
      std::vector<std::vector<Answer>> answers = run(*setting.network, request);
      ASSERT_EQ(answers.size(), 9u);
      for (std::size_t i = 0; i < answers.size(); ++i)
        EXPECT_NEAR(answers[i][0].margin, margin_by_definition(setting, request, i / 3, i % 3), 2e-3) << "pair " << i;
    }
  }
}

/// Prompts: long enough that their runs are kept, of two lengths, swapped and read at several positions.
InterchangeRequest long_request_for(const std::string& site) {
  InterchangeRequest request;
  request.swaps = {{{site, {}}}};
  for (TokenId t = 0; t < 3; ++t) {
    Tokens base, source;
    for (int i = 0; i < 19 + t % 2; ++i) base.push_back((t + i * i) % 6), source.push_back((t + 5 + 3 * i) % 6);
    request.bases.push_back({base, {t == 2 ? 0 : 11 + t}, {17 + t % 2}});
    request.sources.push_back({source, {4 + 5 * t}, {}});
  }
  return request;
}

ModelConfig with_positions(ModelConfig config, int positions) {
  config.positions = positions;
  return config;
}

TEST(Interchange, long_inputs_agree_with_single_patched_runs_though_their_beginning_is_not_run_again) {
  for (const ModelConfig& config : {with_positions(gpt2_config(), 24), with_positions(llama_config(), 24)}) {
    Setting setting(config, 28);
    for (const auto& [name, width] : setting.network->sites()) {
      if (name.starts_with("pattern")) continue;
      SCOPED_TRACE(name);
      InterchangeRequest request = long_request_for(name);
      request.swaps.push_back({{"v.1.1", {}}});  // behind the first, in another layer
      for (auto* inputs : {&request.bases, &request.sources})
        for (InterchangeInput& input : *inputs) input.site_positions.push_back(input.site_positions[0] + 3);
      std::vector<std::vector<Answer>> first = run(*setting.network, request), again = run(*setting.network, request, 1);
      ASSERT_EQ(first.size(), 9u);
      for (std::size_t i = 0; i < first.size(); ++i) {
        EXPECT_NEAR(first[i][0].margin, margin_by_definition(setting, request, i / 3, i % 3), 2e-3) << "pair " << i;
        EXPECT_EQ(first[i][0].margin, again[i][0].margin) << "from kept runs, on one thread: pair " << i;
      }
    }
  }
}

TEST(Interchange, a_network_whose_runs_do_not_fit_into_memory_gives_the_same_answers) {
  Setting setting(with_positions(llama_config(), 24), 29);
  const InterchangeRequest request = long_request_for("k.1.2");
  const std::vector<std::vector<Answer>> expected = run(*setting.network, request);
  QuietSession quiet;
  KeptRuns none(1000);
  std::vector<std::vector<Answer>> found;
  const auto visit = [&](std::size_t, std::span<const std::vector<Answer>> answers) {
    found.insert(found.end(), answers.begin(), answers.end());
    return true;
  };
  ASSERT_TRUE(run_interchange(setting.transformer, none, request, visit, quiet.session));
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i][0].margin, expected[i][0].margin, 2e-3);
}

TEST(Interchange, of_the_kept_runs_those_used_longest_ago_are_dropped) {
  Setting setting(with_positions(gpt2_config(), 24), 30);
  QuietSession quiet;
  const std::size_t bytes_per_token = 4 * (3 * 20 + 2 * 2 * 20);
  KeptRuns kept(bytes_per_token * 40);
  const auto one = [&](TokenId t) {
    const std::vector<Tokens> sequence = {Tokens(18, t)};
    return kept.of(setting.transformer, sequence, quiet.session)->front();
  };
  const KeptRunRef first = one(1), second = one(2);
  EXPECT_EQ(one(1), first);
  one(3);  // no room for three: the second was used longest ago
  EXPECT_EQ(one(1), first);
  EXPECT_NE(one(2), second);
}

TEST(Interchange, a_subspace_moves_only_the_coordinates_in_it) {
  Setting setting(gpt2_config(), 22);
  InterchangeRequest request = request_for("resid_mid.0", false);
  request.swaps[0].site.subspace = random_subspace(setting.config.d_model, 3, 5);
  std::vector<std::vector<Answer>> answers = run(*setting.network, request);
  for (std::size_t i = 0; i < answers.size(); ++i) EXPECT_NEAR(answers[i][0].margin, margin_by_definition(setting, request, i / 3, i % 3), 2e-3);
  std::vector<std::vector<Answer>> whole = run(*setting.network, request_for("resid_mid.0", false));
  request.swaps[0].site.subspace = random_subspace(setting.config.d_model, setting.config.d_model, 5);  // a rotation of everything
  answers = run(*setting.network, request);
  for (std::size_t i = 0; i < answers.size(); ++i) EXPECT_NEAR(answers[i][0].margin, whole[i][0].margin, 2e-3);
}

TEST(Interchange, joint_swaps_of_two_sites_happen_in_one_run) {
  Setting setting(llama_config(), 23);
  InterchangeRequest request = request_for("attn_out.0.1", false);
  request.swaps.push_back({{"k.1.2", {}}});
  for (auto* inputs : {&request.bases, &request.sources})
    for (InterchangeInput& input : *inputs) input.site_positions.push_back(0);
  std::vector<std::vector<Answer>> answers = run(*setting.network, request);
  for (std::size_t i = 0; i < answers.size(); ++i) EXPECT_NEAR(answers[i][0].margin, margin_by_definition(setting, request, i / 3, i % 3), 2e-3);
}

TEST(Interchange, swapping_the_whole_final_residual_gives_the_sources_answer) {
  Setting setting(gpt2_config(), 24);
  InterchangeRequest request = request_for("resid_final", true);
  for (InterchangeInput& base : request.bases) base.site_positions = {3}, base.scored_positions = {3};
  std::vector<std::vector<Answer>> answers = run(*setting.network, request);
  std::vector<Tokens> sequences;
  std::vector<std::vector<std::int32_t>> positions;
  for (const InterchangeInput& source : request.sources) sequences.push_back(source.tokens), positions.push_back(source.site_positions);
  auto plain = setting.network->answers(sequences, positions, {});
  for (std::size_t i = 0; i < answers.size(); ++i) EXPECT_TRUE(answers[i][0].same_choice((*plain)[i % 3][0]));
}

TEST(Interchange, without_a_swap_the_base_answers_as_it_does_alone) {
  Setting setting(llama_config(), 25);
  InterchangeRequest request = request_for("resid_mid.0", false);
  request.mode = InterchangeRequest::Mode::kNoSwap;
  std::vector<std::vector<Answer>> answers = run(*setting.network, request);
  std::vector<Tokens> sequences;
  std::vector<std::vector<std::int32_t>> positions;
  for (const InterchangeInput& base : request.bases) sequences.push_back(base.tokens), positions.push_back(base.scored_positions);
  auto plain = setting.network->answers(sequences, positions, {});
  for (std::size_t i = 0; i < answers.size(); ++i) {
    EXPECT_TRUE(answers[i][0].same_choice((*plain)[i / 3][0]));
    EXPECT_NEAR(answers[i][0].margin, (*plain)[i / 3][0].margin, 2e-4);
  }
}

TEST(Interchange, random_subspaces_are_orthonormal_and_follow_the_seed) {
  Subspace a = random_subspace(20, 4, 1), b = random_subspace(20, 4, 1), c = random_subspace(20, 4, 2);
  EXPECT_LT(orthonormality_error(a), 1e-5);
  EXPECT_EQ(a.columns, b.columns);
  EXPECT_NE(a.columns, c.columns);
}

TEST(Interchange, listed_pairs_come_back_in_their_order_with_the_same_bytes_on_any_thread_count) {
  Setting setting(gpt2_config(), 26);
  InterchangeRequest request = request_for("resid_pre.1", false);
  for (std::uint32_t i = 0; i < 9000; ++i) request.pairs.push_back({i * 7 % 3, i * 5 % 3});
  std::vector<std::vector<Answer>> all = run(*setting.network, request_for("resid_pre.1", false)), one = run(*setting.network, request, 1),
                                   three = run(*setting.network, request, 3);
  ASSERT_EQ(one.size(), 9000u);
  for (std::size_t i = 0; i < one.size(); ++i) {
    const Answer& expected = all[request.pairs[i].base * 3 + request.pairs[i].source][0];
    EXPECT_TRUE(one[i][0].same_choice(expected));
    EXPECT_NEAR(one[i][0].margin, expected.margin, 2e-4);
    EXPECT_EQ(one[i][0].margin, three[i][0].margin);
  }
}

void expect_refused(Network& network, const InterchangeRequest& request, const std::string& reason) {
  QuietSession quiet;
  Status done = network.interchange(request, [](std::size_t, std::span<const std::vector<Answer>>) { return true; }, quiet.session);
  ASSERT_FALSE(done) << reason;
  EXPECT_THAT(done.error().to_string(), HasSubstr(reason));
}

TEST(Interchange, requests_that_make_no_sense_are_input_errors) {
  Setting setting(gpt2_config(), 27);
  Network& network = *setting.network;
  expect_refused(network, request_for("resid_mit.0", false), "resid_mid.0");
  InterchangeRequest request = request_for("resid_mid.0", false);
  request.bases[0].scored_positions = {0};
  expect_refused(network, request, "before the first swapped position");
  request = request_for("resid_mid.0", false);
  request.sources[1].site_positions = {3};
  expect_refused(network, request, "outside a sequence");
  request = request_for("resid_mid.0", false);
  request.pairs = {{0, 3}};
  expect_refused(network, request, "pair (0, 3)");
  request = request_for("resid_mid.0", false);
  request.swaps[0].site.subspace = {20, 1, std::vector<float>(20, 1.0f)};
  expect_refused(network, request, "not orthonormal");
  request.swaps[0].site.subspace = {19, 1, std::vector<float>(19, 0.2f)};
  expect_refused(network, request, "width 20");
  expect_refused(network, request_for("pattern.0.0", false), "different lengths");
}

}  // namespace
}  // namespace assay::circuits
