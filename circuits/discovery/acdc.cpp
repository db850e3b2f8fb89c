// Automatic circuit discovery: from the logits backwards, remove each edge whose removal costs less than tau on top of those removed before.
//
//   for each slot, last first; for each edge into it, latest source first:
//     drop it for good if metric(current) - metric(current without it) < tau        (mean over the examples)
//
// Slots of a node whose outgoing edges are all gone cannot matter: their edges go without a run. Edges upstream of a slot are still whole when
// it is visited, so every run begins at the slot's layer from the stored residual of the full network. Several edges are tried at once on
// the guess that all of them go: run i lacks the first i of them; from the first that must stay on, the guess is thrown away and the next try is
// smaller. The outcome is that of one edge at a time. An edge's score is its summed effect when it was tried.
// Cost: about one partial forward pass per edge. Source: Conmy et al., "Towards automated circuit discovery", NeurIPS 2023.
// Test: tests/circuits/discovery_test.cpp (a network built by hand; equals one edge at a time)
#include <ATen/core/grad_mode.h>

#include <limits>

#include "circuits/discovery/method.h"
#include "circuits/model/shards.h"

namespace assay::circuits {
namespace {

constexpr std::int64_t kFloatsPerRun = 48 << 20;
constexpr std::size_t kMostAtOnce = 32;

/// Residuals before each layer, and at the end.
class Residuals : public SourceRecorder {
 public:
  bool wants(SiteKind kind, int layer) const override { return SourceRecorder::wants(kind, layer) || kind == SiteKind::kResidPre; }
  at::Tensor at_site(SiteKind kind, int layer, const at::Tensor& value) override {
    if (kind != SiteKind::kResidPre) return SourceRecorder::at_site(kind, layer, value);
    before.push_back(value);
    return value;
  }
  std::vector<at::Tensor> before;
};

/// One batch of examples: the full network's run, from which circuits that differ from `layer` on are run.
struct AcdcBatch {
  const ExampleBatch* examples = nullptr;
  Activations clean, ablated;
  std::vector<at::Tensor> before;  ///< per layer, then the last residual
  at::Tensor reference;
};

class Search {
 public:
  explicit Search(const DiscoveryProblem& problem)
      : problem_(problem), kept_(problem.index.edges(), true), scores_(problem.index.edges(), 0.0), batches_(problem.batches.size()) {
    for_each_shard(batches_.size(), problem.session.threads, [this](std::size_t i) { batches_[i] = prepare(problem_.batches[i]); });
    for (const ExampleBatch& batch : problem.batches) examples_ += static_cast<double>(batch.size());
    for (const ExampleBatch& batch : problem.batches) tokens_ = std::max(tokens_, batch.size() * batch.length());
  }

  Result<DiscoveryResult> run() {
    const GraphIndex& index = problem_.index;
    current_ = metrics({kept_}, index.shape().layers).front();
    problem_.session.progress.stage("acdc", index.edges());
    for (int slot = index.logits_slot(); slot >= 0; --slot) {
      if (!feeds_anything(slot)) {
        for (int u = 0; u < index.visible(slot); ++u) kept_[index.edge(slot, u)] = false;
      } else if (!visit(slot)) {
        return discovery_cancelled();
      }
      problem_.session.progress.step(index.edges() - index.first_edge(slot));
    }
    problem_.session.progress.finish();
    DiscoveryResult result;
    result.scores = scores_;
    result.kept = kept_;
    result.forward_passes = runs_ + 1 + (problem_.ablator.resamples() ? 1 : 0);
    return result;
  }

 private:
  const DiscoveryProblem& problem_;
  std::vector<bool> kept_;
  std::vector<double> scores_;
  std::vector<AcdcBatch> batches_;
  double examples_ = 0, current_ = 0;
  std::int64_t tokens_ = 1;
  std::uint64_t runs_ = 0;
  std::size_t at_once_ = 4;

  AcdcBatch prepare(const ExampleBatch& examples) const {
    Residuals run;
    const at::Tensor last = problem_.network.blocks(problem_.network.embed(examples.clean, &run), 0, &run);
    AcdcBatch batch{&examples, std::move(run.activations()), problem_.ablator.values(examples), std::move(run.before), {}};
    batch.before.push_back(last);
    batch.reference = scored_logits(problem_.network, last, examples, problem_.columns).squeeze(0);
    return batch;
  }

