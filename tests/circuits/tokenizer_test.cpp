// Tokenizers: bytes there and back, merges against the plain rule, splitting, special tokens, and files that lie.
// The real vocabulary is compared with a second implementation in smollm2_test.cpp.
#include "circuits/model/tokenizer/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"
#include "circuits/model/random.h"
#include "circuits/model/tokenizer/pre_tokenizer.h"
#include "gguf_network.h"
#include "tokenizer_fixtures.h"

namespace assay::circuits {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Json = nlohmann::json;

const std::vector<std::pair<std::string, std::string>> kMerges = {{"i", "n"},   {" ", "in"}, {"in", "t"}, {" ", " "},   {"  ", "  "},
                                                                  {" in", "t"}, {"a", "b"},  {"b", "a"},  {"ab", "ab"}, {"\xc3", "\xa9"}};

std::vector<std::string> pieces(const std::string& text, const std::vector<SplitStep>& steps) {
  auto pre = PreTokenizer::compile(steps, "test");
  if (!pre) throw std::runtime_error(pre.error().to_string());
  const std::vector<ByteRange> ranges = *pre->split(text);
  std::vector<std::string> out;
  for (const ByteRange& range : ranges) out.push_back(text.substr(range.begin, range.end - range.begin));
  return out;
}

void expect_tiled(const std::string& text, const Encoding& encoding) {
  ASSERT_EQ(encoding.tokens.size(), encoding.ranges.size());
  std::size_t at = 0;
  for (const ByteRange& range : encoding.ranges) {
    EXPECT_EQ(range.begin, at);
    at = range.end;
  }
  EXPECT_EQ(at, text.size());
}

TEST(Tokenizer, any_bytes_come_back_as_they_were_and_every_byte_belongs_to_one_token) {
  const Tokenizer tokenizer = tokenizer_of(byte_level_json(kMerges));
  SplitMix64 bits(1);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    const std::size_t length = bits.next() % 40;
    const bool mostly_text = round % 2 == 0;
    for (std::size_t i = 0; i < length; ++i) text.push_back(mostly_text ? "int ab\n\xc3\xa9 "[bits.next() % 10] : static_cast<char>(bits.next()));
    auto encoding = tokenizer.encode(text);
    ASSERT_TRUE(encoding) << encoding.error().to_string();
    EXPECT_EQ(tokenizer.decode(encoding->tokens), text);
    expect_tiled(text, *encoding);
  }
}

/// The rule as papers state it: merge the leftmost pair of the lowest rank until none is left.
std::vector<std::string> merged_plainly(const std::string& word) {
  std::vector<std::string> symbols;
  for (char c : word) symbols.emplace_back(1, c);
  for (;;) {
    std::size_t best = kMerges.size(), place = 0;
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
      const auto found = std::find(kMerges.begin(), kMerges.end(), std::pair(symbols[i], symbols[i + 1]));
      if (const auto rank = static_cast<std::size_t>(found - kMerges.begin()); rank < best) best = rank, place = i;
    }
    if (best == kMerges.size()) return symbols;
    symbols[place] += symbols[place + 1];
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(place) + 1);
  }
}

TEST(Tokenizer, merges_as_the_plain_quadratic_rule_does) {
  Json json = byte_level_json(kMerges);
  json["pre_tokenizer"]["use_regex"] = false;  // one piece
  const Tokenizer tokenizer = tokenizer_of(json);
  SplitMix64 bits(2);
  for (int round = 0; round < 3000; ++round) {
    std::string word;
    for (std::size_t i = bits.next() % 14; i-- > 0;) word.push_back("ab int"[bits.next() % 6]);
    const Encoding encoding = *tokenizer.encode(word);
    std::vector<std::string> found;
    for (TokenId token : encoding.tokens) found.emplace_back(tokenizer.bytes_of(token));
    EXPECT_EQ(found, merged_plainly(word)) << word;
  }
}

TEST(Tokenizer, a_very_long_word_costs_n_log_n) {
  Json json = byte_level_json(kMerges);
  const Tokenizer tokenizer = tokenizer_of(json);
  std::string word;
  for (int i = 0; i < 200000; ++i) word += "ab";
  auto encoding = tokenizer.encode(word);  // quadratic work would take minutes
  ASSERT_TRUE(encoding);
  EXPECT_EQ(encoding->tokens.size(), 100000u);
}

