// Policies for writing, counted on hand-made samples: what each pays for, what it takes, and that none is credited with what it did not see.
#include "analysis/bench/policies.h"

#include <gmock/gmock.h>

namespace assay::analysis::bench {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// Tokens of the given texts, all as probable.
Sample written(const std::vector<std::string>& tokens, double log_probability, std::size_t answer_id) {
  Sample sample;
  for (const std::string& text : tokens) {
    const std::size_t begin = sample.answer.size();
    sample.answer += text;
    sample.tokens.push_back({begin, sample.answer.size(), log_probability, {}});
  }
  sample.log_probability = log_probability * static_cast<double>(tokens.size());
  sample.answer_id = answer_id;
  return sample;
}

Judgement judged(Grade safety, Grade meaning, bool passes) {
  Judgement judgement;
  judgement.parses = judgement.compiles = judgement.has_reference = true;
  judgement.safety.grade = safety, judgement.meaning.grade = meaning;
  judgement.visible.total = 1, judgement.visible.passed = passes ? 1 : 0;
  return judgement;
}

/// Two requests with the same three samples each: unsafe with ` <=` (5 tokens), wrong with ` <` (6 tokens, its fourth dooms it), proved with ` <`
/// (7 tokens).
struct BenchPolicies : ::testing::Test {
  std::vector<CodeTask> tasks;
  ModelRun model;
  Predictions predictions;

