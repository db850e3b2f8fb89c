// Exact edge patching: remove one edge, run the rest of the network, see how far the metric falls. The yardstick of the other methods.
//
//   score(u -> s) = metric(full network) - metric(network in which s reads ablated_u instead of u)
//
// All edges into one slot share everything before the slot, so each batch of examples is run once and the runs of a slot's edges begin at its
// layer, side by side: for a head only that head is recomputed there, and the difference z W_O is added to the stored residual.
// Cost: per edge the layers from the slot's on, half a forward pass on average. Source: path patching to one reader (Wang et al. 2022;
// Goldowsky-Dill et al. 2023). Test: tests/circuits/discovery_test.cpp (equals circuit evaluation without the edge)
#include <ATen/core/grad_mode.h>

#include <limits>
#include <map>

#include "circuits/discovery/method.h"
#include "circuits/model/shards.h"

namespace assay::circuits {
namespace {

constexpr std::int64_t kFloatsPerRun = 4 << 20;  ///< 16 MiB; larger ones are no faster

/// What the runs of one batch start from.
class CleanRun : public SourceRecorder {
 public:
  bool wants(SiteKind kind, int layer) const override {
    return SourceRecorder::wants(kind, layer) || kind == SiteKind::kResidPre || kind == SiteKind::kResidMid || kind == SiteKind::kQ ||
           kind == SiteKind::kK || kind == SiteKind::kV || kind == SiteKind::kResidFinal;
  }
  at::Tensor at_site(SiteKind kind, int layer, const at::Tensor& value) override {
    if (kind == SiteKind::kResidPre) before_attention.push_back(value);
    else if (kind == SiteKind::kResidMid) after_attention.push_back(value);
    else if (kind == SiteKind::kQ) q.push_back(value);
    else if (kind == SiteKind::kK) k.push_back(value);
    else if (kind == SiteKind::kV) v.push_back(value);
    else return SourceRecorder::at_site(kind, layer, value);
    return value;
  }
  std::vector<at::Tensor> before_attention, after_attention, q, k, v;
  at::Tensor last;
};

struct SlotWork {
  int slot = 0;
  std::vector<std::uint32_t> edges;  ///< into this slot
};

class BatchPatching {
 public:
  BatchPatching(const DiscoveryProblem& problem, const ExampleBatch& batch)
      : problem_(problem), batch_(batch), network_(problem.network), config_(problem.network.config()) {
    clean_.last = network_.blocks(network_.embed(batch.clean, &clean_), 0, &clean_);
    reference_ = scored_logits(network_, clean_.last, batch, problem.columns).squeeze(0);
    full_ = per_example(problem.metric, reference_, batch, reference_).sum().item<double>();
    change_ = minus(problem.ablator.values(batch), clean_.activations());
  }

  /// Adds, per edge of the slot, metric(full) - metric(without the edge) over the batch.
  void add(const SlotWork& work, std::vector<double>& scores) const {
    const std::int64_t per_edge = batch_.size() * batch_.length() * (8 * config_.d_model + 2 * config_.d_mlp);
    const auto together = static_cast<std::size_t>(std::max<std::int64_t>(1, kFloatsPerRun / per_edge));
    for (std::size_t first = 0; first < work.edges.size(); first += together) {
      if (problem_.session.cancelled()) return;
      const std::span<const std::uint32_t> edges = std::span(work.edges).subspan(first, std::min(together, work.edges.size() - first));
      const at::Tensor logits = patched_logits(work.slot, edges);
      const at::Tensor metric = per_example(problem_.metric, logits, batch_, reference_).sum(-1).contiguous();
      for (std::size_t i = 0; i < edges.size(); ++i) scores[edges[i]] += full_ - metric.data_ptr<double>()[i];
    }
  }

 private:
  const DiscoveryProblem& problem_;
  const ExampleBatch& batch_;
  const Transformer& network_;
  const ModelConfig& config_;
  CleanRun clean_;
  at::Tensor reference_;
  double full_ = 0;
  Activations change_;  ///< ablated minus clean

  /// The slot's reading without each edge: [edges, B, T, d_model].
  at::Tensor changed(const at::Tensor& residual, std::span<const std::uint32_t> edges) const {
    std::vector<at::Tensor> rows;
    for (const std::uint32_t edge : edges) rows.push_back(written_by(network_, problem_.index, change_, problem_.index.source_of_edge(edge)));
    return at::stack(rows).view({static_cast<std::int64_t>(edges.size()), batch_.size(), batch_.length(), config_.d_model}) + residual;
  }

  at::Tensor patched_logits(int slot, std::span<const std::uint32_t> edges) const {
    const GraphIndex& index = problem_.index;
    if (slot == index.logits_slot()) return scored_logits(network_, changed(clean_.last, edges).flatten(0, 1), batch_, problem_.columns);
    const int layer = index.layer_of_slot(slot);
    const at::Tensor after_attention = index.is_mlp_slot(slot) ? at::Tensor() : after_patched_head(slot, layer, edges);
    return scored_logits(network_, network_.blocks(after_layer(slot, layer, edges, after_attention), layer + 1), batch_, problem_.columns);
  }

