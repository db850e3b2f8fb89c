// Repairs: doses read from a suite, what they become in the network, and what the report says that they changed.
#include "analysis/bench/repair.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/bench/bench_result.h"
#include "analysis/bench/pages/report_reader.h"
#include "base/cache.h"
#include "base/files.h"
#include "tests/analysis/bench_support.h"
#include "tests/circuits/tokenizer_fixtures.h"

namespace assay::analysis::bench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using Where = circuits::Intervention::Where;

constexpr const char* kModels = "[[model]]\nname = \"a\"\npath = \"model\"\n[[model]]\nname = \"b\"\npath = \"model\"\n[requests]\ncount = 1\n";

class BenchRepair : public InSandbox {
 protected:
  void SetUp() override {}  // only one test runs code
  Result<Suite> suite(const std::string& repairs) {
    EXPECT_TRUE(write_file(folder_.path() + "/a.suite.toml", kModels + repairs));
    return read_suite(folder_.path() + "/a.suite.toml", {});
  }
  void expect_refused(const std::string& repair, const std::string& reason) {
    const Result<Suite> found = suite("[[repair]]\nname = \"x\"\n" + repair);
    ASSERT_FALSE(found) << reason;
    EXPECT_THAT(found.error().to_string(), HasSubstr(reason));
  }
  TemporaryFolder folder_ = std::move(*TemporaryFolder::create("assay-repair-"));
};

TEST_F(BenchRepair, every_dose_is_a_model_behind_the_one_that_it_changes) {
  const Result<Suite> found = suite(
      "[[repair]]\nname = \"heads\"\nheads = [\"a18.h6\", \"a2.h11\"]\nscale = [0, 0.5]\n"
      "[[repair]]\nname = \"bias\"\nmodels = [\"b\"]\ntokens = [\" <\"]\nbias = [2]\nat = \"answer\"\n");
  ASSERT_TRUE(found) << found.error().to_string();
  std::vector<std::string> names;
  for (const SuiteModel& model : found->models) names.push_back(model.name);
  EXPECT_THAT(names, ElementsAre("a", "a, heads 0", "a, heads 0.5", "b", "b, heads 0", "b, heads 0.5", "b, bias 2"));
  EXPECT_FALSE(found->models[0].repair);
  const Repair &half = *found->models[5].repair, &bias = *found->models[6].repair;
  EXPECT_EQ(half.of, "b");
  EXPECT_THAT(half.heads, ElementsAre(Pair(18, 6), Pair(2, 11)));
  EXPECT_EQ(half.described(), "a18.h6, a2.h11 x 0.5, at the site");
  EXPECT_EQ(bias.described(), "' <' +2, in the answer");
}

TEST_F(BenchRepair, a_model_made_from_another_is_compared_with_it) {
  const std::string models = "[[model]]\nname = \"tuned\"\npath = \"tuned\"\nof = \"ORIGIN\"\n" + std::string(kModels);
  const auto with = [&](const std::string& origin) {
    std::string text = models;
    text.replace(text.find("ORIGIN"), 6, origin);
    EXPECT_TRUE(write_file(folder_.path() + "/a.suite.toml", text));
    return read_suite(folder_.path() + "/a.suite.toml", {});
  };
  const Result<Suite> found = with("b");
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_TRUE(found->models[0].repair->other_weights);
  EXPECT_EQ(found->models[0].repair->of, "b");
  EXPECT_EQ(found->models[0].repair->described(), "weights of its own");
  const std::optional<Repair> read = repair_from_json(to_json(*found->models[0].repair));
  ASSERT_TRUE(read && read->other_weights);
  EXPECT_THAT(with("c").error().to_string(), HasSubstr("name one of 'a', 'b'"));
  EXPECT_THAT(with("tuned").error().to_string(), HasSubstr("no model of the suite that stands for itself"));
}

TEST_F(BenchRepair, what_is_no_repair_is_refused_with_its_key) {
  expect_refused("scale = [0]\n", "must have either heads and their scale, or tokens and their bias, or what to patch from");
  expect_refused("heads = [\"a1.h1\"]\ntokens = [\" <\"]\nscale = [0]\n",
                 "must have either heads and their scale, or tokens and their bias, or what to patch from");
  expect_refused("heads = [\"a1.h1\"]\nbias = [0]\n", "must have either heads and their scale, or tokens and their bias, or what to patch from");
  for (const char* head : {"a1h1", "m3", "a1.h", "a1.h1x", "a.h1", "a99999999999.h1"})
    expect_refused("heads = [\"" + std::string(head) + "\"]\nscale = [0]\n", "is no attention head");
  expect_refused("heads = [\"a1.h1\"]\nscale = [0]\nat = \"sit\"\n", "did you mean \"site\"?");
  expect_refused("heads = [\"a1.h1\"]\nscales = [0]\n", "scale");
}

TEST_F(BenchRepair, becomes_an_intervention_of_the_models_tokens) {
  const circuits::Tokenizer words = circuits::tokenizer_of(circuits::byte_level_json({{" ", "<"}}));
  const Result<circuits::Intervention> heads = intervention_of({.name = "h", .heads = {{1, 2}}, .scale = 0.5, .where = Where::kAnswer}, words);
  ASSERT_TRUE(heads);
  EXPECT_EQ(heads->where, Where::kAnswer);
  EXPECT_EQ(heads->heads.at(0).layer, 1);
  EXPECT_EQ(heads->heads.at(0).head, 2);
  EXPECT_EQ(heads->heads.at(0).scale, 0.5F);
  const Result<circuits::Intervention> bias = intervention_of({.name = "b", .tokens = {" <"}, .bias = -2}, words);
  ASSERT_TRUE(bias) << bias.error().to_string();
  EXPECT_EQ(bias->biases.at(0).token, words.encode(" <")->tokens.at(0));
  EXPECT_EQ(bias->biases.at(0).by, -2.0F);
  const Result<circuits::Intervention> two = intervention_of({.name = "b", .of = "m", .tokens = {" <="}, .bias = 1}, words);
  ASSERT_FALSE(two);
  EXPECT_THAT(two.error().message, HasSubstr("' <=' is 2 tokens of 'm'"));
}

