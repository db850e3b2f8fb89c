#include "circuits/model/gguf_model.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "circuits/model/ggml_blocks.h"
#include "circuits/model/tensor_names.h"
#include "fmt/format.h"
#include "fmt/ranges.h"

namespace assay::circuits {
namespace {

constexpr const char* kConvertAgain = "the file is damaged or was written by another converter: convert the model again";

/// Typed reads of the keys `llama.*`, with the first error kept.
class Keys {
 public:
  explicit Keys(const Gguf& file) : file_(file) {}

  int size(const std::string& key, std::optional<int> standard = {}) {
    Result<std::optional<std::int64_t>> value = file_.metadata().integer(key);
    if (!value) return keep(value.error());
    if (!*value && standard) return *standard;
    if (!*value || **value < 1 || **value > std::numeric_limits<int>::max())
      return keep({ErrorKind::kInput,
                   fmt::format("{}: the metadata key '{}' is {}, expected a size of at least 1", file_.path(), key,
                               *value ? std::to_string(**value) : "missing"),
                   kConvertAgain,
                   {}});
    return static_cast<int>(**value);
  }

  double positive(const std::string& key, std::optional<double> standard = {}) {
    Result<std::optional<double>> value = file_.metadata().number(key);
    if (!value) return keep(value.error());
    if (!*value && standard) return *standard;
    if (!*value || !(**value > 0) || !std::isfinite(**value))
      return keep({ErrorKind::kInput,
                   fmt::format("{}: the metadata key '{}' is {}, expected a positive number", file_.path(), key,
                               *value ? fmt::format("{}", **value) : "missing"),
                   kConvertAgain,
                   {}});
    return **value;
  }

  std::string text(const std::string& key, const std::string& standard) {
    Result<std::optional<std::string_view>> value = file_.metadata().text(key);
    if (!value) keep(value.error());
    return value && *value ? std::string(**value) : standard;
  }

  void refuse(const std::string& construct, const std::string& remedy) {
    keep({ErrorKind::kUnsupported, file_.path() + ": " + construct, remedy, {}});
  }
  const std::optional<Error>& error() const { return error_; }

 private:
  int keep(Error error) {
    if (!error_) error_ = std::move(error);
    return 1;
  }
  const Gguf& file_;
  std::optional<Error> error_;
};

/// Rotary embeddings other than plain ones over whole heads are named and refused.
void read_rope(Keys& keys, ModelConfig& config) {
  config.rope_theta = keys.positive("llama.rope.freq_base", 10000.0);
  const std::string scaling = keys.text("llama.rope.scaling.type", "none");
  if (scaling != "none")
    keys.refuse(fmt::format("rotary embedding scaled by '{}'", scaling.substr(0, 40)), "use a model with plain rotary embeddings");
  if (keys.positive("llama.rope.scale_linear", 1.0) != 1.0)
    keys.refuse("rotary embedding with 'llama.rope.scale_linear'", "use a model with plain rotary embeddings");
  if (keys.size("llama.rope.dimension_count", config.d_head) != config.d_head)
    keys.refuse("a rotary embedding of part of each head ('llama.rope.dimension_count')", "use a model that rotates whole heads");
}

std::optional<int> stored_vocabulary(const Gguf& file) {
  const auto found = file.tensors().find("token_embd.weight");
  if (found == file.tensors().end()) return {};
  return static_cast<int>(std::min<std::int64_t>(found->second.shape.front(), std::numeric_limits<int>::max()));
}

/// Tensor name of a Hugging Face name without `model.`, or empty.
std::string gguf_name(const std::string& name) {
  static const std::map<std::string, std::string> kOutside = {{"embed_tokens", "token_embd"}, {"norm", "output_norm"}, {"lm_head", "output"}};
  static const std::map<std::string, std::string> kInLayer = {
      {"input_layernorm", "attn_norm"}, {"self_attn.q_proj", "attn_q"},      {"self_attn.k_proj", "attn_k"},
      {"self_attn.v_proj", "attn_v"},   {"self_attn.o_proj", "attn_output"}, {"post_attention_layernorm", "ffn_norm"},
      {"mlp.gate_proj", "ffn_gate"},    {"mlp.up_proj", "ffn_up"},           {"mlp.down_proj", "ffn_down"}};
  const std::string stem = name.substr(0, name.rfind('.')), end = name.substr(name.rfind('.'));
  if (!stem.starts_with("layers.")) return kOutside.at(stem) + end;
  const std::size_t dot = stem.find('.', 7);
  return "blk." + stem.substr(7, dot - 7) + "." + kInLayer.at(stem.substr(dot + 1)) + end;
}

Status check_tensors(const Gguf& file, const std::vector<StoredName>& expected) {
  std::set<std::string> known;
  for (const StoredName& stored : expected) {
    const std::string name = gguf_name(stored.name);
    const auto found = file.tensors().find(name);
    if (found == file.tensors().end())
      return input_error(
          fmt::format("{}: lacks the tensor '{}' of shape [{}], which its metadata calls for", file.path(), name, fmt::join(stored.shape, ", ")),
          kConvertAgain);
    if (found->second.shape != stored.shape)
      return input_error(fmt::format("{}: tensor '{}' has shape [{}], its metadata calls for [{}]", file.path(), name,
                                     fmt::join(found->second.shape, ", "), fmt::join(stored.shape, ", ")),
                         kConvertAgain);
    known.insert(name);
  }
  for (const auto& [name, tensor] : file.tensors())
    if (!known.contains(name))
      return unsupported(fmt::format("{}: tensor '{}', which a plain Llama network does not have", file.path(), name.substr(0, 80)),
                         "use a model without biases, experts or scaled rotary embeddings");
  return {};
}

/// Rows (2i, 2i + 1) of each head become rows (i, i + half).
std::vector<float> unpaired(const std::vector<float>& values, int heads, int d_head, std::size_t width) {
  std::vector<float> out(values.size());
  for (int head = 0; head < heads; ++head)
    for (int row = 0; row < d_head; ++row) {
      const int to = row % 2 * (d_head / 2) + row / 2;
      const std::size_t from = static_cast<std::size_t>(head * d_head + row) * width;
      std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(from), width,
                  out.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(head * d_head + to) * width));
    }
  return out;
}

