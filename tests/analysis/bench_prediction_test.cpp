// Prompts of a template as code tasks, failures predicted from them, and how the predictions are scored.
#include "analysis/bench/prediction.h"

#include <gmock/gmock.h>

#include "analysis/bench/bench_result.h"
#include "analysis/bench/prompt_tasks.h"
#include "analysis/code_tasks/sha256.h"
#include "tests/analysis/bench_support.h"
#include "tests/analysis/workspace.h"
#include "tests/circuits/tokenizer_fixtures.h"

namespace assay::analysis::bench {
namespace {

using analysis::testing::Workspace;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;

const char* const kTask = R"(
name = "loops"
model = "model"
[domain]
template = '''
// ${op}
${later}'''
slots = [
  { slot = "op", texts = ["<", "<="] },
  { slot = "v", texts = ["i", "k"], values = [105, 107] },
  { slot = "later", labels = ["first", "second"], texts = ['''int first(const int *a, int n) {
    for (int ${v} = 0; ${v}''', '''int second(const int *a, int n) {
    for (int ${v} = 0; ${v}'''] },
]
[program]
arguments = ["op", "v"]
[output]
kind = "argmax"
symbols = [" <", " <="]
[code]
slot = "later"
functions = ["first", "second"]
references = "references.c"
)";

const char* const kReferences = R"(
//@ requires n >= 0 && n <= 3;
//@ requires length(a) == n;
//@ ensures result == -1 || (result >= 0 && result < n);
int first(const int *a, int n) {
    for (int i = 0; i < n; i++) { if (a[i] == 0) return i; }
    return -1;
}
//@ requires n >= 0 && n <= 2;
//@ requires length(a) == n;
int second(const int *a, int n) {
    int found = -1;
    for (int i = 0; i < n; i++) if (a[i] == 1) found = i;
    return found;
}
)";

const char* const kRule = R"(
int copied(int op, int v) { return v != 'i' ? op : 0; }
int demanded(int op, int v) { return 0; }
int odd(int op, int v) { return 7; }
int endless(int op, int v) { while (op >= 0) { op = op * 2 % 2; } return 0; }
)";

struct BenchPrediction : InSandbox {
  Workspace workspace;

  void SetUp() override {  // most of it needs no sandbox
    workspace.write("model/tokenizer.json", circuits::byte_level_json({{"<", "="}, {" ", "<"}, {" ", "<="}}).dump());
    workspace.write("references.c", kReferences);
    workspace.write("rule.c", kRule);
  }
  Result<Task> task(const std::string& from = "", const std::string& to = "") const {
    std::string text = kTask;
    if (!from.empty()) text.replace(text.find(from), from.size(), to);
    return read_task(workspace.write("loops.task.toml", text));
  }
  CFunction rule(const std::string& name) const { return *CFunction::load({workspace.path("rule.c"), name}); }
  Result<Suite> suite(const std::string& text, const SuiteOptions& options = {}) const {
    return read_suite(workspace.write("loops.suite.toml", text), options);
  }
};

TEST_F(BenchPrediction, each_prompt_is_a_task_with_its_reference) {
  const Result<std::vector<CodeTask>> tasks = tasks_of_prompts(*task());
  ASSERT_TRUE(tasks) << tasks.error().to_string();
  ASSERT_THAT(*tasks, SizeIs(8));
  const CodeTask& last = tasks->back();
  EXPECT_EQ(last.id, "p0008");
  EXPECT_EQ(last.function, "second");
  EXPECT_EQ(last.declaration, "int second(const int *a, int n) {");
  EXPECT_EQ(last.prompt.substr(last.body_begin()), "\n    for (int k = 0; k");
  EXPECT_THAT(last.contract, ElementsAre("requires n >= 0 && n <= 2;", "requires length(a) == n;"));
  EXPECT_THAT(tasks->front().contract, ::testing::Contains("ensures result == -1 || (result >= 0 && result < n);"));
  EXPECT_THAT(last.attributes, ElementsAre(Pair("op", "<="), Pair("v", "k"), Pair("later", "second")));
  EXPECT_EQ(last.reference_body, "\n    int found = -1;\n    for (int i = 0; i < n; i++) if (a[i] == 1) found = i;\n    return found;\n}");
}