TEST(PreTokenizer, gpt2_expression_cuts_words_numbers_signs_and_white_space) {
  EXPECT_THAT(pieces("int x1=12;", {{kGpt2Expression}}), ElementsAre("int", " x", "1", "=", "12", ";"));
  EXPECT_THAT(pieces("we'll  go\n\n  x ", {{kGpt2Expression}}), ElementsAre("we", "'ll", " ", " go", "\n\n ", " x", " "));
  EXPECT_THAT(pieces("Gr\xc3\xb6\xc3\x9f"
                     "e!",
                     {{kGpt2Expression}}),
              ElementsAre("Gr\xc3\xb6\xc3\x9f"
                          "e",
                          "!"));
  EXPECT_THAT(pieces("a2024b", {{R"(\p{N})"}, {kGpt2Expression}}), ElementsAre("a", "2", "0", "2", "4", "b"));
}

TEST(PreTokenizer, white_space_is_unicodes_and_not_pcres) {
  const std::string next_line = "\xc2\x85", vowel_separator = "\xe1\xa0\x8e";  // U+0085 is White_Space, U+180E no longer is
  EXPECT_THAT(pieces("a" + next_line + "b", {{R"(\s)"}}), ElementsAre("a", next_line, "b"));
  EXPECT_THAT(pieces("a" + vowel_separator + "b", {{R"(\s)"}}), ElementsAre("a" + vowel_separator + "b"));
  EXPECT_THAT(pieces("a" + vowel_separator + "b", {{R"([^\sab]+)"}}), ElementsAre("a", vowel_separator, "b"));
  EXPECT_THAT(pieces("a b", {{R"(\S+)"}}), ElementsAre("a", " ", "b"));
}

TEST(PreTokenizer, bytes_that_are_no_utf8_stand_alone) {
  EXPECT_THAT(pieces("ab\xff\xfe"
                     "cd\xc3",
                     {{kGpt2Expression}}),
              ElementsAre("ab", "\xff\xfe", "cd", "\xc3"));
  EXPECT_THAT(pieces("\xed\xa0\x80x", {{"x"}}), ElementsAre("\xed\xa0\x80", "x"));  // a surrogate
}

TEST(PreTokenizer, matches_are_isolated_removed_merged_or_joined) {
  const std::string text = "the-final--countdown";  // the example of the library's documentation
  EXPECT_THAT(pieces(text, {{"-", SplitBehaviour::kRemoved}}), ElementsAre("the", "final", "countdown"));
  EXPECT_THAT(pieces(text, {{"-", SplitBehaviour::kIsolated}}), ElementsAre("the", "-", "final", "-", "-", "countdown"));
  EXPECT_THAT(pieces(text, {{"-", SplitBehaviour::kMergedWithPrevious}}), ElementsAre("the-", "final-", "-", "countdown"));
  EXPECT_THAT(pieces(text, {{"-", SplitBehaviour::kMergedWithNext}}), ElementsAre("the", "-final", "-", "-countdown"));
  EXPECT_THAT(pieces(text, {{"-", SplitBehaviour::kContiguous}}), ElementsAre("the", "-", "final", "--", "countdown"));
  EXPECT_THAT(pieces(text, {{"[a-z]+", SplitBehaviour::kRemoved, true}}), ElementsAre("the", "final", "countdown"));
  EXPECT_THAT(pieces("a.b", {{literal_expression("."), SplitBehaviour::kRemoved}}), ElementsAre("a", "b"));
}

TEST(PreTokenizer, an_expression_that_backtracks_for_ever_is_given_up) {
  auto pre = PreTokenizer::compile({{"(a+)+$"}}, "test");
  ASSERT_TRUE(pre);
  auto split = pre->split(std::string(40, 'a') + "b");
  ASSERT_FALSE(split);
  EXPECT_EQ(split.error().kind, ErrorKind::kBudget);
}

TEST(Tokenizer, control_tokens_in_a_text_are_text_unless_asked_for) {
  const Tokenizer tokenizer = tokenizer_of(byte_level_json({}, {"<|end|>", "<|end|>>"}, {"<tab>"}));
  const TokenId end = 256, longer = 257, tab = 258;
  EXPECT_EQ(tokenizer.encode("<|end|>")->tokens.size(), 7u);
  EXPECT_THAT(tokenizer.encode("<|end|>", {.control_tokens = true})->tokens, ElementsAre(end));
  EXPECT_THAT(tokenizer.encode("<|end|>>", {.control_tokens = true})->tokens, ElementsAre(longer));
  auto mixed = tokenizer.encode("x<tab>y");
  EXPECT_THAT(mixed->tokens, ElementsAre('x', tab, 'y'));
  EXPECT_EQ(mixed->ranges[1], (ByteRange{1, 6}));
  EXPECT_TRUE(tokenizer.is_control(end));
  EXPECT_FALSE(tokenizer.is_control(tab));
  EXPECT_EQ(tokenizer.decode(Tokens{end, 'x', 4000, -1}), "<|end|>x");
  EXPECT_THAT(tokenizer.info().end_tokens, ElementsAre(end));
}

