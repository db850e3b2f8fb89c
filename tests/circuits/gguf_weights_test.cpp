// From GGUF tensors to the network: block formats against recorded values, a whole file against the same network as a folder, and files
// whose metadata and tensors contradict each other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "circuits/model/ggml_blocks.h"
#include "circuits/model/gguf_model.h"
#include "circuits/model/load.h"
#include "gguf_network.h"
#include "network_fixtures.h"

namespace assay::circuits {
namespace {

using ::testing::HasSubstr;

std::string from_hex(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return bytes;
}

/// reference/ggml_blocks.py recorded what ggml-org's own Python package makes of arbitrary blocks.
TEST(GgmlBlocks, widen_to_the_values_that_the_reference_package_gives) {
  const nlohmann::json recorded = nlohmann::json::parse(*read_file(std::string(ASSAY_SOURCE_DIR) + "/tests/circuits/data/ggml_blocks.json"));
  const std::map<std::string, GgmlType> types = {{"F16", GgmlType::kF16},   {"BF16", GgmlType::kBF16}, {"Q4_0", GgmlType::kQ4_0},
                                                 {"Q4_1", GgmlType::kQ4_1}, {"Q8_0", GgmlType::kQ8_0}, {"Q4_K", GgmlType::kQ4_K},
                                                 {"Q5_K", GgmlType::kQ5_K}, {"Q6_K", GgmlType::kQ6_K}};
  for (const auto& [name, type] : types) {
    const std::string bytes = from_hex(recorded.at(name).at("bytes"));
    const std::vector<double> expected = recorded.at(name).at("values");
    ASSERT_EQ(bytes.size(), expected.size() / layout_of(type).elements * layout_of(type).bytes) << name;
    std::vector<float> values(expected.size());
    widen_blocks(type, std::as_bytes(std::span(bytes)), values);
    for (std::size_t i = 0; i < values.size(); ++i)
      EXPECT_NEAR(values[i], expected[i], 1e-7 + 1e-6 * std::abs(expected[i])) << name << " value " << i;
  }
}

TEST(GgmlBlocks, widen_hand_made_blocks_exactly) {
  std::string block = raw(std::uint16_t{0x4000}) + raw(std::uint16_t{0xbc00});  // scale 2, minimum -1
  for (int i = 0; i < 16; ++i) block.push_back(static_cast<char>(i | (15 - i) << 4));
  std::vector<float> values(32);
  widen_blocks(GgmlType::kQ4_1, std::as_bytes(std::span(block)), values);
  for (int i = 0; i < 16; ++i) {
    EXPECT_EQ(values[static_cast<std::size_t>(i)], static_cast<float>(2 * i - 1));
    EXPECT_EQ(values[static_cast<std::size_t>(i + 16)], static_cast<float>(2 * (15 - i) - 1));
  }
}

void expect_refused(const GgufWriter& file, const std::string& reason, ErrorKind kind = ErrorKind::kInput) {
  const StoredGguf stored(file);
  auto model = load_model(stored.path, at::kFloat);
  ASSERT_FALSE(model) << reason;
  EXPECT_EQ(model.error().kind, kind) << model.error().message;
  EXPECT_THAT(model.error().message, HasSubstr(reason));
  EXPECT_THAT(model.error().message, HasSubstr(stored.path));
  EXPECT_FALSE(model.error().remedy.empty());
}

TEST(GgufModel, is_the_network_that_a_folder_with_the_same_weights_is) {
  ModelConfig config = llama_config();
  config.norm_epsilon = static_cast<double>(1e-5f);  // GGUF stores float32
  for (bool tied : {false, true}) {
    config.tied_embeddings = tied;
    const Weights weights = lively_weights(config, 3);
    const StoredGguf stored(gguf_of(config, weights));
    TemporaryFolder folder = stored_network(config, weights);
    auto from_gguf = load_model(stored.path, at::kFloat), from_folder = load_model(folder.path(), at::kFloat);
    ASSERT_TRUE(from_gguf) << from_gguf.error().to_string();
    ASSERT_TRUE(from_folder);
    EXPECT_EQ(config_json(from_gguf->transformer.config()), config_json(from_folder->transformer.config()));
    at::Tensor tokens = at::tensor(std::vector<std::int64_t>{0, 3, 1, 5, 2}, at::kLong).unsqueeze(0);
    EXPECT_TRUE(at::equal(from_gguf->transformer.forward(tokens), from_folder->transformer.forward(tokens)));
    EXPECT_EQ(from_gguf->stored_type, "F32");
    EXPECT_NE(from_gguf->hash, "");
  }
}

TEST(GgufModel, a_file_is_a_model_wherever_a_folder_is) {
  const ModelConfig config = llama_config();
  const StoredGguf stored(gguf_of(config, lively_weights(config, 3)));
  Result<Engine*> engine = open_engine();
  ASSERT_TRUE(engine) << engine.error().to_string();
  auto network = (*engine)->load(stored.path, {});
  ASSERT_TRUE(network) << network.error().to_string();
  EXPECT_EQ((*network)->info().kv_heads, 2);
  EXPECT_EQ((*network)->info().processing, "float32, widened from F32");
  auto random = (*engine)->load(stored.path, {true, 7, "cpu"});
  ASSERT_TRUE(random);
  EXPECT_NE((*random)->info().hash, (*network)->info().hash);
}

TEST(GgufModel, refuses_files_that_lack_a_tensor_or_hold_one_of_another_shape) {
  const ModelConfig config = llama_config();
  const Weights weights = lively_weights(config, 3);
  expect_refused(gguf_of(config, weights, {.leave_out = "blk.1.ffn_down.weight"}), "lacks the tensor 'blk.1.ffn_down.weight' of shape [20, 36]");
  expect_refused(gguf_of(config, weights, {.leave_out = "token_embd.weight"}), "vocab_size");
  ModelConfig other = config;
  other.d_mlp = 40;
  expect_refused(gguf_of(config, weights, {.described_as = other}), "calls for [40, 20]");
  other = config;
  other.layers = 1;
  expect_refused(gguf_of(config, weights, {.described_as = other}), "'blk.1.", ErrorKind::kUnsupported);
  other = config;
  other.kv_heads = 4;
  expect_refused(gguf_of(config, weights, {.described_as = other}), "'blk.0.attn_k.weight' has shape [12, 20]");
}

TEST(GgufModel, refuses_metadata_that_is_missing_senseless_or_of_another_type) {
  const auto changed = [](const std::string& key, auto value) {
    GgufWriter file = gguf_of(llama_config(), lively_weights(llama_config(), 3), {.leave_out_key = key});
    file.key(key, value);
    return file;
  };
  const ModelConfig config = llama_config();
  expect_refused(gguf_of(config, lively_weights(config, 3), {.leave_out_key = "llama.block_count"}), "'llama.block_count' is missing");
  expect_refused(changed("llama.block_count", 0), "'llama.block_count' is 0");
  expect_refused(changed("llama.block_count", "two"), "'llama.block_count' does not hold an integer");
  expect_refused(changed("llama.block_count", 5000), "5000 layers");
  expect_refused(changed("llama.attention.head_count", 3), "do not divide");
  expect_refused(changed("llama.attention.layer_norm_rms_epsilon", std::nan("")), "expected a positive number");
}

TEST(GgufModel, names_what_the_forward_pass_does_not_model) {
  const auto with = [](const std::string& key, auto value) {
    GgufWriter file = gguf_of(llama_config(), lively_weights(llama_config(), 3), {.leave_out_key = key});
    file.key(key, value);
    return file;
  };
  const auto unsupported_by = [&](const GgufWriter& file, const std::string& reason) { expect_refused(file, reason, ErrorKind::kUnsupported); };
  unsupported_by(with("general.architecture", "gemma"), "architecture 'gemma'");
  unsupported_by(with("llama.rope.scaling.type", "yarn"), "scaled by 'yarn'");
  unsupported_by(with("llama.rope.dimension_count", 4), "part of each head");
  unsupported_by(with("llama.expert_count", 8), "mixture of experts");
  unsupported_by(with("llama.attention.value_length", 8), "another width");
  GgufWriter biased = gguf_of(llama_config(), lively_weights(llama_config(), 3));
  biased.tensor("blk.0.attn_q.bias", {24}, std::vector<float>(24));
  unsupported_by(biased, "'blk.0.attn_q.bias'");
}

TEST(LoadModel, reads_half_precision_folders_as_their_exact_values) {
  const ModelConfig config = llama_config();
  Weights weights = lively_weights(config, 9);
  for (auto [type, name] : {std::pair{StoredType::kF16, "float16"}, {StoredType::kBF16, "bfloat16"}}) {
    TemporaryFolder folder = *TemporaryFolder::create("half");
    ASSERT_TRUE(save_model(folder.path(), config, weights, type));
    auto model = load_model(folder.path(), at::kFloat);
    ASSERT_TRUE(model) << model.error().to_string();
    EXPECT_EQ(model->stored_type, name);
    Weights loaded = model->transformer.weights();
    auto found = named_parameters(loaded), expected = named_parameters(weights);
    for (std::size_t i = 0; i < found.size(); ++i)
      EXPECT_TRUE(at::equal(*found[i].second, expected[i].second->to(type == StoredType::kF16 ? at::kHalf : at::kBFloat16).to(at::kFloat)))
          << found[i].first;
  }
}

}  // namespace
}  // namespace assay::circuits
