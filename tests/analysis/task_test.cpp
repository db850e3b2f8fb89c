#include "analysis/tasks/task.h"

#include <gmock/gmock.h>

#include "analysis/tasks/labels.h"
#include "tests/analysis/scored_prefixes.h"
#include "tests/analysis/workspace.h"
#include "tests/circuits/gguf_fixtures.h"
#include "tests/circuits/tokenizer_fixtures.h"

namespace assay::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::scored_prefixes;
using testing::Workspace;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

const char* const kAddition = R"(
name = "addition"
model = "model"
[vocabulary]
symbols = ["0..9", "+", "="]
[domain]
sequence = [ { slot = "a", length = 2, symbols = ["0..1"] }, "+", { slot = "b", length = 2, symbols = ["0..1"] }, "=" ]
answer = 2
[output]
scored = "answer"
[program]
arguments = ["a", "b", "step"]
[positions]
equals = { symbol = "=" }
b_units = { slot = "b", index = 1 }
units = { answer = 1 }
)";

TEST(Vocabulary, of_a_gguf_file_is_its_tokens_as_text) {
  circuits::GgufWriter file;
  file.key("tokenizer.ggml.model", "gpt2");
  file.key("tokenizer.ggml.tokens", std::vector<std::string>{"a", "\u0120", "\u0120a", "\u00e2", "<|endoftext|>"});  // "a", " ", " a", 0xE2
  file.key("tokenizer.ggml.token_type", std::vector<std::int32_t>{1, 1, 1, 1, 3});
  file.key("tokenizer.ggml.merges", std::vector<std::string>{"\u0120 a"});
  Workspace workspace;
  const std::string task =
      replaced(replaced(kAddition, "[vocabulary]\nsymbols = [\"0..9\", \"+\", \"=\"]\n", ""), "model = \"model\"", "model = \"model.gguf\"");
  const auto words = Vocabulary::from_model_folder(workspace.write("model.gguf", file.bytes()));
  ASSERT_TRUE(words) << words.error().to_string();
  EXPECT_EQ(*words->id(" a"), 2);
  EXPECT_EQ(*words->id("<|endoftext|>"), 4);
  EXPECT_EQ(words->symbol(3), "<0xE2>");
  EXPECT_THAT(read_task(workspace.write("gguf.task.toml", task)).error().message, HasSubstr("\"0\" is not in the vocabulary of 5 symbols"));
}

TEST(Vocabulary, of_a_byte_level_tokenizer_is_its_tokens_as_text) {
  Workspace workspace;
  workspace.write("model/tokenizer.json", circuits::byte_level_json({{"<", "="}, {" ", "<="}}).dump());
  const auto words = Vocabulary::from_model_folder(workspace.path("model"));
  ASSERT_TRUE(words) << words.error().to_string();
  EXPECT_EQ(*words->id(" <="), 257);
  EXPECT_EQ(words->symbol('\n'), "\n");
}

TEST(Task, product_domain_walks_every_input_and_feeds_answers_back) {
  Workspace workspace;
  const Task task = *read_task(workspace.write("addition.task.toml", kAddition));
  EXPECT_EQ(task.domain.size_bound(), 16);
  const std::vector<Tokens> scored = scored_prefixes(task.domain);
  EXPECT_EQ(scored.size(), 32u);  // 16 inputs, two answers each
  EXPECT_EQ(task.input_text(scored[0]), "00+00=");
  EXPECT_EQ(task.input_text(scored[1]), "00+00=9");
  EXPECT_EQ(task.domain.step(scored[0]), 0);
  EXPECT_EQ(task.domain.step(scored[1]), 1);
}

