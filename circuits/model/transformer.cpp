#include "circuits/model/transformer.h"

#include <ATen/core/grad_mode.h>

#include <cmath>
#include <limits>
#include <mutex>

namespace assay::circuits {
namespace {

at::Tensor shown(Observer* observer, SiteKind kind, int layer, const at::Tensor& value) {
  return observer != nullptr && observer->wants(kind, layer) ? observer->at_site(kind, layer, value) : value;
}

at::Tensor read_by(Observer* observer, InputKind kind, int layer, const at::Tensor& residual) {
  return observer != nullptr && observer->rewrites(kind, layer) ? observer->input(kind, layer, residual) : residual;
}

/// [B, T, d] or [B, n, T, d] -> [B, n, T, d_head]; `stored` heads in w, each shared by n / stored destinations.
at::Tensor project(const at::Tensor& x, const at::Tensor& w, const at::Tensor& b, std::int64_t stored) {
  const std::int64_t width = w.size(1) / stored;
  if (x.dim() == 3) return at::linear(x, w.t(), b).view({x.size(0), x.size(1), stored, width}).transpose(1, 2);
  const std::int64_t shared = x.size(1) / stored;
  at::Tensor per_head = w.view({w.size(0), stored, width}).permute({1, 0, 2}).repeat_interleave(shared, 0);  // [n, d, d_head]
  at::Tensor heads = at::matmul(x, per_head);
  if (!b.defined()) return heads;
  return heads + b.view({stored, 1, width}).repeat_interleave(shared, 0);
}

/// Keys and values of G groups, seen by H query heads.
at::Tensor for_queries(const at::Tensor& grouped, std::int64_t heads) {
  return grouped.size(1) == heads ? grouped : grouped.repeat_interleave(heads / grouped.size(1), 1);
}

}  // namespace

/// cos and sin of position x frequency, computed in float64 and grown on demand.
struct Transformer::Rotary {
  std::mutex mutex;
  at::Tensor cosine, sine;  // [positions so far, d_head]

