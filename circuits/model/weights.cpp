#include "circuits/model/weights.h"

#include <cmath>
#include <functional>
#include <set>

#include "circuits/model/random.h"
#include "circuits/model/tensor_names.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

namespace assay::circuits {
namespace {

at::Tensor tensor_of(const std::vector<float>& values, at::IntArrayRef shape, at::ScalarType dtype) {
  at::Tensor tensor = at::empty(shape, at::kFloat);
  std::copy(values.begin(), values.end(), tensor.data_ptr<float>());
  return tensor.to(dtype);
}

std::uint64_t count_non_finite(const std::vector<float>& values) {
  return static_cast<std::uint64_t>(std::count_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); }));
}

/// Tensors of a file that say nothing about the function: causal masks and rotary tables that old exports stored.
bool ignorable(const std::string& name) {
  for (std::string_view end : {".attn.bias", ".attn.masked_bias", ".rotary_emb.inv_freq"})
    if (name.ends_with(end)) return true;
  return false;
}

/// Every stored tensor must be expected, and have the shape that the configuration gives it.
Status check_names(const Safetensors& file, const std::vector<StoredName>& expected, const std::string& prefix, const std::string& config_path) {
  std::set<std::string> known;
  for (const StoredName& stored : expected) {
    const std::string name = stored.outside_prefix ? stored.name : prefix + stored.name;
    auto found = file.tensors().find(name);
    if (found == file.tensors().end())
      return input_error(
          fmt::format("{}: needs tensor '{}' of shape [{}], which {} lacks", config_path, name, fmt::join(stored.shape, ", "), file.path()),
          "configuration and weights contradict each other: take both from the same folder");
    if (found->second.shape != stored.shape)
      return input_error(fmt::format("{}: tensor '{}' should have shape [{}], in {} it has [{}]", config_path, name, fmt::join(stored.shape, ", "),
                                     file.path(), fmt::join(found->second.shape, ", ")),
                         "configuration and weights contradict each other: take both from the same folder");
    known.insert(name);
  }
  for (const auto& [name, tensor] : file.tensors())
    if (!known.contains(name) && !ignorable(name) && name != "lm_head.weight")
      return input_error(fmt::format("{}: knows no tensor '{}', which {} holds", config_path, name.substr(0, 80), file.path()),
                         "configuration and weights contradict each other (layers, assay_mlp, assay_norm?): take both from the same folder");
  return {};
}

/// A tied model may store its output matrix a second time, but not a different one.
Status check_tied_head(const Safetensors& file, const std::string& embedding, const std::string& config_path) {
  if (!file.tensors().contains("lm_head.weight")) return {};
  Result<std::vector<float>> head = file.values("lm_head.weight"), tokens = file.values(embedding);
  if (!head) return fail(head.error());
  if (!tokens) return fail(tokens.error());
  auto same = [](float a, float b) { return a == b || (std::isnan(a) && std::isnan(b)); };
  if (std::equal(head->begin(), head->end(), tokens->begin(), tokens->end(), same)) return {};
  return input_error(
      fmt::format("{}: the embeddings are tied, but {} holds an 'lm_head.weight' that differs from '{}'", config_path, file.path(), embedding),
      "set \"tie_word_embeddings\" to false, or remove the tensor");
}

void add_norm(std::vector<std::pair<std::string, at::Tensor*>>& list, const std::string& name, NormWeights& norm) {
  if (norm.weight.defined()) list.emplace_back(name + ".weight", &norm.weight);
  if (norm.bias.defined()) list.emplace_back(name + ".bias", &norm.bias);
}

}  // namespace

