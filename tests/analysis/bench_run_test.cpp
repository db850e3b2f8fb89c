// A run from samples to report: each text judged once, the rest from the cache, the same document every time.
#include "analysis/bench/bench_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/bench/bench_result.h"
#include "base/files.h"
#include "tests/analysis/bench_support.h"

namespace assay::analysis::bench {
namespace {

CodeTask half_task() {
  CodeTask task{.id = "r1", .family = "half", .attributes = {{"rounding", "down"}}, .split = "seen"};
  task.declaration = "int half(int n) {";
  task.prompt = "// Half of n, rounded down; n is not negative.\n" + task.declaration;
  task.function = "half";
  task.contract = {"requires n >= 0;"};
  task.reference = "//@ requires n >= 0;\n" + task.declaration + "\n    return n / 2;\n}\n";
  task.visible = {{{{false, {4}}}, 2, {}}};
  task.hidden = {{{{false, {7}}}, 3, {}}};
  return task;
}

std::vector<std::vector<Sample>> samples_of(const std::vector<std::string>& answers) {
  std::vector<Sample> samples;
  for (const std::string& answer : answers) samples.push_back({.answer = answer, .finish = "from a file"});
  return {samples};
}

class BenchRunTest : public InSandbox {
 protected:
  Result<BenchRun> run(const std::vector<std::string>& answers, Cache& cache, int threads = 2) {
    session_.threads = threads;
    return judge_completions({half_task()}, samples_of(answers), budget_, cache, session_);
  }

  Json document(const BenchRun& run) const {
    Json json = to_json(BenchReport{"test", {half_task()}, {}, {}, run, {}});
    json.erase("timing");
    return json;
  }

