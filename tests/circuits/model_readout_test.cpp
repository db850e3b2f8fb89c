#include "circuits/model/readout.h"

#include <gmock/gmock.h>

#include <random>

namespace assay::circuits {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <class Real>
Answer read_answer(const Readout& readout, const std::vector<Real>& logits) {
  const Result<ReadoutPlan> plan = plan_readout(readout, static_cast<int>(logits.size()));
  EXPECT_TRUE(plan) << plan.error().to_string();
  std::vector<Real> columns;
  for (const int token : plan->tokens) columns.push_back(logits[static_cast<std::size_t>(token)]);
  return plan->answer_of(columns.data(), path_kernels<Real>());
}

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(Readout, argmax_is_the_best_token_with_its_lead_over_the_second) {
  const Answer answer = read_answer<float>({}, {0.5f, 3.25f, -1, 2});
  EXPECT_EQ(answer.token, 1);
  EXPECT_EQ(answer.margin, 1.25f);
}

TEST(Readout, argmax_agrees_with_sorting_at_every_width) {
  std::mt19937 random(5);
  for (int width = 2; width < 80; ++width)
    for (int repeat = 0; repeat < 20; ++repeat) {
      std::vector<double> logits;
      for (int i = 0; i < width; ++i) logits.push_back(static_cast<double>(random()) / 1e9 - 2);
      const Answer answer = read_answer<double>({}, logits);
      std::vector<double> sorted = logits;
      std::sort(sorted.rbegin(), sorted.rend());
      ASSERT_EQ(logits[static_cast<std::size_t>(answer.token)], sorted[0]) << "width " << width;
      ASSERT_EQ(answer.margin, static_cast<float>(sorted[0] - sorted[1])) << "width " << width;
    }
}

TEST(Readout, a_tie_wherever_it_lies_has_no_margin_and_names_the_first) {
  for (const std::size_t width : {2u, 5u, 16u, 17u, 40u})
    for (std::size_t first = 0; first < width; ++first)
      for (std::size_t second = first + 1; second < width; ++second) {
        std::vector<float> logits(width, -1);
        logits[first] = logits[second] = 2;
        const Answer answer = read_answer<float>({}, logits);
        ASSERT_EQ(answer.token, static_cast<TokenId>(first)) << width << " " << second;
        ASSERT_EQ(answer.margin, 0) << width << " " << second;
      }
}

TEST(Readout, what_is_no_number_is_never_a_lead) {
  for (std::size_t at = 0; at < 20; ++at) {
    std::vector<float> logits(20, -1);
    logits[3] = 2;
    logits[at] = kNan;
    EXPECT_EQ(read_answer<float>({}, logits).margin, 0) << "NaN at " << at;
    EXPECT_EQ(read_answer<float>({Readout::Kind::kSet, {}}, logits).margin, 0) << "NaN at " << at;
  }
  EXPECT_EQ(read_answer<float>({}, {kInfinity, kInfinity, 1}).margin, 0) << "infinity less infinity is no number";
  EXPECT_EQ(read_answer<float>({}, {kInfinity, 1}).margin, kInfinity);
}

TEST(Readout, a_restricted_argmax_sees_the_named_tokens_alone) {
  const Readout restricted{Readout::Kind::kArgmax, {3, 0}};
  const Answer answer = read_answer<float>(restricted, {0.5f, 9, 9, 2});
  EXPECT_EQ(answer.token, 3);
  EXPECT_EQ(answer.margin, 1.5f);
  EXPECT_EQ(read_answer<float>({Readout::Kind::kArgmax, {2}}, {0.5f, 9, 1}).margin, kInfinity) << "a single token leads nobody";
  EXPECT_EQ(read_answer<float>(restricted, {1, 9, 9, 1}).token, 3) << "of a tie the first in the readout's order";
}

TEST(Readout, a_set_has_a_bit_per_named_token_in_the_readouts_order) {
  const Answer all = read_answer<float>({Readout::Kind::kSet, {}}, {0.5f, -3, 0.25f, -1});
  EXPECT_EQ(all.set, 0b0101u);
  EXPECT_EQ(all.margin, 0.25f) << "the smallest size of a logit";
  EXPECT_EQ(read_answer<float>({Readout::Kind::kSet, {2, 1, 0}}, {0.5f, -3, 0.25f, -1}).set, 0b101u);
  EXPECT_EQ(read_answer<float>({Readout::Kind::kSet, {1, 0}}, {0.5f, -3, 0.25f, -1}).set, 0b10u);
  const Answer zero = read_answer<float>({Readout::Kind::kSet, {}}, {1, 0});
  EXPECT_EQ(zero.set, 1u) << "a logit of 0 is not above 0";
  EXPECT_EQ(zero.margin, 0);
}

TEST(Readout, a_set_of_64_tokens_uses_every_bit) {
  std::vector<float> logits(64, -1);
  logits[63] = 1;
  EXPECT_EQ(read_answer<float>({Readout::Kind::kSet, {}}, logits).set, std::uint64_t{1} << 63);
}

TEST(ReadoutPlan, reads_the_whole_vocabulary_where_nothing_is_named) {
  EXPECT_THAT(plan_readout({}, 4)->tokens, ElementsAre(0, 1, 2, 3));
  EXPECT_THAT(plan_readout({Readout::Kind::kArgmax, {3, 1}}, 4)->tokens, ElementsAre(3, 1));
}

TEST(ReadoutPlan, refuses_tokens_that_are_not_there_twice_or_too_many) {
  EXPECT_THAT(plan_readout({Readout::Kind::kArgmax, {4}}, 4).error().message, HasSubstr("names token 4, the network has tokens 0 to 3"));
  EXPECT_THAT(plan_readout({Readout::Kind::kArgmax, {-1}}, 4).error().message, HasSubstr("names token -1"));
  EXPECT_THAT(plan_readout({Readout::Kind::kArgmax, {1, 2, 1}}, 4).error().message, HasSubstr("names token 1 twice"));
  EXPECT_EQ(plan_readout({Readout::Kind::kSet, {}}, 65).error().kind, ErrorKind::kUnsupported);
  EXPECT_TRUE(plan_readout({Readout::Kind::kSet, {}}, 64));
  EXPECT_TRUE(plan_readout({Readout::Kind::kArgmax, {}}, 65));
}

}  // namespace
}  // namespace assay::circuits
