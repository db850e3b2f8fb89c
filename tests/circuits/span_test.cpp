// Circuits that tell positions apart: names and arithmetic, scores that sum to those without positions, runs against runs without positions,
// and single edges against attention computed by hand.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "circuits/discovery/span_run.h"
#include "circuits/model/random.h"
#include "discovery_support.h"

namespace assay::circuits {
namespace {

using ::testing::HasSubstr;

TEST(Spans, index_arithmetic_agrees_with_the_edge_list_and_names_are_found_again) {
  for (GraphShape shape : {GraphShape{2, 3, 8}, GraphShape{2, 2, 8, false}}) {
    shape.spans = kSpans;
    const CircuitGraph graph = build_graph(shape);
    const GraphIndex index(shape);
    ASSERT_EQ(graph.edges.size(), index.edges());
    EXPECT_EQ(graph.nodes.front(), "input@before");
    EXPECT_EQ(graph.nodes.back(), "logits");
    std::set<std::string> names;
    for (std::uint32_t edge = 0; edge < graph.edges.size(); ++edge) {
      const auto found = graph.find_edge(graph.edge_name(edge));
      ASSERT_TRUE(found.has_value()) << graph.edge_name(edge) << ": " << found.error().message;
      EXPECT_EQ(*found, edge) << graph.edge_name(edge);
      names.insert(graph.edge_name(edge));
    }
    EXPECT_EQ(names.size(), graph.edges.size());
  }
}

TEST(Spans, edges_that_run_against_the_text_are_refused_with_the_reason) {
  GraphShape shape{2, 2, 8};
  shape.spans = kSpans;
  const CircuitGraph graph = build_graph(shape);
  EXPECT_TRUE(graph.find_edge("m0@before->a1.h0@site<k>").has_value());
  EXPECT_TRUE(graph.find_edge("m0@name->logits").has_value());
  for (const char* wrong : {"m0@site->a1.h0@before<k>", "m0@before->a1.h0@site<q>", "m0@before->m1@site", "m0@before->logits"})
    EXPECT_THAT(graph.find_edge(wrong).error().message, HasSubstr("spans")) << wrong;
  for (const char* wrong : {"m0->a1.h0@site<k>", "m0@elsewhere->m1@site", "m0@name->logits@name"}) EXPECT_FALSE(graph.find_edge(wrong)) << wrong;
}

TEST(Spans, broken_spans_are_refused) {
  const auto checked = [](std::vector<Span> spans) {
    GraphShape shape{2, 2, 8};
    shape.spans = std::move(spans);
    return check_shape(shape).error().message;
  };
  EXPECT_THAT(checked({{"a", false}, {"b", false}}), HasSubstr("no span is scored"));
  EXPECT_THAT(checked({{"a", true}, {"a", true}}), HasSubstr("two spans"));
  EXPECT_THAT(checked({{"a b", true}}), HasSubstr("letters"));
  EXPECT_THAT(checked({{"", true}}), HasSubstr("letters"));
}

/// Exact for first-order scores: an edge without positions is the sum of its cells.
TEST(Spans, scores_of_cells_sum_to_the_score_without_positions) {
  for (const auto& [name, config] : span_layouts())
    for (const char* method : {"eap", "eap-ig"}) {
      const Transformer network = lively(config);
      const auto examples = spanned_examples(config, 9);
      DiscoveryOptions options;
      options.method = method, options.steps = 3;
      const auto whole = discover(network, examples, options);
      const auto split = discover(network, examples, options, 2, kSpans);
      const GraphIndex plain(shape_of(config)), index(shape_of(config, kSpans));
      double largest = 0;
      for (int slot = 0; slot < index.slots(); ++slot)
        for (int source = 0; source < index.visible(slot); ++source) {
          double sum = 0;
          for (int cell = 0; cell < index.cells(slot); ++cell) sum += split.scores[index.edge(slot, source, cell)];
          EXPECT_NEAR(sum, whole.scores[plain.edge(slot, source)], 2e-3) << name << " " << method << " slot " << slot;
          largest = std::max(largest, std::abs(sum));
        }
      EXPECT_GT(largest, 0.3) << name;
      EXPECT_EQ(whole.integration_residual.has_value(), split.integration_residual.has_value());
      if (whole.integration_residual) { EXPECT_NEAR(*whole.integration_residual, *split.integration_residual, 1e-3); }
      EXPECT_NEAR(whole.total_effect, split.total_effect, 1e-3);
    }
}

/// Sparse and dense circuits, which take the two ways of reading, and the two ends.
TEST(Spans, a_circuit_that_treats_all_spans_alike_runs_as_without_positions) {
  for (const auto& [name, config] : span_layouts())
    for (const Ablation ablation : kAblations) {
      const Transformer network = lively(config);
      const auto examples = spanned_examples(config, 7);
      const GraphIndex plain(shape_of(config)), index(shape_of(config, kSpans));
      SplitMix64 random(11);
      std::vector<std::vector<bool>> circuits, spread;
      for (const std::uint64_t percent : {0, 4, 30, 50, 80, 97, 100}) {
        circuits.emplace_back(plain.edges());
        spread.emplace_back(index.edges());
        for (int slot = 0; slot < plain.slots(); ++slot)
          for (int source = 0; source < plain.visible(slot); ++source) {
            const bool kept = random.next() % 100 < percent;
            circuits.back()[plain.edge(slot, source)] = kept;
            for (int cell = 0; cell < index.cells(slot); ++cell) spread.back()[index.edge(slot, source, cell)] = kept;
          }
      }
      const auto expected = score(network, examples, circuits, ablation);
      const auto found = score(network, examples, spread, ablation, MetricKind::kLogitDifference, kSpans);
      for (std::size_t i = 0; i < circuits.size(); ++i)
        for (std::size_t e = 0; e < examples.size(); ++e) {
          EXPECT_NEAR(found[i].metric[e], expected[i].metric[e], 1e-3) << name << " circuit " << i << " example " << e;
          EXPECT_EQ(found[i].same_answer[e], expected[i].same_answer[e]);
        }
    }
}

/// Circuits in families, as evaluations ask for them: run from each other's states and run alone they are the same, sparse or dense.
TEST(Spans, a_circuit_that_starts_from_another_ones_run_is_as_if_it_were_run_alone) {
  for (const auto& [name, config] : span_layouts())
    for (const Ablation ablation : {Ablation::kResample, Ablation::kMeanPositional}) {
      const Transformer network = lively(config);
      const auto examples = spanned_examples(config, 3);
      const GraphIndex index(shape_of(config, kSpans));
      SplitMix64 random(5);
      for (const std::uint64_t percent : {20, 45, 100}) {
        std::vector<bool> first(index.edges());
        for (std::size_t edge = 0; edge < first.size(); ++edge) first[edge] = random.next() % 100 < percent;
        std::vector<std::vector<bool>> family{first};
        for (std::size_t edge = random.next() % 7; edge < first.size(); edge += 1 + random.next() % (first.size() / 6)) {  // one edge taken or given
          family.push_back(first);
          family.back()[edge] = !first[edge];
        }
        const CircuitGraph graph = build_graph(index.shape());
        for (std::uint32_t node = 1; node + 1 < graph.nodes.size(); node += 5) {  // a node silenced, in the circuit and in the network
          for (const std::vector<bool>& whole : {first, std::vector<bool>(first.size(), true)}) {
            family.push_back(whole);
            for (std::size_t edge = 0; edge < first.size(); ++edge)
              if (graph.edges[edge].source == node || graph.edges[edge].destination == node) family.back()[edge] = false;
          }
        }
        const auto together = score(network, examples, family, ablation, MetricKind::kLogitDifference, kSpans);
        double largest = 0;
        for (std::size_t i = 0; i < family.size(); ++i) {
          const auto alone = score(network, examples, std::span(&family[i], 1), ablation, MetricKind::kLogitDifference, kSpans);
          for (std::size_t e = 0; e < examples.size(); ++e) {
            ASSERT_NEAR(together[i].metric[e], alone[0].metric[e], 5e-5) << name << " " << percent << " % circuit " << i << " example " << e;
            ASSERT_EQ(together[i].answers[e], alone[0].answers[e]);
            largest = std::max(largest, std::abs(together[i].metric[e] - together[0].metric[e]));
          }
        }
        EXPECT_GT(largest, 0.1) << name << ": nothing that was changed matters";
      }
    }
}

TEST(Spans, what_differs_begins_where_the_edge_is_read_and_only_spreads_to_readers) {
  const GraphIndex index(shape_of(gpt2_config(), kSpans));
  const CircuitGraph graph = build_graph(index.shape());
  std::vector<bool> kept(index.edges(), false);
  for (const char* edge :
       {"input@name->m0@name", "m0@name->a1.h0@site<k>", "input@site->a1.h0@site<q>", "a1.h0@site->logits", "input@site->m1@site", "m1@site->logits"})
    kept[*graph.find_edge(edge)] = true;
  const SpanCircuit base(index, kept);
  const auto change = [&](const char* edge) {
    std::vector<bool> less = kept;
    less[*graph.find_edge(edge)] = false;
    return SpanChange(index, base, SpanCircuit(index, less));
  };
  const SpanChange late = change("input@site->m1@site");
  EXPECT_EQ(late.first_layer(), 1);
  EXPECT_FALSE(late.input_differs());
  EXPECT_EQ(late.at(index.mlp_source(1), 2), SpanChange::Node::kComputed);
  EXPECT_EQ(late.at(index.head_source(1, 0), 2), SpanChange::Node::kSame);
  const SpanChange early = change("m0@name->a1.h0@site<k>");
  EXPECT_EQ(early.at(index.mlp_source(0), 1), SpanChange::Node::kSilent) << "nobody else reads it";
  EXPECT_EQ(early.at(index.head_source(1, 0), 2), SpanChange::Node::kComputed);
  EXPECT_EQ(early.at(index.mlp_source(1), 2), SpanChange::Node::kSame);
  EXPECT_EQ(change("m1@site->logits").at(index.mlp_source(1), 2), SpanChange::Node::kSilent);
}

/// One key or value read differently by the queries of one span: attention is run twice and the rows of that span are taken from the second.
class OneEdgeAway : public Observer {
 public:
  OneEdgeAway(const Transformer& network, const Activations& change, const GraphIndex& index, const ExampleBatch& batch, int source, int slot,
              GraphIndex::Cell cell)
      : network_(network), batch_(batch), layer_(index.layer_of_slot(slot)), input_(index.input_of_slot(slot)), cell_(cell) {
    head_ = slot - index.head_slot(layer_, input_, 0);
    const at::Tensor row = written_by(network, index, change, source);  // clean minus ablated
    const auto [first, last] = batch.stretch(cell.source_span);
    taken_ = at::zeros_like(row);
    taken_.slice(0, first, last).copy_(row.slice(0, first, last));
  }
  bool wants(SiteKind kind, int layer) const override { return layer == layer_ && (kind == SiteKind::kResidPre || kind == SiteKind::kZ); }
  at::Tensor at_site(SiteKind kind, int layer, const at::Tensor& value) override {
    if (kind == SiteKind::kResidPre) {
      residual_ = value;
      return value;
    }
    const LayerWeights& w = network_.weights().layers[static_cast<std::size_t>(layer)];
    const ModelConfig& c = network_.config();
    const auto heads = [&](const at::Tensor& residual, const at::Tensor& m, const at::Tensor& b, std::int64_t stored) {
      const at::Tensor all =
          at::linear(network_.norm(residual, w.attention_norm), m.t(), b).view({1, value.size(2), stored, c.d_head}).transpose(1, 2);
      return stored == c.heads ? all : all.repeat_interleave(c.heads / stored, 1);
    };
    const at::Tensor other = residual_ - taken_;
    const at::Tensor k = heads(input_ == 1 ? other : residual_, w.w_k, w.b_k, c.kv_heads);
    const at::Tensor v = heads(input_ == 2 ? other : residual_, w.w_v, w.b_v, c.kv_heads);
    const at::Tensor q = heads(input_ == 0 ? other : residual_, w.w_q, w.b_q, c.heads);
    const at::Tensor z = network_.attend(layer, q, k, v);
    at::Tensor mixed = value.clone();
    const auto [first, last] = batch_.stretch(cell_.target_span);
    mixed[0][head_].slice(0, first, last).copy_(z[0][head_].slice(0, first, last));
    return mixed;
  }