std::vector<float> read_values(const Gguf& file, const std::string& name, const ModelConfig& config) {
  const GgufTensor& tensor = file.tensors().at(name);
  std::vector<float> values(tensor.elements());
  widen_blocks(tensor.type, file.bytes().subspan(tensor.begin, tensor.end - tensor.begin), values);
  if (name.ends_with(".attn_q.weight")) return unpaired(values, config.heads, config.d_head, static_cast<std::size_t>(config.d_model));
  if (name.ends_with(".attn_k.weight")) return unpaired(values, config.kv_heads, config.d_head, static_cast<std::size_t>(config.d_model));
  return values;
}

}  // namespace

Result<ModelConfig> gguf_config(const Gguf& file) {
  Keys keys(file);
  const std::string architecture = keys.text("general.architecture", "");
  if (!keys.error() && architecture != "llama")
    keys.refuse(fmt::format("architecture '{}'", architecture.substr(0, 40)), "GGUF files of the llama architecture are read");
  ModelConfig config;
  config.layout = Layout::kLlama;
  config.activation = Activation::kSilu;
  config.layers = keys.size("llama.block_count");
  config.positions = keys.size("llama.context_length");
  config.d_model = keys.size("llama.embedding_length");
  config.d_mlp = keys.size("llama.feed_forward_length");
  config.heads = keys.size("llama.attention.head_count");
  config.kv_heads = keys.size("llama.attention.head_count_kv", config.heads);
  config.d_head = keys.size("llama.attention.key_length", std::max(1, config.d_model / std::max(1, config.heads)));
  if (keys.size("llama.attention.value_length", config.d_head) != config.d_head)
    keys.refuse("values of another width than keys", "use a model with equal widths");
  config.norm_epsilon = keys.positive("llama.attention.layer_norm_rms_epsilon");
  if (file.metadata().has("llama.expert_count")) keys.refuse("a mixture of experts ('llama.expert_count')", "use a dense model");
  read_rope(keys, config);
  config.vocabulary = keys.size("llama.vocab_size", stored_vocabulary(file));
  config.tied_embeddings = !file.tensors().contains("output.weight");
  if (keys.error()) return fail(*keys.error());
  if (Status consistent = check_config(config, file.path()); !consistent) return fail(consistent.error());
  return config;
}

Result<Weights> gguf_weights(const Gguf& file, const ModelConfig& config, at::ScalarType dtype) {
  const std::vector<StoredName> names = stored_names(config);
  if (Status known = check_tensors(file, names); !known) return fail(known.error());
  Weights weights;
  weights.layers.resize(static_cast<std::size_t>(config.layers));
  for (const StoredName& stored : names) {
    std::vector<float> values = read_values(file, gguf_name(stored.name), config);
    weights.non_finite += static_cast<std::uint64_t>(std::count_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); }));
    stored.scatter(weights, at::from_blob(values.data(), stored.shape, at::kFloat).to(at::TensorOptions().dtype(dtype), false, true));
  }
  return weights;
}

std::string gguf_stored_types(const Gguf& file) {
  std::map<std::string_view, int> count;
  for (const auto& [name, tensor] : file.tensors()) ++count[layout_of(tensor.type).name];
  std::vector<std::pair<std::string_view, int>> order(count.begin(), count.end());
  std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return std::pair(b.second, a.first) < std::pair(a.second, b.first); });
  std::vector<std::string_view> names;
  for (const auto& [name, times] : order) names.push_back(name);
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace assay::circuits
