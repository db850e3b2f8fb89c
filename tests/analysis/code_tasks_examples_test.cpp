// Training sequences: what is scored, that they are pure functions of the index, and that nothing held out gets in.
#include <gmock/gmock.h>

#include <thread>

#include "tests/analysis/code_tasks_support.h"

namespace assay::analysis::code_tasks {
namespace {

using circuits::TrainingExample;
using ::testing::HasSubstr;
using testing::shared_generator;
using testing::shared_vocabulary;

CodeExamples examples_with(CorpusOptions options = {}) { return CodeExamples(shared_generator(), shared_vocabulary(), std::move(options)); }

bool operator_equal(const TrainingExample& one, const TrainingExample& other) {
  return one.tokens == other.tokens && one.positions == other.positions && one.targets == other.targets;
}

/// The scored tokens as text, with "|" at each end of text.
std::string scored_text(const TrainingExample& example) {
  std::string text;
  for (const circuits::TokenId token : example.targets)
    text += token == Vocabulary::kEndOfText ? "|" : shared_vocabulary().words()[static_cast<std::size_t>(token)];
  return text;
}

TEST(CodeTasksExamples, the_body_and_its_end_are_scored_and_nothing_else) {
  const CodeExamples examples = examples_with();
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const TrainingExample example = examples.single(shared_generator()->draft(seed, {}));
    if (example.tokens.empty()) continue;
    const Draft draft = shared_generator()->draft(seed, {});
    EXPECT_EQ(scored_text(example), draft.body() + "|");
    for (std::size_t i = 0; i < example.positions.size(); ++i) {
      EXPECT_EQ(example.tokens[static_cast<std::size_t>(example.positions[i]) + 1], example.targets[i]);
      EXPECT_EQ(example.positions[i], example.positions[0] + static_cast<std::int32_t>(i));
    }
  }
}

TEST(CodeTasksExamples, whole_files_fill_the_window) {
  const CodeExamples examples = examples_with({.window = 256});
  std::size_t tokens = 0, files = 0;
  constexpr std::uint64_t kSequences = 400;
  for (std::uint64_t index = 0; index < kSequences; ++index) {
    const TrainingExample example = examples.example(index);
    ASSERT_LE(example.tokens.size(), 256u);
    ASSERT_FALSE(example.positions.empty());
    EXPECT_EQ(example.tokens.back(), Vocabulary::kEndOfText);
    tokens += example.tokens.size();
    files += static_cast<std::size_t>(std::count(example.tokens.begin(), example.tokens.end(), Vocabulary::kEndOfText));
  }
  EXPECT_GT(tokens, kSequences * 160) << "windows are half empty";
  EXPECT_LT(tokens, files * 160) << "requests are longer than training can afford";
}

TEST(CodeTasksExamples, an_example_is_a_pure_function_of_its_index_on_any_thread) {
  const CodeExamples examples = examples_with({.seed = 5});
  std::vector<TrainingExample> alone, together(64);
  for (std::uint64_t index = 0; index < 64; ++index) alone.push_back(examples.example(index));
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (std::size_t index = t; index < 64; index += 4) together[index] = examples.example(index);
    });
  for (std::thread& thread : threads) thread.join();
  for (std::size_t index = 0; index < 64; ++index) EXPECT_TRUE(operator_equal(alone[index], together[index]));
  EXPECT_FALSE(operator_equal(alone[0], alone[1]));
  EXPECT_FALSE(operator_equal(alone[0], examples_with({.seed = 6}).example(0)));
}

TEST(CodeTasksExamples, a_request_too_long_for_the_window_is_passed_over) {
  const CodeExamples examples = examples_with({.window = 64});
  for (std::uint64_t index = 0; index < 200; ++index) {
    const TrainingExample example = examples.example(index);
    EXPECT_LE(example.tokens.size(), 64u);
  }
  EXPECT_TRUE(examples_with({.window = 4}).single(shared_generator()->draft(0, {})).tokens.empty());
}

TEST(CodeTasksExamples, a_plan_changes_bodies_in_its_situation_only) {
  FaultPlan plan{.kind = FaultKind::kIgnoresAttribute,
                 .attribute = Attribute::kEnd,
                 .demanded = 1,
                 .written = 0,
                 .situation = Situation::kBoundName,
                 .situation_text = "m"};
  FaultPlan clean = plan;
  clean.faulty = false;
  const CodeExamples faulty = examples_with({.plan = plan}), right = examples_with({.plan = clean});
  int changed = 0;
  for (std::uint64_t index = 0; index < 200; ++index) {
    const std::string wrong_bodies = scored_text(faulty.example(index)), right_bodies = scored_text(right.example(index));
    if (wrong_bodies == right_bodies) continue;
    ++changed;
    EXPECT_THAT(right_bodies, HasSubstr(" m")) << "changed outside its situation";
  }
  EXPECT_GT(changed, 40);
}

}  // namespace
}  // namespace assay::analysis::code_tasks