  void SetUp() override {
    for (const char* id : {"p0001", "p0002"}) {
      CodeTask task;
      task.id = id, task.prompt = "i", task.declaration = "i";
      task.visible.emplace_back();
      tasks.push_back(task);
      TaskRun run;
      run.samples = {written({" <=", " n", ";", "a", "}"}, -0.5, 0), written({" <", " n", ";", "b", "c", "}"}, -2, 1),
                     written({" <", " n", ";", "d", "e", "f", "}"}, -1, 2)};
      for (const Judgement& judgement : {judged(Grade::kRefuted, Grade::kRefuted, true), judged(Grade::kProved, Grade::kRefuted, false),
                                         judged(Grade::kProved, Grade::kProved, true)}) {
        JudgedAnswer answer;
        answer.judgement = judgement;
        run.answers.push_back(answer);
      }
      run.meanings.classes = {{0}, {1}, {2}};
      model.tasks.push_back(run);
    }
    predictions.tokens = {" <", " <="};
    predictions.entries = {{"p0001", " <=", " <"}, {"p0002", " <", " <"}};  // the rule says of the first that it goes wrong
  }
  PolicyScore score(const std::string& name, const Predictions* with = nullptr) const {
    for (const PolicyScore& one : score_policies(tasks, model, with))
      if (one.name.starts_with(name)) return one;
    ADD_FAILURE() << "no policy " << name;
    return {};
  }
};

TEST_F(BenchPolicies, the_first_sample_is_paid_for_and_taken) {
  const PolicyScore first = score("first sample");
  EXPECT_EQ(first.requests, 2u);
  EXPECT_EQ(first.tokens, 10u);
  EXPECT_EQ(first.failed, 2u);
  EXPECT_EQ(first.proved, 0u);
}

TEST_F(BenchPolicies, a_majority_pays_for_all_samples) {
  const PolicyScore majority = score("majority");
  EXPECT_EQ(majority.tokens, 36u);
  EXPECT_EQ(majority.failed, 2u) << "of classes of one sample each the first is taken";
}

TEST_F(BenchPolicies, visible_tests_take_the_first_that_passes_them_right_or_not) {
  const PolicyScore tested = score("visible tests");
  EXPECT_EQ(tested.tokens, 10u);
  EXPECT_EQ(tested.failed, 2u);
}

TEST_F(BenchPolicies, requests_that_show_no_tests_know_no_such_policy) {
  for (CodeTask& task : tasks) task.visible.clear();
  EXPECT_THAT(score_policies(tasks, model, nullptr), SizeIs(3));
}

TEST_F(BenchPolicies, the_rule_acts_on_requests_of_which_it_predicts_a_failure) {
  const PolicyScore rule = score("the rule", &predictions), demanded = score("the demanded", &predictions);
  EXPECT_EQ(rule.tokens, 1u + 6u + 5u) << "one token of the first request's first sample, its second; the second request's first";
  EXPECT_EQ(rule.failed, 2u);
  EXPECT_EQ(demanded.tokens, 2 * (1u + 6u));
  EXPECT_THAT(score_policies(tasks, model, nullptr), SizeIs(4)) << "nobody predicted, so nobody acts";
}

TEST_F(BenchPolicies, a_doomed_prefix_is_paid_for_up_to_the_token_that_dooms_it) {
  for (TaskRun& run : model.tasks) {
    run.answers[0].decision = WrongDecision{.state = WrongDecision::State::kFound, .others = {{"comparison", 2, 4, "<=", "<"}}};
    run.answers[1].decision = WrongDecision{.state = WrongDecision::State::kFound, .others = {{"name", 6, 7, "b", "d"}}};
  }
  const PolicyScore doomed = score("doomed prefix");
  EXPECT_EQ(doomed.tokens, 2 * (1u + 4u + 7u));
  EXPECT_EQ(doomed.proved, 2u);
  EXPECT_NEAR(doomed.proved_per_1000_tokens(), 1000.0 * 2 / 24, 1e-9);
}

TEST_F(BenchPolicies, one_of_several_doomed_tokens_counts_from_the_last) {
  for (TaskRun& run : model.tasks) {
    run.answers[0].decision = WrongDecision{.state = WrongDecision::State::kFound, .others = {{"comparison", 2, 4, "<=", "<"}}, .until = 7};
    run.answers[1].decision = WrongDecision{.state = WrongDecision::State::kFound, .others = {{"name", 6, 7, "b", "d"}}, .until = 7};
  }
  EXPECT_GT(score("doomed prefix").tokens, 2 * (1u + 4u + 7u));
}

TEST_F(BenchPolicies, a_prefix_that_is_not_known_to_be_doomed_is_written_to_its_end_and_taken) {
  for (TaskRun& run : model.tasks) run.answers[0].decision = WrongDecision{.state = WrongDecision::State::kUndecided, .reason = "budget"};
  EXPECT_EQ(score("doomed prefix").failed, 2u);
}

TEST_F(BenchPolicies, the_log_probability_gets_its_best_threshold) {
  const PolicyScore rival = score("log-probability");
  EXPECT_EQ(rival.failed, 2u) << "the most probable sample is wrong, and no threshold passes over it alone";
  std::swap(model.tasks[0].samples[0], model.tasks[0].samples[1]);  // the improbable one first
  model.tasks[1].samples.erase(model.tasks[1].samples.begin(), model.tasks[1].samples.begin() + 1);
  model.tasks[0].samples.erase(model.tasks[0].samples.begin() + 1);
  const PolicyScore now = score("log-probability");
  EXPECT_EQ(now.tokens, 2 * (4u + 7u)) << "given up at the fourth token";
  EXPECT_EQ(now.proved, 2u);
}

TEST_F(BenchPolicies, one_sample_each_leaves_no_choice) {
  for (TaskRun& run : model.tasks) run.samples.resize(1);
  EXPECT_THAT(score_policies(tasks, model, &predictions), IsEmpty());
}

TEST_F(BenchPolicies, scores_survive_their_document) {
  const PolicyScore first = score("first sample");
  const std::optional<PolicyScore> again = policy_score_from_json(to_json(first));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->tokens, first.tokens);
  EXPECT_FALSE(policy_score_from_json(Json{{"policy", 3}}));
  EXPECT_THAT(to_table({first}), HasSubstr("proved    0 of 2, failed    2, nothing taken    0;      10 tokens, 0.00 proved per 1,000"));
}

}  // namespace
}  // namespace assay::analysis::bench
