// Every number of circuits/evaluation: on a network whose metric is a known function of the kept edges, and by hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>

#include "circuits/evaluation/evaluation.h"
#include "circuits/evaluation/runs.h"

namespace assay::circuits {
namespace {

using ::testing::HasSubstr;

/// A network whose metric is 10 plus the sum of the kept edges' weights: 4 for m0->logits, 2 for input->m0, 1 for a0.h0->logits, 0 for the
/// rest. Example i scales the weights by its entry of `per_example`.
class Additive : public Network {
 public:
  const NetworkInfo& info() const override { return info_; }
  std::vector<std::pair<std::string, int>> sites() const override { return {}; }
  Result<std::vector<float>> logits(std::span<const TokenId>, bool) override { return none(); }
  Result<std::vector<std::vector<Answer>>> answers(std::span<const Tokens>, std::span<const std::vector<std::int32_t>>, const Readout&,
                                                   bool) override {
    return none();
  }
  Result<std::vector<float>> attention(std::span<const TokenId>, int, int) override { return none(); }
  Result<std::vector<float>> read_site(std::span<const Tokens>, std::span<const std::int32_t>, const std::string&) override { return none(); }
  Result<double> float_difference(std::span<const Tokens>) override { return none(); }
  Result<EnumerationSummary> enumerate(const TokenTree&, const EnumerationOptions&, const std::function<bool(const ScoredBatch&)>&,
                                       Session&) override {
    return none();
  }
  Status interchange(const InterchangeRequest&, const InterchangeVisitor&, Session&) override { return none(); }
  Result<Subspace> class_subspace(std::span<const Tokens>, std::span<const std::int32_t>, std::span<const std::int64_t>, const std::string&,
                                  int) override {
    return none();
  }
  Result<DiscoveryResult> discover(std::span<const Example>, const DiscoveryOptions&, Session&) override { return none(); }
  Result<std::vector<CircuitScores>> evaluate(std::span<const Example> examples, std::span<const std::vector<bool>> circuits,
                                              const EvaluationOptions&, Session&) override {
    std::vector<CircuitScores> scores;
    for (const auto& kept : circuits) {
      ++runs;
      double sum = 0;
      for (const auto& [name, weight] : weights)
        if (kept[*graph_.find_edge(name)]) sum += weight;
      CircuitScores score;
      for (std::size_t i = 0; i < examples.size(); ++i) {
        score.metric.push_back(10 + sum * scale * (per_example.empty() ? 1 : per_example[i]));
        score.same_answer.push_back(sum > 0);
      }
      scores.push_back(std::move(score));
    }
    return scores;
  }
  std::map<std::string, double> weights{{"m0->logits", 4.0}, {"input->m0", 2.0}, {"a0.h0->logits", 1.0}};
  const CircuitGraph& graph() const override { return graph_; }
  double scale = 1;
  std::vector<double> per_example;
  int runs = 0;