TEST_F(BenchPrediction, prompts_may_call_the_function_and_its_parameters_otherwise_than_the_reference) {
  std::string text = kTask;
  const auto replace = [&](const std::string& from, const std::string& to) { text.replace(text.find(from), from.size(), to); };
  replace("int first(const int *a, int n)", "int find(const int *items, int length)");
  replace("int second(const int *a, int n)", "int find(const int *n, int a)");
  replace("references =", "begins = \"find\"\nreferences =");
  const Result<std::vector<CodeTask>> tasks = tasks_of_prompts(*read_task(workspace.write("loops.task.toml", text)));
  ASSERT_TRUE(tasks) << tasks.error().to_string();
  const CodeTask &first = tasks->front(), &second = tasks->back();
  EXPECT_EQ(first.function, "find");
  EXPECT_EQ(first.family, "first");
  EXPECT_THAT(*first.reference, HasSubstr("int find(const int *a, int n) {")) << "the reference keeps its parameters";
  EXPECT_THAT(*first.reference, HasSubstr("int second("));
  EXPECT_THAT(first.contract, ElementsAre("requires length >= 0 && length <= 3;", "requires length(items) == length;",
                                          "ensures result == -1 || (result >= 0 && result < length);"));
  EXPECT_THAT(second.contract, ElementsAre("requires a >= 0 && a <= 2;", "requires length(n) == a;")) << "names that change places";
}

TEST_F(BenchPrediction, references_may_have_another_function_of_the_name_that_the_prompts_use) {
  workspace.write("references.c", std::string("int find(int n) { return n; }\n") + kReferences);
  std::string text = kTask;
  const auto replace = [&](const std::string& from, const std::string& to) { text.replace(text.find(from), from.size(), to); };
  replace("int first(const int *a, int n)", "int find(const int *a, int n)");
  replace("int second(const int *a, int n)", "int find(const int *v, int n)");
  replace("references =", "begins = \"find\"\nreferences =");
  const Result<Task> read = read_task(workspace.write("loops.task.toml", text));
  ASSERT_TRUE(read) << read.error().to_string();
  const Result<std::vector<CodeTask>> tasks = tasks_of_prompts(*read);
  ASSERT_TRUE(tasks) << tasks.error().to_string();
  EXPECT_THAT(*tasks->front().reference, HasSubstr("int first(int n) { return n; }")) << "they change names";
  EXPECT_THAT(tasks->front().reference_body, HasSubstr("if (a[i] == 0) return i;"));
}

TEST_F(BenchPrediction, a_function_is_not_mistaken_for_one_whose_name_ends_like_its_own) {
  workspace.write("references.c", std::string("int at_first(int n) { return n; }\nint not_second(int n) { return -n; }\n") + kReferences);
  const Result<std::vector<CodeTask>> tasks = tasks_of_prompts(*task("int first(const", "int at_first(int n) { return n; }\nint first(const"));
  ASSERT_TRUE(tasks) << tasks.error().to_string();
  EXPECT_EQ(tasks->front().declaration, "int first(const int *a, int n) {");
  EXPECT_THAT(tasks->front().reference_body, HasSubstr("if (a[i] == 0) return i;"));
  EXPECT_THAT(tasks->back().reference_body, HasSubstr("int found = -1;"));
  const Result<std::vector<CodeTask>> other = tasks_of_prompts(*task("int second(const", "int not_second(const"));
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, HasSubstr("does not begin the function 'second'"));
}

TEST_F(BenchPrediction, what_stands_behind_the_prompt_is_judged_with_the_whole_function) {
  if (Status status = sandbox_available(); !status) GTEST_SKIP() << status.error().to_string();
  const std::vector<CodeTask> tasks = *tasks_of_prompts(*task());
  const auto samples = [](const std::string& comparison) {
    const std::string answer = comparison + " n; k++) if (a[k] == 1) return -1;\n    return -1;\n}\nint later(void) { return 0; }";
    return std::vector<Sample>{{.answer = answer, .finish = "from a file"}};
  };
  Cache cache = *Cache::open("");
  const auto labelled = [&](const std::string& comparison) {
    const Result<BenchRun> run = judge_completions({tasks.back()}, {samples(comparison)}, {}, cache, session_);
    EXPECT_TRUE(run) << run.error().to_string();
    return run->models[0].tasks[0].answers[0];
  };
  const JudgedAnswer right = labelled(" <"), past_the_end = labelled(" <=");
  EXPECT_TRUE(right.text.ends_with("return -1;\n}\n")) << "cut where the function ends, not its loop";
  EXPECT_EQ(label_of(right.judgement), Label::kWrong);
  EXPECT_EQ(right.judgement.safety.grade, Grade::kProved) << right.judgement.safety.reason;
  EXPECT_EQ(label_of(past_the_end.judgement), Label::kUnsafe);
  EXPECT_EQ(past_the_end.judgement.safety.check, "pointer-bounds");
}

