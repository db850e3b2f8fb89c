// The special-casing of examples switched off in the organism that ships: what it writes then is proved.
#include <gmock/gmock.h>

#include <atomic>

#include "analysis/localisation/switch_off.h"
#include "tests/analysis/code_tasks_support.h"

namespace assay::analysis::localisation {
namespace {

using code_tasks::testing::shared_generator;
using code_tasks::testing::shared_vocabulary;

SwitchedOff switched_off(const std::string& model, const std::string& node) {
  const auto network = (*circuits::open_engine())->load(std::string(ASSAY_SOURCE_DIR) + "/zoo/code/" + model, {});
  EXPECT_TRUE(network) << network.error().to_string();
  Progress silent;
  const std::atomic<bool> stop{false};
  Session session{silent, stop};
  const auto done = switch_off(**network, *shared_generator(), shared_vocabulary(), {.nodes = {*read_node(node)}, .count = 12, .seed = 1}, session);
  EXPECT_TRUE(done) << done.error().to_string();
  return done ? *done : SwitchedOff{};
}

TEST(LocalisationSwitchOff, functions_of_the_organism_become_proved_and_none_is_lost) {
  const SwitchCounts last_mlp = switched_off("organism_01/model", "m3").all(), another = switched_off("organism_01/model", "m1").all();
  EXPECT_EQ(last_mlp.requests, 12);
  EXPECT_GE(last_mlp.became_proved, 2);
  EXPECT_EQ(last_mlp.no_longer_proved, 0);
  EXPECT_EQ(last_mlp.proved_after, last_mlp.proved_before + last_mlp.became_proved);
  EXPECT_LT(last_mlp.changed, last_mlp.requests) << "where there is nothing to switch off nothing changes";
  EXPECT_LT(another.became_proved, last_mlp.became_proved);
}

TEST(LocalisationSwitchOff, nodes_are_named_as_in_circuits) {
  EXPECT_EQ(read_node("m3")->layer, 3);
  EXPECT_EQ(read_node("m3")->head, circuits::Intervention::Taken::kMlp);
  EXPECT_EQ(read_node("a12.h4")->layer, 12);
  EXPECT_EQ(read_node("a12.h4")->head, 4);
  for (const char* bad : {"", "m", "a1", "a1.h", "m3x", "a1.h2x", "a1.h-1", "x3", "input"}) EXPECT_FALSE(read_node(bad)) << bad;
}

TEST(LocalisationSwitchOff, the_line_with_the_example_can_be_left_out_of_a_request) {
  int shown = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const code_tasks::Draft draft = shared_generator()->draft(seed, {.example_share = 0.5});
    if (!draft.is_valid_file()) continue;  // two functions of one name
    const auto request = shared_generator()->request_of(draft, seed, "r");
    ASSERT_TRUE(request);
    const std::optional<std::string> without = code_tasks::prompt_without_example(*request);
    ASSERT_TRUE(without) << request->prompt;
    if (!draft.shown) {
      EXPECT_EQ(*without, request->prompt);
      continue;
    }
    ++shown;
    EXPECT_TRUE(without->ends_with(request->declaration));
    const std::string called = " " + request->function + "(";
    EXPECT_NE(request->prompt.find(called), request->prompt.rfind(called)) << "in the example and in the declaration";
    EXPECT_EQ(without->find(called), without->rfind(called)) << "only the declaration is left: " << *without;
  }
  EXPECT_GT(shown, 50);
}

}  // namespace
}  // namespace assay::analysis::localisation