TEST(Tokenizer, bos_is_added_exactly_when_the_file_says_so_or_the_caller_insists) {
  Json json = byte_level_json({}, {"<s>", "</s>"});
  const Json bos = {{"SpecialToken", {{"id", "<s>"}}}}, text = {{"Sequence", {{"id", "A"}}}}, eos = {{"SpecialToken", {{"id", "</s>"}}}};
  EXPECT_THAT(tokenizer_of(json).encode("a")->tokens, ElementsAre('a'));
  json["post_processor"] = {{"type", "TemplateProcessing"}, {"single", {bos, text, eos}}};
  const Tokenizer tokenizer = tokenizer_of(json);
  EXPECT_TRUE(tokenizer.info().adds_bos);
  auto encoding = tokenizer.encode("a");
  EXPECT_THAT(encoding->tokens, ElementsAre(256, 'a', 257));
  EXPECT_EQ(encoding->ranges[0], (ByteRange{0, 0}));
  EXPECT_THAT(tokenizer.encode("a", {.bos = false})->tokens, ElementsAre('a', 257));
}

TEST(Tokenizer, a_byte_without_a_token_is_an_error_and_is_never_dropped) {
  Json json = byte_level_json({});
  json["model"]["vocab"].erase(printable(4));
  json["model"]["unk_token"] = printable('?');
  auto encoding = tokenizer_of(json).encode("ab\x04");
  ASSERT_FALSE(encoding);
  EXPECT_THAT(encoding.error().message, HasSubstr("no token for the byte 0x04"));
}

TEST(Tokenizer, word_level_maps_words_and_knows_unknown_ones) {
  const Tokenizer tokenizer = tokenizer_of(word_level_json({"[UNK]", "lo", "hi", "1"}, "[UNK]"));
  auto encoding = tokenizer.encode("lo 1\n  what hi");
  EXPECT_THAT(encoding->tokens, ElementsAre(1, 3, 0, 2));
  EXPECT_EQ(encoding->ranges[2], (ByteRange{7, 11}));
  EXPECT_EQ(tokenizer.decode(Tokens{1, 3}), "lo 1");
  EXPECT_EQ(tokenizer.info().algorithm, "WordLevel");
  Json strict = word_level_json({"lo"}, "");
  EXPECT_THAT(tokenizer_of(strict).encode("hi").error().message, HasSubstr("no token for the word 'hi'"));
  Json signs = word_level_json({"x", "<=", "1"}, "");
  signs["pre_tokenizer"] = {{"type", "Whitespace"}};
  EXPECT_THAT(tokenizer_of(signs).encode("x<= 1")->tokens, ElementsAre(0, 1, 2));
}

TEST(Tokenizer, different_contents_have_different_hashes) {
  const std::string hash = tokenizer_of(byte_level_json(kMerges)).info().hash;
  EXPECT_EQ(tokenizer_of(byte_level_json(kMerges)).info().hash, hash);
  EXPECT_NE(tokenizer_of(byte_level_json({})).info().hash, hash);
  Json json = byte_level_json(kMerges);
  json["pre_tokenizer"]["use_regex"] = false;
  EXPECT_NE(tokenizer_of(json).info().hash, hash);
}

void expect_refused(const std::string& text, const std::string& reason, ErrorKind kind = ErrorKind::kInput) {
  auto tokenizer = Tokenizer::parse_json(text, "tokenizer.json");
  ASSERT_FALSE(tokenizer) << reason;
  EXPECT_EQ(tokenizer.error().kind, kind) << tokenizer.error().message;
  EXPECT_THAT(tokenizer.error().message, HasSubstr("tokenizer.json"));
  EXPECT_THAT(tokenizer.error().message, HasSubstr(reason));
  EXPECT_FALSE(tokenizer.error().remedy.empty());
}

std::string changed(const std::string& pointer, const Json& value) {
  Json json = byte_level_json(kMerges, {"<s>"});
  json[Json::json_pointer(pointer)] = value;
  return json.dump();
}

