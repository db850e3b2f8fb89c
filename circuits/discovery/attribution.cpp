#include "circuits/discovery/attribution.h"

#include <ATen/core/grad_mode.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "circuits/model/shards.h"

namespace assay::circuits {
namespace {

constexpr std::int64_t kFloatsPerSlice = 32 << 20;  ///< of the products that live for one slice of tokens
constexpr std::int64_t kFloatsOfPoints = 64 << 20;  ///< of the gradients of points that are summed before the products

/// Keeps the tensors whose gradients are wanted. Keys and values are repeated per query head, so that each head has its own.
class InputRecorder : public Observer {
 public:
  InputRecorder(int heads, bool mixes) : heads_(heads), mixes_(mixes) {}
  bool wants(SiteKind kind, int) const override {
    return kind == SiteKind::kResidPre || kind == SiteKind::kQ || kind == SiteKind::kK || kind == SiteKind::kV ||
           (mixes_ && (kind == SiteKind::kPattern || kind == SiteKind::kZ));
  }
  at::Tensor at_site(SiteKind kind, int, const at::Tensor& value) override {
    if (kind == SiteKind::kResidPre) {
      residuals.push_back(value.detach());
      return value;
    }
    if (kind == SiteKind::kPattern || kind == SiteKind::kZ) {
      mixed.push_back(value);
      return value;
    }
    const at::Tensor per_head = value.size(1) == heads_ ? value : value.repeat_interleave(heads_ / value.size(1), 1);
    inputs.push_back(per_head);
    return per_head;
  }
  bool rewrites(InputKind kind, int) const override { return kind == InputKind::kMlp; }
  at::Tensor input(InputKind, int, const at::Tensor& residual) override {
    inputs.push_back(at::alias(residual));  // the MLP's own reading: its gradient leaves out what flows past the MLP
    return inputs.back();
  }

  std::vector<at::Tensor> residuals;  ///< per layer [B, T, d_model]
  std::vector<at::Tensor> inputs;     ///< per layer q, k, v [B, H, T, d_head] and, where there are MLPs, the MLP input [B, T, d_model]
  std::vector<at::Tensor> mixed;      ///< where asked for, per layer the pattern [B, H, T, T] and z [B, H, T, d_head]

 private:
  std::int64_t heads_;
  bool mixes_;
};

/// Gradients of one batch, per layer as in InputRecorder but with flat tokens, and of the scored positions' last residual.
struct SlotGradients {
  std::vector<at::Tensor> residuals;                                  ///< [tokens, d_model]
  std::vector<std::vector<at::Tensor>> heads;                         ///< per layer q, k, v: [H, tokens, d_head]
  std::vector<std::vector<std::array<at::Tensor, 2>>> by_query_span;  ///< with spans, per layer and span: k and v as that span's queries see them
  std::vector<at::Tensor> mlp;                                        ///< [tokens, d_model]
  at::Tensor scored;                                                  ///< [N, d_model]
  double metric = 0;
  double weight = 1;  ///< of the point

