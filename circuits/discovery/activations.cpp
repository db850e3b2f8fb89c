#include "circuits/discovery/activations.h"

#include <ATen/core/grad_mode.h>

#include "circuits/model/shards.h"

namespace assay::circuits {
namespace {

/// Applies `f` to every tensor of one or two activations.
template <class F>
Activations map(const Activations& a, F f) {
  Activations out;
  out.embed = f(a.embed, [](const Activations& x) { return x.embed; });
  for (std::size_t l = 0; l < a.z.size(); ++l) out.z.push_back(f(a.z[l], [l](const Activations& x) { return x.z[l]; }));
  for (std::size_t l = 0; l < a.mlp.size(); ++l) out.mlp.push_back(f(a.mlp[l], [l](const Activations& x) { return x.mlp[l]; }));
  return out;
}

at::Tensor output_projection(const Transformer& network, int layer) {
  const ModelConfig& c = network.config();
  return network.weights().layers[static_cast<std::size_t>(layer)].w_o.view({c.heads, c.d_head, c.d_model});
}

Activations recorded(const Transformer& network, const at::Tensor& tokens) {
  const at::NoGradGuard no_gradient;
  SourceRecorder recorder;
  network.blocks(network.embed(tokens, &recorder), 0, &recorder);
  return std::move(recorder.activations());
}

Activations zero_row(const ModelConfig& c, const at::TensorOptions& options) {
  Activations zero;
  zero.embed = at::zeros({1, c.d_model}, options);
  for (int layer = 0; layer < c.layers; ++layer) {
    zero.z.push_back(at::zeros({c.heads, 1, c.d_head}, options));
    if (c.has_mlp) zero.mlp.push_back(at::zeros({1, c.d_model}, options));
  }
  return zero;
}

/// Sums over the batch in float64: [..., T, width], padded with zeros to `longest` positions.
at::Tensor summed_by_position(const at::Tensor& values, std::int64_t batch, std::int64_t length, std::int64_t longest) {
  auto shape = values.sizes().vec();
  shape[shape.size() - 2] = batch;
  shape.insert(shape.end() - 1, length);
  const at::Tensor sums = values.to(at::kDouble).view(shape).sum(-3);
  return at::constant_pad_nd(sums, {0, 0, 0, longest - length});
}

/// Mean over examples per position, or over everything; batches are summed in order.
Activations mean_activations(const Transformer& network, std::span<const ExampleBatch> batches, bool by_position, const Session& session) {
  std::int64_t longest = 0;
  for (const ExampleBatch& batch : batches) longest = std::max(longest, batch.length());
  std::vector<Activations> sums(batches.size());
  for_each_shard(batches.size(), session.threads, [&](std::size_t i) {
    const Activations own = recorded(network, batches[i].clean);
    sums[i] = map(own, [&](const at::Tensor& x, auto) { return summed_by_position(x, batches[i].size(), batches[i].length(), longest); });
  });
  at::Tensor counts = at::zeros({longest, 1}, at::kDouble);
  for (const ExampleBatch& batch : batches) counts.slice(0, 0, batch.length()).add_(static_cast<double>(batch.size()));
  Activations total = sums.front();
  for (std::size_t i = 1; i < sums.size(); ++i) total = map(total, [&](const at::Tensor& x, auto same) { return x + same(sums[i]); });
  const auto type = network.options();
  return map(total, [&](const at::Tensor& x, auto) { return (by_position ? x / counts : x.sum(-2, true) / counts.sum()).to(type.dtype()); });
}

}  // namespace

at::Tensor SourceRecorder::at_site(SiteKind kind, int /*layer*/, const at::Tensor& value) {
  if (kind == SiteKind::kEmbed) activations_.embed = value.flatten(0, 1);
  if (kind == SiteKind::kZ) activations_.z.push_back(value.transpose(0, 1).flatten(1, 2));  // [B, H, T, d_head] -> [H, B * T, d_head]
  if (kind == SiteKind::kMlpOut) activations_.mlp.push_back(value.flatten(0, 1));
  return value;
}

Activations minus(const Activations& a, const Activations& b) {
  return map(a, [&](const at::Tensor& x, auto same) { return x - same(b); });
}

Activations expanded(const Activations& a, std::int64_t batch, std::int64_t length) {
  return map(a, [&](const at::Tensor& x, auto) {
    auto shape = x.sizes().vec();
    const bool by_position = shape[shape.size() - 2] != 1;
    const at::Tensor rows = by_position ? x.narrow(-2, 0, length) : x;
    shape[shape.size() - 2] = length;
    shape.insert(shape.end() - 2, batch);
    auto flat = shape;
    flat.erase(flat.end() - 3);
    flat[flat.size() - 2] = batch * length;
    return rows.unsqueeze(-3).expand(shape).reshape(flat);
  });
}

at::Tensor written_by(const Transformer& network, const GraphIndex& index, const Activations& a, int source) {
  if (source == 0) return a.embed;
  const GraphShape& shape = index.shape();
  const int per_layer = shape.heads + (shape.has_mlp ? 1 : 0);
  const int layer = (source - 1) / per_layer;
  const int place = (source - 1) % per_layer;
  if (place == shape.heads) return a.mlp[static_cast<std::size_t>(layer)];
  return at::matmul(a.z[static_cast<std::size_t>(layer)][place], output_projection(network, layer)[place]);
}

at::Tensor written_together(const Transformer& network, const Activations& a, const at::Tensor& tokens) {
  at::Tensor sum = a.embed.index_select(0, tokens);
  for (std::size_t layer = 0; layer < a.z.size(); ++layer) {
    const at::Tensor z = a.z[layer].index_select(1, tokens).transpose(0, 1).flatten(1);  // [tokens, heads * d_head]
    sum = sum + at::matmul(z, network.weights().layers[layer].w_o);
    if (layer < a.mlp.size()) sum = sum + a.mlp[layer].index_select(0, tokens);
  }
  return sum;
}

at::Tensor written(const Transformer& network, const GraphIndex& index, const Activations& a, int visible, std::int64_t first, std::int64_t last) {
  const GraphShape& shape = index.shape();
  at::Tensor all = at::empty({visible, last - first, network.config().d_model}, network.options());
  all[0] = a.embed.slice(0, first, last);
  for (int layer = 0; layer < shape.layers; ++layer) {
    const int head = index.head_source(layer, 0);
    if (head >= visible) break;
    const std::int64_t heads = std::min(shape.heads, visible - head);
    at::Tensor out = all.narrow(0, head, heads);
    at::bmm_out(out, a.z[static_cast<std::size_t>(layer)].slice(1, first, last).narrow(0, 0, heads),
                output_projection(network, layer).narrow(0, 0, heads));
    if (shape.has_mlp && index.mlp_source(layer) < visible)
      all[index.mlp_source(layer)] = a.mlp[static_cast<std::size_t>(layer)].slice(0, first, last);
  }
  return all;
}

Ablator Ablator::make(const Transformer& network, Ablation ablation, std::span<const ExampleBatch> batches, const Session& session) {
  Ablator ablator(network, ablation);
  switch (ablation) {
    case Ablation::kZero: ablator.shared_ = zero_row(network.config(), network.options()); break;
    case Ablation::kMean: ablator.shared_ = mean_activations(network, batches, false, session); break;
    case Ablation::kMeanPositional: ablator.shared_ = mean_activations(network, batches, true, session); break;
    case Ablation::kResample: break;
  }
  return ablator;
}

Activations Ablator::values(const ExampleBatch& batch) const {
  return resamples() ? recorded(*network_, batch.corrupted) : expanded(shared_, batch.size(), batch.length());
}

}  // namespace assay::circuits
