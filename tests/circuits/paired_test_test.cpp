// Tests of an effect against a threshold: by hand, by how often they are wrong on drawn samples, and Holm's rule by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "circuits/evaluation/paired_test.h"

namespace assay::circuits {
namespace {

using ::testing::ElementsAre;

TEST(PairedTest, p_values_are_those_of_student) {
  // 1, 2, 3, 4 against 0: mean 2.5, standard error .6455, t = 3.873 with 3 degrees of freedom; P(T > 3.873) = .01522 (any table of t)
  const std::vector<double> differences{1, 2, 3, 4}, ranges{1, 1, 1, 1};
  const EffectTest zero = test_effect(differences, ranges, 0);
  EXPECT_NEAR(zero.matters, 2 * 0.01522, 1e-4);
  EXPECT_GT(zero.idle, 0.98);
  const EffectTest wide = test_effect(differences, ranges, 5);  // 5 - x has the same t on the other side
  EXPECT_NEAR(wide.idle, 0.01522, 1e-4);
  EXPECT_EQ(wide.matters, 1);
  // A network that scores lower than the empty circuit turns everything round.
  EXPECT_NEAR(test_effect(differences, std::vector<double>{-1, -1, -1, -1}, 5).idle, wide.idle, 1e-12);
}

TEST(PairedTest, nothing_is_said_from_one_example_or_without_a_range) {
  EXPECT_EQ(test_effect(std::vector<double>{5}, std::vector<double>{1}, 0.1).matters, 1);
  EXPECT_EQ(test_effect(std::vector<double>{5, 5}, std::vector<double>{1, -1}, 0.1).idle, 1);
  EXPECT_EQ(test_effect(std::vector<double>{5, 5}, std::vector<double>{1, 1}, 0.1).matters, 0) << "all examples alike";
}

/// 2,000 samples of 64 whose true effect lies on the border: each statement may be made of at most about one in twenty.
TEST(PairedTest, is_wrong_no_more_often_than_it_says) {
  std::mt19937_64 random(7);
  std::exponential_distribution<double> skewed(1);  // with mean 1
  for (const double threshold : {0.0, 1.0}) {
    int matters = 0, idle = 0;
    for (int round = 0; round < 2'000; ++round) {
      std::vector<double> differences, ranges(64, 1.0);
      for (int i = 0; i < 64; ++i) differences.push_back(skewed(random) - 1 + threshold);
      const EffectTest test = test_effect(differences, ranges, threshold);
      matters += test.matters <= 0.05;
      idle += test.idle <= 0.05;
    }
    EXPECT_LT(matters, 150) << threshold;
    EXPECT_LT(idle, 170) << threshold;
    if (threshold > 0) { EXPECT_GT(idle, 40) << "a test that never speaks would pass as well"; }
  }
}

TEST(Holm, by_hand) {
  EXPECT_THAT(holm(std::vector<double>{.01, .04, .03, .005}, .05), ElementsAre(true, false, false, true))
      << ".005 <= .0125, .01 <= .0167, .03 > .025";
  EXPECT_THAT(holm(std::vector<double>{.02, .02, .02}, .05), ElementsAre(false, false, false)) << "the first asks for .0167";
  EXPECT_THAT(holm(std::vector<double>{.0, .024, .05}, .05), ElementsAre(true, true, true));
  EXPECT_TRUE(holm({}, .05).empty());
}

TEST(SignTest, is_the_binomial_tail_of_a_fair_coin) {
  EXPECT_DOUBLE_EQ(sign_test(0, 0), 1);
  EXPECT_DOUBLE_EQ(sign_test(0, 7), 1);
  EXPECT_DOUBLE_EQ(sign_test(3, 3), 0.125);
  EXPECT_DOUBLE_EQ(sign_test(2, 3), 0.5);
}

}  // namespace
}  // namespace assay::circuits
