// The safetensors reader on honest files, and on every kind of file that lies.
#include "circuits/model/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>

#include "circuits/model/load.h"
#include "network_fixtures.h"

namespace assay::circuits {
namespace {

using ::testing::HasSubstr;

std::string file_with(const std::string& header, std::size_t data, std::optional<std::uint64_t> declared = {}) {
  std::uint64_t length = declared.value_or(header.size());
  std::string file(8, '\0');
  std::memcpy(file.data(), &length, 8);
  return file + header + std::string(data, '\1');
}

Result<std::map<std::string, StoredTensor>> parse(const std::string& file) {
  return parse_safetensors_header(std::as_bytes(std::span(file)), "model.safetensors");
}

void expect_refused(const std::string& file, const std::string& reason) {
  auto parsed = parse(file);
  ASSERT_FALSE(parsed) << reason;
  EXPECT_EQ(parsed.error().kind, ErrorKind::kInput);
  EXPECT_THAT(parsed.error().message, HasSubstr("model.safetensors"));
  EXPECT_THAT(parsed.error().message, HasSubstr(reason));
  EXPECT_FALSE(parsed.error().remedy.empty());
}

TEST(Safetensors, reads_what_it_wrote_in_all_three_types) {
  TemporaryFolder folder = *TemporaryFolder::create("safetensors");
  const std::string path = folder.path() + "/model.safetensors";
  const std::vector<NamedValues> tensors = {{"b", {2, 3}, {1, -2, 0.5f, 0, 65504, -0.0f}}, {"a", {1}, {std::nanf("")}}, {"empty", {0, 4}, {}}};
  for (StoredType type : {StoredType::kF32, StoredType::kF16, StoredType::kBF16}) {
    ASSERT_TRUE(write_safetensors(path, tensors, type));
    auto file = Safetensors::open(path);
    ASSERT_TRUE(file) << file.error().to_string();
    EXPECT_EQ(file->tensors().at("b").shape, (std::vector<std::int64_t>{2, 3}));
    auto values = file->values("b");
    ASSERT_TRUE(values);
    for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ((*values)[i], tensors[0].values[i]);
    EXPECT_EQ((*values)[4], type == StoredType::kBF16 ? 65536.0f : 65504.0f);
    EXPECT_TRUE(std::isnan((*file->values("a"))[0]));
    EXPECT_TRUE(file->values("empty")->empty());
    EXPECT_FALSE(file->values("c"));
  }
}

TEST(Safetensors, widening_and_rounding_16_bit_floats_is_exact_for_every_pattern) {
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    const std::uint16_t pattern = static_cast<std::uint16_t>(bits);
    const float half = widen_f16(pattern), brain = widen_bf16(pattern);
    EXPECT_TRUE(std::isnan(half) || round_to_f16(half) == pattern) << bits;
    EXPECT_TRUE(std::isnan(brain) || round_to_bf16(brain) == pattern) << bits;
  }
  EXPECT_EQ(widen_f16(0x3c00), 1.0f);
  EXPECT_EQ(widen_f16(0x0001), 0x1p-24f);
  EXPECT_EQ(widen_f16(0x7bff), 65504.0f);
  EXPECT_EQ(round_to_f16(1.0f + 0x1p-11f), 0x3c00);  // halfway: to even
  EXPECT_EQ(round_to_f16(1.0f + 3 * 0x1p-11f), 0x3c02);
  EXPECT_EQ(round_to_f16(65520.0f), 0x7c00);
  EXPECT_EQ(round_to_f16(0x1p-25f), 0x0000);
  EXPECT_EQ(round_to_f16(0x1.8p-25f), 0x0001);
  EXPECT_EQ(round_to_bf16(1.0f + 0x1p-8f), 0x3f80);
}

TEST(Safetensors, refuses_files_shorter_than_their_header_says) {
  expect_refused("", "expected at least the 8");
  expect_refused("1234567", "7 bytes");
  expect_refused(file_with("{}", 0, 3), "declares a header of 3 bytes, but only 2 follow");
  expect_refused(file_with(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 7), "ends at file byte");
}

TEST(Safetensors, refuses_a_giant_header_without_reading_it) {
  expect_refused(file_with("{}", 0, ~std::uint64_t{0}), "expected at most");
  expect_refused(file_with("{}", 0, std::uint64_t{1} << 40), "expected at most");
}

TEST(Safetensors, refuses_tensors_that_overlap_or_leave_holes) {
  expect_refused(file_with(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})", 12),
                 "overlaps");
  expect_refused(file_with(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}})", 12),
                 "hole");
  expect_refused(file_with(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 8), "follow the last tensor");
}