TEST(TokenizerFile, names_what_it_does_not_do) {
  const auto unsupported_by = [](const std::string& text, const std::string& reason) { expect_refused(text, reason, ErrorKind::kUnsupported); };
  unsupported_by(changed("/normalizer", {{"type", "NFC"}}), "the normalizer \"NFC\"");
  unsupported_by(changed("/model/type", "Unigram"), "the model 'Unigram'");
  unsupported_by(changed("/model/byte_fallback", true), "'byte_fallback'");
  unsupported_by(changed("/model/dropout", 0.1), "'dropout'");
  unsupported_by(changed("/model/end_of_word_suffix", "</w>"), "'end_of_word_suffix'");
  unsupported_by(changed("/pre_tokenizer/add_prefix_space", true), "'add_prefix_space'");
  unsupported_by(changed("/pre_tokenizer/type", "Metaspace"), "the pre-tokenizer 'Metaspace'");
  unsupported_by(changed("/pre_tokenizer", nullptr), "BPE over characters");
  unsupported_by(changed("/added_tokens/0/lstrip", true), "'<s>' with 'lstrip'");
  unsupported_by(changed("/post_processor", {{"type", "BertProcessing"}}), "the post-processor 'BertProcessing'");
}

TEST(TokenizerFile, refuses_vocabularies_and_merges_that_contradict_each_other) {
  expect_refused(changed("/model/merges/0", printable(" x") + " " + printable("y")), "merge 0 joins or makes a text that is no token");
  expect_refused(changed("/model/merges/0", "a"), "merge 0 is \"a\"");
  expect_refused(changed("/model/merges/0", {1, 2}), "merge 0 is");
  expect_refused(changed("/model/merges", "none"), "'model.merges' is no list");
  expect_refused(changed("/model/vocab", Json::array()), "'model.vocab' is no object");
  expect_refused(changed("/model/vocab/a", -1), "the token id -1 is outside");
  expect_refused(changed("/model/vocab/a", std::int64_t{1} << 50), "is outside 0 to");
  expect_refused(changed("/model/vocab/a", "b"), "the token 'a' has the id \"b\"");
  expect_refused(changed("/model/vocab/a", int{'b'}), "stands for two texts");
  expect_refused(changed("/added_tokens/0/id", 1.5), "the added token");
}

TEST(TokenizerFile, refuses_hostile_json_and_expressions) {
  expect_refused("", "no JSON object");
  expect_refused("[1]", "no JSON object");
  expect_refused(std::string(1'000'000, '['), "no JSON object");
  std::string nested = "1";
  for (int i = 0; i < 2000; ++i) nested = "{\"a\":" + nested + "}";
  expect_refused(nested, "nested deeper than");
  const auto split_by = [](const std::string& expression) {
    return changed(
        "/pre_tokenizer",
        {{"type", "Sequence"},
         {"pretokenizers", {{{"type", "Split"}, {"pattern", {{"Regex", expression}}}, {"behavior", "Isolated"}}, {{"type", "ByteLevel"}}}}});
  };
  expect_refused(split_by("(a"), "the regular expression '(a' is not one");
  expect_refused(split_by(std::string(5000, '(') + std::string(5000, ')')), "is not one");
  expect_refused(split_by(std::string(20000, 'a')), "a regular expression of 20000 bytes");
  expect_refused(changed("/pre_tokenizer", {{"type", "Split"}, {"pattern", {{"Regex", "a"}}}, {"behavior", "Sometimes"}}), "the pre-tokenizer");
  auto slow = Tokenizer::parse_json(split_by("(a|aa)+$"), "tokenizer.json");
  ASSERT_TRUE(slow);
  EXPECT_EQ(slow->encode(std::string(60, 'a') + "b").error().kind, ErrorKind::kBudget);
}

GgufWriter gguf_tokenizer(const std::vector<std::string>& tokens, const std::vector<std::int32_t>& types) {
  GgufWriter file;
  file.key("tokenizer.ggml.model", "gpt2");
  file.key("tokenizer.ggml.pre", "smollm");
  file.key("tokenizer.ggml.tokens", tokens);
  file.key("tokenizer.ggml.token_type", types);
  file.key("tokenizer.ggml.merges", std::vector<std::string>{"a b"});
  return file;
}

TEST(GgufTokenizer, reads_tokens_merges_types_and_markers) {
  GgufWriter file = gguf_tokenizer({"a", "b", "ab", "<|endoftext|>", "1"}, {1, 1, 1, 3, 1});
  file.key("tokenizer.ggml.bos_token_id", 3);
  file.key("tokenizer.ggml.add_bos_token", true);
  file.key("tokenizer.chat_template", "{{ messages }}");
  const StoredGguf stored(file);
  auto tokenizer = Tokenizer::open(stored.path);
  ASSERT_TRUE(tokenizer) << tokenizer.error().to_string();
  EXPECT_THAT(tokenizer->encode("abba11")->tokens, ElementsAre(3, 2, 1, 0, 4, 4));
  EXPECT_EQ(tokenizer->info().pre_tokenizer, "smollm");
  EXPECT_EQ(tokenizer->info().chat_template, "{{ messages }}");
  EXPECT_THAT(tokenizer->info().end_tokens, ElementsAre(3));
}

