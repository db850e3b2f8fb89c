#include "circuits/discovery/node_patching.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>

#include "circuits/model/shards.h"

namespace assay::circuits {
namespace {

constexpr std::int64_t kFloatsPerRun = 4 << 20;  ///< 16 MiB; larger ones are no faster

/// What the patched runs of one batch start from.
class BaseRun : public SourceRecorder {
 public:
  explicit BaseRun(const Transformer& network) : network_(network) {}
  bool wants(SiteKind kind, int layer) const override {
    return SourceRecorder::wants(kind, layer) || kind == SiteKind::kResidPre || kind == SiteKind::kResidMid || kind == SiteKind::kK ||
           kind == SiteKind::kV;
  }
  at::Tensor at_site(SiteKind kind, int layer, const at::Tensor& value) override {
    if (kind == SiteKind::kResidPre) before_layer.push_back(value);
    else if (kind == SiteKind::kResidMid) after_attention.push_back(value);
    else if (kind == SiteKind::kK) keys.push_back(network_.rotated(value));
    else if (kind == SiteKind::kV) values.push_back(value);
    else return SourceRecorder::at_site(kind, layer, value);
    return value;
  }
  std::vector<at::Tensor> before_layer;     ///< per layer, and behind the last: [B, T, d_model]
  std::vector<at::Tensor> after_attention;  ///< per layer [B, T, d_model]
  std::vector<at::Tensor> keys, values;     ///< per layer [B, G, T, d_head], keys as rotated

 private:
  const Transformer& network_;
};

/// Nodes that write at one place of the residual stream (the embedding, the heads of a layer, its MLP), patched in one span.
struct Work {
  int first_node = 0, last_node = 0;  ///< sources of the graph, last excluded
  int layer = 0;
  bool heads = false;
  int span = 0;
};

std::vector<Work> work_of(const GraphIndex& index, int spans) {
  const GraphShape& shape = index.shape();
  std::vector<Work> places = {{0, 1, 0, false, 0}};
  for (int layer = 0; layer < shape.layers; ++layer) {
    places.push_back({index.head_source(layer, 0), index.head_source(layer, 0) + shape.heads, layer, true, 0});
    if (shape.has_mlp) places.push_back({index.mlp_source(layer), index.mlp_source(layer) + 1, layer, false, 0});
  }
  std::vector<Work> all;
  for (int span = 0; span < spans; ++span)
    for (Work work : places) {
      work.span = span;
      all.push_back(work);
    }
  return all;
}

/// The clean and the corrupted run change places: clean values are put into corrupted runs.
ExampleBatch exchanged(const ExampleBatch& batch) {
  ExampleBatch other = batch;
  std::swap(other.clean, other.corrupted);
  return other;
}

class BatchOfNodes {
 public:
  BatchOfNodes(const DiscoveryProblem& problem, const ExampleBatch& batch, bool restore)
      : problem_(problem),
        batch_(restore ? exchanged(batch) : batch),
        restore_(restore),
        network_(problem.network),
        config_(problem.network.config()),
        base_(problem.network) {
    base_.before_layer.push_back(network_.blocks(network_.embed(batch_.clean, &base_), 0, &base_));
    const at::Tensor logits = scored_logits(network_, base_.before_layer.back(), batch_, problem.columns).squeeze(0);
    reference_ = restore ? full_logits(network_, batch, problem.columns) : logits;
    unpatched_ = metric_of(logits);
    change_ = minus(problem.ablator.values(batch_), base_.activations());
    first_scored_ = (batch_.scored % batch_.length()).min().item<std::int64_t>();
  }

  /// Adds to effects[node][span], of the nodes and the span of this work alone.
  void add(const Work& work, std::vector<std::vector<double>>& effects) const {
    const ExampleBatch::Stretch patched = stretch(work);
    if (patched.size() <= 0) return;
    const std::int64_t start = std::min(patched.first, first_scored_), length = batch_.length() - start;
    const std::int64_t per_node = batch_.size() * length * (8 * config_.d_model + 2 * config_.d_mlp);
    const int together = static_cast<int>(std::clamp<std::int64_t>(kFloatsPerRun / per_node, 1, work.last_node - work.first_node));
    for (int node = work.first_node; node < work.last_node; node += together) {
      if (problem_.session.cancelled()) return;
      const int count = std::min(together, work.last_node - node);
      const at::Tensor metric = metric_of(patched_logits(work, node, count, patched, start)).contiguous();
      for (int i = 0; i < count; ++i) {
        const double fall = unpatched_.item<double>() - metric.data_ptr<double>()[i];
        effects[static_cast<std::size_t>(node + i)][static_cast<std::size_t>(work.span)] += restore_ ? -fall : fall;
      }
    }
  }

 private:
  at::Tensor metric_of(const at::Tensor& logits) const { return per_example(problem_.metric, logits, batch_, reference_).sum(-1); }

