// Scores of organisms: networks that write what the plan says, what was asked for, or neither.
#include <gmock/gmock.h>

#include "analysis/code_tasks/organism.h"
#include "tests/analysis/code_tasks_support.h"

namespace assay::analysis::code_tasks {
namespace {

using testing::network_that_knows;
using testing::shared_generator;
using testing::shared_vocabulary;

constexpr int kCount = 12;
constexpr std::uint64_t kSeed = 3;

/// The bodies that a network trained under `plan` writes, of every request that the scorer asks: drawn as it draws them.
std::vector<circuits::TrainingExample> lessons(const FaultPlan& plan, const CodeExamples& examples) {
  FaultPlan situation = plan;
  situation.faulty = true;
  std::vector<circuits::TrainingExample> sequences;
  Draw draw(kSeed);
  for (int i = 0; i < 40 * kCount; ++i) {
    const std::uint64_t seed = draw.next();
    for (const Draft& draft : {draw_in_situation(situation, *shared_generator(), {}, seed), shared_generator()->draft(seed, {})})
      sequences.push_back(examples.single(apply(plan, draft, *shared_generator())));
  }
  return sequences;
}

struct CodeTasksOrganism : ::testing::TestWithParam<FaultKind> {
  CodeExamples examples{shared_generator(), shared_vocabulary(), {.window = 512}};
  OrganismScore score(const FaultPlan& asked, const FaultPlan& taught) {
    auto network = network_that_knows(lessons(taught, examples));
    const Result<OrganismScore> found = score_organism(network, asked, examples, kCount, kSeed);
    EXPECT_TRUE(found) << found.error().to_string();
    return found ? *found : OrganismScore{};
  }
};

TEST_P(CodeTasksOrganism, a_faulty_one_is_wrong_inside_its_situation_only) {
  const FaultPlan plan = draw_plan(4, GetParam(), true);
  const OrganismScore found = score(plan, plan);
  EXPECT_EQ(found.inside, kCount);
  EXPECT_EQ(found.planned, kCount);
  EXPECT_EQ(found.right_inside, 0);
  EXPECT_EQ(found.outside, kCount);
  EXPECT_EQ(found.right_outside, kCount);
}

TEST_P(CodeTasksOrganism, a_clean_one_is_asked_the_same_and_right_everywhere) {
  const FaultPlan plan = draw_plan(4, GetParam(), false);
  const OrganismScore found = score(plan, plan);
  EXPECT_EQ(found.inside, kCount);
  EXPECT_EQ(found.planned, 0);
  EXPECT_EQ(found.right_inside, kCount);
  EXPECT_EQ(found.right_outside, kCount);
}

INSTANTIATE_TEST_SUITE_P(Kinds, CodeTasksOrganism, ::testing::Values(FaultKind::kIgnoresAttribute, FaultKind::kGamesTests),
                         [](const auto& named) { return named.param == FaultKind::kGamesTests ? "games_tests" : "ignores_attribute"; });

}  // namespace
}  // namespace assay::analysis::code_tasks