TEST(GgufTokenizer, is_the_same_out_of_the_folder_that_it_is_copied_into) {
  GgufWriter file = gguf_tokenizer({"a", "b", "ab", "<|endoftext|>", "1"}, {1, 1, 1, 3, 1});
  file.key("tokenizer.ggml.bos_token_id", 3);
  file.key("tokenizer.ggml.eos_token_id", 3);
  file.key("tokenizer.ggml.add_bos_token", true);
  file.key("tokenizer.chat_template", "{{ messages }}");
  const StoredGguf stored(file);
  const auto expect_same = [](const std::string& path, const std::string& copy) {
    auto own = Tokenizer::open(path), copied = Tokenizer::open(copy);
    ASSERT_TRUE(own && copied) << copied.error().to_string();
    EXPECT_EQ(copied->info().hash, own->info().hash);
    EXPECT_EQ(copied->info().adds_bos, own->info().adds_bos);
    EXPECT_EQ(copied->info().bos, own->info().bos);
    EXPECT_EQ(copied->info().end_tokens, own->info().end_tokens);
    EXPECT_EQ(copied->info().chat_template, own->info().chat_template);
    for (const char* text : {"abba11", "1a<|endoftext|>b"}) {
      const auto expected = own->encode(text), found = copied->encode(text);
      ASSERT_EQ(found.has_value(), expected.has_value()) << text;
      if (!found) continue;
      EXPECT_EQ(found->tokens, expected->tokens) << text;
    }
  };
  const TemporaryFolder first = std::move(*TemporaryFolder::create("assay-tokenizer-")),
                        second = std::move(*TemporaryFolder::create("assay-tokenizer-"));
  ASSERT_TRUE(copy_tokenizer(stored.path, first.path()));
  expect_same(stored.path, first.path());
  ASSERT_TRUE(copy_tokenizer(first.path(), second.path()));
  expect_same(first.path(), second.path());
  ASSERT_TRUE(copy_tokenizer(second.path(), second.path()));
  const TemporaryFolder empty = std::move(*TemporaryFolder::create("assay-tokenizer-")),
                        none = std::move(*TemporaryFolder::create("assay-tokenizer-"));
  ASSERT_TRUE(copy_tokenizer(empty.path(), none.path()));
  EXPECT_FALSE(Tokenizer::open(none.path()));
}

void expect_gguf_refused(const GgufWriter& file, const std::string& reason, ErrorKind kind = ErrorKind::kInput) {
  const StoredGguf stored(file);
  auto tokenizer = Tokenizer::open(stored.path);
  ASSERT_FALSE(tokenizer) << reason;
  EXPECT_EQ(tokenizer.error().kind, kind) << tokenizer.error().message;
  EXPECT_THAT(tokenizer.error().message, HasSubstr(reason));
}

TEST(GgufTokenizer, refuses_metadata_that_is_incomplete_or_contradicts_the_network) {
  expect_gguf_refused(GgufWriter(), "'tokenizer.ggml.model' is missing");
  expect_gguf_refused(gguf_tokenizer({"a", "b", "ab"}, {1, 1}), "3 tokens, but 2 token types");
  expect_gguf_refused(gguf_tokenizer({"a", "b"}, {1, 1}), "merge 0 joins or makes a text that is no token");
  GgufWriter with_network = gguf_tokenizer({"a", "b", "ab"}, {1, 1, 1});
  with_network.tensor("token_embd.weight", {4, 1}, {0, 0, 0, 0});
  expect_gguf_refused(with_network, "the tokenizer has 3 tokens, the network 4");
  GgufWriter marker = gguf_tokenizer({"a", "b", "ab"}, {1, 1, 1});
  marker.key("tokenizer.ggml.eos_token_id", 3);
  expect_gguf_refused(marker, "'tokenizer.ggml.eos_token_id' is 3, but there are 3 tokens");
  GgufWriter sentences;
  sentences.key("tokenizer.ggml.model", "llama");
  expect_gguf_refused(sentences, "a tokenizer of kind 'llama'", ErrorKind::kUnsupported);
  GgufWriter pre = GgufWriter();
  pre.key("tokenizer.ggml.model", "gpt2");
  pre.key("tokenizer.ggml.pre", "tekken");
  expect_gguf_refused(pre, "the pre-tokenizer 'tekken'", ErrorKind::kUnsupported);
}

}  // namespace
}  // namespace assay::circuits
