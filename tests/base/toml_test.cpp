#include "base/toml.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"

namespace assay {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TomlTable parsed(std::string_view text) {
  Result<TomlTable> table = TomlTable::parse(text, "t.toml");
  EXPECT_TRUE(table) << table.error().to_string();
  return std::move(*table);
}

std::string error_of(Status status) { return status ? "no error" : status.error().to_string(); }

TEST(Toml, reads_every_kind_of_value) {
  TomlTable table = parsed("name = 'x'\nsteps = 5\ntau = 0.5\nwhole = 2\non = true\nwords = ['a', 'b']\nnumbers = [1, 2]\n");
  EXPECT_EQ(table.text("name"), "x");
  EXPECT_EQ(table.integer("steps"), 5);
  EXPECT_EQ(table.number("tau"), 0.5);
  EXPECT_EQ(table.number("whole"), 2.0);
  EXPECT_TRUE(table.boolean_or("on", false));
  EXPECT_THAT(table.texts("words"), ElementsAre("a", "b"));
  EXPECT_THAT(table.integers("numbers"), ElementsAre(1, 2));
  EXPECT_EQ(table.integer_or("absent", 7), 7);
  EXPECT_EQ(error_of(table.finish()), "no error");
}

TEST(Toml, a_wrong_key_names_the_nearest_right_one_and_its_place) {
  TomlTable table = parsed("name = 'x'\n\nstpes = 5\n");
  table.text("name");
  table.integer("steps");
  EXPECT_EQ(error_of(table.finish()), "t.toml:3:1: unknown key 'stpes'; did you mean 'steps'?");
}

TEST(Toml, a_wrong_key_that_is_near_to_nothing_lists_what_there_is) {
  TomlTable table = parsed("frobnicate = 1\n");
  table.text_or("name", "");
  EXPECT_EQ(error_of(table.finish()), "t.toml:1:1: unknown key 'frobnicate'; known keys here: name");
}

TEST(Toml, a_key_that_is_read_only_where_it_is_present_is_named_too) {
  TomlTable table = parsed("expekt = 'x'\n");
  EXPECT_FALSE(table.has("expect"));
  EXPECT_EQ(error_of(table.finish()), "t.toml:1:1: unknown key 'expekt'; did you mean 'expect'?");
  TomlTable unread = parsed("expect = 'x'\n");
  EXPECT_TRUE(unread.has("expect"));
  EXPECT_THAT(error_of(unread.finish()), HasSubstr("unknown key 'expect'")) << "to look is not to read";
}

TEST(Toml, a_wrong_key_in_a_table_inside_is_found_from_the_top) {
  TomlTable table = parsed("[circuit]\nfind = { method = 'eap', stesp = 5 }\n");
  std::optional<TomlTable> circuit = table.table("circuit");
  std::optional<TomlTable> find = circuit->table("find");
  find->text("method");
  find->integer_or("steps", 5);
  EXPECT_THAT(error_of(table.finish()), HasSubstr("t.toml:2:26: unknown key 'circuit.find.stesp'; did you mean 'steps'?"));
}

TEST(Toml, a_wrong_type_says_found_and_expected) {
  TomlTable table = parsed("steps = 'five'\n");
  table.integer("steps");
  EXPECT_EQ(error_of(table.finish()), "t.toml:1:9: 'steps' is a string, expected an integer; correct the value");
}

TEST(Toml, a_wrong_type_inside_an_array_points_at_the_element) {
  TomlTable table = parsed("words = ['a', 3]\n");
  EXPECT_TRUE(table.texts("words").empty());
  EXPECT_THAT(error_of(table.finish()), HasSubstr("t.toml:1:15: 'words' is an integer"));
}

TEST(Toml, a_missing_key_is_named_with_the_place_of_its_table) {
  TomlTable table = parsed("a = 1\n[inner]\n");
  table.integer("a");
  std::optional<TomlTable> inner = table.table("inner");
  inner->text("name");
  EXPECT_EQ(error_of(table.finish()), "t.toml:2:1: key 'inner.name' is missing; add `name = ...`");
  table.text("name");
  EXPECT_EQ(error_of(table.finish()), "t.toml:1:1: key 'name' is missing; add `name = ...`");
}

TEST(Toml, a_misspelt_key_is_reported_before_what_is_missing_for_it) {
  TomlTable table = parsed("a = 1\n[inner]\nb = 2\nnmae = 'x'\n");
  std::optional<TomlTable> inner = table.table("inner");
  table.text("task");
  inner->text("name");
  table.integer("a"), inner->integer("b");
  EXPECT_EQ(error_of(table.finish()), "t.toml:4:1: unknown key 'inner.nmae'; did you mean 'name'?");
}

TEST(Toml, what_a_caller_finds_missing_comes_after_the_misspelt_key) {
  TomlTable table = parsed("[domian]\n");
  EXPECT_FALSE(table.table("domain"));
  table.reject("domain", "there is no [domain]", "write it");
  EXPECT_EQ(error_of(table.so_far()), "t.toml:1:2: unknown key 'domian'; did you mean 'domain'?");
  TomlTable empty = parsed("");
  empty.reject("domain", "there is no [domain]", "write it");
  EXPECT_THAT(error_of(empty.so_far()), HasSubstr("there is no [domain]; write it"));
}

TEST(Toml, what_a_caller_says_of_a_key_takes_the_place_of_unknown) {
  TomlTable table = parsed("layers = 2\n");
  table.reject("layers", "both `from` and `layers`", "remove one of them");
  EXPECT_EQ(error_of(table.finish()), "t.toml:1:10: both `from` and `layers`; remove one of them");
}

TEST(Toml, what_is_unread_so_far_is_an_error_only_if_it_resembles_what_is_missing) {
  TomlTable table = parsed("steps = 5\ntsak = 'x'\n");
  EXPECT_EQ(error_of(table.so_far()), "no error");
  table.text_or("stepz", "");
  EXPECT_EQ(error_of(table.so_far()), "no error") << "an optional key is not missing";
  table.text("task");
  EXPECT_EQ(error_of(table.so_far()), "t.toml:2:1: unknown key 'tsak'; did you mean 'task'?");
}

TEST(Toml, a_choice_names_the_nearest) {
  TomlTable table = parsed("ablation = 'resampel'\n");
  EXPECT_EQ(table.choice("ablation", {"zero", "mean", "resample"}, "zero"), "zero");
  EXPECT_THAT(error_of(table.finish()), HasSubstr("did you mean \"resample\"?"));
}

TEST(Toml, arrays_of_tables_keep_their_order_and_errors) {
  TomlTable table = parsed("[[claim]]\nkind = 'a'\n[[claim]]\nkind = 3\n");
  std::vector<TomlTable> claims = table.tables("claim");
  ASSERT_EQ(claims.size(), 2u);
  EXPECT_EQ(claims[0].text("kind"), "a");
  claims[1].text("kind");
  EXPECT_THAT(error_of(table.finish()), HasSubstr("t.toml:4:8: 'claim[1].kind' is an integer, expected a string"));
}

TEST(Toml, mixed_arrays_give_one_member_each) {
  TomlTable table = parsed("form = [{ slot = 'a' }, '+', 3]\n");
  std::vector<TomlItem> items = table.items("form");
  ASSERT_EQ(items.size(), 3u);
  EXPECT_EQ(items[0].table->text("slot"), "a");
  EXPECT_EQ(items[1].text, "+");
  EXPECT_EQ(items[2].integer, 3);
  EXPECT_EQ(error_of(table.finish()), "no error");
}

TEST(Toml, what_does_not_parse_is_an_error_with_its_place) {
  Result<TomlTable> table = TomlTable::parse("a = 1\nb = = 2\n", "t.toml");
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().kind, ErrorKind::kInput);
  EXPECT_THAT(table.error().to_string(), HasSubstr("t.toml:2:"));
}

TEST(Toml, hostile_nesting_is_an_error_not_a_crash) {
  EXPECT_FALSE(TomlTable::parse("a = " + std::string(100'000, '['), "t.toml"));
  EXPECT_FALSE(TomlTable::parse("a = " + std::string("\xff\xfe\x00", 3), "t.toml"));
}

TEST(Toml, a_missing_file_is_an_error) { EXPECT_FALSE(TomlTable::read("/no/such/file.toml")); }

TEST(Nearest, finds_swaps_and_omissions_and_nothing_that_is_far) {
  EXPECT_EQ(nearest("stpes", {"name", "steps"}), "steps");
  EXPECT_EQ(nearest("verfy", {"verify", "report"}), "verify");
  EXPECT_EQ(nearest("xyzzy", {"verify", "report"}), "");
  EXPECT_EQ(nearest("a", {"b"}), "");
  EXPECT_EQ(nearest(std::string(1'000'000, 'x'), {"verify"}), "");
}

}  // namespace
}  // namespace assay