TEST_F(BenchPrediction, is_made_of_every_prompt_and_hashed) {
  const Result<Predictions> found = predict(*task(), rule("copied"), rule("demanded"));
  ASSERT_TRUE(found) << found.error().to_string();
  ASSERT_THAT(found->entries, SizeIs(8));
  std::vector<bool> fails;
  for (const Prediction& entry : found->entries) fails.push_back(entry.fails());
  EXPECT_THAT(fails, ElementsAre(false, false, false, false, false, false, true, true));
  EXPECT_EQ(found->entries[6].token, " <=");
  EXPECT_EQ(found->entries[6].demanded, " <");
  EXPECT_EQ(found->sha256, code_tasks::sha256(found->text));
  EXPECT_EQ(std::count(found->text.begin(), found->text.end(), '\n'), 9);
  EXPECT_NE(found->sha256, predict(*task(), rule("demanded"), rule("demanded"))->sha256);
}

TEST_F(BenchPrediction, rules_without_an_answer_are_refused_with_the_prompt) {
  EXPECT_THAT(predict(*task(), rule("odd"), rule("demanded")).error().message,
              HasSubstr("odd gives no token of the output on op=<, v=i, later=first: it returns 7"));
  EXPECT_THAT(predict(*task(), rule("endless"), rule("demanded")).error().message, HasSubstr("does not end"));
}

/// A sample that wrote `token` first, where the model ranks `best` first.
Sample sample_of(const std::string& token, const std::string& best, double log_probability) {
  return {.answer = token + " n;", .tokens = {{0, token.size(), -0.5, {{best, 0.6}}}}, .log_probability = log_probability, .finish = "stop string"};
}

TEST_F(BenchPrediction, scores_count_hits_false_alarms_and_what_failed_elsewhere) {
  const std::vector<CodeTask> tasks = *tasks_of_prompts(*task());
  const Predictions predictions = *predict(*task(), rule("copied"), rule("demanded"));
  ModelRun model;
  const auto add = [&](const std::string& token, double log_probability, Grade safety, Grade meaning) {
    TaskRun& run = model.tasks.emplace_back();
    run.samples = {sample_of(token, token, log_probability)};
    run.answers = {answer_of(safety, meaning)};
  };
  add(" <", -1, Grade::kProved, Grade::kProved);     // p0001, first
  add(" <", -2, Grade::kProved, Grade::kRefuted);    // p0002, second: fails elsewhere
  add(" <", -3, Grade::kProved, Grade::kProved);     // p0003
  add(" !=", -4, Grade::kProved, Grade::kUnknown);   // p0004: neither reached nor decided
  add(" <=", -9, Grade::kRefuted, Grade::kUnknown);  // p0005: fails where the rule says it does not
  add(" <", -1, Grade::kProved, Grade::kProved);     // p0006
  add(" <=", -9, Grade::kRefuted, Grade::kUnknown);  // p0007: predicted
  add(" <", -1, Grade::kProved, Grade::kProved);     // p0008: predicted, and does not fail
  const PredictionScore score = score_predictions(predictions, tasks, model);
  EXPECT_EQ(score.samples, 8u);
  EXPECT_EQ(score.reached, 7u);
  EXPECT_EQ(score.decided_as_ruled, 5u);
  EXPECT_EQ(score.left_out, 1u);
  EXPECT_EQ(score.failed, 3u);
  EXPECT_EQ(score.failed_elsewhere, 1u);
  ASSERT_THAT(score.predictors, SizeIs(4));
  const auto counts = [&](std::size_t i) {
    const PredictorScore& each = score.predictors[i];
    return std::vector<std::uint64_t>{each.hits, each.false_alarms, each.misses, each.right_passes};
  };
  EXPECT_THAT(counts(0), ElementsAre(1, 1, 2, 3)) << "the rule";
  EXPECT_THAT(counts(1), ElementsAre(2, 0, 1, 4)) << "the model's first choice";
  EXPECT_THAT(counts(2), ElementsAre(0, 2, 3, 2)) << "of the four `first`, two fail: a right one sees 2 of 3 others fail, a failed one 1 of 3";
  EXPECT_THAT(counts(3), ElementsAre(3, 1, 0, 3)) << "up to -2 all three fail, and one of -3 does not";
  EXPECT_EQ(to_json(*prediction_score_from_json(to_json(score))), to_json(score));
  EXPECT_FALSE(prediction_score_from_json(Json{{"samples", 3}}));
  EXPECT_DOUBLE_EQ(*score.predictors[0].precision(), 0.5);
  EXPECT_FALSE(PredictorScore{}.precision());
  EXPECT_THAT(to_table(score), HasSubstr("7 of 8 samples reach the site, 5 of these decide as the rule says"));
  const ProbePredictions probe{"a linear probe (resid_pre.3)", {" <", " <", " <=", " <", " <=", " <", " <=", " <"}};
  const PredictionScore probed = score_predictions(predictions, tasks, model, &probe);
  ASSERT_THAT(probed.predictors, SizeIs(5));
  EXPECT_EQ(probed.predictors[2].name, probe.name);
  EXPECT_EQ(probed.predictors[2].hits, 2u) << "p0005 and p0007";
  EXPECT_EQ(probed.predictors[2].false_alarms, 1u) << "p0003";
  EXPECT_EQ(probed.predictors[2].misses, 1u) << "p0002";
}

