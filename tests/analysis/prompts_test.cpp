// Prompts of a template: whole texts become tokens, slots know where they end, and the domain, the programs and the examples follow them.
#include "analysis/tasks/prompts.h"

#include <gmock/gmock.h>

#include "analysis/claims/circuit_examples.h"
#include "analysis/tasks/labels.h"
#include "tests/analysis/fake_network.h"
#include "tests/analysis/scored_prefixes.h"
#include "tests/analysis/workspace.h"
#include "tests/circuits/tokenizer_fixtures.h"

namespace assay::analysis {
namespace {

using circuits::Answer;
using ::testing::ElementsAre;
using testing::FakeNetwork;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::scored_prefixes;
using ::testing::SizeIs;
using testing::Workspace;

const std::vector<std::pair<std::string, std::string>> kMerges = {{"<", "="}, {" ", "<"}, {" ", "<="}};

circuits::Tokenizer tokenizer() { return circuits::tokenizer_of(circuits::byte_level_json(kMerges)); }

PromptTemplate loops() {
  return {"${line}${v};",
          {{"op", {"<", "<="}, {0, 1}, {}}, {"v", {"i", "k"}, {105, 107}, {}}, {"line", {"${v} ${op} n;", "n;"}, {0, 1}, {"loop", ""}}}};
}

std::string refusal(PromptTemplate form) {
  const Result<Prompts> prompts = Prompts::create(std::move(form), tokenizer());
  return prompts ? "no error" : prompts.error().to_string();
}

TEST(Prompts, whole_text_becomes_tokens_and_slots_end_where_their_last_byte_lies) {
  const Prompts prompts = *Prompts::create({"${v} ${op} n;${v}", {{"op", {"<", "<="}, {0, 1}, {}}, {"v", {"i", "k"}, {0, 1}, {}}}}, tokenizer());
  ASSERT_THAT(prompts.all(), SizeIs(4));
  const Prompt& last = prompts.all()[3];
  EXPECT_EQ(last.text, "k <= n;k");
  EXPECT_THAT(last.choices, ElementsAre(1, 1));
  EXPECT_THAT(last.tokens, ElementsAre('k', 258, ' ', 'n', ';', 'k')) << "the space before the slot belongs to its token";
  EXPECT_THAT(last.places, ElementsAre(ElementsAre(1), ElementsAre(0, 5)));
  EXPECT_EQ(prompts.described(last), "op=<=, v=k");
  EXPECT_EQ(prompts.longest(), 6);
}

TEST(Prompts, tree_of_tokens_leads_to_each_prompt_and_nowhere_else) {
  DomainSpec spec;
  spec.prompts = std::make_shared<const Prompts>(*Prompts::create({"a${x}", {{"x", {"", "b", "bc", "d"}, {0, 1, 2, 3}, {}}}}, tokenizer()));
  const Prompts& prompts = *spec.prompts;
  std::vector<std::string> reached;
  for (const Tokens& prefix : scored_prefixes(Domain(spec))) reached.push_back(prompts.find(prefix)->text);
  EXPECT_THAT(reached, ElementsAre("a", "ab", "abc", "ad"));
  EXPECT_EQ(prompts.find(Tokens{'a', 'c'}), nullptr);
  EXPECT_THAT(prompts.all()[0].places[0], IsEmpty()) << "an empty text has no token";
}

TEST(Prompts, neighbours_differ_in_one_slot_of_those_allowed) {
  const Prompts prompts = *Prompts::create(
      {"${a}${b}${c}", {{"a", {"1", "2"}, {0, 1}, {}}, {"b", {"x", "y", "z"}, {0, 1, 2}, {}}, {"c", {"+", "-"}, {0, 1}, {}}}}, tokenizer());
  const auto texts = [&](std::size_t prompt, const std::vector<std::size_t>& slots) {
    std::vector<std::string> found;
    for (const std::size_t each : prompts.neighbours(prompt, slots)) found.push_back(prompts.all()[each].text);
    return found;
  };
  ASSERT_EQ(prompts.all()[9].text, "2y-");
  EXPECT_THAT(texts(9, {}), ::testing::UnorderedElementsAre("1y-", "2x-", "2z-", "2y+"));
  EXPECT_THAT(texts(9, {0}), ElementsAre("1y-"));
}

TEST(Prompts, templates_that_make_no_sense_say_why) {
  PromptTemplate form = loops();
  EXPECT_THAT(refusal(form), HasSubstr("two choices give the same prompt: op=<, v=i, line= and op=<=, v=i, line="));
  form = loops();
  form.text = "${lime}";
  EXPECT_THAT(refusal(form), HasSubstr("'lime', which is not declared; did you mean 'line'?"));
  form.text = "${v";
  EXPECT_THAT(refusal(form), HasSubstr("never closed"));
  form.text = "${v}";
  form.slots = {{"v", {"i"}, {0}, {}}, {"w", {"j"}, {0}, {}}};
  EXPECT_THAT(refusal(form), HasSubstr("no text uses the slot 'w'"));
  form.slots[1].texts = {};
  EXPECT_THAT(refusal(form), HasSubstr("slot 'w' has no texts"));
  form.slots = {{"v", {"i${v}"}, {0}, {}}};
  EXPECT_THAT(refusal(form), HasSubstr("the slot 'v' holds itself"));
  form.slots = {{"v", {"i", "j"}, {0}, {}}};
  EXPECT_THAT(refusal(form), HasSubstr("2 texts, 1 values and 0 labels"));
  form.slots = {{"v", {""}, {0}, {}}};
  EXPECT_THAT(refusal(form), HasSubstr("is empty"));
}

TEST(Prompts, more_than_can_be_run_and_texts_that_grow_without_end_are_refused) {
  PromptTemplate form;
  for (int slot = 0; slot < 6; ++slot) {
    PromptSlot each{"s" + std::to_string(slot), {}, {}, {}};
    for (int text = 0; text < 10; ++text) each.texts.push_back(std::to_string(text)), each.values.push_back(text);
    form.text += "${s" + std::to_string(slot) + "}";
    form.slots.push_back(each);
  }
  EXPECT_THAT(refusal(form), HasSubstr("more than 100000 prompts"));
  form.slots.resize(4);
  form.text = "${s0}${s1}${s2}${s3}" + std::string(8'000, 'x');
  EXPECT_THAT(refusal(form), HasSubstr("have about 76 MB, more than 64 MB"));
  form = {"${s0}", {}};
  for (int slot = 0; slot < 40; ++slot) {
    const std::string next = slot == 39 ? "x" : "${s" + std::to_string(slot + 1) + "}";
    form.slots.push_back({"s" + std::to_string(slot), {next + next}, {0}, {}});
  }
  EXPECT_THAT(refusal(form), HasSubstr("more than 1048576 bytes")) << "doubled 40 times";
}

// ---- as the domain of a task ------------------------------------------------------------------------------------------

const char* const kTask = R"(
name = "loops"
model = "model"
[domain]
template = "${before} ${op} n;${v}"
slots = [
  { slot = "op", texts = ["<", "<="] },
  { slot = "before", texts = ["i", "k"], values = [105, 107] },
  { slot = "v", texts = ["i", "k"], values = [105, 107] },
]
[program]
arguments = ["op", "before", "v"]
[output]
kind = "argmax"
symbols = ["<", "<="]
[positions]
op = { slot = "op" }
last_name = { slot = "v", index = 0 }
[counterfactual]
partner = "slot"
)";

const char* const kProgram = R"(
int copied(int op, int before, int v) { return before == v && v != 'i' ? op : 0; }
int inside(int op, int before, int v) { return v == 'k'; }
)";

struct PromptTask : ::testing::Test {
  Workspace workspace;