/// A model whose answers to as many requests carry these labels.
ModelRun labelled(const std::vector<Label>& labels, const std::string& answer) {
  ModelRun run;
  for (const Label label : labels) {
    TaskRun task;
    task.samples.push_back({.answer = answer, .finish = "stop string"});
    const auto grade = [&](Label refuted) { return label == refuted ? Grade::kRefuted : Grade::kProved; };
    JudgedAnswer judged = answer_of(grade(Label::kUnsafe), grade(Label::kWrong));
    judged.judgement.parses = judged.judgement.compiles = label != Label::kBroken;
    EXPECT_EQ(label_of(judged.judgement), label);
    task.answers.push_back(judged);
    run.tasks.push_back(task);
  }
  return run;
}

TEST_F(BenchRepair, counts_what_became_proved_and_what_no_longer_is) {
  using enum Label;
  const RepairScore score =
      score_repair(labelled({kProved, kProved, kUnsafe, kWrong, kBroken}, "x"), labelled({kProved, kWrong, kProved, kUnsafe, kBroken}, "y"));
  EXPECT_EQ(score.samples, 5u);
  EXPECT_EQ(score.other_answers, 5u);
  EXPECT_EQ(score.proved_before, 2u);
  EXPECT_EQ(score.proved_after, 2u);
  EXPECT_EQ(score.became_proved, 1u);
  EXPECT_EQ(score.no_longer_proved, 1u);
  EXPECT_EQ(score.unsafe_before, 1u);
  EXPECT_EQ(score.unsafe_after, 1u);
  EXPECT_EQ(score.wrong_before, 1u);
  EXPECT_EQ(score.wrong_after, 1u);
}

TEST_F(BenchRepair, answers_of_the_changed_model_are_judged_beside_its_own) {
  if (Status status = sandbox_available(); !status) GTEST_SKIP() << status.error().to_string();
  ASSERT_TRUE(write_file(folder_.path() + "/other.c", "int sum(const int *a, int n) {\n"));
  const std::string path = std::string("path = \"") + ASSAY_SOURCE_DIR + "/zoo/code/";
  ASSERT_TRUE(
      write_file(folder_.path() + "/a.suite.toml", "[[model]]\nname = \"code\"\n" + path + "model\"\n[[model]]\nname = \"faulty\"\n" + path +
                                                       "organism_01/model\"\nof = \"code\"\n[[model]]\nname = \"same\"\n" + path +
                                                       "model\"\nof = \"code\"\n[requests]\ncount = 2\nseed = 20\n"
                                                       "[unrelated]\nfiles = [\"other.c\"]\n"
                                                       "[[repair]]\nname = \"none\"\nmodels = [\"code\"]\nheads = [\"a0.h0\"]\nscale = [1]\n"
                                                       "[[repair]]\nname = \"no end\"\nmodels = [\"code\"]\ntokens = [\";\"]\nbias = [-1000]\nat = "
                                                       "\"answer\"\n"));
  Result<Suite> suite = read_suite(folder_.path() + "/a.suite.toml", {});
  ASSERT_TRUE(suite) << suite.error().to_string();
  Result<Cache> cache = Cache::open("");
  Result<BenchRun> run = run_suite(*suite, *cache, session_);
  ASSERT_TRUE(run) << run.error().to_string();
  ASSERT_EQ(run->models.size(), 5u);  // code, its repairs, and the two made from it
  EXPECT_EQ(run->models[4].divergence->mean_kl, 0);
  EXPECT_EQ(score_repair(run->models[0], run->models[4]).other_answers, 0u);
  EXPECT_GT(run->models[3].divergence->mean_kl, 1e-4);
  const RepairScore none = score_repair(run->models[0], run->models[1]), no_end = score_repair(run->models[0], run->models[2]);
  EXPECT_EQ(none.proved_before, 2u);
  EXPECT_EQ(none.other_answers, 0u);
  EXPECT_EQ(run->models[1].divergence->mean_kl, 0);
  EXPECT_EQ(no_end.other_answers, 2u);
  EXPECT_EQ(no_end.no_longer_proved, 2u);
  EXPECT_GT(run->models[2].divergence->mean_kl, 0);
  const BenchReport report{"test", suite->tasks, suite->sampling, suite->budget, *run, {}};
  const Json json = to_json(report);
  EXPECT_FALSE(json["models"][0].contains("repair"));
  EXPECT_EQ(json["models"][2]["repair"]["score"]["no_longer_proved"], 2);
  EXPECT_THAT(to_table(report), HasSubstr("no end: ';' -1000, in the answer"));
  Result<BenchReport> read = read_report(json);
  ASSERT_TRUE(read) << read.error().to_string();
  EXPECT_EQ(to_json(*read)["models"][2]["repair"], json["models"][2]["repair"]);
  const auto table_behind_cost = [](const std::string& table) { return table.substr(table.find("repairs\n"), 400); };
  EXPECT_EQ(table_behind_cost(to_table(*read)), table_behind_cost(to_table(report)));
  Json orphan = json;
  orphan["models"][2]["repair"]["of"] = "nobody";
  EXPECT_THAT(read_report(orphan).error().message, HasSubstr("'nobody'"));
}

}  // namespace
}  // namespace assay::analysis::bench
