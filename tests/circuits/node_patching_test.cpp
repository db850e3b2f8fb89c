// Node patching against circuits that lack every edge of the node, and against full passes with one value replaced.
#include "circuits/discovery/node_patching.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "discovery_support.h"

namespace assay::circuits {
namespace {

using ::testing::HasSubstr;

/// With the same token in front of both texts.
std::vector<Example> random_examples(const ModelConfig& config, std::size_t count) {
  std::vector<Example> examples = spanned_examples(config, count, 5);
  for (Example& e : examples) e.corrupted[0] = e.clean[0];
  return examples;
}

NodeEffects patch(const Transformer& network, std::span<const Example> examples, const NodePatchingOptions& options,
                  const std::vector<Span>& spans = {}, int threads = 2) {
  QuietSession quiet;
  quiet.session.threads = threads;
  auto found = patch_nodes(network, examples, options, quiet.session, spans);
  EXPECT_TRUE(found.has_value()) << found.error().to_string();
  return *found;
}

/// The whole graph but for the edges out of a node, read in one span.
std::vector<bool> without(const GraphIndex& index, int node, int span) {
  std::vector<bool> kept(index.edges(), true);
  for (int slot = 0; slot < index.slots(); ++slot)
    for (int cell = 0; node < index.visible(slot) && cell < index.cells(slot); ++cell)
      if (index.spans() == 1 || index.cell(slot, cell).source_span == span) kept[index.edge(slot, node, cell)] = false;
  return kept;
}

void expect_agreement(const ModelConfig& config, Ablation ablation, MetricKind metric, const std::vector<Span>& spans) {
  const Transformer network = lively(config);
  const auto examples = random_examples(config, 9);
  const GraphIndex index(shape_of(config, spans));
  const NodeEffects found = patch(network, examples, {.metric = metric, .ablation = ablation}, spans);
  ASSERT_EQ(found.nodes.size(), static_cast<std::size_t>(index.sources()));
  std::vector<std::vector<bool>> circuits{std::vector<bool>(index.edges(), true), std::vector<bool>(index.edges(), false)};
  for (int node = 0; node < index.sources(); ++node)
    for (int span = 0; span < index.spans(); ++span) circuits.push_back(without(index, node, span));
  const auto scores = score(network, examples, circuits, ablation, metric, spans);
  EXPECT_NEAR(found.total_effect, total(scores[0]) - total(scores[1]), 1e-3);
  for (std::size_t node = 0, next = 2; node < found.nodes.size(); ++node)
    for (std::size_t span = 0; span < found.effects[node].size(); ++span, ++next)
      EXPECT_NEAR(found.effects[node][span], total(scores[0]) - total(scores[next]), 2e-3) << found.nodes[node] << " span " << span;
}

TEST(NodePatching, equals_the_circuit_without_any_edge_of_the_node) {
  for (const auto& [name, config] : span_layouts())
    for (const Ablation ablation : kAblations) {
      SCOPED_TRACE(name);
      expect_agreement(config, ablation, MetricKind::kLogitDifference, {});
      expect_agreement(config, ablation, MetricKind::kKlDivergence, {});
    }
}

TEST(NodePatching, by_span_equals_the_circuit_without_the_nodes_edges_from_there) {
  for (const auto& [name, config] : span_layouts())
    for (const Ablation ablation : kAblations) {
      SCOPED_TRACE(name);
      expect_agreement(config, ablation, MetricKind::kLogitDifference, kSpans);
    }
}

/// Everything a head writes to the residual stream in one span, replaced.
class OneHead : public Observer {
 public:
  bool wants(SiteKind kind, int layer) const override { return kind == SiteKind::kAttnOut && layer == layer_of_head; }
  at::Tensor at_site(SiteKind, int, const at::Tensor& value) override {
    seen = value.clone();
    at::Tensor out = value.clone();
    if (incoming.defined()) out[0][head].slice(0, first, last).copy_(incoming[0][head].slice(0, first, last));
    return out;
  }
  int layer_of_head = 1, head = 1;
  std::int64_t first = 0, last = 0;
  at::Tensor seen, incoming;
};

TEST(NodePatching, restoring_puts_a_clean_value_into_the_corrupted_run) {
  const ModelConfig config = llama_config();
  const Transformer network = lively(config);
  const auto examples = random_examples(config, 6);
  const NodeEffects found = patch(network, examples, {.restore = true}, kSpans);
  const auto node = std::find(found.nodes.begin(), found.nodes.end(), "a1.h1") - found.nodes.begin();
  double expected = 0;
  for (const Example& e : examples) {
    const auto tensor = [](const Tokens& tokens) { return at::tensor(std::vector<std::int64_t>(tokens.begin(), tokens.end())).unsqueeze(0); };
    OneHead clean, patched;
    network.forward(tensor(e.clean), &clean);
    patched.incoming = clean.seen;
    patched.first = std::count(e.spans.begin(), e.spans.end(), 0), patched.last = patched.first + std::count(e.spans.begin(), e.spans.end(), 1);
    const at::Tensor before = network.forward(tensor(e.corrupted))[0], after = network.forward(tensor(e.corrupted), &patched)[0];
    for (std::size_t i = 0; i < e.positions.size(); ++i) {
      const auto difference = [&](const at::Tensor& logits) {
        return (logits[e.positions[i]][e.correct[i]] - logits[e.positions[i]][e.incorrect[i]]).item<double>();
      };
      expected += (difference(after) - difference(before)) / static_cast<double>(e.positions.size());
    }
  }
  EXPECT_NEAR(found.effects[static_cast<std::size_t>(node)][1], expected, 1e-3);
  EXPECT_NE(expected, 0);
}

TEST(NodePatching, one_and_two_threads_give_the_same_bytes) {
  const Transformer network = lively(gpt2_config());
  const auto examples = random_examples(gpt2_config(), 8);
  EXPECT_EQ(patch(network, examples, {}, {}, 1).effects, patch(network, examples, {}, {}, 2).effects);
  EXPECT_EQ(patch(network, examples, {}, kSpans, 1).effects, patch(network, examples, {}, kSpans, 2).effects);
}

TEST(NodePatching, what_cannot_be_restored_is_refused) {
  const Transformer network = lively(gpt2_config());
  QuietSession quiet;
  const auto examples = random_examples(gpt2_config(), 2);
  EXPECT_THAT(patch_nodes(network, examples, {.ablation = Ablation::kZero, .restore = true}, quiet.session).error().to_string(),
              HasSubstr("use resample ablation"));
  quiet.stop = true;
  EXPECT_EQ(patch_nodes(network, examples, {}, quiet.session).error().kind, ErrorKind::kCancelled);
}

}  // namespace
}  // namespace assay::circuits