  void SetUp() override {
    workspace.write("model/tokenizer.json", circuits::byte_level_json(kMerges).dump());
    workspace.write("copied.c", kProgram);
  }
  Result<Task> read(const std::string& from = "", const std::string& to = "") const {
    std::string text = kTask;
    if (!from.empty()) text.replace(text.find(from), from.size(), to);
    return read_task(workspace.write("loops.task.toml", text));
  }
  std::string refusal(const std::string& from, const std::string& to) const {
    const Result<Task> task = read(from, to);
    return task ? "no error" : task.error().to_string();
  }
};

TEST_F(PromptTask, program_is_called_with_the_values_of_the_slots) {
  const Result<Task> task = read();
  ASSERT_TRUE(task) << task.error().to_string();
  EXPECT_EQ(task->domain.size_bound(), 8);
  EXPECT_EQ(task->domain.described(), "8 prompts: 2 op x 2 before x 2 v");
  const Result<CFunction> program = CFunction::from_text(kProgram, "copied.c", "copied");
  const Result<Labels> labels = Labels::create(*task, task->domain, *program);
  ASSERT_TRUE(labels) << labels.error().to_string();
  BoundArguments scratch;
  for (const Prompt& prompt : task->domain.spec().prompts->all()) {
    EXPECT_TRUE(task->domain.scored(prompt.tokens));
    EXPECT_EQ(labels->label(prompt.tokens, scratch).value, prompt.text == "k <= n;k" ? 1 : 0) << prompt.text;
  }
}

TEST_F(PromptTask, positions_are_where_slots_end) {
  const Task task = *read();
  const Prompt& prompt = task.domain.spec().prompts->all()[7];
  EXPECT_EQ(task.locate(*task.position("op"), prompt.tokens), 1);
  EXPECT_EQ(task.locate(*task.position("last_name"), prompt.tokens), 5);
  EXPECT_EQ(task.input_text(prompt.tokens), "op=<=, before=k, v=k");
}

TEST_F(PromptTask, misuse_is_refused_at_its_place) {
  EXPECT_THAT(refusal("template", "sequence = []\ntemplate"), HasSubstr("more than one of `sequence`, `alphabet` and `template`"));
  EXPECT_THAT(refusal("partner = \"slot\"", "partner = \"slot\"\nslots = [\"bevore\"]"), HasSubstr("did you mean 'before'?"));
  EXPECT_THAT(refusal("partner = \"slot\"", "slots = [\"v\"]"), HasSubstr("use it with `template` and partner = \"slot\""));
  EXPECT_THAT(refusal("{ slot = \"op\" }", "{ slot = \"pp\" }"), HasSubstr("did you mean 'op'?"));
  EXPECT_THAT(refusal("template", "answer = 2\ntemplate"), HasSubstr("not fed back"));
  EXPECT_THAT(refusal("template", "start = [\"a\"]\ntemplate"), HasSubstr("`start` beside a template"));
  EXPECT_THAT(refusal("texts = [\"<\", \"<=\"]", "text = [\"<\", \"<=\"]"), HasSubstr("did you mean 'texts'?"));
}

TEST_F(PromptTask, model_that_is_not_installed_skips_the_entry_with_the_command) {
  const Result<Task> task = read("model = \"model\"", "model = \"absent\"\ninstall = \"scripts/get-model absent\"");
  ASSERT_TRUE(task) << task.error().to_string();
  ASSERT_TRUE(task->skipped);
  EXPECT_THAT(*task->skipped, HasSubstr("`scripts/get-model absent` does it"));
}

struct PromptExamples : PromptTask {
  NetworkStore store;
  Cache cache = *Cache::open("");