  /// The residual behind `layer`, [edges * B, T, d_model].
  at::Tensor after_layer(int slot, int layer, std::span<const std::uint32_t> edges, const at::Tensor& after_attention) const {
    const at::Tensor& middle = clean_.after_attention[static_cast<std::size_t>(layer)];
    if (problem_.index.is_mlp_slot(slot)) return (middle + network_.mlp(layer, changed(middle, edges))).flatten(0, 1);
    return config_.has_mlp ? after_attention + network_.mlp(layer, after_attention) : after_attention;
  }

  /// Only the patched head is recomputed; the others' sum stands in the stored residual.
  at::Tensor after_patched_head(int slot, int layer, std::span<const std::uint32_t> edges) const {
    const auto l = static_cast<std::size_t>(layer);
    const LayerWeights& w = network_.weights().layers[l];
    const int place = slot - problem_.index.head_slot(layer, 0, 0);
    const int input = place / config_.heads, head = place % config_.heads;
    const int group = input == 0 ? head : config_.group(head);
    const at::Tensor& matrix = input == 0 ? w.w_q : input == 1 ? w.w_k : w.w_v;
    const at::Tensor& bias = input == 0 ? w.b_q : input == 1 ? w.b_k : w.b_v;
    const at::Tensor normed = network_.norm(changed(clean_.before_attention[l], edges), w.attention_norm);
    const std::int64_t from = static_cast<std::int64_t>(group) * config_.d_head;
    const at::Tensor own = at::linear(normed, matrix.slice(1, from, from + config_.d_head).t(),
                                      bias.defined() ? bias.slice(0, from, from + config_.d_head) : at::Tensor())
                               .flatten(0, 1)
                               .unsqueeze(1);  // [edges * B, 1, T, d_head]
    const auto count = static_cast<std::int64_t>(edges.size());
    const auto stored = [&](const at::Tensor& all, int which) { return all.narrow(1, which, 1).repeat({count, 1, 1, 1}); };
    const int kv = config_.group(head);
    const at::Tensor q = input == 0 ? own : stored(clean_.q[l], head);
    const at::Tensor k = input == 1 ? own : stored(clean_.k[l], kv);
    const at::Tensor v = input == 2 ? own : stored(clean_.v[l], kv);
    const at::Tensor z = network_.attend(layer, q, k, v).squeeze(1);  // [edges * B, T, d_head]
    const at::Tensor before = clean_.activations().z[l][head].view({batch_.size(), batch_.length(), config_.d_head}).repeat({count, 1, 1});
    const at::Tensor w_o = w.w_o.slice(0, static_cast<std::int64_t>(head) * config_.d_head, static_cast<std::int64_t>(head + 1) * config_.d_head);
    return clean_.after_attention[l].repeat({count, 1, 1}) + at::matmul(z - before, w_o);
  }
};

std::vector<SlotWork> work_by_slot(const DiscoveryProblem& problem) {
  std::map<int, std::vector<std::uint32_t>> by_slot;
  if (problem.options.edges.empty())
    for (std::uint32_t edge = 0; edge < problem.index.edges(); ++edge) by_slot[problem.index.slot_of_edge(edge)].push_back(edge);
  for (const std::uint32_t edge : problem.options.edges) by_slot[problem.index.slot_of_edge(edge)].push_back(edge);
  std::vector<SlotWork> work;
  for (auto& [slot, edges] : by_slot) {
    std::sort(edges.begin(), edges.end());
    edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
    work.push_back({slot, std::move(edges)});
  }
  return work;
}

class ExactPatching : public DiscoveryMethod {
 public:
  std::string_view name() const override { return "exact"; }
  Result<DiscoveryResult> run(const DiscoveryProblem& problem) const override {
    DiscoveryResult result;
    result.scores.assign(problem.index.edges(), std::numeric_limits<double>::quiet_NaN());
    const auto work = work_by_slot(problem);
    std::uint64_t edges = 0;
    for (const SlotWork& slot : work) {
      edges += slot.edges.size();
      for (const std::uint32_t edge : slot.edges) result.scores[edge] = 0;
    }
    problem.session.progress.stage("exact patching", problem.batches.size() * work.size());
    std::atomic<std::uint64_t> done{0};
    for (const ExampleBatch& batch : problem.batches) {
      const BatchPatching patching(problem, batch);
      for_each_shard(work.size(), problem.session.threads, [&](std::size_t i) {
        const at::NoGradGuard no_gradient;
        patching.add(work[i], result.scores);  // slots own disjoint edges
        problem.session.progress.step(++done);
      });
      if (problem.session.cancelled()) return discovery_cancelled();
    }
    problem.session.progress.finish();
    result.forward_passes = edges + 1 + (problem.ablator.resamples() ? 1 : 0);
    return result;
  }
};

}  // namespace

std::unique_ptr<DiscoveryMethod> make_exact_patching() { return std::make_unique<ExactPatching>(); }

}  // namespace assay::circuits