TEST(Task, positions_are_found_by_name) {
  Workspace workspace;
  const Task task = *read_task(workspace.write("addition.task.toml", kAddition));
  const Tokens prefix = {1, 0, 10, 0, 1, 11, 9};
  EXPECT_EQ(task.locate(*task.position("equals"), prefix), 5);
  EXPECT_EQ(task.locate(*task.position("b_units"), prefix), 4);
  EXPECT_EQ(task.locate(*task.position("units"), prefix), 6);
  EXPECT_EQ(task.locate(*task.position("last"), prefix), 6);
  EXPECT_EQ(task.locate(*task.position("each"), prefix, 2), 2);
  EXPECT_FALSE(task.locate(*task.position("units"), std::span(prefix).first(6)));
  EXPECT_THAT(task.position("equal").error().remedy, HasSubstr("equals"));
}

TEST(Task, wrong_keys_slots_and_symbols_name_the_nearest) {
  Workspace workspace;
  const auto error_of = [&](const std::string& text) { return read_task(workspace.write("t.task.toml", text)).error().to_string(); };
  EXPECT_THAT(error_of(replaced(kAddition, "answer = 2", "anwser = 2")), HasSubstr("did you mean 'answer'"));
  EXPECT_THAT(error_of(replaced(kAddition, "\"+\", {", "\"==\", {")), HasSubstr("\"==\" is not in the vocabulary"));
  EXPECT_THAT(error_of(replaced(kAddition, "slot = \"b\", index = 1", "slot = \"bb\", index = 1")), HasSubstr("did you mean 'b'"));
  EXPECT_THAT(error_of(replaced(kAddition, "index = 1", "index = 2")), HasSubstr("has no element 2"));
  EXPECT_THAT(error_of(replaced(kAddition, "sequence =", "sequnce =")), HasSubstr("did you mean 'sequence'"));
  EXPECT_THAT(error_of(replaced(kAddition, "scored = \"answer\"", "scored = \"last\"")), HasSubstr("scored = \"answer\""));
}

TEST(Task, a_misspelt_key_that_is_required_is_named_in_place_of_the_missing_one) {
  Workspace workspace;
  const auto error_of = [&](const char* from, const char* to) {
    return read_task(workspace.write("t.task.toml", replaced(kAddition, from, to))).error().to_string();
  };
  EXPECT_THAT(error_of("[domain]", "[domian]"), HasSubstr("t.task.toml:6:2: unknown key 'domian'; did you mean 'domain'?"));
  EXPECT_THAT(error_of("[output]", "[outptu]"), HasSubstr("t.task.toml:9:2: unknown key 'outptu'; did you mean 'output'?"));
  EXPECT_THAT(error_of("[program]", "[progam]"), HasSubstr("t.task.toml:11:2: unknown key 'progam'; did you mean 'program'?"));
  EXPECT_THAT(error_of("[vocabulary]", "[vocabluary]"), HasSubstr("t.task.toml:4:2: unknown key 'vocabluary'; did you mean 'vocabulary'?"));
  EXPECT_THAT(error_of("symbols = [\"0..9\"", "symbls = [\"0..9\""),
              HasSubstr("t.task.toml:5:1: unknown key 'vocabulary.symbls'; did you mean 'symbols'?"));
  EXPECT_THAT(error_of("model =", "modle ="), HasSubstr("t.task.toml:3:1: unknown key 'modle'; did you mean 'model'?"));
  EXPECT_THAT(error_of("name =", "nmae ="), HasSubstr("t.task.toml:2:1: unknown key 'nmae'; did you mean 'name'?"));
  EXPECT_THAT(error_of("symbols = [\"0..1\"]", "symobls = [\"0..1\"]"), HasSubstr("did you mean 'symbols'?"));
}

TEST(Task, what_is_missing_is_named_with_its_file) {
  Workspace workspace;
  const auto error_of = [&](const char* from) {
    return read_task(workspace.write("t.task.toml", replaced(kAddition, from, ""))).error().to_string();
  };
  EXPECT_THAT(error_of("model = \"model\""), HasSubstr("t.task.toml:1:1: key 'model' is missing"));
  EXPECT_THAT(error_of("[output]\nscored = \"answer\""), HasSubstr("t.task.toml:1:1: the task has no [output]"));
}

