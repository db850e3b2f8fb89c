// Claims about circuits on a network whose metric says which edges are kept, and the search for the circuit they speak about.
#include <gmock/gmock.h>

#include "analysis/claims/circuit_search.h"
#include "analysis/claims/verify.h"
#include "tests/analysis/fake_network.h"
#include "tests/analysis/workspace.h"

namespace assay::analysis {
namespace {

using circuits::Answer;
using circuits::Tokens;
using ::testing::ElementsAre;
using testing::FakeNetwork;
using ::testing::HasSubstr;
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
  std::string found_under = "resample", find_keys;

  void SetUp() override {
    workspace.write("maximum.task.toml", kMaximumTask);
    workspace.write("maximum.c", kMaximumProgram);
    auto fake = std::make_unique<FakeNetwork>(
        maximum, [](std::span<const TokenId> prefix, std::optional<std::int64_t>) { return Answer{static_cast<TokenId>(maximum(prefix)), 0, 2}; });
    network = fake.get();
    store.put(workspace.path("model"), std::move(fake));
  }
  std::size_t edges() const { return network->graph().edges.size(); }
  HypothesisResult hypothesis(const std::string& kind, std::size_t kept, const std::string& keys) {
    const std::string file = workspace.write("c.hypothesis.toml",
                                             "task = \"maximum.task.toml\"\nprogram = { file = \"maximum.c\", function = \"maximum\" "
                                             "}\n[circuit]\nfind = { method = \"eap-ig\", edges = " +
                                                 std::to_string(kept) + ", ablation = \"" + found_under + "\"" + find_keys +
                                                 " }\n[[claim]]\nkind = \"" + kind + "\"\n" + keys);
    return verify({file}, {}, store, cache, workspace.session).hypotheses[0];
  }
  ClaimResult claim(const std::string& kind, std::size_t kept, const std::string& keys = "") {
    const HypothesisResult result = hypothesis(kind, kept, keys);
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

TEST_F(CircuitClaims, too_small_a_circuit_is_refuted) { EXPECT_EQ(claim("faithfulness", 3).grade(), Grade::kRefuted); }

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
  EXPECT_EQ(result.witness["resample"]["superfluous"][0]["edge"], network->graph().edge_name(0));
}

TEST_F(CircuitClaims, minimality_of_some_edges_says_how_many_of_how_many) {
  network->scored_low = {0};
  network->idle = {3};
  const ClaimResult result = claim("minimality", edges(), "edges = 1\n");
  EXPECT_EQ(result.grade(), Grade::kRefuted) << "the edge of least |score| is idle";
  EXPECT_THAT(result.summary, HasSubstr("1 of 2 edges and 0 of 1 nodes"));
  EXPECT_THAT(result.summary, HasSubstr("(edges: the 1 of least |score| and 1 drawn by the seed, of 5)"));
  const Json& numbers = result.details["ablations"]["resample"];
  EXPECT_EQ(numbers["removals"].size(), 2u);
  EXPECT_EQ(numbers["node_removals"][0]["node"], "a0.h0");
  EXPECT_EQ(numbers["nodes"]["matter"], 1);
  store.circuits.clear();
  network->idle = {};
  const ClaimResult held = claim("minimality", edges(), "edges = 1\nablations = [\"zero\"]\n");
  EXPECT_EQ(held.grade(), Grade::kMeasured) << "every input was run, but not every edge removed: " << held.summary;
  EXPECT_EQ(claim("minimality", edges(), "ablations = [\"zero\"]\n").grade(), Grade::kProved);
}

TEST_F(CircuitClaims, node_whose_edges_make_up_for_each_other_is_superfluous_though_none_of_them_is) {
  network->weights = {{0, 1}, {1, -1}, {2, 1}, {3, 4}, {4, -1}};  // a0.h0: three inputs and one output, which sum to nothing
  const ClaimResult result = claim("minimality", edges());
  EXPECT_EQ(result.grade(), Grade::kRefuted) << result.summary;
  EXPECT_EQ(result.witness["resample"]["superfluous"].size(), 0u);
  EXPECT_EQ(result.witness["resample"]["superfluous_nodes"][0]["node"], "a0.h0");
}

TEST_F(CircuitClaims, keys_for_fewer_removals_are_checked) {
  const HypothesisResult result = hypothesis("minimality", edges(), "edges = 0\n");
  ASSERT_TRUE(result.error);
  EXPECT_THAT(result.error->to_string(), HasSubstr("edges"));
  EXPECT_TRUE(hypothesis("completeness", edges(), "nodes = -1\n").error);
}

TEST_F(CircuitClaims, every_claim_is_run_under_all_three_ablations_with_the_share_of_answers_that_stay) {
  for (const std::string kind : {"faithfulness", "completeness", "minimality"}) {
    const ClaimResult result = claim(kind, edges());
    for (const char* ablation : {"resample", "mean-positional", "zero"}) {
      ASSERT_TRUE(result.details["ablations"].contains(ablation)) << kind;
      const Json& numbers = result.details["ablations"][ablation];
      EXPECT_THAT(result.summary, HasSubstr(ablation)) << kind;
      if (kind == "faithfulness") EXPECT_TRUE(numbers["same_answer"].is_number());
      else if (kind == "completeness") EXPECT_TRUE(numbers["removals"][0]["network_same_answer"].is_number());
      else EXPECT_TRUE(numbers["removals"][0]["same_answer"].is_number());
    }
    EXPECT_EQ(result.details["holds_under"].size(), 3u) << kind << ": " << result.summary;
  }
}

TEST_F(CircuitClaims, minimality_under_one_ablation_only_names_it_in_the_headline) {
  network->zero_idle = {1};
  const ClaimResult result = claim("minimality", edges());
  EXPECT_EQ(result.grade(), Grade::kMeasured) << "the circuit was found under resample, which decides";
  EXPECT_THAT(result.summary, HasSubstr("holds under resample and mean-positional only"));
  EXPECT_EQ(claim("minimality", edges(), "ablations = [\"zero\", \"resample\"]\n").grade(), Grade::kRefuted);
}

TEST_F(CircuitClaims, completeness_under_one_ablation_only_names_it_in_the_headline) {
  network->scored_low = {3};  // input->logits: without a0.h0 the circuit has nothing left, the network this edge of five
  network->zero_ablation_hurts = 0.2;
  const ClaimResult result = claim("completeness", 4, "bound = 0.1\n");
  EXPECT_EQ(result.grade(), Grade::kRefuted) << result.summary;
  EXPECT_TRUE(result.witness["resample"].contains("removed"));
  EXPECT_THAT(result.details["holds_under"].dump(), HasSubstr("zero"));
}

TEST_F(CircuitClaims, resample_compares_with_the_partner_and_zero_with_the_best_other_answer) {
  claim("faithfulness", edges(), "ablations = [\"resample\"]\n");
  const std::vector<circuits::Example> paired = network->evaluated;
  const ClaimResult result = claim("faithfulness", edges(), "ablations = [\"zero\"]\n");
  const std::vector<circuits::Example> unpaired = network->evaluated;
  ASSERT_FALSE(paired.empty());
  for (const circuits::Example& example : paired) {
    EXPECT_NE(example.incorrect, Tokens{-1});
    EXPECT_EQ(example.corrupted.size(), example.clean.size());
  }
  for (const circuits::Example& example : unpaired) {
    EXPECT_EQ(example.incorrect, Tokens{-1});
    EXPECT_TRUE(example.corrupted.empty());
  }
  EXPECT_EQ(result.details["ablations"]["zero"]["metric"], "logit difference to the best other answer");
}

TEST_F(CircuitClaims, input_without_a_partner_takes_part_where_no_partner_is_needed) {
  workspace.write("lonely.c", "int lonely(const int *s, int n) { return n == 2 || (n == 1 && s[0] == 2); }\n");  // one input of length 1
  const std::string narrow = "domain = { max_length = 2, where = { file = \"lonely.c\", function = \"lonely\" } }\n";
  const ClaimResult zero = claim("faithfulness", edges(), narrow + "ablations = [\"zero\"]\n");
  EXPECT_EQ(network->evaluated.size(), 17u);
  EXPECT_EQ(zero.grade(), Grade::kProved) << zero.summary;
  const ClaimResult resample = claim("faithfulness", edges(), narrow + "threshold = 0.7\nablations = [\"resample\"]\n");  // 16 examples show little
  EXPECT_EQ(network->evaluated.size(), 16u);
  EXPECT_EQ(resample.details["without_partner"], 1);
  EXPECT_EQ(resample.grade(), Grade::kMeasured);
}

TEST_F(CircuitClaims, as_many_random_circuits_are_run_as_the_claim_says) {
  EXPECT_EQ(claim("faithfulness", edges(), "random_circuits = 3\n").details["ablations"]["resample"]["random_circuits"]["circuits"], 3);
  store.circuits.clear();
  EXPECT_FALSE(claim("faithfulness", edges(), "random_circuits = 0\n").details["ablations"]["resample"].contains("random_circuits"));
}

TEST_F(CircuitClaims, random_circuits_of_the_same_size_stand_beside_faithfulness) {
  const ClaimResult whole = claim("faithfulness", edges());
  EXPECT_EQ(whole.details["ablations"]["resample"]["random_circuits"]["as_good"], 20) << "with all edges there is one circuit";
  EXPECT_THAT(whole.summary, HasSubstr("20 of 20 random circuits of its size do as well"));
}

TEST_F(CircuitClaims, small_integration_residual_needs_no_more_steps) {
  const ClaimResult result = claim("faithfulness", edges());
  EXPECT_THAT(network->discoveries, ElementsAre("eap-ig 5"));
  EXPECT_EQ(result.details["integration"]["tries"].size(), 1u);
  EXPECT_FALSE(result.details["integration"]["rescored_exactly"].get<bool>());
}

TEST_F(CircuitClaims, large_integration_residual_raises_the_steps_at_midpoints_and_reports_both) {
  network->residual = 0.2;
  network->enough_steps = 20;
  const HypothesisResult result = hypothesis("faithfulness", edges(), "");
  EXPECT_THAT(network->discoveries, ElementsAre("eap-ig 5", "eap-ig 10 midpoint", "eap-ig 20 midpoint"));
  const Json& integration = result.claims[0].details["integration"];
  EXPECT_EQ(integration["tries"][0], (Json{{"steps", 5}, {"rule", "left"}, {"residual", 0.2}}));
  EXPECT_EQ(integration["tries"][2], (Json{{"steps", 20}, {"rule", "midpoint"}, {"residual", 0.01}}));
  EXPECT_EQ(result.circuit["integration_residual"], 0.01);
  EXPECT_EQ(result.circuit["steps"], 20);
}

TEST_F(CircuitClaims, residual_that_no_steps_mend_has_the_kept_edges_scored_exactly) {
  network->residual = 0.2;
  network->exact_score = 7;
  network->scored_low = {0};
  const HypothesisResult result = hypothesis("faithfulness", 4, "threshold = 0.7\n");
  EXPECT_THAT(network->discoveries,
              ElementsAre("eap-ig 5", "eap-ig 10 midpoint", "eap-ig 20 midpoint", "eap-ig 40 midpoint", "eap-ig 80 midpoint", "exact 80 midpoint"));
  EXPECT_TRUE(result.claims[0].details["integration"]["rescored_exactly"].get<bool>());
  ASSERT_EQ(result.circuit["edges"].size(), 4u);
  for (const Json& edge : result.circuit["edges"]) EXPECT_EQ(edge["score"], 7);
}

TEST_F(CircuitClaims, with_positions_told_apart_the_kept_edges_are_scored_by_removing_each) {
  struct Spanned : FakeNetwork {
    using FakeNetwork::FakeNetwork;
    Result<std::unique_ptr<Network>> by_span(const std::vector<circuits::Span>&) override {
      auto view = std::make_unique<FakeNetwork>(
          maximum, [](std::span<const TokenId> prefix, std::optional<std::int64_t>) { return Answer{static_cast<TokenId>(maximum(prefix)), 0, 2}; });
      view->residual = 0.2;
      view->weights[2] = 3;
      return view;
    }
  };
  const std::size_t all = edges();
  workspace.write("maximum.task.toml", std::string(kMaximumTask) + "[positions]\nfirst = { index = 0 }\n");
  store.put(workspace.path("model"), std::make_unique<Spanned>(maximum, [](std::span<const TokenId> prefix, std::optional<std::int64_t>) {
              return Answer{static_cast<TokenId>(maximum(prefix)), 0, 2};
            }));
  find_keys = ", spans = true";
  const HypothesisResult result = hypothesis("faithfulness", all, "threshold = 0.5\n");
  ASSERT_FALSE(result.error) << result.error->to_string();
  EXPECT_TRUE(result.claims[0].details["integration"]["rescored_exactly"].get<bool>());
  const double examples = result.circuit["examples"];
  ASSERT_EQ(result.circuit["edges"].size(), 5u);
  for (std::size_t e = 0; e < 5; ++e)
    EXPECT_NEAR(result.circuit["edges"][e]["score"], examples * (e == 2 ? 3.0 : 1.0) / 7, 1e-9) << "what the metric falls by, over all examples";
}

TEST_F(CircuitClaims, residual_of_its_search_is_kept_in_a_circuit_file) {
  network->residual = 0.2;
  network->enough_steps = 20;
  FoundCircuit found;
  found.circuit.graph = network->graph();
  found.circuit.kept.assign(edges(), true);
  found.circuit.scores.assign(edges(), 1);
  found.circuit.provenance.options = {{"steps", "20"}, {"rule", "midpoint"}, {"integration_residual", "0.0312"}};
  ASSERT_TRUE(circuits::write_circuit(workspace.path("c.json"), found.circuit));
  const std::string file = workspace.write("c.hypothesis.toml",
                                           "task = \"maximum.task.toml\"\nprogram = { file = \"maximum.c\", function = \"maximum\" }\n"
                                           "circuit = { file = \"c.json\" }\n[[claim]]\nkind = \"faithfulness\"\n");
  const HypothesisResult result = verify({file}, {}, store, cache, workspace.session).hypotheses[0];
  ASSERT_FALSE(result.error) << result.error->to_string();
  EXPECT_EQ(result.claims[0].details["integration_residual"], 0.0312);
  EXPECT_EQ(result.claims[0].details["integration"]["tries"][0], (Json{{"steps", 20}, {"rule", "midpoint"}, {"residual", 0.0312}}));
}

TEST_F(CircuitClaims, what_was_asked_under_one_ablation_says_so) {
  EXPECT_THAT(claim("faithfulness", edges(), "ablations = [\"resample\"]\n").summary, HasSubstr("asked under resample alone: "));
  EXPECT_THAT(claim("faithfulness", edges()).summary, ::testing::Not(HasSubstr("alone")));
}

TEST_F(CircuitClaims, pruned_circuit_has_no_edge_without_effect) {
  network->idle = {0, 3};
  find_keys = ", prune = 0.001";
  const HypothesisResult result = hypothesis("minimality", edges(), "");
  EXPECT_EQ(result.claims[0].grade(), Grade::kMeasured) << result.claims[0].summary;
  EXPECT_EQ(result.circuit["edges"].size(), 3u);
  EXPECT_EQ(result.circuit["elimination"]["selected"], 5);
  EXPECT_EQ(claim("faithfulness", edges()).details["ablations"]["resample"]["faithfulness"], 1);
}

TEST_F(CircuitClaims, of_stated_sizes_the_first_that_carries_the_decision_is_taken) {
  network->scored_low = {0};  // the other 4 of 5 edges connect input and logits
  find_keys = ", sizes = [4, 5], carry = 0.75";
  const HypothesisResult enough = hypothesis("faithfulness", 0, "threshold = 0.7\n");
  ASSERT_EQ(enough.claims.size(), 1u);
  EXPECT_NEAR(enough.claims[0].details["ablations"]["resample"]["faithfulness"].get<double>(), 0.8, 1e-9) << enough.claims[0].summary;
  ASSERT_EQ(enough.circuit["sizes"].size(), 1u) << "nothing is tried behind it";
  EXPECT_EQ(enough.circuit["sizes"][0]["asked"], 4);
  EXPECT_EQ(enough.circuit["sizes"][0]["edges"], 4);
  EXPECT_NEAR(enough.circuit["sizes"][0]["faithfulness"].get<double>(), 0.8, 1e-9);
  EXPECT_EQ(enough.circuit["sizes"][0]["same_answer"], 1.0);
  EXPECT_EQ(enough.circuit["edges"].size(), 4u);
  find_keys = ", sizes = [4, 5], carry = 0.9";
  const HypothesisResult more = hypothesis("faithfulness", 0, "");
  EXPECT_EQ(more.circuit["sizes"].size(), 2u);
  EXPECT_EQ(more.circuit["edges"].size(), 5u);
}

TEST_F(CircuitClaims, a_size_that_carries_too_much_is_passed_over) {
  network->scored_low = {0};
  network->overshoot = 1.5;  // 4 of 5 edges carry 1.2
  find_keys = ", sizes = [4, 5], carry = 0.9";
  EXPECT_EQ(hypothesis("faithfulness", 0, "").circuit["edges"].size(), 5u);
}

TEST_F(CircuitClaims, sizes_none_of_which_carries_the_decision_leave_it_open_and_say_what_each_carries) {
  network->scored_low = {0};
  find_keys = ", sizes = [4], carry = 0.9";
  const ClaimResult result = claim("faithfulness", 0);
  EXPECT_EQ(result.grade(), Grade::kUnknown);
  EXPECT_THAT(result.summary, HasSubstr("4 edges carry 0.800 and keep 100.0 % of the decisions; state other sizes"));
}

TEST_F(CircuitClaims, prune_outside_its_range_is_refused) {
  find_keys = ", prune = 1.5";
  const HypothesisResult result = hypothesis("minimality", edges(), "");
  ASSERT_TRUE(result.error);
  EXPECT_THAT(result.error->to_string(), HasSubstr("0.001 for example"));
}

}  // namespace
}  // namespace assay::analysis
