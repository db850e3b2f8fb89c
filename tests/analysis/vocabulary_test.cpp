#include "analysis/tasks/vocabulary.h"

#include <gmock/gmock.h>

#include "tests/analysis/workspace.h"

namespace assay::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Workspace;

TEST(Vocabulary, expands_ranges_and_names_the_nearest_symbol) {
  const Vocabulary words = *Vocabulary::from_symbols({"0..11", "a..c", "equals"});
  EXPECT_EQ(words.size(), 16);
  EXPECT_EQ(*words.id("10"), 10);
  EXPECT_EQ(*words.id("b"), 13);
  EXPECT_THAT(words.id("equal").error().remedy, HasSubstr("equals"));
  EXPECT_THAT(words.id("?").error().remedy, HasSubstr("use a symbol of the vocabulary"));
  EXPECT_THAT(*words.ids({"9..11", "a"}), ElementsAre(9, 10, 11, 12));
  EXPECT_FALSE(words.ids({"9..12"})) << "12 is no symbol";
}

TEST(Vocabulary, dots_that_are_no_range_are_a_symbol) {
  EXPECT_THAT(*expand_symbols({"..", "a..", "..b", "ab..cd", "1..b", "..."}), ElementsAre("..", "a..", "..b", "ab..cd", "1..b", "..."));
}

TEST(Vocabulary, ranges_that_run_backwards_or_take_all_memory_are_refused) {
  EXPECT_THAT(expand_symbols({"9..1"}).error().message, HasSubstr("backwards"));
  EXPECT_THAT(expand_symbols({"z..a"}).error().message, HasSubstr("backwards"));
  EXPECT_THAT(expand_symbols({"0..999999999"}).error().message, HasSubstr("more than 100000 symbols"));
  EXPECT_EQ(expand_symbols({"0..99999"})->size(), 100'000u);
}

TEST(Vocabulary, symbols_are_one_to_one_with_ids) {
  EXPECT_THAT(Vocabulary::from_symbols({"a", "b", "a"}).error().message, HasSubstr("\"a\" occurs twice"));
  EXPECT_THAT(Vocabulary::from_symbols({"0..3", "2"}).error().message, HasSubstr("\"2\" occurs twice"));
  EXPECT_THAT(Vocabulary::from_symbols({"a", ""}).error().message, HasSubstr("symbol 1 of the vocabulary is empty"));
  const Vocabulary words = *Vocabulary::from_symbols({"0..9", "+"});
  for (TokenId id = 0; id < words.size(); ++id) EXPECT_EQ(*words.id(words.symbol(id)), id);
}

TEST(Vocabulary, text_joins_single_characters_and_sets_longer_symbols_apart) {
  const Vocabulary words = *Vocabulary::from_symbols({"0..11", "+", "<eos>"});
  EXPECT_EQ(words.text(Tokens{1, 2, 12, 3}), "12+3");
  EXPECT_EQ(words.text(Tokens{1, 11, 10, 2}), "1 11 10 2");
  EXPECT_EQ(words.text(Tokens{1, 13}), "1 <eos>");
  EXPECT_EQ(words.text(Tokens{}), "");
  EXPECT_EQ(words.text(Tokens{99, -1}), "#99 #-1") << "an id without a symbol is shown as a number";
}

TEST(Vocabulary, reads_the_three_files_of_model_folders) {
  Workspace workspace;
  workspace.write("one/vocab.json", R"({"x": 1, "y": 0})");
  workspace.write("two/task.json", R"({"name": "t", "vocabulary": {"x": 0}})");
  workspace.write("three/tokenizer.json", R"({"model": {"vocab": {"x": 0}}, "added_tokens": [{"content": "<s>", "id": 3}]})");
  EXPECT_EQ(*Vocabulary::from_model_folder(workspace.path("one"))->id("x"), 1);
  EXPECT_EQ(*Vocabulary::from_model_folder(workspace.path("two"))->id("x"), 0);
  const Vocabulary three = *Vocabulary::from_model_folder(workspace.path("three"));
  EXPECT_EQ(*three.id("<s>"), 3);
  EXPECT_EQ(three.symbol(2), "#2") << "a hole between the ids";
  EXPECT_THAT(Vocabulary::from_model_folder(workspace.path("none")).error().message, HasSubstr("no vocabulary"));
}

TEST(Vocabulary, the_first_file_that_holds_one_decides) {
  Workspace workspace;
  workspace.write("both/vocab.json", R"({"x": 5})");
  workspace.write("both/tokenizer.json", R"({"model": {"vocab": {"x": 7}}})");
  EXPECT_EQ(*Vocabulary::from_model_folder(workspace.path("both"))->id("x"), 5);
  workspace.write("other/task.json", R"({"name": "a task without words"})");
  workspace.write("other/tokenizer.json", R"({"model": {"vocab": {"x": 7}}})");
  EXPECT_EQ(*Vocabulary::from_model_folder(workspace.path("other"))->id("x"), 7);
}

TEST(Vocabulary, hostile_files_of_a_model_folder_are_errors) {
  Workspace workspace;
  const auto error_of = [&](const std::string& text) {
    workspace.write("m/vocab.json", text);
    const Result<Vocabulary> words = Vocabulary::from_model_folder(workspace.path("m"));
    return words ? std::string("no error") : words.error().message;
  };
  EXPECT_THAT(error_of(R"({"x": -1})"), HasSubstr("has the id -1"));
  EXPECT_THAT(error_of(R"({"x": 99999999999})"), HasSubstr("has the id 99999999999")) << "no vector of that size is made";
  for (const char* text : {"", "[1, 2]", "{\"x\": \"one\"}", "{\"x\": 1.5}", "{", "{}", "\xff\xfe"})
    EXPECT_THAT(error_of(text), HasSubstr("no vocabulary")) << text;
}

}  // namespace
}  // namespace assay::analysis
