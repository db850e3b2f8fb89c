// Configurations: what is read, what is refused, and contradictions between configuration and weights.
#include "circuits/model/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "circuits/model/load.h"
#include "circuits/model/random.h"
#include "network_fixtures.h"

namespace assay::circuits {
namespace {

using ::testing::HasSubstr;

/// `config`'s JSON with some keys replaced; null removes a key.
std::string changed(const ModelConfig& config, const nlohmann::json& changes) {
  nlohmann::json json = nlohmann::json::parse(config_json(config));
  json.merge_patch(changes);
  return json.dump();
}

void expect_refused(const std::string& json, ErrorKind kind, const std::string& reason) {
  auto config = parse_config(json, "config.json");
  ASSERT_FALSE(config) << reason;
  EXPECT_EQ(config.error().kind, kind) << config.error().message;
  EXPECT_THAT(config.error().message, HasSubstr("config.json"));
  EXPECT_THAT(config.error().message, HasSubstr(reason));
  EXPECT_FALSE(config.error().remedy.empty());
}

TEST(ModelConfig, written_configurations_are_read_back_the_same) {
  for (ModelConfig config : {gpt2_config(), llama_config()})
    for (bool plain : {false, true}) {
      if (plain) config.has_mlp = config.has_norm = false, config.d_mlp = 0;
      auto read = parse_config(config_json(config), "config.json");
      ASSERT_TRUE(read) << read.error().to_string();
      EXPECT_EQ(config_json(*read), config_json(config));
      EXPECT_EQ(read->parameters(), config.parameters());
    }
}

TEST(ModelConfig, rope_theta_is_read_from_either_place) {
  EXPECT_EQ(parse_config(changed(llama_config(), {{"rope_theta", 123.0}}), "c")->rope_theta, 123.0);
  EXPECT_EQ(
      parse_config(changed(llama_config(), {{"rope_theta", nullptr}, {"rope_parameters", {{"rope_type", "default"}, {"rope_theta", 77.0}}}}), "c")
          ->rope_theta,
      77.0);
}

TEST(ModelConfig, refuses_values_that_make_no_sense) {
  expect_refused("{", ErrorKind::kInput, "not a JSON object");
  expect_refused("[]", ErrorKind::kInput, "not a JSON object");
  expect_refused(std::string(1000, '{'), ErrorKind::kInput, "not a JSON object");
  expect_refused(changed(gpt2_config(), {{"n_layer", nullptr}}), ErrorKind::kInput, "'n_layer' is missing");
  expect_refused(changed(gpt2_config(), {{"n_layer", 0}}), ErrorKind::kInput, "'n_layer' is 0");
  expect_refused(changed(gpt2_config(), {{"n_embd", -4}}), ErrorKind::kInput, "'n_embd' is -4");
  expect_refused(changed(gpt2_config(), {{"n_embd", 1e9}}), ErrorKind::kInput, "'n_embd'");
  expect_refused(changed(gpt2_config(), {{"n_embd", "20"}}), ErrorKind::kInput, "'n_embd' is \"20\"");
  expect_refused(changed(gpt2_config(), {{"n_head", 3}}), ErrorKind::kInput, "does not divide");
  expect_refused(changed(gpt2_config(), {{"layer_norm_epsilon", 0}}), ErrorKind::kInput, "'layer_norm_epsilon'");
  expect_refused(changed(gpt2_config(), {{"assay_mlp", "no"}}), ErrorKind::kInput, "'assay_mlp'");
  expect_refused(changed(llama_config(), {{"num_key_value_heads", 3}}), ErrorKind::kInput, "do not divide");
  expect_refused(changed(llama_config(), {{"head_dim", 5}}), ErrorKind::kInput, "odd");
}

TEST(ModelConfig, names_what_the_forward_pass_does_not_model) {
  expect_refused(changed(gpt2_config(), {{"model_type", "mamba"}}), ErrorKind::kUnsupported, "'mamba'");
  expect_refused(changed(gpt2_config(), {{"activation_function", "quick_gelu"}}), ErrorKind::kUnsupported, "'quick_gelu'");
  expect_refused(changed(llama_config(), {{"attention_bias", true}}), ErrorKind::kUnsupported, "'attention_bias'");
  expect_refused(changed(llama_config(), {{"mlp_bias", true}}), ErrorKind::kUnsupported, "'mlp_bias'");
  expect_refused(changed(llama_config(), {{"rope_scaling", {{"rope_type", "llama3"}}}}), ErrorKind::kUnsupported, "'llama3'");
}

void expect_contradiction(const nlohmann::json& changes, const ModelConfig& stored, const std::string& reason) {
  TemporaryFolder folder = stored_network(stored, lively_weights(stored, 1));
  ASSERT_TRUE(write_file(folder.path() + "/config.json", changed(stored, changes)));
  auto model = load_model(folder.path(), at::kFloat);
  ASSERT_FALSE(model) << reason;
  EXPECT_EQ(model.error().kind, ErrorKind::kInput);
  EXPECT_THAT(model.error().message, HasSubstr("config.json"));
  EXPECT_THAT(model.error().message, HasSubstr("model.safetensors"));
  EXPECT_THAT(model.error().message, HasSubstr(reason));
}

TEST(ModelConfig, contradictions_with_the_weights_name_both_files) {
  expect_contradiction({{"n_layer", 3}}, gpt2_config(), "h.2.ln_1.weight");
  expect_contradiction({{"n_layer", 1}}, gpt2_config(), "h.1.");
  expect_contradiction({{"n_embd", 24}}, gpt2_config(), "[6, 24]");
  expect_contradiction({{"vocab_size", 16777216}}, gpt2_config(), "[16777216, 20]");
  expect_contradiction({{"assay_mlp", false}}, gpt2_config(), "h.0.ln_2");
  expect_contradiction({{"assay_norm", false}}, gpt2_config(), "ln_");
  expect_contradiction({{"n_inner", 40}}, gpt2_config(), "[20, 40]");
  expect_contradiction({{"num_key_value_heads", 4}}, llama_config(), "k_proj");
  expect_contradiction({{"tie_word_embeddings", true}}, llama_config(), "lm_head.weight");
  expect_contradiction({{"tie_word_embeddings", false}}, gpt2_config(), "lm_head.weight");
}

TEST(ModelConfig, missing_files_are_named) {
  TemporaryFolder folder = *TemporaryFolder::create("network");
  auto model = load_model(folder.path(), at::kFloat);
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().to_string(), HasSubstr("config.json"));
  ASSERT_TRUE(write_file(folder.path() + "/config.json", config_json(gpt2_config())));
  model = load_model(folder.path(), at::kFloat);
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().to_string(), HasSubstr("model.safetensors"));
  ASSERT_TRUE(write_file(folder.path() + "/model.safetensors.index.json", "{}"));
  EXPECT_EQ(load_model(folder.path(), at::kFloat).error().kind, ErrorKind::kUnsupported);
}

TEST(RandomNumbers, normal_numbers_have_mean_zero_and_deviation_one_and_follow_the_seed) {
  NormalNumbers numbers(1), again(1), other(2);
  double sum = 0, squares = 0;
  constexpr int kCount = 100000;
  for (int i = 0; i < kCount; ++i) {
    const double z = numbers.next();
    EXPECT_EQ(z, again.next());
    EXPECT_NE(z, other.next());
    sum += z, squares += z * z;
  }
  EXPECT_NEAR(sum / kCount, 0, 0.02);
  EXPECT_NEAR(squares / kCount, 1, 0.02);
}

}  // namespace
}  // namespace assay::circuits
