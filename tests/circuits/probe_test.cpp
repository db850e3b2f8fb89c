// Probes on data whose class is known to be readable, or known not to be.
#include "circuits/evaluation/probe.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "circuits/evaluation/estimate.h"

namespace assay::circuits {
namespace {

/// 16 groups of four inputs: noise, a surface of each group that is larger than all else, and the class in a direction that all share.
struct Drawn {
  std::vector<float> values;
  std::vector<int> classes;
  std::vector<ProbeFold> folds;
  static constexpr std::size_t kWidth = 40, kGroups = 16, kInputs = 64;

  Drawn(double strength, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::normal_distribution<float> normal;
    for (std::size_t i = 0; i < kInputs; ++i) {
      classes.push_back(i % 2 == 0 ? -1 : 1);
      for (std::size_t k = 0; k < kWidth; ++k)
        values.push_back(normal(random) + (k < 4 ? static_cast<float>(strength * classes.back()) : 0) + (k == 20 + i / 4 ? 30.0f : 0.0f));
    }
    for (std::size_t group = 0; group < kGroups; ++group) {
      folds.emplace_back();
      for (std::size_t i = 0; i < kInputs; ++i) (i / 4 == group ? folds.back().test : folds.back().train).push_back(i);
    }
  }
  ProbeData data() const { return {values, kWidth, classes, folds}; }
};

TEST(Probe, reads_a_class_that_lies_in_a_direction_and_is_at_chance_with_permuted_classes) {
  const ProbeScore score = probe(Drawn(2, 1).data());
  EXPECT_EQ(score.total, 64U);
  EXPECT_GE(score.right, 62U);
  EXPECT_EQ(score.folds_right, 16U);
  EXPECT_LT(score.p, 1e-4);
  EXPECT_NEAR(score.permuted, 0.5, 0.1);
}

TEST(Probe, is_at_chance_where_there_is_nothing_to_read) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) EXPECT_GT(probe(Drawn(0, seed).data()).p, 1e-3) << seed;
}

TEST(Probe, is_at_chance_on_permuted_labels_of_readable_data) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Drawn drawn(2, seed);
    std::mt19937_64 random(seed);
    std::shuffle(drawn.classes.begin(), drawn.classes.end(), random);
    EXPECT_GT(probe(drawn.data()).p, 1e-3) << seed;
  }
}

TEST(Probe, class_that_each_group_gives_away_in_its_own_place_is_not_read_in_the_others) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    Drawn drawn(0, seed);
    for (std::size_t i = 0; i < Drawn::kInputs; ++i)  // a whole test is right or wrong by luck: 64 inputs, but 16 coins
      drawn.values[i * Drawn::kWidth + 20 + i / 4] = static_cast<float>(100 * drawn.classes[i]);
    EXPECT_GT(probe(drawn.data()).p, 1e-3) << seed;
  }
}

TEST(Probe, one_class_for_all_is_no_right_answer) {
  Drawn drawn(0, 3);
  for (std::size_t i = 0; i < Drawn::kInputs; ++i) drawn.classes[i] = i % 4 == 0 ? -1 : 1;
  const ProbeScore score = probe(drawn.data());
  EXPECT_GT(score.accuracy(), 0.5) << "always answering 1 is right on 3 of 4";
  EXPECT_GT(score.p, 1e-3);
}

TEST(Probe, folds_without_both_classes_take_no_part) {
  Drawn drawn(2, 3);
  drawn.classes[0] = drawn.classes[2] = 1;  // the first group
  drawn.folds[1].train.clear();
  const ProbeScore score = probe(drawn.data());
  EXPECT_EQ(score.folds, 14U);
  EXPECT_EQ(score.total, 56U);
}

TEST(Probe, scores_of_tests_whose_class_is_not_known_fall_on_its_side) {
  Drawn drawn(2, 4);
  const std::vector<int> classes = drawn.classes;
  for (const std::size_t i : drawn.folds[5].test) drawn.classes[i] = -1;
  const std::vector<double> scores = probe_scores(drawn.data(), drawn.folds[5]);
  ASSERT_EQ(scores.size(), 4U);
  for (std::size_t i = 0; i < scores.size(); ++i) EXPECT_EQ(scores[i] > 0, classes[drawn.folds[5].test[i]] > 0) << i;
}

TEST(MeanOf, interval_is_students) {
  const Estimate mean = mean_of(std::vector<double>{1, 2, 3, 4});
  EXPECT_DOUBLE_EQ(mean.value, 2.5);
  EXPECT_NEAR(mean.high - mean.value, 3.18245 * std::sqrt(5.0 / 3 / 4), 1e-4);
  EXPECT_TRUE(std::isinf(mean_of(std::vector<double>{1}).high));
}

}  // namespace
}  // namespace assay::circuits
