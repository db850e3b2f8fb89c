// The vocabulary is closed, small and lossless, and its file says what the encoder does.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "analysis/code_tasks/splitter.h"
#include "tests/analysis/code_tasks_support.h"

namespace assay::analysis::code_tasks {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::shared_vocabulary;

std::vector<std::string> pieces(const std::string& text) {
  std::vector<std::string> list;
  Splitter::create()->split(text, [&](std::string_view piece) { list.emplace_back(piece); });
  return list;
}

TEST(CodeTasksVocabulary, words_carry_their_space_and_new_lines_their_indentation) {
  EXPECT_THAT(pieces("{\n    for (int i = 10; i <= n; i++) {"),
              ElementsAre("{", "\n    ", "for", " (", "int", " i", " =", " 1", "0", ";", " i", " <=", " n", ";", " i", "++", ")", " {"));
  EXPECT_THAT(pieces("// a\nint *b"), ElementsAre("//", " a", "\n", "int", " *", "b"));
  EXPECT_THAT(pieces("x -= -3;"), ElementsAre("x", " -=", " -", "3", ";"));
  EXPECT_THAT(pieces("&&||>>=^= !=&"), ElementsAre("&&", "||", ">>=", "^=", " !=", "&"));
}

TEST(CodeTasksVocabulary, pieces_joined_are_the_text_whatever_it_is) {
  Draw draw(11);
  for (int round = 0; round < 2000; ++round) {
    std::string text;
    for (std::size_t i = 0; i < 1 + draw.below(40); ++i)
      text += round % 2 == 0 ? static_cast<char>(draw.below(256)) : draw.pick(std::string(" \n\t<>=+-*/a1_{}"));
    std::string joined;
    for (const std::string& piece : pieces(text)) joined += piece;
    ASSERT_EQ(joined, text);
  }
}

TEST(CodeTasksVocabulary, no_seed_meets_an_unknown_word_and_decoding_gives_the_text_back) {
  const std::uint64_t seeds = testing::whole() ? 200'000 : 5'000;
  std::set<circuits::TokenId> used;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    const DraftOptions options{.combinations = Draws::kAll, .names = seed % 3 == 0 ? NameSplit::kHeldOut : NameSplit::kSeen};
    const Draft draft = testing::shared_generator()->draft(seed, options);
    const std::string text = draft.prompt() + draft.body();
    const auto tokens = shared_vocabulary().encode(text);
    ASSERT_TRUE(tokens) << tokens.error().to_string() << "\n" << text;
    ASSERT_EQ(shared_vocabulary().decode(*tokens), text);
    used.insert(tokens->begin(), tokens->end());
  }
  RecordProperty("words_used", static_cast<int>(used.size()));
  EXPECT_GT(used.size() * 10, shared_vocabulary().words().size() * 6) << "most of the vocabulary is never used";
}

TEST(CodeTasksVocabulary, every_combination_in_every_shape_can_be_encoded) {
  const CodeExamples examples(testing::shared_generator(), shared_vocabulary(), {});
  const Status status = examples.check_vocabulary();
  EXPECT_TRUE(status) << status.error().to_string();
}

TEST(CodeTasksVocabulary, is_small_and_without_repetition) {
  const std::vector<std::string>& words = shared_vocabulary().words();
  EXPECT_LT(words.size(), 1500u);
  EXPECT_EQ(std::set<std::string>(words.begin(), words.end()).size(), words.size());
  EXPECT_EQ(words[Vocabulary::kEndOfText], "<eos>");
  EXPECT_EQ(Vocabulary::create()->words(), words);
}

TEST(CodeTasksVocabulary, an_unknown_word_is_named) {
  const auto tokens = shared_vocabulary().encode("int sesquipedalian = 0;");
  ASSERT_FALSE(tokens);
  EXPECT_THAT(tokens.error().message, HasSubstr("' sesquipedalian'"));
}

TEST(CodeTasksVocabulary, a_prompt_and_its_body_are_encoded_apart_as_together) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Draft draft = testing::shared_generator()->draft(seed, {});
    circuits::Tokens apart = *shared_vocabulary().encode(draft.prompt());
    const circuits::Tokens body = *shared_vocabulary().encode(draft.body());
    apart.insert(apart.end(), body.begin(), body.end());
    ASSERT_EQ(apart, *shared_vocabulary().encode(draft.prompt() + draft.body()));
  }
}

TEST(CodeTasksVocabulary, the_tokenizer_file_has_words_ids_and_the_expression) {
  const auto file = nlohmann::json::parse(shared_vocabulary().to_json());
  EXPECT_EQ(file["model"]["type"], "WordLevel");
  EXPECT_EQ(file["pre_tokenizer"]["type"], "Split");
  EXPECT_EQ(file["pre_tokenizer"]["behavior"], "Isolated");
  EXPECT_EQ(file["pre_tokenizer"]["pattern"]["Regex"], Splitter::pattern());
  EXPECT_EQ(file["decoder"]["type"], "Fuse");
  EXPECT_EQ(file["added_tokens"][0]["content"], "<eos>");
  const auto& vocabulary = file["model"]["vocab"];
  ASSERT_EQ(vocabulary.size(), shared_vocabulary().words().size());
  for (std::size_t id = 0; id < vocabulary.size(); ++id) EXPECT_EQ(vocabulary[shared_vocabulary().words()[id]], id);
}

}  // namespace
}  // namespace assay::analysis::code_tasks
