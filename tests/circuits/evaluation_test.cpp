// Faithfulness, completeness, minimality, overlap and ROC: on a network whose metric is a known function of the kept edges, and by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "circuits/evaluation/evaluation.h"

namespace assay::circuits {
namespace {

using ::testing::HasSubstr;

/// A network whose metric, on each of two examples, is the sum of the kept edges' weights: 4 for m0->logits, 2 for input->m0, 1 for
/// a0.h0->logits, 0 for the rest.
class Additive : public Network {
 public:
  const NetworkInfo& info() const override { return info_; }
  std::vector<std::pair<std::string, int>> sites() const override { return {}; }
  Result<std::vector<float>> logits(std::span<const TokenId>, bool) override { return none(); }
  Result<std::vector<std::vector<Answer>>> answers(std::span<const Tokens>, std::span<const std::vector<std::int32_t>>, const Readout&, bool) override { return none(); }
  Result<std::vector<float>> attention(std::span<const TokenId>, int, int) override { return none(); }
  Result<std::vector<float>> read_site(std::span<const Tokens>, std::span<const std::int32_t>, const std::string&) override { return none(); }
  Result<double> float_difference(std::span<const Tokens>) override { return none(); }
  Result<EnumerationSummary> enumerate(const TokenTree&, const EnumerationOptions&, const std::function<bool(const ScoredBatch&)>&, Session&) override { return none(); }
  Status interchange(const InterchangeRequest&, const InterchangeVisitor&, Session&) override { return none(); }
  Result<Subspace> class_subspace(std::span<const Tokens>, std::span<const std::int32_t>, std::span<const std::int64_t>, const std::string&, int) override { return none(); }
  Result<DiscoveryResult> discover(std::span<const Example>, const DiscoveryOptions&, Session&) override { return none(); }
  Result<std::vector<CircuitScores>> evaluate(std::span<const Example> examples, std::span<const std::vector<bool>> circuits, const EvaluationOptions&, Session&) override {
    std::vector<CircuitScores> scores;
    for (const auto& kept : circuits) {
      double metric = 10;
      for (const auto& [name, weight] : {std::pair{"m0->logits", 4.0}, {"input->m0", 2.0}, {"a0.h0->logits", 1.0}})
        if (kept[*graph_.find_edge(name)]) metric += weight * scale;
      scores.push_back({std::vector<double>(examples.size(), metric), std::vector<bool>(examples.size(), metric > 10)});
    }
    return scores;
  }
  const CircuitGraph& graph() const override { return graph_; }
  double scale = 1;

 private:
  static tl::unexpected<Error> none() { return unsupported("not part of this test"); }
  NetworkInfo info_;
  CircuitGraph graph_ = build_graph({1, 1, 4});
};

class Evaluating : public ::testing::Test {
 protected:
  Additive network;
  Progress silent;
  std::atomic<bool> stop{false};
  Session session{silent, stop};
  std::vector<Example> examples = std::vector<Example>(2);