  /// Does the node that reads through the slot still have an outgoing edge?
  bool feeds_anything(int slot) const {
    const GraphIndex& index = problem_.index;
    if (slot == index.logits_slot()) return true;
    const int layer = index.layer_of_slot(slot);
    const int source =
        index.is_mlp_slot(slot) ? index.mlp_source(layer) : index.head_source(layer, (slot - index.head_slot(layer, 0, 0)) % index.shape().heads);
    for (int later = slot + 1; later < index.slots(); ++later)
      if (source < index.visible(later) && kept_[index.edge(later, source)]) return true;
    return false;
  }

  /// False when cancelled.
  bool visit(int slot) {
    const GraphIndex& index = problem_.index;
    int next = index.visible(slot) - 1;
    while (next >= 0) {
      if (problem_.session.cancelled()) return false;
      const auto tries = std::min({at_once_, static_cast<std::size_t>(next) + 1, most_at_once()});
      std::vector<std::vector<bool>> circuits;
      for (std::size_t i = 0; i < tries; ++i) {
        circuits.push_back(circuits.empty() ? kept_ : circuits.back());
        circuits.back()[index.edge(slot, next - static_cast<int>(i))] = false;
      }
      const auto values = metrics(circuits, index.layer_of_slot(slot));
      std::size_t dropped = 0;
      bool stays = false;
      for (; dropped < tries && !stays; ++dropped) {
        const std::uint64_t edge = index.edge(slot, next);
        scores_[edge] = current_ - values[dropped];
        stays = !(scores_[edge] / examples_ < problem_.options.threshold);
        --next;
        if (stays) break;
        kept_[edge] = false;
        current_ = values[dropped];
      }
      at_once_ = stays ? std::max<std::size_t>(1, dropped + 1) : std::min(kMostAtOnce, tries * 2);
    }
    return true;
  }

  std::size_t most_at_once() const {
    const std::int64_t floats = tokens_ * static_cast<std::int64_t>(floats_per_token(problem_.network.config()));
    return static_cast<std::size_t>(std::clamp<std::int64_t>(kFloatsPerRun / floats, 1, kMostAtOnce));
  }

  /// Summed metric of each circuit; all equal the full network before `layer`.
  std::vector<double> metrics(const std::vector<std::vector<bool>>& circuits, int layer) {
    runs_ += circuits.size();
    const RemovedEdges removed(problem_.index, circuits, problem_.network.options());
    std::vector<at::Tensor> parts(batches_.size());
    for_each_shard(batches_.size(), problem_.session.threads, [&](std::size_t i) { parts[i] = metric_of(batches_[i], removed, layer); });
    at::Tensor sum = parts.front();
    for (std::size_t i = 1; i < parts.size(); ++i) sum = sum + parts[i];
    sum = sum.contiguous();
    return {sum.data_ptr<double>(), sum.data_ptr<double>() + sum.numel()};
  }

  at::Tensor metric_of(const AcdcBatch& batch, const RemovedEdges& removed, int layer) const {
    const Transformer& network = problem_.network;
    const ExampleBatch& examples = *batch.examples;
    CircuitObserver observer(network, problem_.index, removed, batch.ablated, examples.size(), examples.length());
    observer.set_earlier_sources(
        written(network, problem_.index, batch.clean, problem_.index.visible_to_attention(layer), 0, examples.size() * examples.length()));
    const at::Tensor start = batch.before[static_cast<std::size_t>(layer)].repeat({removed.circuits(), 1, 1});
    const at::Tensor logits = scored_logits(network, network.blocks(start, layer, &observer), examples, problem_.columns, &observer);
    return per_example(problem_.metric, logits, examples, batch.reference).sum(-1);
  }
};

class Acdc : public DiscoveryMethod {
 public:
  std::string_view name() const override { return "acdc"; }
  Result<DiscoveryResult> run(const DiscoveryProblem& problem) const override { return Search(problem).run(); }
};

}  // namespace

std::unique_ptr<DiscoveryMethod> make_acdc() { return std::make_unique<Acdc>(); }

}  // namespace assay::circuits