  /// The positions patched. Without spans all, but for those at the start where both runs read the same tokens.
  ExampleBatch::Stretch stretch(const Work& work) const {
    if (!problem_.index.shape().spans.empty()) return batch_.stretch(work.span);
    std::int64_t first = 0;
    if (problem_.ablator.resamples()) {
      const at::Tensor differ = (batch_.clean != batch_.corrupted).any(0);
      while (first < batch_.length() && !differ[first].item<bool>()) ++first;
    }
    return {first, batch_.length()};
  }

  /// The residual stream from `start` on with each node's change in the stretch, [count * B, length, d_model].
  at::Tensor changed(const at::Tensor& residual, int node, int count, const ExampleBatch::Stretch& patched, std::int64_t start) const {
    at::Tensor rows = residual.slice(1, start).unsqueeze(0).repeat({count, 1, 1, 1});
    for (int i = 0; i < count; ++i) {
      const at::Tensor change = written_by(network_, problem_.index, change_, node + i).view({batch_.size(), batch_.length(), config_.d_model});
      rows[i].slice(1, patched.first - start, patched.last - start).add_(change.slice(1, patched.first, patched.last));
    }
    return rows.flatten(0, 1);
  }

  at::Tensor patched_logits(const Work& work, int node, int count, const ExampleBatch::Stretch& patched, std::int64_t start) const {
    const auto layer = static_cast<std::size_t>(work.layer);
    const at::Tensor& base = work.heads ? base_.after_attention[layer] : base_.before_layer[node == 0 ? 0 : layer + 1];
    at::Tensor residual = changed(base, node, count, patched, start);
    if (work.heads && config_.has_mlp) residual = residual + network_.mlp(work.layer, residual);
    const PastOfLayer past = [&](int at_layer) {
      const auto before = [&](const std::vector<at::Tensor>& all) {
        return all[static_cast<std::size_t>(at_layer)].slice(2, 0, start).repeat({count, 1, 1, 1});
      };
      return start > 0 ? Past{before(base_.keys), before(base_.values)} : Past{};
    };
    residual = network_.blocks(residual, node == 0 ? 0 : work.layer + 1, nullptr, -1, past);
    const std::int64_t length = batch_.length() - start;
    const at::Tensor scored = batch_.scored.div(batch_.length(), "floor") * length + batch_.scored % batch_.length() - start;
    return readout_logits(network_, residual.reshape({count, batch_.size() * length, config_.d_model}).index_select(1, scored), problem_.columns);
  }

  const DiscoveryProblem& problem_;
  const ExampleBatch batch_;
  const bool restore_;
  const Transformer& network_;
  const ModelConfig& config_;
  BaseRun base_;
  at::Tensor reference_, unpatched_;
  Activations change_;  ///< what is put in minus what is there
  std::int64_t first_scored_ = 0;
};

}  // namespace

Result<NodeEffects> patch_nodes(const Transformer& network, std::span<const Example> examples, const NodePatchingOptions& options, Session& session,
                                const std::vector<Span>& spans) {
  const ModelConfig& config = network.config();
  if (options.restore && options.ablation != Ablation::kResample)
    return fail({ErrorKind::kUsage, "values are restored into a corrupted run, and this ablation has none", "use resample ablation"});
  if (Status s = check_examples(examples, config, options.readout, options.ablation, spans); !s) return fail(s.error());

  const at::NoGradGuard no_gradient;
  const GraphIndex index(shape_of(config, spans));
  const DiscoveryOptions same{.metric = options.metric, .ablation = options.ablation, .readout = options.readout};
  const auto metric = make_metric(options.metric);
  const auto batches =
      make_batches(examples, config, options.readout, network.options().dtype().toScalarType(), spans.empty() ? 0 : 1, floats_per_token(config));
  const Ablator ablator = Ablator::make(network, options.ablation, batches, session);
  const DiscoveryProblem problem{network, index, batches, ablator, *metric, readout_columns(options.readout), same, session};

  const CircuitGraph graph = build_graph(shape_of(config));
  NodeEffects result;
  result.nodes.assign(graph.nodes.begin(), graph.nodes.begin() + index.sources());
  result.effects.assign(result.nodes.size(), std::vector<double>(static_cast<std::size_t>(index.spans()), 0.0));
  const std::vector<Work> work = work_of(index, index.spans());
  session.progress.stage("node patching", batches.size() * work.size());
  std::atomic<std::uint64_t> done{0};
  for (const ExampleBatch& batch : batches) {
    const BatchOfNodes nodes(problem, batch, options.restore);
    for_each_shard(work.size(), session.threads, [&](std::size_t i) {
      const at::NoGradGuard no_gradient_here;
      nodes.add(work[i], result.effects);  // works own disjoint effects
      session.progress.step(++done);
    });
    if (session.cancelled()) return discovery_cancelled();
  }
  session.progress.finish();
  result.total_effect = total_effect(problem);
  return result;
}

}  // namespace assay::circuits