  std::vector<bool> circuit(const std::vector<std::string>& names) const {
    std::vector<bool> kept(network.graph().edges.size(), false);
    for (const std::string& name : names) kept[*network.graph().find_edge(name)] = true;
    return kept;
  }
};

TEST_F(Evaluating, faithfulness_is_the_share_of_the_range_between_empty_and_full) {
  const auto f = faithfulness(network, examples, circuit({"m0->logits", "input->m0"}), {}, session);
  ASSERT_TRUE(f.has_value());
  EXPECT_DOUBLE_EQ(*f->normalised, 6.0 / 7.0);
  EXPECT_DOUBLE_EQ(f->full, 34);
  EXPECT_DOUBLE_EQ(f->empty, 20);
  EXPECT_DOUBLE_EQ(f->same_answer, 1);
  network.scale = 0;
  EXPECT_FALSE(faithfulness(network, examples, circuit({}), {}, session)->normalised.has_value());
}

TEST_F(Evaluating, completeness_compares_circuit_and_network_without_each_node) {
  const auto gaps = completeness(network, examples, circuit({"m0->logits", "input->m0"}), {}, {0, 1}, session);
  ASSERT_TRUE(gaps.has_value());
  ASSERT_EQ(gaps->size(), 1u);  // m0 alone; without it the circuit is empty, and the network still has a0.h0->logits
  EXPECT_EQ(network.graph().nodes[gaps->front().nodes[0]], "m0");
  EXPECT_DOUBLE_EQ(gaps->front().gap, 1.0 / 7.0);
}

TEST_F(Evaluating, completeness_adds_seeded_subsets) {
  const auto kept = circuit({"m0->logits", "input->m0", "a0.h0->logits", "input->a0.h0<v>"});
  const auto once = completeness(network, examples, kept, {}, {20, 7}, session), again = completeness(network, examples, kept, {}, {20, 7}, session);
  ASSERT_TRUE(once.has_value());
  EXPECT_GT(once->size(), 10u);
  for (std::size_t i = 0; i < once->size(); ++i) {
    EXPECT_EQ((*once)[i].nodes, (*again)[i].nodes);
    EXPECT_DOUBLE_EQ((*once)[i].gap, 0);  // nothing outside the circuit matters
  }
}

TEST_F(Evaluating, minimality_removes_each_kept_edge_once) {
  const auto effects = minimality(network, examples, circuit({"m0->logits", "input->m0", "input->logits"}), {}, session);
  ASSERT_TRUE(effects.has_value());
  ASSERT_EQ(effects->size(), 3u);
  for (const EdgeEffect& effect : *effects) {
    const std::string name = network.graph().edge_name(effect.edge);
    EXPECT_DOUBLE_EQ(effect.effect, name == "m0->logits" ? 4.0 / 7 : name == "input->m0" ? 2.0 / 7 : 0.0) << name;
  }
  network.scale = 0;
  EXPECT_THAT(minimality(network, examples, circuit({"m0->logits"}), {}, session).error().to_string(), HasSubstr("score the same"));
}

TEST(Overlap, counts_edges_in_both_and_in_one) {
  const auto o = overlap({true, true, false, true}, {true, false, true, true});
  ASSERT_TRUE(o.has_value());
  EXPECT_DOUBLE_EQ(o->precision(), 2.0 / 3);
  EXPECT_DOUBLE_EQ(o->recall(), 2.0 / 3);
  EXPECT_DOUBLE_EQ(o->jaccard(), 0.5);
  EXPECT_DOUBLE_EQ(overlap({false}, {false})->jaccard(), 1);
  EXPECT_FALSE(overlap({true}, {true, false}).has_value());
}

TEST(RocCurve, edges_of_one_score_move_together_and_unscored_ones_come_last) {
  // by |score|: reference edge 3; then a tie of one reference and one other; then the rest unscored
  const auto curve = roc({-3, 1, -1, std::numeric_limits<double>::quiet_NaN()}, {true, true, false, false}, true);
  ASSERT_TRUE(curve.has_value());
  ASSERT_EQ(curve->points.size(), 4u);
  EXPECT_DOUBLE_EQ(curve->points[1].true_positive_rate, 0.5);
  EXPECT_DOUBLE_EQ(curve->points[1].false_positive_rate, 0);
  EXPECT_DOUBLE_EQ(curve->points[2].true_positive_rate, 1);
  EXPECT_DOUBLE_EQ(curve->points[2].false_positive_rate, 0.5);
  EXPECT_DOUBLE_EQ(curve->area, 0.5 * 0.75 + 0.5);
  EXPECT_DOUBLE_EQ(roc({3, 2, 1}, {true, false, false}, false)->area, 1);
  EXPECT_DOUBLE_EQ(roc({1, 2, 3}, {true, false, false}, false)->area, 0);
  EXPECT_DOUBLE_EQ(roc({1, 1, 1}, {true, false, false}, false)->area, 0.5);
  EXPECT_FALSE(roc({1, 2}, {true, true}, false).has_value());
}

}  // namespace
}  // namespace assay::circuits
