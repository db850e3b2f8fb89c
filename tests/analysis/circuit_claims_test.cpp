#include <gmock/gmock.h>

#include "analysis/claims/verify.h"
#include "tests/analysis/fake_network.h"
#include "tests/analysis/workspace.h"

namespace assay::analysis {
namespace {

using circuits::Answer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::FakeNetwork;
using testing::kMaximumProgram;
using testing::kMaximumTask;
using testing::Workspace;

std::int64_t maximum(std::span<const TokenId> prefix) {
  std::int64_t best = 0;
  for (const TokenId token : prefix)
    if (token < 4) best = std::max<std::int64_t>(best, token);
  return best;
}

/// The fake's metric is the share of its edges that a circuit keeps; idle edges count nothing.
struct CircuitClaims : ::testing::Test {
  Workspace workspace;
  NetworkStore store;
  Cache cache = *Cache::open("");
  FakeNetwork* network = nullptr;
  std::string found_under = "resample";

  void SetUp() override {
    workspace.write("maximum.task.toml", kMaximumTask);
    workspace.write("maximum.c", kMaximumProgram);
    auto fake = std::make_unique<FakeNetwork>(maximum, [](std::span<const TokenId> prefix, std::optional<std::int64_t>) { return Answer{static_cast<TokenId>(maximum(prefix)), 0, 2}; });
    network = fake.get();
    store.put(workspace.path("model"), std::move(fake));
  }
  std::size_t edges() const { return network->graph().edges.size(); }
  ClaimResult claim(const std::string& kind, std::size_t kept, const std::string& keys = "") {
    const std::string file = workspace.write("c.hypothesis.toml", "task = \"maximum.task.toml\"\nprogram = { file = \"maximum.c\", function = \"maximum\" }\n[circuit]\nfind = { method = \"eap-ig\", edges = " +
                                                                      std::to_string(kept) + ", ablation = \"" + found_under + "\" }\n[[claim]]\nkind = \"" + kind + "\"\n" + keys);
    const HypothesisResult result = verify({file}, {}, store, cache, workspace.session).hypotheses[0];
    EXPECT_FALSE(result.error) << result.error->to_string();
    return result.claims.empty() ? ClaimResult{} : result.claims[0];
  }
};

TEST_F(CircuitClaims, whole_network_is_faithful_and_drawn_partners_are_a_sample) {
  const ClaimResult result = claim("faithfulness", edges());
  EXPECT_EQ(result.grade(), Grade::kMeasured) << result.summary;
  EXPECT_EQ(result.details["ablations"]["resample"]["faithfulness"], 1);
  EXPECT_TRUE(result.details["whole_domain"].get<bool>());
  EXPECT_FALSE(result.details["every_pair"].get<bool>());
  // Nothing is drawn that zero ablation runs.
  EXPECT_EQ(claim("faithfulness", edges(), "ablations = [\"zero\"]\n").grade(), Grade::kProved);
}

TEST_F(CircuitClaims, circuit_that_does_better_than_the_network_is_refuted) {
  network->overshoot = 1.5;
  EXPECT_EQ(claim("faithfulness", 4).grade(), Grade::kRefuted);
}

TEST_F(CircuitClaims, full_network_as_bad_as_the_empty_circuit_decides_nothing) {
  network->same_everywhere = true;
  for (const std::string kind : {"faithfulness", "completeness", "minimality"}) {
    const ClaimResult result = claim(kind, edges(), kind == "completeness" ? "bound = 5\n" : "threshold = 0\n");
    EXPECT_EQ(result.grade(), Grade::kUnknown) << kind << ": " << result.summary;
    EXPECT_THAT(result.summary, HasSubstr("undefined")) << kind;
  }
}

TEST_F(CircuitClaims, only_the_ablation_that_the_circuit_was_found_under_decides) {
  network->scored_low = {0};
  network->zero_ablation_hurts = 0.5;
  EXPECT_EQ(claim("faithfulness", 4, "threshold = 0.7\n").grade(), Grade::kMeasured);
  found_under = "zero";
  EXPECT_EQ(claim("faithfulness", 4, "threshold = 0.7\n").grade(), Grade::kRefuted) << "other ablations do not stand in";
}

TEST_F(CircuitClaims, too_small_a_circuit_is_refuted) {
  EXPECT_EQ(claim("faithfulness", 3).grade(), Grade::kRefuted);
}

TEST_F(CircuitClaims, claim_that_holds_under_one_ablation_only_names_it) {
  network->scored_low = {0};
  network->zero_ablation_hurts = 0.5;
  ASSERT_EQ(edges(), 5u);
  // The circuit leaves out one of five edges: f is 0.8 under resample and mean, 0.4 under zero.
  const ClaimResult result = claim("faithfulness", 4, "threshold = 0.7\n");
  EXPECT_EQ(result.grade(), Grade::kMeasured);
  EXPECT_THAT(result.summary, HasSubstr("holds under resample and mean-positional only"));
  EXPECT_EQ(claim("faithfulness", 4, "threshold = 0.7\nablations = [\"resample\", \"zero\"]\n").grade(), Grade::kRefuted);
}

TEST_F(CircuitClaims, superfluous_edge_refutes_minimality_and_is_named) {
  EXPECT_EQ(claim("minimality", edges()).grade(), Grade::kMeasured);
  network->idle = {0};
  cache = *Cache::open("");
  store.circuits.clear();
  const ClaimResult result = claim("minimality", edges());
  EXPECT_EQ(result.grade(), Grade::kRefuted);
  EXPECT_EQ(result.witness["superfluous"][0]["edge"], network->graph().edge_name(0));
}

TEST_F(CircuitClaims, large_integration_residual_raises_the_steps_then_rescores_exactly) {
  network->residual = 0.2;
  claim("faithfulness", edges());
  EXPECT_THAT(network->discoveries, ElementsAre("eap-ig 5", "eap-ig 10", "eap-ig 20", "eap-ig 40", "eap-ig 80", "exact 80"));
}

}  // namespace
}  // namespace assay::analysis