 private:
  static tl::unexpected<Error> none() { return unsupported("not part of this test"); }
  NetworkInfo info_;
  CircuitGraph graph_ = build_graph({1, 1, 4});
};

constexpr Sampling kEverything{true, 1};

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
  const auto f = faithfulness(network, examples, circuit({"m0->logits", "input->m0"}), {}, kEverything, 0, session);
  ASSERT_TRUE(f.has_value());
  EXPECT_DOUBLE_EQ(f->normalised.value, 6.0 / 7.0);
  EXPECT_DOUBLE_EQ(f->normalised.low, 6.0 / 7.0);
  EXPECT_DOUBLE_EQ(f->full, 17);
  EXPECT_DOUBLE_EQ(f->empty, 10);
  EXPECT_DOUBLE_EQ(f->same_answer.value, 1);
  EXPECT_DOUBLE_EQ(f->same_answer.low, 1);
  EXPECT_DOUBLE_EQ(f->empty_same_answer, 0);
  network.scale = 0;
  EXPECT_FALSE(faithfulness(network, examples, circuit({}), {}, kEverything, 0, session)->normalised.defined());
}

TEST_F(Evaluating, share_of_a_sample_stays_open_at_a_hundred_percent) {
  const auto f = faithfulness(network, examples, circuit({"m0->logits"}), {}, {false, 1}, 0, session);
  EXPECT_DOUBLE_EQ(f->same_answer.value, 1);
  EXPECT_LT(f->same_answer.low, 0.5);  // two examples show little
  EXPECT_DOUBLE_EQ(share_of(0, 0, {}).high, 1);
}

TEST_F(Evaluating, random_circuits_are_ranked_by_their_distance_from_one) {
  const auto whole = faithfulness(network, examples, std::vector<bool>(network.graph().edges.size(), true), {}, kEverything, 5, session);
  EXPECT_EQ(whole->control.circuits, 5u);
  EXPECT_EQ(whole->control.as_good, 5u) << "circuits with all edges are all the same";
  const auto good = faithfulness(network, examples, circuit({"m0->logits", "input->m0"}), {}, kEverything, 50, session);
  const auto idle = faithfulness(network, examples, circuit({"input->a0.h0<q>", "input->logits"}), {}, kEverything, 50, session);
  EXPECT_LT(good->control.as_good, 25u);
  EXPECT_EQ(idle->control.as_good, 50u) << "f = 0 is the worst here";
  EXPECT_GT(idle->control.nearest, 0.5);
}

/// All examples have the same metric but one, which carries most of the effect of a0.h0->logits alone.
TEST_F(Evaluating, interval_of_a_sample_covers_what_hangs_on_few_examples) {
  examples.resize(40);
  network.per_example.assign(40, 1);
  const auto even = faithfulness(network, examples, circuit({"m0->logits"}), {}, {false, 3}, 0, session);
  EXPECT_DOUBLE_EQ(even->normalised.low, even->normalised.high) << "the ratio is the same on every example";
  CircuitRuns runs;
  runs.metrics = {std::vector<double>(40, 0.0), std::vector<double>(40, 1.0), std::vector<double>(40, 0.0)};
  runs.metrics[0][7] = 20;
  const auto statistic = [](const Totals& totals, std::size_t) { return totals.normalised(0); };
  const Estimate uneven = estimates(runs.metrics, {false, 3}, 1, statistic).front();
  EXPECT_DOUBLE_EQ(uneven.value, 0.5);
  EXPECT_DOUBLE_EQ(uneven.low, 0) << "a draw without example 7 happens in .36 of the rounds";
  EXPECT_NEAR(uneven.high, 1.5, 0.51);
  EXPECT_EQ(estimates(runs.metrics, {false, 3}, 1, statistic).front().high, uneven.high) << "the seed decides";
  EXPECT_DOUBLE_EQ(estimates(runs.metrics, kEverything, 1, statistic).front().low, 0.5);
}

TEST_F(Evaluating, draw_that_cannot_be_normalised_opens_the_interval) {
  const Metrics metrics{{1, 0}, {1, 0}, {0, 0}};  // full and empty agree on example 1, so that a draw of it alone has no range
  const Estimate open = estimates(metrics, {false, 1}, 1, [](const Totals& totals, std::size_t) { return totals.normalised(0); }).front();
  EXPECT_DOUBLE_EQ(open.value, 1);
  EXPECT_FALSE(std::isfinite(open.low));
  EXPECT_FALSE(open.within(0.9, 1.1));
  EXPECT_FALSE(open.outside(0.9, 1.1));
}

TEST_F(Evaluating, completeness_compares_circuit_and_network_without_each_node) {
  const auto gaps = completeness(network, examples, circuit({"m0->logits", "input->m0"}), {}, {0, 1}, kEverything, session);
  ASSERT_TRUE(gaps.has_value());
  ASSERT_EQ(gaps->size(), 1u);  // m0 alone; without it the circuit is empty, and the network still has a0.h0->logits
  const NodeSetGap& gap = gaps->front();
  EXPECT_EQ(network.graph().nodes[gap.nodes[0]], "m0");
  EXPECT_DOUBLE_EQ(gap.circuit, 0);
  EXPECT_DOUBLE_EQ(gap.network, 1.0 / 7.0);
  EXPECT_DOUBLE_EQ(gap.gap.value, 1.0 / 7.0);
  EXPECT_DOUBLE_EQ(gap.circuit_same_answer, 0);
  EXPECT_DOUBLE_EQ(gap.network_same_answer, 1);
}

TEST_F(Evaluating, completeness_adds_each_seeded_subset_once) {
  const auto kept = circuit({"m0->logits", "input->m0", "a0.h0->logits", "input->a0.h0<v>"});
  const auto once = completeness(network, examples, kept, {}, {20, 7}, kEverything, session),
             again = completeness(network, examples, kept, {}, {20, 7}, kEverything, session);
  ASSERT_TRUE(once.has_value());
  ASSERT_EQ(once->size(), 3u);  // two nodes alone, and the one set of both
  EXPECT_EQ(once->back().nodes.size(), 2u);
  for (std::size_t i = 0; i < once->size(); ++i) {
    EXPECT_EQ((*once)[i].nodes, (*again)[i].nodes);
    EXPECT_DOUBLE_EQ((*once)[i].gap.value, 0);  // nothing outside the circuit matters
  }
}

TEST_F(Evaluating, minimality_removes_each_edge_and_node_once) {
  network.per_example = {1, 3};
  const auto kept = circuit({"m0->logits", "input->m0", "input->logits"});
  const auto found = minimality(network, examples, kept, {kept_edges(kept), inner_nodes_of(network.graph(), kept)}, 0.1, {}, kEverything, session);
  ASSERT_TRUE(found.has_value());
  ASSERT_EQ(found->edges.size(), 3u);
  for (const RemovalEffect& removal : found->edges) {
    const std::string name = network.graph().edge_name(removal.index);
    const double weight = name == "m0->logits" ? 4 : name == "input->m0" ? 2 : 0;
    EXPECT_DOUBLE_EQ(removal.effect.value, weight / 7) << name;
    EXPECT_DOUBLE_EQ(removal.largest_on_one_example, 3 * weight) << name;
    EXPECT_EQ(removal.verdict, weight > 0 ? RemovalEffect::Verdict::kMatters : RemovalEffect::Verdict::kIdle) << name;
  }
  ASSERT_EQ(found->nodes.size(), 1u);
  EXPECT_EQ(network.graph().nodes[found->nodes[0].index], "m0");
  EXPECT_DOUBLE_EQ(found->nodes[0].effect.value, 6.0 / 7);
  network.scale = 0;
  const auto undefined = minimality(network, examples, kept, {kept_edges(kept), {}}, 0.1, {}, kEverything, session);
  EXPECT_FALSE(undefined->edges.front().effect.defined());
  EXPECT_EQ(undefined->edges.front().verdict, RemovalEffect::Verdict::kOpen);
}

/// input->logits adds 3 to every second example and takes 2.9 from the others: .007 of the range, with a deviation of .42.
class Uneven : public Additive {
 public:
  Result<std::vector<CircuitScores>> evaluate(std::span<const Example> examples, std::span<const std::vector<bool>> circuits,
                                              const EvaluationOptions& options, Session& session) override {
    auto scores = Additive::evaluate(examples, circuits, options, session);
    for (std::size_t c = 0; c < circuits.size(); ++c)
      for (std::size_t i = 0; i < examples.size(); ++i)
        if (circuits[c][*graph().find_edge("input->logits")]) (*scores)[c].metric[i] += i % 2 ? 3 : -2.9;
    return scores;
  }
};

TEST_F(Evaluating, minimality_of_a_sample_is_decided_by_its_size) {
  Uneven uneven;
  const auto kept = circuit({"m0->logits", "input->m0", "input->logits"});
  const auto verdicts = [&](std::size_t count) {
    examples.resize(count);
    std::map<std::string, RemovalEffect::Verdict> found;
    const auto effects = minimality(uneven, examples, kept, {kept_edges(kept), {}}, 0.2, {}, {false, 1}, session);
    for (const RemovalEffect& each : effects->edges) found[uneven.graph().edge_name(each.index)] = each.verdict;
    return found;
  };
  auto few = verdicts(12), many = verdicts(400);
  EXPECT_EQ(few["m0->logits"], RemovalEffect::Verdict::kMatters);
  EXPECT_EQ(few["input->logits"], RemovalEffect::Verdict::kOpen) << "an effect of .2 lies within two standard errors";
  EXPECT_EQ(many["m0->logits"], RemovalEffect::Verdict::kMatters);
  EXPECT_EQ(many["input->logits"], RemovalEffect::Verdict::kIdle);
}

TEST_F(Evaluating, weakest_edges_are_those_of_least_score_and_the_others_are_drawn) {
  Circuit large;
  large.graph = build_graph({2, 2, 4});
  large.kept.assign(large.graph.edges.size(), true);
  large.kept[3] = false;
  for (std::size_t edge = 0; edge < large.kept.size(); ++edge) large.scores.push_back(edge % 2 ? -0.1 * static_cast<double>(edge) : 50);
  const EdgeSample sample = sample_edges(large, 3, 1);
  EXPECT_THAT(sample.weakest, ::testing::ElementsAre(1, 5, 7)) << "edge 3 is not kept";
  ASSERT_EQ(sample.drawn.size(), 3u);
  for (const std::uint32_t edge : sample.drawn) EXPECT_TRUE(large.kept[edge] && edge != 1 && edge != 5 && edge != 7);
  EXPECT_EQ(sample_edges(large, 3, 1).drawn, sample.drawn);
  EXPECT_NE(sample_edges(large, 3, 2).drawn, sample.drawn);
  large.scores.clear();
  EXPECT_TRUE(sample_edges(large, 3, 1).weakest.empty());
  EXPECT_EQ(sample_edges(large, 1'000, 1).drawn.size(), large.kept.size() - 1);
}

TEST_F(Evaluating, completeness_draws_single_nodes_where_it_is_told_to) {
  const auto kept = circuit({"m0->logits", "input->m0", "a0.h0->logits", "input->a0.h0<v>"});
  const auto gaps = completeness(network, examples, kept, {}, {0, 1, 1}, kEverything, session);
  ASSERT_EQ(gaps->size(), 1u);
  EXPECT_EQ(completeness(network, examples, kept, {}, {0, 1, 2}, kEverything, session)->size(), 2u);
  EXPECT_EQ(completeness(network, examples, kept, {}, {0, 1, 0}, kEverything, session)->size(), 2u);
}

TEST_F(Evaluating, elimination_leaves_the_edges_that_matter) {
  network.weights["input->logits"] = 0.002;
  const auto rest = eliminate(network, examples, std::vector<bool>(network.graph().edges.size(), true), 0.001, {}, session);
  ASSERT_TRUE(rest.has_value()) << rest.error().to_string();
  EXPECT_EQ(rest->kept, circuit({"m0->logits", "input->m0", "a0.h0->logits"}));
  EXPECT_EQ(rest->removed, network.graph().edges.size() - 3);
  EXPECT_EQ(rest->passes, 2u);
}

/// Each of a pair does what the other does: removing one costs nothing, removing both costs all.
class Redundant : public Additive {
 public:
  Result<std::vector<CircuitScores>> evaluate(std::span<const Example> examples, std::span<const std::vector<bool>> circuits,
                                              const EvaluationOptions&, Session&) override {
    std::vector<CircuitScores> scores;
    for (const auto& kept : circuits) {
      const bool either = kept[*graph().find_edge("m0->logits")] || kept[*graph().find_edge("a0.h0->logits")];
      scores.push_back({std::vector<double>(examples.size(), either ? 1 : 0), std::vector<bool>(examples.size(), either)});
    }
    return scores;
  }
};

TEST_F(Evaluating, elimination_keeps_one_of_two_that_stand_in_for_each_other) {
  Redundant redundant;
  const auto rest = eliminate(redundant, examples, std::vector<bool>(redundant.graph().edges.size(), true), 0.001, {}, session);
  ASSERT_TRUE(rest.has_value());
  EXPECT_EQ(std::count(rest->kept.begin(), rest->kept.end(), true), 1);
  EXPECT_TRUE(rest->kept[*redundant.graph().find_edge("m0->logits")]) << "of equal effects the first edge goes first";
}

TEST_F(Evaluating, elimination_without_a_range_is_refused) {
  network.scale = 0;
  const auto rest = eliminate(network, examples, circuit({"m0->logits"}), 0.001, {}, session);
  ASSERT_FALSE(rest.has_value());
  EXPECT_THAT(rest.error().to_string(), HasSubstr("score the same"));
}

/// Ten sizes in a graph of eight edges: 0 edges up to .1, 1 at .2, 4 at .5, 8 at 1.
TEST_F(Evaluating, cpr_and_cmd_are_the_integrals_computed_by_hand) {
  std::vector<double> scores(network.graph().edges.size(), 0.0);
  ASSERT_EQ(scores.size(), 8u);
  const auto set = [&](const char* edge, double score) { scores[*network.graph().find_edge(edge)] = score; };
  set("input->logits", 1), set("m0->logits", 5), set("input->m0", 4), set("a0.h0->logits", -6), set("input->a0.h0<v>", -7);
  const auto curve = faithfulness_curve(network, examples, scores, {}, kEverything, session);
  ASSERT_TRUE(curve.has_value()) << curve.error().to_string();
  EXPECT_THAT(curve->edges, ::testing::ElementsAre(0, 0, 0, 0, 0, 0, 0, 1, 4, 8));
  // By score: m0->logits alone is pruned at .2; at .5 m0->logits, input->m0, input->logits and an edge without score into a0.h0, pruned: f = 6/7.
  EXPECT_THAT(curve->by_score, ::testing::ElementsAre(0, 0, 0, 0, 0, 0, 0, 0, ::testing::DoubleEq(6.0 / 7), 1));
  // By size: at .5 both paths through a0.h0 and m0, f = 1.
  EXPECT_THAT(curve->by_size, ::testing::ElementsAre(0, 0, 0, 0, 0, 0, 0, 0, 1, 1));
  EXPECT_NEAR(curve->cpr.value, .3 * (6.0 / 7) / 2 + .5 * (6.0 / 7 + 1) / 2, 1e-12);
  EXPECT_NEAR(curve->cmd.value, (.2 - .001) * 1 + .3 * 1 / 2, 1e-12);
  scores.assign(scores.size(), std::numeric_limits<double>::quiet_NaN());
  EXPECT_THAT(faithfulness_curve(network, examples, scores, {}, kEverything, session).error().to_string(),
              HasSubstr("no edge of the circuit has a score"));
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
