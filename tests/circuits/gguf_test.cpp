// The GGUF container on honest files, and on every kind of file that lies.
#include "circuits/model/gguf/gguf.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gguf_fixtures.h"

namespace assay::circuits {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<GgufHeader> parse(const std::string& file) { return parse_gguf(std::as_bytes(std::span(file)), "model.gguf"); }

void expect_refused(const std::string& file, const std::string& reason, ErrorKind kind = ErrorKind::kInput) {
  auto parsed = parse(file);
  ASSERT_FALSE(parsed) << reason;
  EXPECT_EQ(parsed.error().kind, kind) << parsed.error().message;
  EXPECT_THAT(parsed.error().message, HasSubstr("model.gguf"));
  EXPECT_THAT(parsed.error().message, HasSubstr(reason));
  EXPECT_FALSE(parsed.error().remedy.empty());
}

GgufWriter small_file() {
  GgufWriter file;
  file.key("general.architecture", "llama");
  file.key("count", 7);
  file.key("ratio", 0.5);
  file.key("flag", true);
  file.key("words", std::vector<std::string>{"a", "", "bc"});
  file.key("numbers", std::vector<std::int32_t>{-1, 2});
  file.tensor("first", {2, 3}, {1, 2, 3, 4, 5, 6});
  file.tensor("second", {32}, 8, std::string(34, '\0'));
  return file;
}

std::string with_key(std::uint32_t type, const std::string& value) {
  GgufWriter file;
  file.key("key", type, value);
  return file.bytes();
}

std::string with_entries(const std::vector<std::string>& entries, std::size_t data = 64) {
  GgufWriter file;
  for (const std::string& entry : entries) file.entry(entry);
  return file.bytes() + std::string(data, '\0');
}

TEST(Gguf, reads_metadata_and_tensors_of_versions_2_and_3) {
  for (std::uint32_t version : {2u, 3u}) {
    GgufWriter file = small_file();
    file.version = version;
    const std::string bytes = file.bytes();
    auto parsed = parse(bytes);
    ASSERT_TRUE(parsed) << parsed.error().to_string();
    EXPECT_EQ(parsed->version, version);
    const GgufMetadata& keys = parsed->metadata;
    EXPECT_EQ(**keys.text("general.architecture"), "llama");
    EXPECT_EQ(**keys.integer("count"), 7);
    EXPECT_EQ(**keys.number("ratio"), 0.5);
    EXPECT_EQ(**keys.number("count"), 7.0);
    EXPECT_EQ(**keys.flag("flag"), true);
    EXPECT_THAT((*keys.array("words", true))->texts, ElementsAre("a", "", "bc"));
    EXPECT_EQ((*keys.array("numbers", false))->integer(0), -1);
    EXPECT_EQ(*keys.integer("absent"), std::nullopt);
    const GgufTensor& first = parsed->tensors.at("first");
    EXPECT_THAT(first.shape, ElementsAre(2, 3));
    EXPECT_EQ(first.end - first.begin, 24u);
    EXPECT_EQ(bytes.substr(first.begin + 4, 4), raw(2.0f));
    EXPECT_EQ(parsed->tensors.at("second").elements(), 32u);
  }
}

TEST(Gguf, every_truncation_of_a_good_file_is_refused) {
  const std::string whole = small_file().bytes();
  const std::size_t last = whole.size() - (64 - 34);  // padding behind the last tensor may be missing
  ASSERT_TRUE(parse(whole.substr(0, last)));
  for (std::size_t length = 0; length < last; ++length) EXPECT_FALSE(parse(whole.substr(0, length))) << length;
}

TEST(Gguf, refuses_what_is_no_gguf_file_of_a_version_it_reads) {
  expect_refused("GGML" + std::string(40, '\0'), "does not begin with 'GGUF'");
  GgufWriter file;
  file.version = 1;
  expect_refused(file.bytes(), "version 1", ErrorKind::kUnsupported);
  file.version = 3u << 24;
  expect_refused(file.bytes(), "big-endian", ErrorKind::kUnsupported);
}

TEST(Gguf, refuses_giant_counts_and_lengths_without_allocating_by_them) {
  const auto header = [](std::uint64_t tensors, std::uint64_t keys) {
    return "GGUF" + raw(std::uint32_t{3}) + raw(tensors) + raw(keys) + std::string(64, '\0');
  };
  for (std::uint64_t count : {std::uint64_t{1} << 40, std::uint64_t{1} << 60, ~std::uint64_t{0}}) {
    expect_refused(header(count, 0), "the number of tensors");
    expect_refused(header(0, count), "the number of metadata keys");
    expect_refused(with_key(9, raw(std::uint32_t{8}) + raw(count)), "the length of the array 'key'");
    expect_refused(with_key(9, raw(std::uint32_t{12}) + raw(count)), "the length of the array 'key'");
    expect_refused(with_key(8, raw(count)), "key");
  }
}

TEST(Gguf, refuses_values_of_unknown_types_and_arrays_of_arrays) {
  expect_refused(with_key(13, std::string(64, '\0')), "value type 13");
  expect_refused(with_key(9, raw(std::uint32_t{9}) + raw<std::uint64_t>(1) + std::string(64, '\0')), "elements of type 9");
}

TEST(Gguf, names_tensor_types_that_it_does_not_read) {
  expect_refused(with_entries({tensor_entry("t", {256}, 10, 0)}), "tensor 't' is of type 10 (Q2_K)", ErrorKind::kUnsupported);
  expect_refused(with_entries({tensor_entry("t", {32}, 20, 0)}), "IQ4_NL", ErrorKind::kUnsupported);
  expect_refused(with_entries({tensor_entry("t", {32}, 99, 0)}), "is of type 99", ErrorKind::kUnsupported);
}

TEST(Gguf, refuses_tensors_that_overlap_leave_the_file_or_are_not_aligned) {
  expect_refused(with_entries({tensor_entry("a", {16}, 0, 0), tensor_entry("b", {4}, 0, 32)}), "inside the one before");
  expect_refused(with_entries({tensor_entry("a", {4}, 0, 0), tensor_entry("b", {4}, 0, 0)}), "inside the one before");
  expect_refused(with_entries({tensor_entry("a", {17}, 0, 0)}), "but the file has 64 bytes of data");
  expect_refused(with_entries({tensor_entry("a", {1}, 0, 64)}), "but the file has 64 bytes of data");
  expect_refused(with_entries({tensor_entry("a", {8}, 0, ~std::uint64_t{31})}), "overflows");
  expect_refused(with_entries({tensor_entry("a", {1}, 0, 4)}), "no multiple of 32");
}

TEST(Gguf, refuses_sizes_that_are_zero_overflow_or_cut_a_block) {
  expect_refused(with_entries({tensor_entry("a", {0}, 0, 0)}), "a dimension of 0");
  expect_refused(with_entries({tensor_entry("a", {}, 0, 0)}), "0 dimensions");
  expect_refused(with_entries({tensor_entry("a", {1, 1, 1, 1, 1}, 0, 0)}), "5 dimensions");
  expect_refused(with_entries({tensor_entry("a", {~std::uint64_t{0}}, 0, 0)}), "a dimension of");
  expect_refused(with_entries({tensor_entry("a", {std::uint64_t{1} << 40, std::uint64_t{1} << 40}, 0, 0)}), "overflows");
  expect_refused(with_entries({tensor_entry("a", {48}, 2, 0)}), "blocks of 32");
  expect_refused(with_entries({tensor_entry("a", {32, 1}, 14, 0)}), "blocks of 256");
}

TEST(Gguf, refuses_names_that_stand_twice_and_strange_alignments) {
  GgufWriter twice = small_file();
  twice.key("count", 8);
  expect_refused(twice.bytes(), "the key 'count' stands twice");
  expect_refused(with_entries({tensor_entry("a", {1}, 0, 0), tensor_entry("a", {1}, 0, 32)}), "'a' stands twice");
  for (int alignment : {0, 4, 48, 1 << 30}) {
    GgufWriter file;
    file.key("general.alignment", alignment);
    expect_refused(file.bytes(), "general.alignment");
  }
  GgufWriter file;
  file.key("general.alignment", "wide");
  expect_refused(file.bytes(), "general.alignment");
}

TEST(Gguf, places_tensors_by_the_alignment_that_the_file_declares) {
  GgufWriter file;
  file.alignment = 64;
  file.key("general.alignment", 64);
  file.tensor("a", {1}, {1.5f});
  file.tensor("b", {1}, {2.5f});
  const std::string bytes = file.bytes();
  auto parsed = parse(bytes);
  ASSERT_TRUE(parsed) << parsed.error().to_string();
  EXPECT_EQ(bytes.substr(parsed->tensors.at("b").begin, 4), raw(2.5f));
}

TEST(Gguf, a_key_of_another_type_than_asked_for_is_an_error_that_names_it) {
  auto parsed = parse(small_file().bytes());
  ASSERT_TRUE(parsed);
  EXPECT_THAT(parsed->metadata.text("count").error().message, HasSubstr("'count' does not hold a string"));
  EXPECT_FALSE(parsed->metadata.integer("ratio"));
  EXPECT_FALSE(parsed->metadata.number("flag"));
  EXPECT_FALSE(parsed->metadata.flag("count"));
  EXPECT_FALSE(parsed->metadata.array("words", false));
  EXPECT_FALSE(parsed->metadata.array("numbers", true));
}

}  // namespace
}  // namespace assay::circuits
