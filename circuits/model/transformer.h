// The forward pass: one implementation of norm, attention and MLP for both layouts, differentiable, with named sites.
//
//   Transformer model{config, weights};
//   at::Tensor logits = model.forward(tokens);                  // tokens [batch, position] int64 -> [batch, position, vocabulary]
//
// An Observer reads or replaces values at the sites of DESIGN section 6, and may rewrite what each destination of the computation graph
// reads from the residual stream (each head's q, k and v input, each MLP input, the logits). So one class of hooks serves reading,
// patching, interchange, and edge-level circuits with gradients:
//
//   struct Recorder : Observer { ... };                         // wants() says which sites cost anything at all
//
// Everything is a plain function of tensors in the weights' type (float32 or float64), so gradients flow to weights that require them
// and to whatever an observer returns. Cost: attention materialises [batch, head, position, position]; with observers of kAttnOut
// [batch, head, position, d_model]. Source: Vaswani et al. 2017; GPT-2; Llama (RMSNorm, rotary embeddings, SwiGLU, grouped queries).
// Tests: tests/circuits/golden_logits_test.cpp, sites_test.cpp
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <memory>

#include "circuits/model/config.h"
#include "circuits/model/weights.h"

namespace assay::circuits {

/// Shapes that an observer sees (B batch, T positions, H query heads, G key-value heads):
enum class SiteKind {
  kEmbed,     ///< [B, T, d_model], position embedding included
  kResidPre,  ///< [B, T, d_model]
  kQ,         ///< [B, H, T, d_head], before rotation
  kK,
  kV,           ///< [B, G, T, d_head], before rotation; H instead of G where kKey or kValue inputs were rewritten per query head
  kPattern,     ///< [B, H, T(destination), T(source)]
  kZ,           ///< [B, H, T, d_head]: each head's mix of values, before the output projection
  kAttnOut,     ///< [B, H, T, d_model]: what each head adds to the residual stream, without the layer's bias b_O
  kResidMid,    ///< [B, T, d_model], after attention (and its bias)
  kMlpAct,      ///< [B, T, d_mlp], the input of the down projection
  kMlpOut,      ///< [B, T, d_model], bias included
  kResidFinal,  ///< [B, T, d_model], before the last norm
};

/// What the destinations of the computation graph read from the residual stream.
enum class InputKind { kQuery, kKey, kValue, kMlp, kLogits };

class Observer {
 public:
  virtual ~Observer() = default;
  /// Only wanted sites are shown (kAttnOut costs a tensor per head). `layer` is 0 for kEmbed and kResidFinal.
  virtual bool wants(SiteKind, int /*layer*/) const { return false; }
  /// The value to go on with: `value` itself, or a replacement of the same shape.
  virtual at::Tensor at_site(SiteKind, int /*layer*/, const at::Tensor& value) { return value; }
  virtual bool rewrites(InputKind, int /*layer*/) const { return false; }
  /// From the residual [B, T, d_model] to what the destination reads, before its norm. kMlp and kLogits: [B, T, d_model]; kQuery:
  /// [B, H, T, d_model]; kKey and kValue: [B, G, T, d_model] or [B, H, T, d_model].
  virtual at::Tensor input(InputKind, int /*layer*/, const at::Tensor& residual) { return residual; }
};

/// What a run that begins in the middle of its sequences attends to: keys (as rotated) and values of the P positions before, [B, G, P, d_head].
struct Past {
  at::Tensor keys, values;
};
using PastOfLayer = std::function<Past(int layer)>;

class Transformer {
 public:
  Transformer(ModelConfig config, Weights weights);

  const ModelConfig& config() const { return config_; }
  const Weights& weights() const { return weights_; }
  Weights& weights() { return weights_; }
  at::TensorOptions options() const { return weights_.token_embedding.options().requires_grad(false); }

  /// tokens: int64 [B, T] on the weights' device; T at most config().positions.
  at::Tensor forward(const at::Tensor& tokens, Observer* observer = nullptr) const;

  /// The pieces of forward(), for callers that start in the middle or read logits at some positions only:
  /// forward(t) == logits(blocks(embed(t), 0)).
  at::Tensor embed(const at::Tensor& tokens, Observer* observer = nullptr) const;
  /// Layers first .. layers-1, or up to `end`; -1: all. With `past` the residual is that of the positions behind it, and an observer sees these
  /// alone (of a pattern: destinations alone).
  at::Tensor blocks(at::Tensor residual, int first, Observer* observer = nullptr, int end = -1, const PastOfLayer& past = {}) const;
  /// residual: [..., d_model], any leading shape where no observer rewrites it. Applies resid_final, the last norm and the unembedding.
  at::Tensor logits(at::Tensor residual, Observer* observer = nullptr) const;
  /// What the MLP of `layer` adds to the residual stream; residual: [..., d_model], its input before the norm.
  at::Tensor mlp(int layer, const at::Tensor& residual, Observer* observer = nullptr) const;
  /// z [B, H, T, d_head] of any H heads from q [B, H, T, d_head] and k, v [B, H or G, T, d_head], before rotation.
  at::Tensor attend(int layer, const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, Observer* observer = nullptr,
                    const Past& past = {}) const;
  at::Tensor norm(const at::Tensor& x, const NormWeights& norm) const;
  /// What scores are multiplied with.
  double attention_scale(int layer) const;
  enum class Rotation { kForward, kBack };
  /// [B, heads, T, d_head] as rotated by position, counted from `first`, or rotated back, which is the transpose; unchanged in layouts without
  /// rotation.
  at::Tensor rotated(const at::Tensor& heads, Rotation direction = Rotation::kForward, std::int64_t first = 0) const;

 private:
  at::Tensor attention(int layer, const at::Tensor& residual, Observer* observer, const Past& past) const;
  at::Tensor activated(const at::Tensor& x) const;

  struct Rotary;
  ModelConfig config_;
  Weights weights_;
  std::shared_ptr<Rotary> rotary_;
};

}  // namespace assay::circuits