 private:
  const Transformer& network_;
  const ExampleBatch& batch_;
  int layer_, input_, head_ = 0;
  GraphIndex::Cell cell_;
  at::Tensor taken_, residual_;
};

TEST(Spans, removing_one_edge_into_a_head_equals_attention_by_hand) {
  for (const auto& [name, config] : span_layouts()) {
    const Transformer network = lively(config);
    const auto examples = spanned_examples(config, 4);
    const GraphIndex index(shape_of(config, kSpans));
    const at::Tensor none;
    const auto batches = make_batches(examples, config, {}, at::kFloat, 1, 1);
    const auto metric = make_metric(MetricKind::kLogitDifference);
    std::vector<std::vector<bool>> circuits;
    std::vector<std::array<int, 3>> edges;
    for (int slot = index.head_slot(1, 0, 0); slot < index.head_slot(1, 2, 0) + config.heads; ++slot)
      for (int cell = 0; cell < index.cells(slot); ++cell)
        for (int source = 0; source < index.visible(slot); ++source) {
          circuits.emplace_back(index.edges(), true);
          circuits.back()[index.edge(slot, source, cell)] = false;
          edges.push_back({slot, cell, source});
        }
    const auto found = score(network, examples, circuits, Ablation::kResample, MetricKind::kLogitDifference, kSpans);
    double largest = 0;
    for (const ExampleBatch& batch : batches) {
      const auto recorded = [&](const at::Tensor& tokens) {
        SourceRecorder recorder;
        network.blocks(network.embed(tokens, &recorder), 0, &recorder);
        return recorder.activations();
      };
      const Activations change = minus(recorded(batch.clean), recorded(batch.corrupted));
      const at::Tensor full = full_logits(network, batch, none);
      const double clean = per_example(*metric, full, batch, full).item<double>();
      for (std::size_t i = 0; i < edges.size(); ++i) {
        const auto [slot, cell, source] = edges[i];
        OneEdgeAway observer(network, change, index, batch, source, slot, index.cell(slot, cell));
        const at::Tensor logits = scored_logits(network, network.blocks(network.embed(batch.clean), 0, &observer), batch, none).squeeze(0);
        const double expected = per_example(*metric, logits, batch, full).item<double>();
        ASSERT_NEAR(found[i].metric[batch.examples[0]], expected, 1e-3) << name << " slot " << slot << " cell " << cell << " source " << source;
        largest = std::max(largest, std::abs(expected - clean));
      }
    }
    EXPECT_GT(largest, 0.1) << name;
  }
}

/// A small step: keys, values, queries and MLPs, each cell apart.
TEST(Spans, eap_is_the_first_order_term_of_removing_the_edge) {
  for (const auto& [name, config] : span_layouts()) {
    Weights weights = lively_weights(config, 3);
    weights.token_embedding[1].copy_(weights.token_embedding[0] + 2e-3 * weights.token_embedding[2]);
    const Transformer network(config, weights);
    std::vector<Example> examples{{{0, 0, 2, 0, 0}, {1, 1, 2, 1, 1}, {2, 4}, {1, 3}, {2, 5}, {}, {}, {0, 0, 1, 1, 2}}};
    DiscoveryOptions options;
    options.method = "eap";
    const auto eap = discover(network, examples, options, 2, kSpans);
    std::vector<std::vector<bool>> circuits{std::vector<bool>(eap.scores.size(), true)};
    for (std::size_t edge = 0; edge < eap.scores.size(); ++edge) {
      circuits.push_back(circuits[0]);
      circuits.back()[edge] = false;
    }
    const auto scores = score(network, examples, circuits, Ablation::kResample, MetricKind::kLogitDifference, kSpans);
    double largest = 0, error = 0;
    for (std::size_t edge = 0; edge < eap.scores.size(); ++edge) {
      const double exact = total(scores[0]) - total(scores[edge + 1]);
      largest = std::max(largest, std::abs(exact));
      error = std::max(error, std::abs(exact - eap.scores[edge]));
    }
    EXPECT_LT(error, 0.05 * largest) << name << ": " << error << " of " << largest;
  }
}

TEST(Spans, one_and_two_threads_give_the_same_bytes) {
  const Transformer network = lively(llama_config());
  const auto examples = spanned_examples(network.config(), 9);
  EXPECT_EQ(discover(network, examples, {}, 1, kSpans).scores, discover(network, examples, {}, 2, kSpans).scores);
}

TEST(Spans, random_circuits_are_whole_paths_of_the_size_asked_for) {
  GraphShape shape{3, 2, 8};
  shape.spans = kSpans;
  const CircuitGraph graph = build_graph(shape);
  for (const std::size_t size : {1, 20, 100}) {
    const auto kept = select_random(graph, size, 5);
    EXPECT_EQ(kept, prune(graph, kept));
    const auto count = static_cast<std::size_t>(std::count(kept.begin(), kept.end(), true));
    EXPECT_GE(count, size);
    EXPECT_LE(count, size + 8);  // the last path is whole
    EXPECT_NE(kept, select_random(graph, size, 6));
  }
  const auto all = select_random(graph, graph.edges.size() * 2, 5);  // there are not so many: it ends
  EXPECT_EQ(all, prune(graph, all));
}

TEST(Spans, what_cannot_be_done_is_said) {
  const Transformer network = lively(gpt2_config());
  auto examples = spanned_examples(network.config(), 3);
  QuietSession quiet;
  const auto refused = [&](const DiscoveryOptions& options) { return discover_circuit(network, examples, options, quiet.session, kSpans).error(); };
  DiscoveryOptions exact;
  exact.method = "exact";
  EXPECT_EQ(refused(exact).kind, ErrorKind::kUnsupported);
  examples[1].spans[0] = 2;
  EXPECT_THAT(refused({}).message, HasSubstr("earlier span"));
  examples[1].spans[0] = 7;
  EXPECT_THAT(refused({}).message, HasSubstr("span 7 of 3"));
  examples[1].spans.pop_back();
  EXPECT_THAT(refused({}).message, HasSubstr("spans"));
  examples = spanned_examples(network.config(), 3);
  std::swap(examples[0].positions[0], examples[0].positions[1]);
  EXPECT_THAT(refused({}).message, HasSubstr("do not rise"));
  std::swap(examples[0].positions[0], examples[0].positions[1]);
  examples[0].positions[0] = 0;
  EXPECT_THAT(refused({}).message, HasSubstr("its span 'before' is not"));
}

}  // namespace
}  // namespace assay::circuits