std::vector<std::pair<std::string, at::Tensor*>> named_parameters(Weights& weights) {
  std::vector<std::pair<std::string, at::Tensor*>> list;
  auto add = [&](const std::string& name, at::Tensor& tensor) {
    if (tensor.defined()) list.emplace_back(name, &tensor);
  };
  add("token_embedding", weights.token_embedding);
  add("position_embedding", weights.position_embedding);
  for (std::size_t i = 0; i < weights.layers.size(); ++i) {
    LayerWeights& layer = weights.layers[i];
    const std::string prefix = fmt::format("layers.{}.", i);
    add_norm(list, prefix + "attention_norm", layer.attention_norm);
    add(prefix + "w_q", layer.w_q), add(prefix + "w_k", layer.w_k), add(prefix + "w_v", layer.w_v);
    add(prefix + "b_q", layer.b_q), add(prefix + "b_k", layer.b_k), add(prefix + "b_v", layer.b_v);
    add(prefix + "w_o", layer.w_o), add(prefix + "b_o", layer.b_o);
    add_norm(list, prefix + "mlp_norm", layer.mlp_norm);
    add(prefix + "w_in", layer.w_in), add(prefix + "b_in", layer.b_in), add(prefix + "w_gate", layer.w_gate);
    add(prefix + "w_out", layer.w_out), add(prefix + "b_out", layer.b_out);
  }
  add_norm(list, "final_norm", weights.final_norm);
  add("unembedding", weights.unembedding);
  return list;
}

Result<Weights> load_weights(const Safetensors& file, const ModelConfig& config, at::ScalarType dtype, const std::string& config_path) {
  Weights weights;
  weights.layers.resize(static_cast<std::size_t>(config.layers));
  // GPT-2's first files lack the prefix `transformer.`.
  const bool bare = config.layout == Layout::kGpt2 && file.tensors().contains("wte.weight");
  const std::string prefix = config.layout == Layout::kLlama ? "model." : bare ? "" : "transformer.";
  const std::vector<StoredName> names = stored_names(config);
  if (Status known = check_names(file, names, prefix, config_path); !known) return fail(known.error());
  if (config.tied_embeddings)
    if (Status tied = check_tied_head(file, prefix + names.front().name, config_path); !tied) return fail(tied.error());
  for (const StoredName& stored : names) {
    Result<std::vector<float>> values = file.values(stored.outside_prefix ? stored.name : prefix + stored.name);
    if (!values) return fail(values.error());
    weights.non_finite += count_non_finite(*values);
    stored.scatter(weights, tensor_of(*values, stored.shape, dtype));
  }
  return weights;
}

Weights random_weights(const ModelConfig& config, std::uint64_t seed, at::ScalarType dtype) {
  Weights weights;
  weights.layers.resize(static_cast<std::size_t>(config.layers));
  const double into_residual = 0.02 / std::sqrt(2.0 * config.layers);
  NormalNumbers numbers(seed);
  for (const StoredName& stored : stored_names(config)) {
    std::int64_t count = 1;
    for (std::int64_t size : stored.shape) count *= size;
    std::vector<float> values(static_cast<std::size_t>(count), stored.role == StoredName::Role::kNormScale ? 1.0f : 0.0f);
    const bool drawn = stored.role == StoredName::Role::kMatrix || stored.role == StoredName::Role::kIntoResidual;
    const double deviation = stored.role == StoredName::Role::kIntoResidual ? into_residual : 0.02;
    if (drawn)
      for (float& value : values) value = static_cast<float>(deviation * numbers.next());
    stored.scatter(weights, tensor_of(values, stored.shape, dtype));
  }
  return weights;
}

Weights converted(const Weights& weights, at::TensorOptions options) {
  Weights copy = weights;
  for (auto& [name, tensor] : named_parameters(copy)) *tensor = tensor->detach().to(options);
  return copy;
}

Status save_model(const std::string& folder, const ModelConfig& config, const Weights& weights, StoredType type) {
  std::vector<NamedValues> tensors;
  const std::string prefix = config.layout == Layout::kLlama ? "model." : "transformer.";
  for (const StoredName& stored : stored_names(config)) {
    at::Tensor tensor = stored.gather(weights).detach().to(at::kCPU, at::kFloat).contiguous();
    const float* data = tensor.data_ptr<float>();
    tensors.push_back({stored.outside_prefix ? stored.name : prefix + stored.name, stored.shape, {data, data + tensor.numel()}});
  }
  Status written = write_file(folder + "/config.json", config_json(config, std::string(name_of(type))));
  return written ? write_safetensors(folder + "/model.safetensors", tensors, type) : written;
}

}  // namespace assay::circuits
