// The shape of a network, read from a Hugging Face `config.json` in GPT-2 or Llama layout.
//
//   Result<ModelConfig> config = read_config("zoo/max_of_four/model/config.json");
//
// Two keys of our own describe networks that the published layouts have no word for, in either layout:
//   "assay_mlp": false    blocks have no MLP
//   "assay_norm": false   no LayerNorm or RMSNorm anywhere
// What the forward pass does not model (scaled rotary embeddings, biases in Llama attention, ...) is `unsupported` and named, never ignored.
// The file is untrusted: every number is range checked before anything is sized by it. Test: tests/circuits/model_config_test.cpp
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace assay::circuits {

enum class Layout { kGpt2, kLlama };
/// kGeluTanh is `gelu_new` and `gelu_pytorch_tanh`, kGelu the exact one with erf.
enum class Activation { kGeluTanh, kGelu, kRelu, kSilu };

struct ModelConfig {
  Layout layout = Layout::kGpt2;
  int layers = 1, heads = 1, kv_heads = 1;
  int d_model = 32, d_head = 32, d_mlp = 128;  ///< d_mlp is 0 when has_mlp is false
  int vocabulary = 0, positions = 0;
  bool has_mlp = true, has_norm = true, tied_embeddings = true;
  Activation activation = Activation::kGeluTanh;
  double norm_epsilon = 1e-5;
  double rope_theta = 10000.0;  ///< Llama layout
  bool scale_attention = true;  ///< scores divided by sqrt(d_head)
  bool scale_by_layer = false;  ///< GPT-2 option: scores also divided by (layer + 1)

  int group(int head) const { return head / (heads / kv_heads); }
  std::uint64_t parameters() const;
};

std::string_view name_of(Layout layout);
std::string_view name_of(Activation activation);
Result<Activation> activation_named(const std::string& name);

/// `origin` is the file's name in errors. Zero sizes, sizes above sane limits and sizes that do not divide are input errors.
Result<ModelConfig> parse_config(const std::string& json, const std::string& origin);
Result<ModelConfig> read_config(const std::string& path);
/// The `config.json` that parse_config reads back as `config`; `dtype` is "float32", "float16" or "bfloat16".
std::string config_json(const ModelConfig& config, const std::string& dtype = "float32");
/// Are the sizes of a configuration made in memory consistent and within limits?
Status check_config(const ModelConfig& config, const std::string& origin);

}  // namespace assay::circuits
