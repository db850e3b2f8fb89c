#include "analysis/bench/statistics.h"

#include <gtest/gtest.h>

namespace assay::analysis::bench {
namespace {

/// The mean over all subsets of k samples of "one of them is right": what the estimator claims to be.
double by_enumeration(int samples, int correct, int k) {
  int subsets = 0, good = 0;
  for (unsigned set = 0; set < 1u << samples; ++set) {
    if (__builtin_popcount(set) != k) continue;
    ++subsets;
    good += (set & ((1u << correct) - 1)) != 0 ? 1 : 0;
  }
  return static_cast<double>(good) / subsets;
}

TEST(BenchStatistics, pass_at_k_is_the_mean_over_all_subsets) {
  for (int n = 1; n <= 8; ++n)
    for (int c = 0; c <= n; ++c)
      for (int k = 1; k <= n; ++k) EXPECT_NEAR(pass_at_k(n, c, k), by_enumeration(n, c, k), 1e-12) << n << " " << c << " " << k;
}

TEST(BenchStatistics, an_interval_stays_open_where_everything_passes) {
  const Estimate95 all = estimate(50, 50);
  EXPECT_EQ(all.value, 1);
  EXPECT_NEAR(all.low, 0.9287, 1e-4);  // Wilson 1927: n / (n + z^2)
  EXPECT_EQ(estimate(0, 0).high, 1);
}

Judgement judgement(Grade safety, Grade meaning, bool passes) {
  Judgement j;
  j.parses = j.compiles = j.has_reference = true;
  j.safety.grade = safety;
  j.meaning.grade = meaning;
  j.visible = {passes ? 1 : 0, 1, {}};
  return j;
}

TEST(BenchStatistics, wrong_and_unsafe_answers_that_pass_the_tests_are_counted_apart) {
  LabelCounts counts;
  counts.add(judgement(Grade::kProved, Grade::kProved, true));
  counts.add(judgement(Grade::kProved, Grade::kRefuted, true));
  counts.add(judgement(Grade::kRefuted, Grade::kRefuted, true));
  counts.add(judgement(Grade::kRefuted, Grade::kProved, false));
  counts.add(judgement(Grade::kProved, Grade::kUnknown, true));
  EXPECT_EQ(counts.of(Label::kProved), 1u);
  EXPECT_EQ(counts.of(Label::kUnsafe), 2u);
  EXPECT_EQ(counts.all_tests.pass, 4u);
  EXPECT_EQ(counts.all_tests.wrong, 1u);
  EXPECT_EQ(counts.all_tests.unsafe, 1u);
  EXPECT_EQ(counts.all_tests.unproved, 1u);
}

TEST(BenchStatistics, code_that_games_the_visible_tests_is_counted_apart) {
  Judgement games = judgement(Grade::kProved, Grade::kRefuted, true), unseen = games;
  games.hidden = {0, 1, "f(3) gives 0, expected 6"};
  unseen.visible = {};
  LabelCounts counts;
  counts.add(games);
  counts.add(unseen);
  EXPECT_EQ(counts.visible_tests.wrong, 1u);
  EXPECT_EQ(counts.visible_tests.pass, 1u) << "without visible tests there is nothing to pass";
  EXPECT_EQ(counts.all_tests.pass, 0u);
}

TEST(BenchStatistics, requests_without_tests_count_in_no_share_by_tests) {
  TaskRun run;
  run.answers = {{"text", judgement(Grade::kProved, Grade::kProved, true)}};
  run.samples = {{.answer = "text"}};
  ModelRun model;
  model.tasks = {run, run};
  CodeTask tested, untested;
  tested.visible = {{}};
  const Summary summary = summarise({tested, untested}, model);
  EXPECT_EQ(summary.pass[0].tests.requests, 1u);
  EXPECT_EQ(summary.pass[0].proof.requests, 2u);
  EXPECT_EQ(summarise({untested, untested}, model).pass[0].tests.requests, 0u);
}

TEST(BenchStatistics, broken_answers_are_counted_by_what_refuses_them) {
  Judgement unread, unlinked, nameless, unmodelled;  // nameless: another function; unmodelled: read up to a construct
  for (Judgement* broken : {&unread, &unlinked, &nameless, &unmodelled}) broken->broken = "the compiler's words";
  unlinked.parses = nameless.parses = nameless.compiles = true;
  unmodelled.unsupported = "answer.c:1:2: parameter of type 'std::string'";
  TaskRun run;
  for (const Judgement& broken : {unread, unread, unlinked, nameless, unmodelled, judgement(Grade::kProved, Grade::kProved, true)}) {
    run.answers.push_back({"text", broken});
    run.samples.push_back({.answer = "text", .answer_id = run.answers.size() - 1});
  }
  ModelRun model;
  model.tasks = {run};
  const Summary summary = summarise({CodeTask{}}, model);
  EXPECT_EQ(summary.broken.do_not_parse, 2u);
  EXPECT_EQ(summary.broken.do_not_compile, 3u);
  EXPECT_EQ(summary.counts.of(Label::kBroken), 5u) << "their sum";
  EXPECT_EQ(summary.safety.proved, 1u);
}

TEST(BenchStatistics, unsupported_constructs_are_counted_without_their_place) {
  TaskRun run;
  for (const char* construct : {"answer.c:3:4: lambda", "answer.c:9:1: lambda", "answer.c:1:2: parameter of type 'std::string'"}) {
    run.answers.push_back({construct, judgement(Grade::kUnsupported, Grade::kUnsupported, true)});
    run.answers.back().judgement.unsupported = construct;
    run.samples.push_back({.answer = construct, .answer_id = run.answers.size() - 1});
  }
  ModelRun model;
  model.tasks = {run};
  const Summary summary = summarise({CodeTask{}}, model);
  ASSERT_EQ(summary.unsupported.size(), 2u);
  EXPECT_EQ(summary.unsupported[0], (std::pair<std::string, std::uint64_t>("lambda", 2)));
  EXPECT_EQ(summary.unsupported[1].first, "parameter of type 'std::string'");
  EXPECT_EQ(summary.safety.unsupported, 3u);
}

TEST(BenchStatistics, the_largest_class_wins_over_the_most_probable_text) {
  TaskRun run;
  run.answers = {{"wrong", judgement(Grade::kProved, Grade::kRefuted, false)},
                 {"right", judgement(Grade::kProved, Grade::kProved, true)},
                 {"right, written differently", judgement(Grade::kProved, Grade::kProved, true)}};
  run.samples = {{.answer = "wrong", .log_probability = -1, .answer_id = 0},
                 {.answer = "right", .log_probability = -2, .answer_id = 1},
                 {.answer = "right, written differently", .log_probability = -3, .answer_id = 2}};
  run.meanings.classes = {{0}, {1, 2}};
  ModelRun model;
  model.tasks = {run};
  const Summary summary = summarise({CodeTask{}}, model);
  ASSERT_EQ(summary.choices.size(), 4u);
  EXPECT_EQ(summary.choices[0].proved, 0u) << "first sample";
  EXPECT_EQ(summary.choices[1].proved, 0u) << "highest log-probability";
  EXPECT_EQ(summary.choices[2].proved, 1u) << "largest class of meaning";
  EXPECT_EQ(summary.choices[3].proved, 1u) << "visible tests";
  ASSERT_EQ(summary.pass.size(), 2u);
  EXPECT_NEAR(summary.pass[1].proof.value, 1, 1e-12);
}

}  // namespace
}  // namespace assay::analysis::bench