  const std::vector<std::string> answers_ = {"\n    return n >> 1;\n}", "\n    return n / 2 + n % 2;\n}", "\n    return n >> 1;\n}",
                                             "\n    return m;\n}"};
  TemporaryFolder folder_ = std::move(*TemporaryFolder::create("assay-bench-"));
  VerificationBudget budget_;
};

TEST_F(BenchRunTest, each_text_is_judged_once_and_cached) {
  Result<Cache> cache = Cache::open(folder_.path() + "/cache.sqlite");
  Result<BenchRun> first = run(answers_, *cache);
  ASSERT_TRUE(first) << first.error().to_string();
  EXPECT_EQ(first->judged, 3u);
  const TaskRun& task = first->models[0].tasks[0];
  EXPECT_EQ(label_of(task.judgement(0)), Label::kProved);
  EXPECT_EQ(label_of(task.judgement(1)), Label::kWrong);
  EXPECT_EQ(label_of(task.judgement(2)), Label::kProved);
  EXPECT_EQ(label_of(task.judgement(3)), Label::kBroken);
  Result<BenchRun> second = run(answers_, *cache);
  ASSERT_TRUE(second) << second.error().to_string();
  EXPECT_EQ(second->judged, 0u);
  EXPECT_EQ(document(*first), document(*second));
}

TEST_F(BenchRunTest, the_document_does_not_depend_on_the_number_of_threads) {
  Result<Cache> none = Cache::open("");
  Result<BenchRun> one = run(answers_, *none, 1), three = run(answers_, *none, 3);
  ASSERT_TRUE(one && three);
  EXPECT_EQ(document(*one), document(*three));
}

TEST_F(BenchRunTest, an_interrupted_run_says_so_and_goes_on_later) {
  Result<Cache> cache = Cache::open(folder_.path() + "/cache.sqlite");
  stop_ = true;
  Result<BenchRun> interrupted = run(answers_, *cache);
  ASSERT_FALSE(interrupted);
  EXPECT_EQ(interrupted.error().kind, ErrorKind::kCancelled);
  stop_ = false;
  EXPECT_TRUE(run(answers_, *cache));
}

TEST_F(BenchRunTest, a_proof_that_a_native_test_contradicts_is_an_internal_error) {
  Result<Cache> none = Cache::open("");
  Result<BenchRun> run_result = run(answers_, *none);
  ASSERT_TRUE(run_result);
  BenchReport report{"test", {half_task()}, {}, {}, *run_result, {}};
  EXPECT_EQ(exit_code(report), 0);
  report.run.models[0].tasks[0].answers[0].judgement.hidden.passed = 0;
  EXPECT_EQ(exit_code(report), 5);
}

TEST_F(BenchRunTest, proved_answers_are_run_on_random_inputs_and_a_difference_is_an_internal_error) {
  Result<Cache> cache = Cache::open(folder_.path() + "/cache.sqlite");
  ASSERT_TRUE(run(answers_, *cache));
  budget_.random_runs = 200;
  Result<BenchRun> first = run(answers_, *cache);
  ASSERT_TRUE(first) << first.error().to_string();
  EXPECT_EQ(first->judged, 0u) << "proofs do not depend on it";
  std::vector<JudgedAnswer>& answers = first->models[0].tasks[0].answers;
  ASSERT_TRUE(answers[0].random_runs);
  EXPECT_EQ(answers[0].random_runs->runs, 200u);
  EXPECT_EQ(answers[0].random_runs->differences, 0u) << answers[0].random_runs->answer;
  EXPECT_FALSE(answers[1].random_runs) << "it is not proved";
  Result<BenchRun> second = run(answers_, *cache);
  ASSERT_TRUE(second) << second.error().to_string();
  EXPECT_EQ(document(*first), document(*second));
  answers[0].random_runs->differences = 2;
  answers[0].random_runs->input = {"int n = 4"};
  answers[0].random_runs->answer = "returns 3";
  answers[0].random_runs->reference_answer = "returns 2";
  const BenchReport report{"test", {half_task()}, {}, {}, *first, {}};
  EXPECT_EQ(exit_code(report), 5);
  EXPECT_THAT(to_table(report),
              testing::HasSubstr("request 'r1', answer 1: it is proved, and on int n = 4 it returns 3 where the reference returns 2"));
  EXPECT_EQ(to_json(report)["models"][0]["summary"]["cross_checks"]["random_differences"], 2);
}

TEST_F(BenchRunTest, a_completions_request_at_fault_is_named_and_the_others_go_on) {
  CodeTask faulty = half_task();
  faulty.id = "r0";
  faulty.reference = faulty.declaration + " for (";
  Result<Cache> none = Cache::open("");
  std::vector<std::vector<Sample>> samples = {samples_of({answers_[0]})[0], samples_of({answers_[0]})[0]};
  Result<BenchRun> found = judge_completions({faulty, half_task()}, samples, budget_, *none, session_);
  ASSERT_TRUE(found) << found.error().to_string();
  const std::vector<TaskRun>& tasks = found->models[0].tasks;
  EXPECT_EQ(label_of(tasks[0].judgement(0)), Label::kUndecided);
  EXPECT_EQ(label_of(tasks[1].judgement(0)), Label::kProved);
  const std::string table = to_table(BenchReport{"test", {faulty, half_task()}, {}, {}, *found, {}});
  EXPECT_THAT(table,
              testing::HasSubstr("requests at fault, whose answers are compared with nothing:\n    request 'r0': the reference does not parse"));
}

TEST_F(BenchRunTest, the_table_counts_labels_and_tests) {
  Result<Cache> none = Cache::open("");
  Result<BenchRun> found = run(answers_, *none);
  ASSERT_TRUE(found);
  const std::string table = to_table(BenchReport{"test", {half_task()}, {}, {}, *found, {}});
  EXPECT_THAT(table, testing::HasSubstr("pass all tests: 2 of 4; of these wrong: 0, unsafe: 0, not proved: 0"));
  EXPECT_THAT(table, testing::HasSubstr("chosen by largest class of meaning:"));
}

TEST_F(BenchRunTest, broken_answers_are_told_apart_where_there_are_any) {
  Result<Cache> none = Cache::open("");
  const std::string unlinked = "\n    extern int other(int);\n    return other(n);\n}";
  Result<BenchRun> found = run({answers_[0], "\n    return n /", answers_[3], unlinked}, *none), whole = run({answers_[0], answers_[1]}, *none);
  ASSERT_TRUE(found && whole);
  const BenchReport report{"test", {half_task()}, {}, {}, *found, {}};
  EXPECT_THAT(to_table(report), testing::HasSubstr("\n  broken: 2 do not parse, 1 do not compile\n"));
  const Json summary = to_json(report)["models"][0]["summary"];
  EXPECT_EQ(summary["broken"], (Json{{"do_not_parse", 2}, {"do_not_compile", 1}}));
  EXPECT_EQ(summary["counts"]["broken"], 3);
  EXPECT_THAT(to_table(BenchReport{"test", {half_task()}, {}, {}, *whole, {}}), testing::Not(testing::HasSubstr("broken:")));
}

TEST_F(BenchRunTest, requests_without_a_family_have_no_row_of_families) {
  Result<Cache> none = Cache::open("");
  Result<BenchRun> found = run({answers_[0]}, *none);
  ASSERT_TRUE(found);
  CodeTask task = half_task();
  const testing::Matcher<std::string> family_row = testing::ContainsRegex("\n {4}half +1 +1 "), nameless_row = testing::ContainsRegex("\n +1 +1 ");
  EXPECT_THAT(to_table(BenchReport{"test", {task}, {}, {}, *found, {}}), testing::AllOf(family_row, testing::Not(nameless_row)));
  task.family = "";
  EXPECT_THAT(to_table(BenchReport{"test", {task}, {}, {}, *found, {}}), testing::Not(testing::AnyOf(family_row, nameless_row)));
}

}  // namespace
}  // namespace assay::analysis::bench
