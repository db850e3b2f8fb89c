// A network's weights in one form for both layouts: every linear map is [in, out], q, k and v are apart, absent parts are undefined tensors.
//
//   Result<Weights> weights = load_weights(folder, config, at::kFloat);
//   for (auto& [name, tensor] : named_parameters(*weights)) tensor->set_requires_grad(true);   // training
//   Status written = save_model(folder, config, *weights, StoredType::kF32);
//
// A file with a tensor that the configuration does not know, without one that it needs, or with another shape, is an input error that
// names both files. Tests: tests/circuits/safetensors_test.cpp (round trip), model_config_test.cpp (contradictions), golden_logits_test.cpp
#pragma once

#include <ATen/ATen.h>

#include <string>
#include <utility>
#include <vector>

#include "circuits/model/config.h"
#include "circuits/model/safetensors.h"

namespace assay::circuits {

/// LayerNorm (weight and bias), RMSNorm (weight only) or nothing (both undefined).
struct NormWeights {
  at::Tensor weight, bias;  ///< [d_model]
};

struct LayerWeights {
  NormWeights attention_norm, mlp_norm;
  at::Tensor w_q, w_k, w_v;  ///< [d_model, heads * d_head], k and v: [d_model, kv_heads * d_head]
  at::Tensor b_q, b_k, b_v;  ///< GPT-2 layout only
  at::Tensor w_o, b_o;       ///< [heads * d_head, d_model]
  at::Tensor w_in, b_in;     ///< [d_model, d_mlp]; Llama: the `up` projection
  at::Tensor w_gate;         ///< Llama: [d_model, d_mlp]
  at::Tensor w_out, b_out;   ///< [d_mlp, d_model]
};

struct Weights {
  at::Tensor token_embedding;     ///< [vocabulary, d_model]
  at::Tensor position_embedding;  ///< GPT-2 layout: [positions, d_model]
  std::vector<LayerWeights> layers;
  NormWeights final_norm;
  at::Tensor unembedding;        ///< [vocabulary, d_model]; undefined when tied
  std::uint64_t non_finite = 0;  ///< NaN and infinite values met while loading

  const at::Tensor& output_embedding() const { return unembedding.defined() ? unembedding : token_embedding; }
};

/// All defined tensors in a fixed order with a name for each, for optimisers and checkpoints. Pointers into `weights`.
std::vector<std::pair<std::string, at::Tensor*>> named_parameters(Weights& weights);

/// `config_path` is only for errors.
Result<Weights> load_weights(const Safetensors& file, const ModelConfig& config, at::ScalarType dtype, const std::string& config_path);
/// Initial weights as both families draw them: normal(0, .02), projections into the residual stream divided by sqrt(2 layers), norms 1,
/// biases 0. A pure function of configuration and seed, on any machine (own generator, not torch's).
Weights random_weights(const ModelConfig& config, std::uint64_t seed, at::ScalarType dtype = at::kFloat);
/// Same tensors in another type or on another device.
Weights converted(const Weights& weights, at::TensorOptions options);

/// Writes config.json and model.safetensors under Hugging Face names; the folder must exist.
Status save_model(const std::string& folder, const ModelConfig& config, const Weights& weights, StoredType type);

}  // namespace assay::circuits
