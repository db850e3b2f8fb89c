#include "analysis/claims/extension.h"

#include <gmock/gmock.h>

#include "analysis/claims/verify.h"
#include "tests/analysis/fake_network.h"
#include "tests/analysis/workspace.h"

namespace assay::analysis {
namespace {

using circuits::Answer;
using testing::FakeNetwork;
using ::testing::HasSubstr;
using testing::kMaximumProgram;
using testing::kMaximumTask;
using testing::Workspace;

TEST(ExtensionPlan, reads_every_unit) {
  const auto plan = [](const char* text) { return *parse_extension(std::string(text)); };
  EXPECT_EQ(plan("length + 3").steps, 3);
  EXPECT_EQ(plan("token+2").steps, 2);
  EXPECT_EQ(plan("length").steps, 1);
  EXPECT_TRUE(plan("digits + 1").answers);
  EXPECT_EQ(plan("slot a + 2").slot, "a");
  EXPECT_EQ(plan("slot a + 2").steps, 2);
  EXPECT_TRUE(plan("none").none);
  EXPECT_FALSE(plan("length + 1").open_ended);
  EXPECT_TRUE(parse_extension({})->open_ended);
}

TEST(ExtensionPlan, refuses_what_says_neither_unit_nor_number) {
  const auto error = [](const char* text) { return parse_extension(std::string(text)).error().message; };
  EXPECT_THAT(error("lenght + 1"), HasSubstr("names no unit"));
  EXPECT_THAT(error("length + some"), HasSubstr("does not say by how much"));
  EXPECT_THAT(error("length + 0"), HasSubstr("does not say by how much"));
  EXPECT_THAT(error("length + 99999999"), HasSubstr("does not say by how much"));
  EXPECT_THAT(error(""), HasSubstr("names no unit"));
}

/// The running maximum of digits 0 to 3, right while `right` says so.
struct ExtensionTest : ::testing::Test {
  Workspace workspace;
  NetworkStore store;
  Cache cache = *Cache::open("");
  VerifyOptions options;
  std::string task_text = kMaximumTask, program = kMaximumProgram, function = "maximum";
  int positions = 64;
  FakeNetwork* network = nullptr;