TEST(Task, legal_function_limits_the_tree) {
  Workspace workspace;
  workspace.write(
      "grammar.c",
      "int legal(const int *s, int n) { int d = 0; for (int i = 0; i < n; i++) d += s[i] == 0 ? 1 : -1; return (d < 2 ? 1 : 0) | (d > 0 ? 2 : 0); }");
  const Task task = *read_task(workspace.write("d.task.toml", R"(
name = "d"
model = "m"
[vocabulary]
symbols = ["a", "b", "<bos>", "<eos>"]
[domain]
start = ["<bos>"]
alphabet = ["a", "b"]
max_length = 4
legal = { file = "grammar.c", function = "legal" }
[output]
kind = "set"
scored = "every"
symbols = ["a", "b", "<eos>"]
)"));
  // Legal prefixes with depth at most 2: lengths 0 to 4 have 1, 1, 2, 3, 6? Counted by hand: "", a, aa ab, aab aba, aaba aabb abaa abab.
  EXPECT_EQ(scored_prefixes(task.domain).size(), 10u);
  EXPECT_THAT(task.output.readout.allowed, ElementsAre(0, 1, 3, 2));  // the whole vocabulary is read, symbols first
}

TEST(Task, where_narrows_the_domain_and_its_fingerprint) {
  Workspace workspace;
  workspace.write("w.c", "int inside(const int a[2], const int b[2]) { return a[0] < b[0]; }");
  const Task all = *read_task(workspace.write("all.task.toml", kAddition));
  const Task some = *read_task(
      workspace.write("some.task.toml", replaced(kAddition, "answer = 2", "answer = 2\nwhere = { file = \"w.c\", function = \"inside\" }")));
  EXPECT_EQ(scored_prefixes(some.domain).size(), 8u);
  EXPECT_NE(all.domain.fingerprint(), some.domain.fingerprint());
}

TEST(Task, strings_with_an_end_feed_answers_back_until_the_last_symbol) {
  Workspace workspace;
  const Task task = *read_task(workspace.write("s.task.toml", R"(
name = "s"
model = "m"
[vocabulary]
symbols = ["0..8", "<eos>", "<sep>"]
[domain]
alphabet = ["0..1"]
min_length = 1
max_length = 2
end = ["<sep>"]
answer = 3
until = "<eos>"
[output]
scored = "answer"
)"));
  // The network always answers token 9, <eos>: so every string has one answer.
  EXPECT_EQ(scored_prefixes(task.domain).size(), 6u);
}

TEST(Task, external_model_without_a_folder_is_skipped_with_a_message) {
  Workspace workspace;
  unsetenv("ASSAY_MODELS");
  const std::string file = workspace.write("t.task.toml", replaced(kAddition, "model = \"model\"", "model = \"${models}/adder\""));
  const Result<Task> task = read_task(file);
  ASSERT_TRUE(task);
  EXPECT_THAT(task->skipped.value_or(""), HasSubstr("--models"));
  EXPECT_THAT(read_task(file, {"/nowhere"})->skipped.value_or(""), HasSubstr("/nowhere/adder does not exist"));
}

TEST(CFunction, that_does_not_parse_gives_clangs_message) {
  const Result<CFunction> code = CFunction::from_text("int f(int a) { return a +; }", "broken.c", "f");
  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().kind, ErrorKind::kInput);
  EXPECT_THAT(code.error().to_string(), HasSubstr("expected expression"));
  EXPECT_THAT(CFunction::from_text("int maximum(int a) { return a; }", "f.c", "maximun").error().remedy, HasSubstr("maximum"));
}

TEST(CFunction, that_does_not_end_is_described_with_its_place) {
  const CFunction code = *CFunction::from_text("int f(int a) {\n  while (a >= 0) {\n    a = a % 7;\n  }\n  return a;\n}\n", "loop.c", "f");
  const std::vector<program::Argument> arguments = {program::Argument::scalar(1)};
  EXPECT_THAT(describe_failure(code, arguments, code.interpreter().run(code.id(), arguments)), HasSubstr("endless loop at loop.c:"));
}

}  // namespace
}  // namespace assay::analysis
