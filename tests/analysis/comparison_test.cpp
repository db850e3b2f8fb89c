#include "analysis/claims/comparison.h"

#include <gmock/gmock.h>

#include "tests/analysis/fake_network.h"
#include "tests/analysis/workspace.h"

namespace assay::analysis {
namespace {

using circuits::Answer;
using testing::FakeNetwork;
using ::testing::HasSubstr;
using testing::kMaximumTask;
using testing::Workspace;

TokenId last_digit(std::span<const TokenId> prefix) { return prefix.back(); }

struct ComparisonTest : ::testing::Test {
  Workspace workspace;
  Task task;
  Cache cache = *Cache::open("");

  void SetUp() override { task = *read_task(workspace.write("maximum.task.toml", kMaximumTask)); }
  /// Answers with the last digit, with a margin of 0 where `tie` says so.
  static FakeNetwork network(std::function<bool(std::span<const TokenId>)> tie = {}) {
    return FakeNetwork([](std::span<const TokenId>) { return 0; },
                       [tie = std::move(tie)](std::span<const TokenId> prefix, std::optional<std::int64_t>) {
                         return Answer{last_digit(prefix), 0, tie && tie(prefix) ? 0.f : 1.f};
                       });
  }
  Labels labels(const Domain& domain, const std::string& text) { return *Labels::create(task, domain, *CFunction::from_text(text, "f.c", "f")); }
  Comparison compared(FakeNetwork fake, const std::string& text, const Domain& domain) {
    const NetworkOutputs outputs = *compute_outputs(fake, task, domain, cache, workspace.session);
    return *compare(domain, outputs, labels(domain, text), workspace.session);
  }
  Comparison compared(FakeNetwork fake, const std::string& text) { return compared(std::move(fake), text, task.domain); }
};

const char* const kLast = "int f(const int *s, int n) { return s[n - 1]; }";

TEST_F(ComparisonTest, the_same_function_agrees_everywhere_and_values_are_counted) {
  const Comparison found = compared(network(), kLast);
  EXPECT_EQ(found.scored, 84u);
  EXPECT_EQ(found.inputs, 84u);
  EXPECT_EQ(found.disagreements, 0u);
  EXPECT_FALSE(found.first);
  for (std::int64_t digit = 0; digit < 4; ++digit) EXPECT_EQ(found.values.at(digit), 21u);
}

TEST_F(ComparisonTest, the_smallest_disagreement_is_the_shortest_then_the_first_in_the_domains_order) {
  const Comparison found = compared(network(), "int f(const int *s, int n) { return n == 1 || s[0] < 2 ? s[n - 1] : s[0]; }");
  EXPECT_EQ(found.disagreements, 6u + 24u);
  ASSERT_TRUE(found.first);
  EXPECT_EQ(found.first->prefix, (Tokens{2, 0})) << "not 200, which the walk meets first among its like";
  EXPECT_EQ(found.first->network.token, 0);
  EXPECT_EQ(found.first->program.value, 2);
}

TEST_F(ComparisonTest, ties_and_undefined_runs_are_disagreements_of_their_own_kind) {
  const auto is_three = [](std::span<const TokenId> prefix) { return prefix.size() == 2 && prefix.back() == 3; };
  const Comparison found = compared(network(is_three), "int f(const int *s, int n) { return s[n - 1] + 0 / (s[0] + n - 1); }");
  EXPECT_EQ(found.disagreements, 2u);
  EXPECT_EQ(found.ties, 1u);
  EXPECT_EQ(found.undefined, 1u);
  EXPECT_EQ(found.first->prefix, Tokens{0});
  EXPECT_FALSE(found.first->program.defined);
  EXPECT_FALSE(found.endless);
}

TEST_F(ComparisonTest, an_endless_program_is_named_even_where_it_is_wrong_before) {
  // Wrong on 01, then without an end on 12: the same length, so the same block.
  const Comparison found = compared(network(),
                                    "int f(const int *s, int n) {\n  if (n == 2 && s[0] == 0 && s[1] == 1) return 0;\n  while (n == 2 && s[0] == 1 "
                                    "&& s[1] == 2) n = n * 1;\n  return s[n - 1];\n}");
  ASSERT_TRUE(found.endless);
  EXPECT_THAT(*found.endless, HasSubstr("endless loop at f.c:3"));
  EXPECT_EQ(found.first->prefix, (Tokens{1, 2}));
}

TEST_F(ComparisonTest, an_endless_program_gives_the_same_counts_on_any_number_of_threads) {
  const Domain domain = *task.domain.extended(6, "", false);  // 349,524 prefixes, some twenty blocks
  // No end on every string of nine digits that begins with 1, 2 or 3.
  const std::string text = "int f(const int *s, int n) {\n  while (n == 9 && s[0] > 0) n = n * 1;\n  return s[n - 1];\n}";
  FakeNetwork fake = network();
  const NetworkOutputs outputs = *compute_outputs(fake, task, domain, cache, workspace.session);
  std::vector<Comparison> all;
  for (const int threads : {1, 4, 4}) {
    workspace.session.threads = threads;
    all.push_back(*compare(domain, outputs, labels(domain, text), workspace.session));
  }
  ASSERT_TRUE(all[0].endless);
  EXPECT_EQ(all[0].first->prefix, (Tokens{1, 0, 0, 0, 0, 0, 0, 0, 0}));
  for (const Comparison& other : all) {
    EXPECT_EQ(other.first->prefix, all[0].first->prefix);
    EXPECT_EQ(other.scored, all[0].scored);
    EXPECT_EQ(other.disagreements, 1u);
    EXPECT_EQ(other.values, all[0].values);
  }
}

TEST_F(ComparisonTest, an_interruption_is_no_result) {
  FakeNetwork fake = network();
  const NetworkOutputs outputs = *compute_outputs(fake, task, task.domain, cache, workspace.session);
  workspace.stop = true;
  EXPECT_EQ(compare(task.domain, outputs, labels(task.domain, kLast), workspace.session).error().kind, ErrorKind::kCancelled);
}

TEST_F(ComparisonTest, a_witness_is_replayed_by_a_full_pass_and_a_second_run) {
  FakeNetwork fake = network();
  const Labels first = labels(task.domain, "int f(const int *s, int n) { return s[0]; }");
  const WitnessReport report = *report_witness(fake, first, {{2, 1}, Answer{1, 0, 1}, {}});
  EXPECT_EQ(report.replay, Replay::kAgreed);
  EXPECT_EQ(report.json["input"], "21");
  EXPECT_EQ(report.json["tokens"], Json({4, 2, 1}));
  EXPECT_EQ(report.json["arguments"], Json::parse("[[2, 1], 2]"));
  EXPECT_EQ(report.json["network_answer"], "1");
  EXPECT_EQ(report.json["program_answer"], "2");
  EXPECT_EQ(report.json["program_value"], 2);
}

TEST_F(ComparisonTest, a_witness_that_does_not_come_back_disagrees) {
  FakeNetwork fake = network();
  const Labels first = labels(task.domain, "int f(const int *s, int n) { return s[0]; }");
  EXPECT_EQ(report_witness(fake, first, {{2, 1}, Answer{3, 0, 1}, {}})->replay, Replay::kDisagreed)
      << "the network answers 1, not the 3 that was recorded";
  EXPECT_EQ(report_witness(fake, first, {{2, 2}, Answer{2, 0, 1}, {}})->replay, Replay::kDisagreed) << "network and program agree there";
}

TEST_F(ComparisonTest, a_witness_says_why_the_program_has_no_answer) {
  FakeNetwork fake = network();
  const WitnessReport undefined =
      *report_witness(fake, labels(task.domain, "int f(const int *s, int n) { return 1 / (n - 1); }"), {{2}, Answer{2, 0, 1}, {}});
  EXPECT_THAT(undefined.json["program_answer"].get<std::string>(), HasSubstr("divisor is zero"));
  EXPECT_FALSE(undefined.json.contains("program_value"));
  EXPECT_EQ(undefined.replay, Replay::kAgreed);
  const WitnessReport no_symbol = *report_witness(fake, labels(task.domain, "int f(const int *s, int n) { return 77; }"), {{2}, Answer{2, 0, 1}, {}});
  EXPECT_EQ(no_symbol.json["program_answer"], "77 (no symbol stands for it)");
}

TEST_F(ComparisonTest, a_tie_is_shown_as_one) {
  FakeNetwork fake = network([](std::span<const TokenId>) { return true; });
  const WitnessReport report = *report_witness(fake, labels(task.domain, kLast), {{2}, Answer{2, 0, 0}, {}});
  EXPECT_EQ(report.json["network_answer"], "2 (tie)");
  EXPECT_EQ(report.replay, Replay::kAgreed);
}

}  // namespace
}  // namespace assay::analysis