  /// Copies `<=` (token 258) where both names are `k`, else writes `<`.
  Result<ExampleSet> examples(const std::string& keys, std::size_t most) {
    Result<Task> task = read("partner = \"slot\"", keys);
    EXPECT_TRUE(task) << task.error().to_string();
    auto network = std::make_unique<FakeNetwork>([](std::span<const TokenId>) { return 0; },
                                                 [](std::span<const TokenId> prefix, std::optional<std::int64_t>) {
                                                   const bool copies = prefix.front() == 'k' && prefix.back() == 'k' && prefix[1] == 258;
                                                   return Answer{copies ? 256 : '<', 0, 1};
                                                 });
    Hypothesis hypothesis;
    hypothesis.task = *task;
    Json report;
    const VerifyOptions options;
    ClaimContext context{hypothesis, options, store, cache, workspace.session, report};
    return make_examples(context, *network, task->domain, most, 1);
  }
};

TEST_F(PromptExamples, are_the_prompts_with_a_partner_one_slot_away_in_the_whole_domain) {
  const Result<ExampleSet> set = examples("partner = \"slot\"", 100);
  ASSERT_TRUE(set) << set.error().to_string();
  // k <= n;k against each of its three neighbours; the other four prompts have no partner.
  EXPECT_THAT(set->paired, SizeIs(4));
  EXPECT_THAT(set->unpaired, SizeIs(4));
  EXPECT_EQ(set->without_partner, 4u);
  EXPECT_FALSE(set->whole_domain);
  for (const circuits::Example& example : set->paired) {
    EXPECT_NE(example.correct, example.incorrect);
    EXPECT_EQ(example.clean.size(), example.corrupted.size());
  }
}

TEST_F(PromptExamples, change_the_named_slots_alone) {
  const Result<ExampleSet> set = examples("partner = \"slot\"\nslots = [\"op\"]", 100);
  ASSERT_TRUE(set) << set.error().to_string();
  ASSERT_THAT(set->paired, SizeIs(2));
  EXPECT_EQ(set->paired[0].clean, set->paired[1].corrupted);
  EXPECT_EQ(set->paired[0].clean.front(), 'k');
  EXPECT_EQ(set->without_partner, 6u);
}

TEST_F(PromptExamples, are_contrasted_by_what_is_asked_for_where_the_task_says_so) {
  const Result<ExampleSet> set = examples("partner = \"slot\"\nslots = [\"op\"]\ndemanded = \"op\"", 100);
  ASSERT_TRUE(set) << set.error().to_string();
  ASSERT_THAT(set->paired, SizeIs(8)) << "also those that are answered alike";
  EXPECT_EQ(set->without_partner, 0u);
  for (const circuits::Example& example : set->paired) {
    const bool inclusive = example.clean[1] == 258;
    EXPECT_EQ(example.correct, Tokens{inclusive ? 256 : '<'});
    EXPECT_EQ(example.incorrect, Tokens{inclusive ? '<' : 256});
  }
}

TEST_F(PromptTask, demanded_symbols_need_a_slot_with_a_text_for_each) {
  const std::string slot = "partner = \"slot\"";
  EXPECT_THAT(refusal(slot, slot + "\ndemanded = \"bevore\""), HasSubstr("did you mean 'before'?"));
  EXPECT_THAT(refusal(slot, "demanded = \"op\""), HasSubstr("use it with `template`, partner = \"slot\""));
  std::string text = kTask;
  text.replace(text.find("\"<\", \"<=\"]\n"), 9, "\"<\", \"<=\", \"n\"");  // of the symbols
  text += "demanded = \"op\"\n";
  EXPECT_THAT(read_task(workspace.write("loops.task.toml", text)).error().to_string(), HasSubstr("slot 'op' has 2 texts, the output 3 symbols"));
}

TEST_F(PromptExamples, are_a_seeded_sample_where_fewer_are_asked_for) {
  const Result<ExampleSet> set = examples("partner = \"slot\"", 3);
  ASSERT_TRUE(set) << set.error().to_string();
  EXPECT_THAT(set->paired, SizeIs(3));
  EXPECT_EQ(set->without_partner, 4u) << "counted in the domain, not in the sample";
}

}  // namespace
}  // namespace assay::analysis