  std::int64_t floats() const {
    std::int64_t count = scored.numel();
    for (const auto* tensors : {&residuals, &mlp})
      for (const at::Tensor& tensor : *tensors) count += tensor.numel();
    for (const auto& layer : heads)
      for (const at::Tensor& tensor : layer) count += tensor.numel();
    for (const auto& layer : by_query_span)
      for (const auto& split : layer) count += split[0].numel() + split[1].numel();
    return count;
  }
};

template <class Part>
at::Tensor summed(std::span<const SlotGradients> points, const Part& part) {
  at::Tensor sum = part(points[0]) * points[0].weight;
  for (const SlotGradients& point : points.subspan(1)) sum.add_(part(point), point.weight);
  return sum;
}

/// Gradients of the keys and values of one layer, [H, T, d_head] each, split by the span of the queries through which they come:
///   d k[j] = R^T sum_i d score[i, j] scale R q[i],   d v[j] = sum_i pattern[i, j] d z[i],   i over the tokens of the span.
std::vector<std::array<at::Tensor, 2>> split_by_query(const Transformer& network, int layer, const ExampleBatch& batch, int spans,
                                                      const at::Tensor& q, const at::Tensor& pattern, const at::Tensor& of_pattern,
                                                      const at::Tensor& of_z) {
  const at::Tensor of_scores = pattern * (of_pattern - (of_pattern * pattern).sum(-1, true));  // back through the softmax
  const at::Tensor queries = network.rotated(q) * network.attention_scale(layer);
  std::vector<std::array<at::Tensor, 2>> split;
  for (int span = 0; span < spans; ++span) {
    const auto [first, last] = batch.stretch(span);
    const auto part = [&](const at::Tensor& x) { return x.slice(2, first, last); };
    const at::Tensor k = network.rotated(at::matmul(part(of_scores).transpose(-1, -2), part(queries)), Transformer::Rotation::kBack);
    const at::Tensor v = at::matmul(part(pattern).transpose(-1, -2), part(of_z));
    split.push_back({k[0], v[0]});
  }
  return split;
}

SlotGradients gradients_at(const DiscoveryProblem& problem, const ExampleBatch& batch, const AttributionPoint& point, const at::Tensor& reference) {
  const at::AutoGradMode with_gradient(true);
  const Transformer& network = problem.network;
  const ModelConfig& c = network.config();
  const int spans = problem.index.spans();
  InputRecorder recorder(c.heads, spans > 1);
  const at::Tensor start = point.embed.detach().requires_grad_(true);
  const at::Tensor residual = network.blocks(start, 0, &recorder);
  const at::Tensor scored = residual.flatten(0, 1).index_select(0, batch.scored);
  const at::Tensor metric = per_example(problem.metric, readout_logits(network, scored, problem.columns), batch, reference).sum();

  auto wanted = recorder.inputs;
  wanted.push_back(scored);
  wanted.insert(wanted.end(), recorder.mixed.begin(), recorder.mixed.end());
  const auto gradients = torch::autograd::grad({metric}, wanted, {}, false, false, true);
  const auto defined = [&](std::size_t i) { return gradients[i].defined() ? gradients[i] : at::zeros_like(wanted[i]); };
  SlotGradients out;
  out.weight = point.weight;
  std::size_t next = 0;
  for (int layer = 0; layer < c.layers; ++layer) {
    out.residuals.push_back(recorder.residuals[static_cast<std::size_t>(layer)].flatten(0, 1));
    out.heads.emplace_back();
    for (int input = 0; input < 3; ++input) out.heads.back().push_back(defined(next++).detach().transpose(0, 1).flatten(1, 2));
    if (c.has_mlp) out.mlp.push_back(defined(next++).detach().flatten(0, 1));
  }
  out.scored = defined(next++).detach();
  const std::size_t inputs_per_layer = c.has_mlp ? 4 : 3;
  for (std::size_t l = 0; 2 * l < recorder.mixed.size(); ++l, next += 2)
    out.by_query_span.push_back(split_by_query(network, static_cast<int>(l), batch, spans, recorder.inputs[l * inputs_per_layer].detach(),
                                               recorder.mixed[2 * l].detach(), defined(next).detach(), defined(next + 1).detach()));
  out.metric = metric.item<double>();
  return out;
}

/// The way back from q, k or v to the residual stream, through W and the norm linearised at x, for many slots at once:
///
///   gradient at x = scale (g W'' - along unit),   W'' = W norm.weight (centred where the norm centres),   along = <g W'', unit> / d_model
struct NormPoint {
  at::Tensor unit, scale;  ///< [n, d_model], [n, 1]; undefined without a norm
  at::Tensor weight;
  bool centred = false;
};

NormPoint norm_at(const ModelConfig& c, const NormWeights& norm, const at::Tensor& x) {
  if (!norm.weight.defined()) return {};
  const bool centred = norm.bias.defined();
  const at::Tensor deviation = centred ? x - x.mean(-1, true) : x;
  const at::Tensor scale = at::rsqrt(deviation.square().mean(-1, true) + c.norm_epsilon);
  return {deviation * scale, scale, norm.weight, centred};
}

/// w: [d, stored * d_head], for `heads` query heads, with the norm's weight: [heads, d_head, d].
at::Tensor way_back(const NormPoint& norm, const at::Tensor& w, std::int64_t heads, std::int64_t d_head) {
  const std::int64_t stored = w.size(1) / d_head;
  at::Tensor per_head = w.view({w.size(0), stored, d_head}).permute({1, 2, 0});
  if (norm.unit.defined()) per_head = per_head * norm.weight;
  if (norm.centred) per_head = per_head - per_head.mean(-1, true);
  return stored == heads ? per_head : per_head.repeat_interleave(heads / stored, 0);
}

/// From the gradient at the heads' q, k or v, [heads, n, d_head], to that at what they read, [heads, n, d].
at::Tensor at_reading(const NormPoint& norm, const at::Tensor& gradient, const at::Tensor& back) {
  if (!norm.unit.defined()) return at::matmul(gradient, back);
  at::Tensor read = at::matmul(gradient * norm.scale, back);
  const at::Tensor along = at::matmul(read.transpose(0, 1), norm.unit.unsqueeze(-1)) / static_cast<double>(read.size(-1));  // [n, heads, 1]
  return read.addcmul_(along.transpose(0, 1), norm.unit, -1);
}

void add_rows(const GraphIndex& index, int slot, int cell, const float* products, std::int64_t slots, std::int64_t sources,
              std::vector<double>& scores) {
  for (std::int64_t s = 0; s < slots; ++s) {
    double* into = scores.data() + index.edge(slot + static_cast<int>(s), 0, cell);
    for (std::int64_t u = 0; u < sources; ++u) into[u] += static_cast<double>(*products++);
  }
}

/// scores of edges from sources [V, n, d] into one slot [n, d].
void add_products(const GraphIndex& index, int slot, int cell, const at::Tensor& sources, const at::Tensor& gradient, std::vector<double>& scores) {
  const at::Tensor products = at::mv(sources.flatten(1), gradient.flatten()).contiguous();  // [V]
  add_rows(index, slot, cell, products.data_ptr<float>(), 1, sources.size(0), scores);
}

/// Tokens first .. last-1, all of one span.
struct Slice {
  std::int64_t first, last;
  int span;
};

/// The heads of one layer: all cells of their q, k and v that these tokens are read for, in one product with the sources [V, n, d].
void add_heads(const DiscoveryProblem& problem, std::span<const SlotGradients> points, int layer, const at::Tensor& sources, Slice slice,
               std::vector<double>& scores) {
  const ModelConfig& c = problem.network.config();
  const GraphIndex& index = problem.index;
  const auto l = static_cast<std::size_t>(layer);
  const LayerWeights& w = problem.network.weights().layers[l];
  std::vector<NormPoint> norms;
  for (const SlotGradients& point : points) norms.push_back(norm_at(c, w.attention_norm, point.residuals[l].slice(0, slice.first, slice.last)));
  std::vector<std::pair<int, int>> cells;  // slot of head 0, cell
  std::vector<at::Tensor> gradients;       // [H, n, d] each
  for (int input = 0; input < 3; ++input) {
    const at::Tensor back = way_back(norms[0], input == 0 ? w.w_q : input == 1 ? w.w_k : w.w_v, c.heads, c.d_head);
    const int slot = index.head_slot(layer, input, 0);
    const bool split = input > 0 && !points[0].by_query_span.empty();
    for (int target = slice.span; target < (split ? index.spans() : slice.span + 1); ++target) {
      const auto read = [&](const SlotGradients& point) {
        const at::Tensor& heads = split ? point.by_query_span[l][static_cast<std::size_t>(target)][static_cast<std::size_t>(input) - 1]
                                        : point.heads[l][static_cast<std::size_t>(input)];
        return at_reading(norms[static_cast<std::size_t>(&point - points.data())], heads.slice(1, slice.first, slice.last), back);
      };
      gradients.push_back(summed(points, read));
      cells.emplace_back(slot, index.cell_number(slot, {slice.span, target}));
    }
  }
  const at::Tensor products = at::matmul(at::cat(gradients).flatten(1), sources.flatten(1).t()).contiguous();  // [slots, V]
  for (std::size_t i = 0; i < cells.size(); ++i)
    add_rows(index, cells[i].first, cells[i].second, products.data_ptr<float>() + static_cast<std::int64_t>(i) * c.heads * sources.size(0), c.heads,
             sources.size(0), scores);
}

void add_slice(const DiscoveryProblem& problem, std::span<const SlotGradients> points, const at::Tensor& sources, Slice slice,
               std::vector<double>& scores) {
  const GraphIndex& index = problem.index;
  for (int layer = 0; layer < problem.network.config().layers; ++layer) {
    add_heads(problem, points, layer, sources.narrow(0, 0, index.visible_to_attention(layer)), slice, scores);
    if (!problem.network.config().has_mlp) continue;
    const int slot = index.mlp_slot(layer);
    const at::Tensor gradient =
        summed(points, [&](const SlotGradients& point) { return point.mlp[static_cast<std::size_t>(layer)].slice(0, slice.first, slice.last); });
    add_products(index, slot, index.cell_number(slot, {slice.span, slice.span}), sources.narrow(0, 0, index.visible_to_mlp(layer)), gradient, scores);
  }
}

/// All tokens of a batch in slices of at most `most` that lie in one span each.
std::vector<Slice> slices(const GraphIndex& index, const ExampleBatch& batch, std::int64_t most) {
  std::vector<Slice> all;
  for (int span = 0; span < index.spans(); ++span) {
    const ExampleBatch::Stretch stretch = index.spans() == 1 ? ExampleBatch::Stretch{0, batch.size() * batch.length()} : batch.stretch(span);
    for (std::int64_t first = stretch.first; first < stretch.last; first += most) all.push_back({first, std::min(first + most, stretch.last), span});
  }
  return all;
}

/// Of the scored positions, which rise, those that one cell of the logits reads: all without spans.
ExampleBatch::Stretch scored_rows(const GraphIndex& index, const ExampleBatch& batch, int cell) {
  if (index.spans() == 1) return {0, batch.scored.size(0)};
  const ExampleBatch::Stretch tokens = batch.stretch(index.cell(index.logits_slot(), cell).source_span);
  const std::int64_t* positions = batch.scored.data_ptr<std::int64_t>();
  const std::int64_t* end = positions + batch.scored.size(0);
  return {std::lower_bound(positions, end, tokens.first) - positions, std::lower_bound(positions, end, tokens.last) - positions};
}

at::Tensor rows_of(const at::Tensor& flat, const ExampleBatch& batch) { return flat.view({batch.size(), batch.length(), flat.size(-1)}); }

Activations at_tokens(const Activations& a, const at::Tensor& tokens) {
  Activations out{a.embed.index_select(0, tokens), {}, {}};
  for (const at::Tensor& z : a.z) out.z.push_back(z.index_select(1, tokens));
  for (const at::Tensor& mlp : a.mlp) out.mlp.push_back(mlp.index_select(0, tokens));
  return out;
}

/// Adds the scores of some points of a path.
void add_attributions(const DiscoveryProblem& problem, const ExampleBatch& batch, std::span<const SlotGradients> points,
                      const Activations& difference, std::vector<double>& scores) {
  const GraphIndex& index = problem.index;
  const std::int64_t slots = (1 + 2 * index.spans()) * problem.network.config().heads;
  const std::int64_t per_token = (index.sources() + 2 * slots) * problem.network.config().d_model;
  const std::int64_t most = std::max<std::int64_t>(1, kFloatsPerSlice / per_token);
  for (const Slice& slice : slices(index, batch, most))
    add_slice(problem, points, written(problem.network, index, difference, index.sources(), slice.first, slice.last), slice, scores);
  const Activations scored = at_tokens(difference, batch.scored);
  const at::Tensor gradient = summed(points, [](const SlotGradients& point) { return point.scored; });
  for (int cell = 0; cell < index.cells(index.logits_slot()); ++cell) {
    const auto [first, last] = scored_rows(index, batch, cell);
    for (std::int64_t from = first; from < last; from += most) {
      const std::int64_t to = std::min(from + most, last);
      add_products(index, index.logits_slot(), cell, written(problem.network, index, scored, index.sources(), from, to), gradient.slice(0, from, to),
                   scores);
    }
  }
}

struct BatchAttribution {
  std::vector<double> scores;
  double clean = 0, ablated = 0;  ///< metric at the two ends of the path; the ablated one where it is integrated
};

/// The metric where the run starts from the ablated embedding and nothing else is ablated.
double metric_at(const DiscoveryProblem& problem, const ExampleBatch& batch, const at::Tensor& embed, const at::Tensor& reference) {
  const at::Tensor logits = scored_logits(problem.network, problem.network.blocks(embed, 0), batch, problem.columns).squeeze(0);
  return per_example(problem.metric, logits, batch, reference).sum().item<double>();
}

BatchAttribution attribute_batch(const DiscoveryProblem& problem, const ExampleBatch& batch, AttributionPath path, bool integrates) {
  const Transformer& network = problem.network;
  SourceRecorder recorder;
  const at::Tensor residual = network.blocks(network.embed(batch.clean, &recorder), 0, &recorder);
  const at::Tensor reference = scored_logits(network, residual, batch, problem.columns).squeeze(0);
  const Activations& clean = recorder.activations();
  const Activations ablated = problem.ablator.values(batch);
  BatchAttribution out{std::vector<double>(problem.index.edges(), 0.0)};
  out.clean = per_example(problem.metric, reference, batch, reference).sum().item<double>();
  const Activations difference = minus(clean, ablated);
  const at::Tensor far_end = rows_of(ablated.embed, batch);
  const bool starts_there = problem.options.rule == IntegrationRule::kLeft;
  const std::vector<AttributionPoint> points = path(rows_of(clean.embed, batch), far_end, problem.options);
  std::vector<SlotGradients> gradients;
  for (std::size_t i = 0; i < points.size(); ++i) {
    gradients.push_back(gradients_at(problem, batch, points[i], reference));
    if (i == 0 && starts_there) out.ablated = gradients[0].metric;
    if (i + 1 < points.size() && static_cast<std::int64_t>(gradients.size() + 1) * gradients[0].floats() <= kFloatsOfPoints) continue;
    add_attributions(problem, batch, gradients, difference, out.scores);
    gradients.clear();
  }
  if (integrates && !starts_there) out.ablated = metric_at(problem, batch, far_end, reference);
  return out;
}

}  // namespace

Result<DiscoveryResult> attribute(const DiscoveryProblem& problem, AttributionPath path, bool integrates) {
  if (!problem.metric.has_gradient())
    return fail({ErrorKind::kUsage, fmt::format("the metric '{}' has no gradient, which {} needs", problem.metric.name(), problem.options.method),
                 "use logit_difference, kl_divergence or probability, or the methods exact or acdc"});
  if (problem.network.options().dtype() != at::kFloat) return internal_error("attribution runs in float32");
  DiscoveryResult result;
  result.scores.assign(problem.index.edges(), 0.0);
  double clean = 0, ablated = 0;
  constexpr std::size_t kWave = 8;  // batches in flight: bounds the memory of their scores, whatever the thread count
  problem.session.progress.stage(problem.options.method, problem.batches.size());
  for (std::size_t first = 0; first < problem.batches.size(); first += kWave) {
    if (problem.session.cancelled()) return discovery_cancelled();
    const auto wave = problem.batches.subspan(first, std::min(kWave, problem.batches.size() - first));
    std::vector<BatchAttribution> parts(wave.size());
    for_each_shard(wave.size(), problem.session.threads, [&](std::size_t i) { parts[i] = attribute_batch(problem, wave[i], path, integrates); });
    for (const BatchAttribution& part : parts) {
      for (std::size_t edge = 0; edge < result.scores.size(); ++edge) result.scores[edge] += part.scores[edge];
      clean += part.clean;
      ablated += part.ablated;
    }
    problem.session.progress.step(first + wave.size());
  }
  problem.session.progress.finish();
  const std::uint64_t points = integrates ? static_cast<std::uint64_t>(problem.options.steps) : 1;
  const bool far_end_apart = integrates && problem.options.rule == IntegrationRule::kMidpoint;
  result.forward_passes = points + 1 + (problem.ablator.resamples() ? 1 : 0) + (far_end_apart ? 1 : 0);
  result.backward_passes = points;
  if (integrates) {
    double from_input = 0;
    for (int slot = 0; slot < problem.index.slots(); ++slot)
      for (int cell = 0; cell < problem.index.cells(slot); ++cell) from_input += result.scores[problem.index.edge(slot, 0, cell)];
    if (clean != ablated) result.integration_residual = std::abs(from_input - (clean - ablated)) / std::abs(clean - ablated);
  }
  return result;
}

}  // namespace assay::circuits