  std::pair<at::Tensor, at::Tensor> upto(std::int64_t count, std::int64_t width, double theta, const at::TensorOptions& options) {
    std::scoped_lock lock(mutex);
    if (!cosine.defined() || cosine.size(0) < count) {
      at::NoGradGuard no_gradient;
      const auto wide = at::TensorOptions().dtype(at::kDouble);
      at::Tensor exponent = at::arange(0, width, 2, wide) / static_cast<double>(width);
      at::Tensor frequency = at::pow(at::scalar_tensor(theta, wide), -exponent);
      at::Tensor angle = at::outer(at::arange(0, std::max<std::int64_t>(count, 64), wide), frequency);
      angle = at::cat({angle, angle}, -1);
      cosine = angle.cos().to(options);
      sine = angle.sin().to(options);
    }
    return {cosine.slice(0, 0, count), sine.slice(0, 0, count)};
  }
};

Transformer::Transformer(ModelConfig config, Weights weights) : config_(config), weights_(std::move(weights)), rotary_(std::make_shared<Rotary>()) {}

at::Tensor Transformer::norm(const at::Tensor& x, const NormWeights& norm) const {
  if (!norm.weight.defined()) return x;
  if (norm.bias.defined()) return at::layer_norm(x, {x.size(-1)}, norm.weight, norm.bias, config_.norm_epsilon);
  return x * at::rsqrt(x.square().mean(-1, true) + config_.norm_epsilon) * norm.weight;
}

at::Tensor Transformer::rotated(const at::Tensor& heads, Rotation direction, std::int64_t first) const {
  if (config_.layout != Layout::kLlama) return heads;
  auto [cosine, sine] = rotary_->upto(first + heads.size(2), heads.size(3), config_.rope_theta, options());
  cosine = cosine.slice(0, first), sine = sine.slice(0, first);
  std::vector<at::Tensor> halves = heads.chunk(2, -1);
  const at::Tensor across = direction == Rotation::kForward ? at::cat({-halves[1], halves[0]}, -1) : at::cat({halves[1], -halves[0]}, -1);
  return heads * cosine + across * sine;
}

double Transformer::attention_scale(int layer) const {
  const double scale = config_.scale_attention ? 1 / std::sqrt(static_cast<double>(config_.d_head)) : 1.0;
  return config_.scale_by_layer ? scale / (layer + 1) : scale;
}

at::Tensor Transformer::activated(const at::Tensor& x) const {
  switch (config_.activation) {
    case Activation::kGeluTanh: return at::gelu(x, "tanh");
    case Activation::kGelu: return at::gelu(x);
    case Activation::kRelu: return at::relu(x);
    case Activation::kSilu: return at::silu(x);
  }
  return x;
}

at::Tensor Transformer::attend(int layer, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, Observer* observer, const Past& past) const {
  const std::int64_t heads = q.size(1), length = q.size(2), before = past.keys.defined() ? past.keys.size(2) : 0;
  at::Tensor keys = rotated(k, Rotation::kForward, before), values = v;
  if (before > 0) keys = at::cat({past.keys, keys}, 2), values = at::cat({past.values, values}, 2);
  at::Tensor scores =
      at::matmul(rotated(q, Rotation::kForward, before) * attention_scale(layer), for_queries(keys, heads).transpose(-1, -2));  // [B, H, dst, src]
  at::Tensor future = at::ones({length, before + length}, scores.options().dtype(at::kBool).requires_grad(false)).triu(1 + before);
  at::Tensor pattern = scores.masked_fill(future, -std::numeric_limits<double>::infinity()).softmax(-1);
  pattern = shown(observer, SiteKind::kPattern, layer, pattern);
  return at::matmul(pattern, for_queries(values, heads));
}

at::Tensor Transformer::attention(int layer, const at::Tensor& residual, Observer* observer, const Past& past) const {
  const LayerWeights& w = weights_.layers[static_cast<std::size_t>(layer)];
  const std::int64_t batch = residual.size(0), length = residual.size(1), heads = config_.heads, d_head = config_.d_head;
  const bool rewritten = observer != nullptr && (observer->rewrites(InputKind::kQuery, layer) || observer->rewrites(InputKind::kKey, layer) ||
                                                 observer->rewrites(InputKind::kValue, layer));
  at::Tensor shared = rewritten ? at::Tensor() : norm(residual, w.attention_norm);
  auto input = [&](InputKind kind) { return rewritten ? norm(read_by(observer, kind, layer, residual), w.attention_norm) : shared; };

  at::Tensor q = shown(observer, SiteKind::kQ, layer, project(input(InputKind::kQuery), w.w_q, w.b_q, heads));
  at::Tensor k = shown(observer, SiteKind::kK, layer, project(input(InputKind::kKey), w.w_k, w.b_k, config_.kv_heads));
  at::Tensor v = shown(observer, SiteKind::kV, layer, project(input(InputKind::kValue), w.w_v, w.b_v, config_.kv_heads));

  at::Tensor z = shown(observer, SiteKind::kZ, layer, attend(layer, q, k, v, observer, past));  // [B, H, T, d_head]
  if (observer == nullptr || !observer->wants(SiteKind::kAttnOut, layer))
    return at::linear(z.transpose(1, 2).reshape({batch, length, heads * d_head}), w.w_o.t(), w.b_o);
  at::Tensor per_head = observer->at_site(SiteKind::kAttnOut, layer, at::matmul(z, w.w_o.view({heads, d_head, config_.d_model})));
  at::Tensor sum = per_head.sum(1);
  return w.b_o.defined() ? sum + w.b_o : sum;
}

at::Tensor Transformer::mlp(int layer, const at::Tensor& residual, Observer* observer) const {
  const LayerWeights& w = weights_.layers[static_cast<std::size_t>(layer)];
  at::Tensor x = norm(read_by(observer, InputKind::kMlp, layer, residual), w.mlp_norm);
  at::Tensor inner = at::linear(x, w.w_in.t(), w.b_in);
  inner = w.w_gate.defined() ? activated(at::linear(x, w.w_gate.t())) * inner : activated(inner);
  inner = shown(observer, SiteKind::kMlpAct, layer, inner);
  return shown(observer, SiteKind::kMlpOut, layer, at::linear(inner, w.w_out.t(), w.b_out));
}

at::Tensor Transformer::embed(const at::Tensor& tokens, Observer* observer) const {
  at::Tensor x = at::embedding(weights_.token_embedding, tokens);
  if (weights_.position_embedding.defined()) x = x + weights_.position_embedding.slice(0, 0, tokens.size(1));
  return shown(observer, SiteKind::kEmbed, 0, x);
}

at::Tensor Transformer::blocks(at::Tensor residual, int first, Observer* observer, int end, const PastOfLayer& past) const {
  for (int layer = first; layer < (end < 0 ? config_.layers : end); ++layer) {
    residual = shown(observer, SiteKind::kResidPre, layer, residual);
    residual = residual + attention(layer, residual, observer, past ? past(layer) : Past{});
    residual = shown(observer, SiteKind::kResidMid, layer, residual);
    if (config_.has_mlp) residual = residual + mlp(layer, residual, observer);
  }
  return residual;
}

at::Tensor Transformer::logits(at::Tensor residual, Observer* observer) const {
  residual = shown(observer, SiteKind::kResidFinal, 0, residual);
  residual = read_by(observer, InputKind::kLogits, 0, residual);
  return at::linear(norm(residual, weights_.final_norm), weights_.output_embedding());
}

at::Tensor Transformer::forward(const at::Tensor& tokens, Observer* observer) const {
  return logits(blocks(embed(tokens, observer), 0, observer), observer);
}

}  // namespace assay::circuits