TEST(Safetensors, refuses_sizes_that_contradict_each_other_or_overflow) {
  expect_refused(file_with(R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", 8), "need 12");
  expect_refused(file_with(R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}})", 8), "overflow");
  expect_refused(file_with(R"({"a":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,8]}})", 8), "size");
  expect_refused(file_with(R"({"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}})", 8), "negative");
  expect_refused(file_with(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}})", 8), "begin, end");
  expect_refused(file_with(R"({"a":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}})", 8), "dtype 'I64'");
}

TEST(Safetensors, refuses_headers_that_are_not_what_the_format_says) {
  expect_refused(file_with("[1,2]", 0), "header");
  expect_refused(file_with(R"({"a":)", 0), "JSON");
  expect_refused(file_with(R"({"a":{"dtype":"F32","shape":[1]}})", 0), "no dtype, shape or data_offsets");
  expect_refused(file_with(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"more":1}})", 4), "unknown field 'more'");
  expect_refused(file_with(R"({"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}})", 4), "unexpected array");
  expect_refused(file_with(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4),
                 "duplicate");
  expect_refused(file_with(std::string(100000, '['), 0), "header");
  std::string nested;
  for (int i = 0; i < 100000; ++i) nested += "{\"a\":";
  expect_refused(file_with(nested, 0), "unknown field");
  expect_refused(file_with(R"({"a":{"dtype":{"dtype":1}}})", 0), "object inside");
}

TEST(Safetensors, every_truncation_of_a_good_file_is_refused) {
  TemporaryFolder folder = *TemporaryFolder::create("safetensors");
  const std::string path = folder.path() + "/model.safetensors";
  ASSERT_TRUE(write_safetensors(path, std::vector<NamedValues>{{"a", {2}, {1, 2}}, {"b", {1}, {3}}}, StoredType::kF32));
  const std::string whole = *read_file(path);
  ASSERT_TRUE(parse(whole));
  for (std::size_t length = 0; length < whole.size(); ++length) EXPECT_FALSE(parse(whole.substr(0, length))) << length;
}

TEST(LoadModel, round_trip_keeps_every_weight_of_both_layouts) {
  for (const ModelConfig& config : {gpt2_config(), llama_config()}) {
    Weights weights = lively_weights(config, 5);
    TemporaryFolder folder = stored_network(config, weights);
    auto model = load_model(folder.path(), at::kFloat);
    ASSERT_TRUE(model) << model.error().to_string();
    Weights loaded = model->transformer.weights();
    auto expected = named_parameters(weights), found = named_parameters(loaded);
    ASSERT_EQ(found.size(), expected.size());
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < found.size(); ++i) {
      EXPECT_EQ(found[i].first, expected[i].first);
      EXPECT_TRUE(at::equal(*found[i].second, *expected[i].second)) << found[i].first;
      count += static_cast<std::uint64_t>(found[i].second->numel());
    }
    EXPECT_EQ(count, config.parameters());
  }
}

TEST(LoadModel, counts_weights_that_are_not_finite) {
  Weights weights = lively_weights(gpt2_config(), 5);
  weights.layers[0].w_in[0][0] = std::nan("");
  weights.layers[0].w_in[0][1] = INFINITY;
  TemporaryFolder folder = stored_network(gpt2_config(), weights);
  EXPECT_EQ(load_model(folder.path(), at::kFloat)->non_finite, 2u);
}

}  // namespace
}  // namespace assay::circuits
