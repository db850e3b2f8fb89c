#include "circuits/model/tensor_names.h"

#include "fmt/format.h"

namespace assay::circuits {
namespace {

using Role = StoredName::Role;
using Place = std::function<at::Tensor&(Weights&)>;

at::Tensor read(const Place& place, const Weights& weights) {
  return place(const_cast<Weights&>(weights));  // the place is only read here
}

/// A tensor kept as stored, or transposed (Llama's [out, in]).
StoredName one(std::string name, std::vector<std::int64_t> shape, Role role, bool transposed, const Place& place) {
  StoredName stored{std::move(name), std::move(shape), role, false, {}, {}};
  stored.scatter = [place, transposed](Weights& weights, const at::Tensor& tensor) {
    place(weights) = transposed ? tensor.t().contiguous() : tensor;
  };
  stored.gather = [place, transposed](const Weights& weights) { return transposed ? read(place, weights).t() : read(place, weights); };
  return stored;
}

/// GPT-2's c_attn: q, k and v side by side in the last dimension.
StoredName side_by_side(std::string name, std::vector<std::int64_t> shape, Role role, const std::vector<Place>& places) {
  StoredName stored{std::move(name), std::move(shape), role, false, {}, {}};
  stored.scatter = [places](Weights& weights, const at::Tensor& tensor) {
    std::vector<at::Tensor> parts = tensor.chunk(static_cast<std::int64_t>(places.size()), -1);
    for (std::size_t i = 0; i < places.size(); ++i) places[i](weights) = parts[i].contiguous();
  };
  stored.gather = [places](const Weights& weights) {
    std::vector<at::Tensor> parts;
    for (const Place& place : places) parts.push_back(read(place, weights));
    return at::cat(parts, -1);
  };
  return stored;
}

Place in_layer(std::size_t layer, at::Tensor LayerWeights::* member) {
  return [layer, member](Weights& weights) -> at::Tensor& { return weights.layers[layer].*member; };
}
Place in_norm(std::size_t layer, NormWeights LayerWeights::* norm, at::Tensor NormWeights::* member) {
  return [=](Weights& weights) -> at::Tensor& { return weights.layers[layer].*norm.*member; };
}
Place in_final_norm(at::Tensor NormWeights::* member) {
  return [member](Weights& weights) -> at::Tensor& { return weights.final_norm.*member; };
}

void add_gpt2_layer(std::vector<StoredName>& names, const ModelConfig& c, std::size_t layer) {
  const std::int64_t d = c.d_model, m = c.d_mlp;
  const std::string p = fmt::format("h.{}.", layer);
  auto place = [&](at::Tensor LayerWeights::* member) { return in_layer(layer, member); };
  auto norm = [&](const char* name, NormWeights LayerWeights::* which) {
    names.push_back(one(p + name + ".weight", {d}, Role::kNormScale, false, in_norm(layer, which, &NormWeights::weight)));
    names.push_back(one(p + name + ".bias", {d}, Role::kBias, false, in_norm(layer, which, &NormWeights::bias)));
  };
  if (c.has_norm) norm("ln_1", &LayerWeights::attention_norm);
  names.push_back(side_by_side(p + "attn.c_attn.weight", {d, 3 * d}, Role::kMatrix,
                               {place(&LayerWeights::w_q), place(&LayerWeights::w_k), place(&LayerWeights::w_v)}));
  names.push_back(
      side_by_side(p + "attn.c_attn.bias", {3 * d}, Role::kBias, {place(&LayerWeights::b_q), place(&LayerWeights::b_k), place(&LayerWeights::b_v)}));
  names.push_back(one(p + "attn.c_proj.weight", {d, d}, Role::kIntoResidual, false, place(&LayerWeights::w_o)));
  names.push_back(one(p + "attn.c_proj.bias", {d}, Role::kBias, false, place(&LayerWeights::b_o)));
  if (!c.has_mlp) return;
  if (c.has_norm) norm("ln_2", &LayerWeights::mlp_norm);
  names.push_back(one(p + "mlp.c_fc.weight", {d, m}, Role::kMatrix, false, place(&LayerWeights::w_in)));
  names.push_back(one(p + "mlp.c_fc.bias", {m}, Role::kBias, false, place(&LayerWeights::b_in)));
  names.push_back(one(p + "mlp.c_proj.weight", {m, d}, Role::kIntoResidual, false, place(&LayerWeights::w_out)));
  names.push_back(one(p + "mlp.c_proj.bias", {d}, Role::kBias, false, place(&LayerWeights::b_out)));
}

void add_llama_layer(std::vector<StoredName>& names, const ModelConfig& c, std::size_t layer) {
  const std::int64_t d = c.d_model, m = c.d_mlp, queries = std::int64_t{c.heads} * c.d_head, keys = std::int64_t{c.kv_heads} * c.d_head;
  const std::string p = fmt::format("layers.{}.", layer);
  auto linear = [&](const char* name, std::int64_t out, std::int64_t in, Role role, at::Tensor LayerWeights::* member) {
    names.push_back(one(p + name + ".weight", {out, in}, role, true, in_layer(layer, member)));
  };
  auto norm = [&](const char* name, NormWeights LayerWeights::* which) {
    if (c.has_norm) names.push_back(one(p + name + ".weight", {d}, Role::kNormScale, false, in_norm(layer, which, &NormWeights::weight)));
  };
  norm("input_layernorm", &LayerWeights::attention_norm);
  linear("self_attn.q_proj", queries, d, Role::kMatrix, &LayerWeights::w_q);
  linear("self_attn.k_proj", keys, d, Role::kMatrix, &LayerWeights::w_k);
  linear("self_attn.v_proj", keys, d, Role::kMatrix, &LayerWeights::w_v);
  linear("self_attn.o_proj", d, queries, Role::kIntoResidual, &LayerWeights::w_o);
  if (!c.has_mlp) return;
  norm("post_attention_layernorm", &LayerWeights::mlp_norm);
  linear("mlp.gate_proj", m, d, Role::kMatrix, &LayerWeights::w_gate);
  linear("mlp.up_proj", m, d, Role::kMatrix, &LayerWeights::w_in);
  linear("mlp.down_proj", d, m, Role::kIntoResidual, &LayerWeights::w_out);
}

}  // namespace

std::vector<StoredName> stored_names(const ModelConfig& c) {
  const bool gpt2 = c.layout == Layout::kGpt2;
  const std::int64_t d = c.d_model;
  std::vector<StoredName> names;
  names.push_back(one(gpt2 ? "wte.weight" : "embed_tokens.weight", {c.vocabulary, d}, Role::kMatrix, false,
                      [](Weights& weights) -> at::Tensor& { return weights.token_embedding; }));
  if (gpt2)
    names.push_back(
        one("wpe.weight", {c.positions, d}, Role::kMatrix, false, [](Weights& weights) -> at::Tensor& { return weights.position_embedding; }));
  for (std::size_t layer = 0; layer < static_cast<std::size_t>(c.layers); ++layer)
    gpt2 ? add_gpt2_layer(names, c, layer) : add_llama_layer(names, c, layer);
  if (c.has_norm) {
    names.push_back(one(gpt2 ? "ln_f.weight" : "norm.weight", {d}, Role::kNormScale, false, in_final_norm(&NormWeights::weight)));
    if (gpt2) names.push_back(one("ln_f.bias", {d}, Role::kBias, false, in_final_norm(&NormWeights::bias)));
  }
  if (!c.tied_embeddings) {
    names.push_back(
        one("lm_head.weight", {c.vocabulary, d}, Role::kMatrix, false, [](Weights& weights) -> at::Tensor& { return weights.unembedding; }));
    names.back().outside_prefix = true;
  }
  return names;
}

}  // namespace assay::circuits
