// The learner against automata whose size is known, and the C it writes.
#include "analysis/inference/moore_learner.h"

#include <gtest/gtest.h>
#include <numeric>

#include "analysis/inference/machine_to_c.h"

namespace assay::analysis {
namespace {

using Truth = std::function<std::int64_t(const Word&)>;

/// All words to `longest`, shortest first, then smallest.
std::optional<Word> first_difference(const MooreMachine& machine, const Truth& truth, int longest) {
  std::vector<Word> level = {{}};
  for (int length = 0; length <= longest; ++length) {
    std::vector<Word> deeper;
    for (const Word& word : level) {
      if (truth(word) != kUnasked && machine.answer(word) != truth(word)) return word;
      for (int symbol = 0; symbol < machine.symbols; ++symbol) {
        deeper.push_back(word);
        deeper.back().push_back(symbol);
      }
    }
    level = std::move(deeper);
  }
  return std::nullopt;
}

Result<LearnedMachine> learn(int symbols, const Truth& truth, int longest, LearnerOptions options = {}) {
  return learn_moore_machine(
      symbols,
      [&](const std::vector<Word>& words) -> Result<std::vector<std::int64_t>> {
        std::vector<std::int64_t> answers;
        for (const Word& word : words) answers.push_back(truth(word));
        return answers;
      },
      [&](const MooreMachine& machine) -> Result<std::optional<Word>> { return first_difference(machine, truth, longest); }, options);
}

TEST(MooreLearner, finds_the_eight_residues_of_a_sum) {
  Truth sum_mod_8 = [](const Word& word) { return std::accumulate(word.begin(), word.end(), 0) % 8; };
  Result<LearnedMachine> learned = learn(3, sum_mod_8, 9);
  ASSERT_TRUE(learned.has_value());
  EXPECT_EQ(learned->machine.output.size(), 8u);
}

TEST(MooreLearner, tells_states_apart_by_long_suffixes) {
  Truth third_from_end = [](const Word& word) -> std::int64_t { return word.size() >= 3 && word[word.size() - 3] == 1; };
  Result<LearnedMachine> learned = learn(2, third_from_end, 10);
  ASSERT_TRUE(learned.has_value());
  EXPECT_EQ(learned->machine.output.size(), 8u);  // the minimal machine remembers three bits
}

TEST(MooreLearner, gives_the_domain_a_sink) {
  Truth depth_at_most_3 = [](const Word& word) -> std::int64_t {
    int depth = 0;
    for (int symbol : word) {
      depth += symbol == 0 ? 1 : -1;
      if (depth < 0 || depth > 3) return kOutside;
    }
    return depth;
  };
  Result<LearnedMachine> learned = learn(2, depth_at_most_3, 10);
  ASSERT_TRUE(learned.has_value());
  EXPECT_EQ(learned->machine.output.size(), 5u);
  EXPECT_GE(learned->machine.sink(), 0);
}

TEST(MooreLearner, merges_a_start_that_is_never_asked) {
  Truth parity = [](const Word& word) -> std::int64_t { return word.empty() ? kUnasked : std::accumulate(word.begin(), word.end(), 0) % 2; };
  Result<LearnedMachine> learned = learn(2, parity, 8);
  ASSERT_TRUE(learned.has_value());
  EXPECT_EQ(learned->machine.output.size(), 2u);
  EXPECT_EQ(first_difference(learned->machine, parity, 10), std::nullopt);
}

TEST(MooreLearner, keeps_a_start_that_no_state_stands_for) {
  Truth first_symbol = [](const Word& word) -> std::int64_t { return word.empty() ? kUnasked : word[0]; };
  Result<LearnedMachine> learned = learn(2, first_symbol, 6);
  ASSERT_TRUE(learned.has_value());
  EXPECT_EQ(learned->machine.output.size(), 3u);
}

TEST(MooreLearner, gives_up_with_a_reason_when_the_task_is_not_regular) {
  Truth balance = [](const Word& word) -> std::int64_t {
    return std::accumulate(word.begin(), word.end(), 0, [](int d, int s) { return d + (s ? 1 : -1); });
  };
  Result<LearnedMachine> learned = learn(2, balance, 12, {.most_states = 10});
  ASSERT_FALSE(learned.has_value());
  EXPECT_NE(learned.error().message.find("more than 10 states"), std::string::npos);
}

TEST(MachineToC, leaves_the_sink_out_of_the_answers) {
  Truth ones_only = [](const Word& word) -> std::int64_t {
    for (int symbol : word)
      if (symbol != 1) return kOutside;
    return 5;
  };
  Result<LearnedMachine> learned = learn(2, ones_only, 6);
  ASSERT_TRUE(learned.has_value());
  const std::string text = machine_to_c(learned->machine, {.function = "legal", .symbols = {"0", "1"}, .values = {0, 1}, .longest = 6});
  EXPECT_NE(text.find("int legal(const int *s, int n)"), std::string::npos);
  EXPECT_EQ(text.find("return -9223372036854775808"), std::string::npos);
}

}  // namespace
}  // namespace assay::analysis