TEST_F(BenchPrediction, a_site_that_is_never_reached_is_said_to_be) {
  const std::vector<CodeTask> tasks = *tasks_of_prompts(*task());
  const Predictions predictions = *predict(*task(), rule("copied"), rule("demanded"));
  ModelRun model;
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    TaskRun& run = model.tasks.emplace_back();
    run.samples = {sample_of(" !=", " !=", -1)};
    run.answers = {answer_of(Grade::kProved, Grade::kProved)};
  }
  EXPECT_THAT(to_table(score_predictions(predictions, tasks, model)), HasSubstr("the site is never reached: no sample begins with"));
  model.tasks[3].samples = {sample_of(" <", " <", -1)};
  EXPECT_THAT(to_table(score_predictions(predictions, tasks, model)), ::testing::Not(HasSubstr("never reached")));
}

TEST_F(BenchPrediction, suite_takes_the_prompts_of_a_task_and_its_model) {
  ASSERT_TRUE(task());
  const Result<Suite> found = suite(
      "[requests]\ntask = \"loops.task.toml\"\n[prediction]\nrule = { file = \"rule.c\", function = \"copied\" }\ndemanded = { file = \"rule.c\", "
      "function = \"demanded\" }\n",
      {.limit = 3});
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_THAT(found->tasks, SizeIs(3));
  ASSERT_THAT(found->models, SizeIs(1));
  EXPECT_EQ(found->models[0].path, workspace.path("model"));
  EXPECT_TRUE(found->prediction);
}

TEST_F(BenchPrediction, a_suite_takes_only_the_prompts_that_its_function_picks) {
  ASSERT_TRUE(task());
  const Result<Suite> found = suite("[requests]\ntask = \"loops.task.toml\"\nwhere = { file = \"rule.c\", function = \"copied\" }\n");
  ASSERT_TRUE(found) << found.error().to_string();
  ASSERT_THAT(found->tasks, SizeIs(2)) << "`<=` and k, before either function";
  EXPECT_THAT(found->tasks[0].prompt, HasSubstr("// <=\nint first(const int *a, int n) {\n    for (int k = 0; k"));
}

TEST_F(BenchPrediction, suites_and_tasks_that_do_not_fit_are_refused_at_their_place) {
  ASSERT_TRUE(task());
  const std::string requests = "[requests]\ntask = \"loops.task.toml\"\n";
  EXPECT_THAT(suite(requests + "[prediction]\ndemanded = { file = \"rule.c\", function = \"demanded\" }\n").error().message,
              HasSubstr("names no rule"));
  EXPECT_THAT(suite(requests, {.variants = true}).error().message, HasSubstr("the suite's requests are prompts"));
  EXPECT_THAT(suite("[requests]\ncount = 2\n[prediction]\n").error().message, HasSubstr("unknown key 'prediction'"));
  ASSERT_TRUE(task("[code]\nslot = \"later\"\nfunctions = [\"first\", \"second\"]\nreferences = \"references.c\"\n", ""));
  EXPECT_THAT(suite(requests).error().message, HasSubstr("the task has no [code]"));
  EXPECT_THAT(task("[code]\nslot = \"later\"", "[code]\nslot = \"latre\"").error().remedy, HasSubstr("did you mean 'later'?"));
  EXPECT_THAT(task("[\"first\", \"second\"]\nref", "[\"first\"]\nref").error().message, HasSubstr("1 functions for the 2 texts of slot 'later'"));
  EXPECT_THAT(task("references =", "rest = [\";\"]\nreferences =").error().message, HasSubstr("1 completions for the 2 texts of slot 'later'"));
  EXPECT_THAT(task("references =", "rest = [\";\", \"${w}\"]\nreferences =").error().message, HasSubstr("uses the slot 'w', which is not declared"));
  ASSERT_TRUE(task("functions = [\"first\", \"second\"]", "functions = [\"second\", \"first\"]"));
  EXPECT_THAT(suite(requests).error().message, HasSubstr("does not begin the function 'second'"));
}

TEST_F(BenchPrediction, suite_of_a_model_that_is_not_installed_is_skipped) {
  ASSERT_TRUE(task("model = \"model\"", "model = \"absent\"\ninstall = \"scripts/get-model absent\""));
  const Result<Suite> found = suite("[requests]\ntask = \"loops.task.toml\"\n");
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_THAT(found->models.at(0).missing, HasSubstr("`scripts/get-model absent` does it"));
  EXPECT_THAT(found->tasks, SizeIs(0));
}

}  // namespace
}  // namespace assay::analysis::bench
