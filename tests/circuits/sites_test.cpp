// Sites: names, what is read there, and that a replaced value is what the rest of the network goes on with.
#include "circuits/model/sites.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "circuits/engine/network.h"
#include "network_fixtures.h"

namespace assay::circuits {
namespace {

using ::testing::HasSubstr;

std::unique_ptr<Network> network_of(const ModelConfig& config, std::uint64_t seed) {
  return *make_network(Transformer(config, lively_weights(config, seed)), {"test", "float32"});
}

at::Tensor tensor_of(const std::vector<float>& values) { return at::tensor(values); }

TEST(Sites, lists_every_site_with_its_width_and_parses_each_name) {
  for (const ModelConfig& config : {gpt2_config(), llama_config()}) {
    std::vector<std::pair<std::string, int>> sites = all_sites(config);
    EXPECT_EQ(sites.size(), 2u + static_cast<std::size_t>(config.layers * (4 + 5 * config.heads)));
    for (const auto& [name, width] : sites) {
      auto site = parse_site(name, config);
      ASSERT_TRUE(site) << name;
      EXPECT_EQ(site->width, width);
    }
  }
}

TEST(Sites, an_unknown_name_gets_the_nearest_one) {
  auto site = parse_site("resid_mit.1", gpt2_config());
  ASSERT_FALSE(site);
  EXPECT_EQ(site.error().kind, ErrorKind::kInput);
  EXPECT_THAT(site.error().remedy, HasSubstr("'resid_mid.1'"));
  EXPECT_FALSE(parse_site("resid_mid.2", gpt2_config()));
  EXPECT_FALSE(parse_site("q.0.2", gpt2_config()));
  ModelConfig without = gpt2_config();
  without.has_mlp = false;
  EXPECT_FALSE(parse_site("mlp_out.0", without));
}

TEST(Sites, the_residual_stream_is_the_sum_of_what_is_written_to_it) {
  for (const ModelConfig& config : {gpt2_config(), llama_config()}) {
    const Weights weights = lively_weights(config, 3);
    std::unique_ptr<Network> network = *make_network(Transformer(config, weights), {"test", "float32"});
    const std::vector<Tokens> sequences = {{1, 2, 3, 4}, {5, 0, 1}, {2}};
    const std::vector<std::int32_t> positions = {2, 2, 0};
    auto read = [&](const std::string& site) { return tensor_of(*network->read_site(sequences, positions, site)).view({3, -1}); };
    for (int layer = 0; layer < config.layers; ++layer) {
      const std::string l = std::to_string(layer);
      at::Tensor sum = read("resid_pre." + l);
      for (int head = 0; head < config.heads; ++head) sum = sum + read("attn_out." + l + "." + std::to_string(head));
      if (weights.layers[0].b_o.defined()) sum = sum + weights.layers[static_cast<std::size_t>(layer)].b_o;
      EXPECT_TRUE(at::allclose(sum, read("resid_mid." + l), 1e-4, 1e-4));
      const std::string after = layer + 1 < config.layers ? "resid_pre." + std::to_string(layer + 1) : "resid_final";
      EXPECT_TRUE(at::allclose(read("resid_mid." + l) + read("mlp_out." + l), read(after), 1e-4, 1e-4));
    }
    EXPECT_TRUE(at::equal(read("embed"), read("resid_pre.0")));
  }
}

TEST(Sites, heads_of_a_group_share_keys_and_values_but_not_queries) {
  std::unique_ptr<Network> network = network_of(llama_config(), 4);
  const std::vector<Tokens> sequences = {{1, 2, 3}};
  const std::vector<std::int32_t> positions = {2};
  auto read = [&](const std::string& site) { return *network->read_site(sequences, positions, site); };
  EXPECT_EQ(read("k.0.0"), read("k.0.1"));
  EXPECT_NE(read("k.0.1"), read("k.0.2"));
  EXPECT_EQ(read("v.1.2"), read("v.1.3"));
  EXPECT_NE(read("q.0.0"), read("q.0.1"));
}

TEST(Sites, attention_rows_sum_to_one_and_see_no_future) {
  std::unique_ptr<Network> network = network_of(llama_config(), 5);
  const Tokens tokens = {1, 2, 3, 4, 5};
  at::Tensor pattern = tensor_of(*network->attention(tokens, 1, 2)).view({5, 5});
  EXPECT_TRUE(at::allclose(pattern.sum(-1), at::ones({5})));
  EXPECT_EQ(pattern.triu(1).abs().max().item<float>(), 0.0f);
  const std::vector<Tokens> sequences = {tokens};
  const std::vector<std::int32_t> positions = {3};
  EXPECT_TRUE(at::allclose(tensor_of(*network->read_site(sequences, positions, "pattern.1.2")), pattern[3].slice(0, 0, 4)));
  EXPECT_FALSE(network->attention(tokens, 1, 9));
}

TEST(Sites, several_sites_in_one_pass_are_those_read_one_by_one) {
  std::unique_ptr<Network> network = network_of(llama_config(), 7);
  const std::vector<Tokens> sequences = {{1, 2, 3, 4, 5}, {2, 1}};
  const std::vector<std::string> sites = {"resid_pre.1", "pattern.1.2", "q.0.1"};
  const std::vector<std::vector<std::int32_t>> positions = {{3, 4, 2}, {1, 1, 0}};
  const auto all = network->read_sites(sequences, positions, sites);
  ASSERT_TRUE(all) << all.error().to_string();
  for (std::size_t s = 0; s < sites.size(); ++s) {  // cut at other lengths, so the last bits differ
    const auto alone = *network->read_site(sequences, std::vector<std::int32_t>{positions[0][s], positions[1][s]}, sites[s]);
    EXPECT_TRUE(at::allclose(tensor_of((*all)[s]), tensor_of(alone), 1e-5, 1e-6)) << sites[s];
  }
  EXPECT_FALSE(network->read_sites(sequences, positions, std::vector<std::string>{"resid_pre.1"})) << "three positions for one site";
  EXPECT_FALSE(network->read_sites(sequences, std::vector<std::vector<std::int32_t>>{{9, 9, 9}, {1, 1, 0}}, sites)) << "behind the end";
}

TEST(Sites, later_tokens_do_not_change_earlier_values) {
  std::unique_ptr<Network> network = network_of(gpt2_config(), 6);
  const std::vector<Tokens> sequences = {{1, 2, 3, 4}, {1, 2, 0, 0}};
  const std::vector<std::int32_t> positions = {1, 1};
  for (const auto& [name, width] : network->sites()) {
    // Not to the bit: libtorch's vector loops treat the ends of a batch apart.
    at::Tensor values = tensor_of(*network->read_site(sequences, positions, name)).view({2, -1});
    EXPECT_TRUE(at::allclose(values[0], values[1], 1e-5, 1e-5)) << name;
  }
}

TEST(Sites, class_subspace_finds_the_direction_in_which_classes_differ) {
  std::unique_ptr<Network> network = network_of(gpt2_config(), 7);
  std::vector<Tokens> sequences;
  std::vector<std::int32_t> positions;
  std::vector<std::int64_t> labels;
  for (TokenId first = 0; first < 6; ++first)
    for (TokenId second = 0; second < 6; ++second)
      sequences.push_back({first, second}), positions.push_back(1), labels.push_back(second == 3 ? 1 : 0);
  auto subspace = network->class_subspace(sequences, positions, labels, "embed", 1);
  ASSERT_TRUE(subspace) << subspace.error().to_string();
  at::Tensor values = tensor_of(*network->read_site(sequences, positions, "embed")).view({36, -1});
  at::Tensor projected = at::matmul(values, tensor_of(subspace->columns));
  at::Tensor member = at::tensor(labels) == 1;
  at::Tensor difference = values.index({member}).mean(0) - values.index({member.logical_not()}).mean(0);
  EXPECT_NEAR(std::abs((projected.index({member}).mean() - projected.index({member.logical_not()}).mean()).item<float>()),
              difference.norm().item<float>(), 1e-3);
  EXPECT_FALSE(network->class_subspace(sequences, positions, labels, "embed", 2));
}

TEST(Sites, float_difference_is_small_but_not_zero) {
  std::unique_ptr<Network> network = network_of(gpt2_config(), 8);
  const std::vector<Tokens> sequences = {{1, 2, 3}, {4, 5}};
  const double difference = *network->float_difference(sequences);
  EXPECT_GT(difference, 0);
  EXPECT_LT(difference, 1e-3);
}

TEST(Sites, bad_tokens_and_positions_are_input_errors) {
  std::unique_ptr<Network> network = network_of(gpt2_config(), 9);
  EXPECT_EQ(network->logits(Tokens{}).error().kind, ErrorKind::kInput);
  EXPECT_EQ(network->logits(Tokens{6}).error().kind, ErrorKind::kInput);
  EXPECT_EQ(network->logits(Tokens{-1}).error().kind, ErrorKind::kInput);
  EXPECT_EQ(network->logits(Tokens(13, 0)).error().kind, ErrorKind::kUnsupported);
  const std::vector<Tokens> sequences = {{1, 2}};
  const std::vector<std::vector<std::int32_t>> positions = {{2}};
  EXPECT_EQ(network->answers(sequences, positions, {}).error().kind, ErrorKind::kInput);
  EXPECT_EQ(network->answers({}, {}, {Readout::Kind::kArgmax, {1, 1}}).error().kind, ErrorKind::kInput);
  EXPECT_EQ(network->answers({}, {}, {Readout::Kind::kArgmax, {6}}).error().kind, ErrorKind::kInput);
}

}  // namespace
}  // namespace assay::circuits