  static TokenId maximum(std::span<const TokenId> prefix) {
    TokenId best = 0;
    for (const TokenId token : prefix)
      if (token < 4) best = std::max(best, token);
    return best;
  }
  ClaimResult claim(const std::string& keys, FakeNetwork::Compute compute) {
    auto fake = std::make_unique<FakeNetwork>([](std::span<const TokenId>) { return 0; }, std::move(compute), positions);
    network = fake.get();
    store.put(workspace.path("model"), std::move(fake));
    workspace.write("maximum.task.toml", task_text);
    workspace.write("maximum.c", program);
    const std::string file = workspace.write("e.hypothesis.toml", "task = \"maximum.task.toml\"\nprogram = { file = \"maximum.c\", function = \"" +
                                                                      function + "\" }\n[[claim]]\nkind = \"network_equals_program\"\n" + keys);
    const HypothesisResult result = verify({file}, options, store, cache, workspace.session).hypotheses[0];
    EXPECT_FALSE(result.error) << result.error->to_string();
    return result.claims.empty() ? ClaimResult{} : result.claims[0];
  }
  static FakeNetwork::Compute right_up_to(std::size_t tokens) {
    return
        [tokens](std::span<const TokenId> prefix, std::optional<std::int64_t>) { return Answer{prefix.size() > tokens ? 0 : maximum(prefix), 0, 2}; };
  }
  /// The extension of a claim that must be proved on its own domain.
  Json extension(const std::string& keys, FakeNetwork::Compute compute) {
    const ClaimResult result = claim(keys, std::move(compute));
    EXPECT_EQ(result.grade(), Grade::kProved) << result.summary;
    return result.details["extension"];
  }
};

TEST_F(ExtensionTest, stops_at_the_first_failure_with_its_smallest_witness) {
  const Json found = extension("", right_up_to(5));
  ASSERT_EQ(found["steps"].size(), 2u);
  EXPECT_EQ(found["steps"][0]["tokens"], 5);
  EXPECT_EQ(found["steps"][0]["checked"], 256);
  EXPECT_EQ(found["steps"][0]["evidence"], "enumeration");
  EXPECT_TRUE(found["steps"][0]["holds"].get<bool>());
  EXPECT_EQ(found["steps"][1]["checked"], 1024);
  EXPECT_FALSE(found["steps"][1]["holds"].get<bool>());
  EXPECT_EQ(found["steps"][1]["witness"]["input"], "00001");
  EXPECT_EQ(found["ended"], "first failure");
}

TEST_F(ExtensionTest, says_where_training_never_reached) {
  task_text += "[trained]\npositions = 5\n";
  const Json found = extension("", right_up_to(5));
  EXPECT_TRUE(found["steps"][0]["trained"].get<bool>());
  EXPECT_FALSE(found["steps"][1]["trained"].get<bool>());
  EXPECT_EQ(found["ended"], "first failure, at positions that training never reached");
}

TEST_F(ExtensionTest, goes_as_far_as_asked_and_says_so) {
  const Json found = extension("extend = \"length + 2\"\n", right_up_to(60));
  EXPECT_EQ(found["steps"].size(), 2u);
  EXPECT_EQ(found["ended"], "after 2 steps, as far as asked");
}

TEST_F(ExtensionTest, none_is_none) {
  const Json found = extension("extend = \"none\"\n", right_up_to(60));
  EXPECT_TRUE(found["steps"].empty());
  EXPECT_EQ(found["ended"], "not asked for");
  EXPECT_EQ(network->runs, 1);
}

TEST_F(ExtensionTest, what_exceeds_the_budget_is_sampled_and_said_to_be) {
  const Json found = extension("seed = 7\n", right_up_to(60));
  ASSERT_EQ(found["steps"].size(), 8u);
  EXPECT_EQ(found["steps"][4]["evidence"], "enumeration") << "4^8 strings do not exceed 200,000";
  EXPECT_EQ(found["steps"][5]["evidence"], "sample") << "4^9 do";
  EXPECT_EQ(found["steps"][7]["evidence"], "sample");
  EXPECT_EQ(found["steps"][7]["seed"], 7);
  EXPECT_LE(found["steps"][7]["checked"], 2000);
  EXPECT_THAT(found["ended"].get<std::string>(), HasSubstr("after 8 steps, the most that are tried unasked; "));
  EXPECT_THAT(found["ended"].get<std::string>(), HasSubstr("by sample, as all their inputs exceed the budget"));
}

TEST_F(ExtensionTest, a_failure_behind_a_sample_says_that_an_earlier_one_may_have_been_missed) {
  const Json found = extension("", right_up_to(10));
  EXPECT_FALSE(found["steps"].back()["holds"].get<bool>());
  EXPECT_EQ(found["steps"].back()["tokens"], 11);
  EXPECT_THAT(found["ended"].get<std::string>(), HasSubstr("shorter steps were sampled, so a failure may lie there"));
}

TEST_F(ExtensionTest, end_of_the_position_table_is_unsupported_not_a_failure) {
  positions = 5;
  const Json found = extension("", right_up_to(60));
  EXPECT_EQ(found["steps"].size(), 1u);
  EXPECT_EQ(found["ended"], "unsupported: the position table ends at 5 tokens");
}

TEST_F(ExtensionTest, a_program_that_is_not_defined_for_longer_inputs_is_told_from_a_failing_network) {
  program =
      "int maximum(const int *s, int n) {\n  //@ requires n <= 3;\n  int best = 0;\n  for (int i = 0; i < n; i++) if (s[i] > best) best = s[i];\n  "
      "return best;\n}";
  EXPECT_THAT(extension("", right_up_to(60))["ended"].get<std::string>(),
              HasSubstr("the program itself is not defined there: the precondition of 'maximum'"));
}

TEST_F(ExtensionTest, a_program_that_knows_no_length_has_no_longer_inputs) {
  task_text.replace(task_text.find("\"length\"]"), 9, "\"step\"]");
  program = "int maximum(const int *s, int step) { return s[0]; }";
  const Json found = extension("", [](std::span<const TokenId> prefix, std::optional<std::int64_t>) { return Answer{prefix[1], 0, 2}; });
  EXPECT_THAT(found["ended"].get<std::string>(), HasSubstr("is not told the length of its input"));
}

TEST_F(ExtensionTest, a_legal_function_that_fails_on_longer_inputs_ends_the_extension_not_the_claim) {
  task_text.replace(task_text.find("min_length"), 0, "legal = { file = \"grammar.c\", function = \"legal\" }\n");
  workspace.write("grammar.c", "int legal(const int *s, int n) { return 15 / (n != 3); }");
  const Json found = extension("", right_up_to(60));
  EXPECT_TRUE(found["steps"].empty());
  EXPECT_THAT(found["ended"].get<std::string>(), HasSubstr("1 longer: the legal function 'legal' gives no answer on a prefix of length 3"));
}

TEST_F(ExtensionTest, a_legal_function_that_fails_where_inputs_are_sampled_is_not_taken_for_an_empty_domain) {
  task_text.replace(task_text.find("min_length"), 0, "legal = { file = \"grammar.c\", function = \"legal\" }\n");
  workspace.write("grammar.c", "int legal(const int *s, int n) { return 15 / (n != 9); }");
  const Json found = extension("", right_up_to(60));
  EXPECT_EQ(found["steps"].back()["evidence"], "sample");
  EXPECT_THAT(found["ended"].get<std::string>(), HasSubstr("7 longer: the legal function 'legal' gives no answer on a prefix of length 9"));
}

TEST_F(ExtensionTest, a_predicate_that_fails_on_longer_inputs_ends_the_extension_not_the_claim) {
  task_text.replace(task_text.find("min_length"), 0, "where = { file = \"w.c\", function = \"inside\" }\n");
  workspace.write("w.c", "int inside(const int *s, int n) { int copy[3]; for (int i = 0; i < n; i++) copy[i] = s[i]; return copy[0] >= 0; }");
  EXPECT_THAT(extension("", right_up_to(60))["ended"].get<std::string>(),
              HasSubstr("1 longer: the predicate 'inside' gives no answer on an input of 4 tokens"));
}

TEST_F(ExtensionTest, a_predicate_that_admits_no_longer_input_is_said) {
  task_text.replace(task_text.find("min_length"), 0, "where = { file = \"w.c\", function = \"inside\" }\n");
  workspace.write("w.c", "int inside(const int *s, int n) { return n <= 3; }");
  const Json found = extension("extend = \"length + 2\"\n", right_up_to(60));
  EXPECT_EQ(found["ended"], "no longer input that the domain's predicate admits was found");
  EXPECT_EQ(found["steps_without_input"], 2);
}

TEST_F(ExtensionTest, a_longer_answer_that_changes_in_float64_ends_what_is_enumerated) {
  const auto low = [](std::span<const TokenId> prefix, std::optional<std::int64_t>) {
    return Answer{maximum(prefix), 0, prefix.size() == 6 && prefix[1] == 3 ? 1e-4f : 2.f};
  };
  auto compute64 = [](std::span<const TokenId> prefix, std::optional<std::int64_t>) { return Answer{prefix[2] == 0 ? 1 : maximum(prefix), 0, 2}; };
  auto fake = std::make_unique<FakeNetwork>([](std::span<const TokenId>) { return 0; }, low);
  fake->compute64 = compute64;
  workspace.write("maximum.task.toml", task_text);
  workspace.write("maximum.c", program);
  const Hypothesis hypothesis = *read_hypothesis(workspace.write(
      "e.hypothesis.toml",
      "task = \"maximum.task.toml\"\nprogram = { file = \"maximum.c\", function = \"maximum\" }\n[[claim]]\nkind = \"network_equals_program\"\n"));
  Json report, found;
  ClaimContext context{hypothesis, options, store, cache, workspace.session, report};
  const Labels labels = *Labels::create(hypothesis.task, hypothesis.task.domain, hypothesis.program);
  ASSERT_TRUE(extend(context, hypothesis.claims[0], *fake, labels, found));
  ASSERT_EQ(found["steps"].size(), 2u);
  EXPECT_EQ(found["steps"][1]["evidence"], "in float32 alone");
  EXPECT_EQ(found["steps"][1]["changed_in_float64"], 64) << "strings of five digits that begin with 30";
  EXPECT_EQ(found["ended"], "64 answers change in float64");
}

TEST_F(ExtensionTest, an_interruption_is_not_taken_for_the_end) {
  const ClaimResult finished = claim("", right_up_to(60));
  EXPECT_EQ(finished.grade(), Grade::kProved);
  const auto stop_behind_the_domain = [&](std::span<const TokenId> prefix, std::optional<std::int64_t>) {
    if (prefix.size() > 4) workspace.stop = true;
    return Answer{maximum(prefix), 0, 2};
  };
  store.put(workspace.path("model"), std::make_unique<FakeNetwork>([](std::span<const TokenId>) { return 0; }, stop_behind_the_domain));
  store.forget_outputs();
  const Verification interrupted = verify({workspace.path("e.hypothesis.toml")}, options, store, cache, workspace.session);
  EXPECT_TRUE(interrupted.interrupted);
  ASSERT_TRUE(interrupted.hypotheses[0].error);
  EXPECT_EQ(interrupted.hypotheses[0].error->kind, ErrorKind::kCancelled);
}

}  // namespace
}  // namespace assay::analysis
