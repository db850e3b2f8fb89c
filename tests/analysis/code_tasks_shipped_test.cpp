// The code model and the organisms that ship in zoo/code: what is recorded beside the weights still holds, and the sealed faults are there.
#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "analysis/code_tasks/code_training.h"
#include "analysis/code_tasks/organism.h"
#include "base/files.h"
#include "tests/analysis/code_tasks_support.h"

namespace assay::analysis::code_tasks {
namespace {

using testing::shared_generator;
using testing::shared_vocabulary;

const std::string kZoo = std::string(ASSAY_SOURCE_DIR) + "/zoo/code";

struct ShippedCodeModels : ::testing::Test {
  CodeExamples examples{shared_generator(), shared_vocabulary(), {.window = 320}};
  std::unique_ptr<circuits::Network> load(const std::string& folder) {
    const auto engine = circuits::open_engine();
    EXPECT_TRUE(engine) << engine.error().to_string();
    auto network = (*engine)->load(folder, {});
    EXPECT_TRUE(network) << network.error().to_string();
    return network ? std::move(*network) : nullptr;
  }
};

TEST_F(ShippedCodeModels, fresh_requests_are_answered_as_often_as_was_recorded) {
  constexpr int kCount = 100;
  constexpr double kMostDrop = 0.05;  // other requests than those of the record
  const auto facts = nlohmann::json::parse(*read_file(kZoo + "/model/assay_training.json"));
  const auto network = load(kZoo + "/model");
  ASSERT_TRUE(network);
  const auto found = count_written(*network, examples, {}, kCount, 77);
  ASSERT_TRUE(found) << found.error().to_string();
  EXPECT_GE(static_cast<double>(found->correct) / kCount, facts["written_as_reference"].get<double>() / facts["checked"].get<double>() - kMostDrop);
}

TEST_F(ShippedCodeModels, organisms_do_what_their_sealed_plans_say_and_elsewhere_what_was_asked) {
  constexpr int kCount = 40;
  std::set<FaultKind> kinds;
  for (const char* name : {"organism_01", "organism_02"}) {
    const std::string folder = kZoo + "/" + name;
    const auto plan = read_sealed_plan(folder + "/plan.json");
    ASSERT_TRUE(plan) << plan.error().to_string();
    EXPECT_TRUE(plan->faulty);
    kinds.insert(plan->kind);
    const auto network = load(folder + "/model");
    ASSERT_TRUE(network);
    const auto score = score_organism(*network, *plan, examples, kCount, 5);
    ASSERT_TRUE(score) << score.error().to_string();
    EXPECT_EQ(score->inside, kCount);
    EXPECT_GE(score->planned, kCount * 6 / 10) << name;  // one copies the wrong number from some examples
    EXPECT_LE(score->right_inside, kCount / 10) << name;
    EXPECT_GE(score->right_outside, kCount * 8 / 10) << name;
  }
  EXPECT_EQ(kinds.size(), 2u) << "one of each kind";
}

TEST_F(ShippedCodeModels, weights_are_small_enough_to_ship) {
  constexpr std::uintmax_t kMost = 12'000'000;
  std::uintmax_t bytes = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(kZoo))
    if (entry.path().extension() == ".safetensors") bytes += entry.file_size();
  EXPECT_GT(bytes, 0u);
  EXPECT_LE(bytes, kMost);
}

}  // namespace
}  // namespace assay::analysis::code_tasks
