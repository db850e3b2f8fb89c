#include "circuits/model/config.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/files.h"
#include "fmt/format.h"

namespace assay::circuits {
namespace {

using Json = nlohmann::json;

/// Far above any model this engine can hold, far below what overflows a product of two of them.
constexpr std::int64_t kLargestSize = 1 << 24;
constexpr std::int64_t kMostLayers = 1024;

/// Typed reads with the first error kept, so that a list of fields reads as a list.
class Fields {
 public:
  Fields(const Json& json, const std::string& origin) : json_(json), origin_(origin) {}

  int size(const char* key, std::optional<int> standard = {}, std::int64_t limit = kLargestSize) {
    auto found = json_.find(key);
    if (found == json_.end() || found->is_null()) {
      if (!standard) report(fmt::format("key '{}' is missing", key), "add it, or point to a complete Hugging Face folder");
      return standard.value_or(1);
    }
    if (!found->is_number_integer() || *found < 1 || *found > limit) {
      report(fmt::format("key '{}' is {}, expected an integer from 1 to {}", key, shown(*found), limit), "correct the value");
      return 1;
    }
    return found->get<int>();
  }

  double positive(const char* key, double standard) { return positive_in(json_, key, standard); }

  double positive_in(const Json& object, const char* key, double standard) {
    auto found = object.find(key);
    if (found == object.end() || found->is_null()) return standard;
    if (!found->is_number() || !(found->get<double>() > 0) || !std::isfinite(found->get<double>())) {
      report(fmt::format("key '{}' is {}, expected a positive number", key, shown(*found)), "correct the value");
      return standard;
    }
    return found->get<double>();
  }

  bool flag(const char* key, bool standard) {
    auto found = json_.find(key);
    if (found == json_.end() || found->is_null()) return standard;
    if (!found->is_boolean()) {
      report(fmt::format("key '{}' is {}, expected true or false", key, shown(*found)), "correct the value");
      return standard;
    }
    return found->get<bool>();
  }

  std::string text(const char* key, const std::string& standard) { return text_in(json_, key, standard); }

  std::string text_in(const Json& object, const char* key, const std::string& standard) {
    auto found = object.find(key);
    if (found == object.end() || found->is_null()) return standard;
    if (!found->is_string()) {
      report(fmt::format("key '{}' is {}, expected a string", key, shown(*found)), "correct the value");
      return standard;
    }
    return found->get<std::string>();
  }

  const Json* object(const char* key) const {
    auto found = json_.find(key);
    return found != json_.end() && found->is_object() ? &*found : nullptr;
  }

  void report(std::string message, std::string remedy) { report_as(ErrorKind::kInput, std::move(message), std::move(remedy)); }
  void refuse(std::string construct, std::string remedy) { report_as(ErrorKind::kUnsupported, std::move(construct), std::move(remedy)); }
  const std::optional<Error>& error() const { return error_; }

 private:
  static std::string shown(const Json& value) {
    std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
    return text.size() <= 40 ? text : text.substr(0, 40) + "...";
  }
  void report_as(ErrorKind kind, std::string message, std::string remedy) {
    if (!error_) error_ = Error{kind, origin_ + ": " + std::move(message), std::move(remedy)};
  }

  const Json& json_;
  const std::string& origin_;
  std::optional<Error> error_;
};

void read_activation(Fields& fields, const char* key, const char* standard, ModelConfig& config) {
  Result<Activation> activation = activation_named(fields.text(key, standard));
  if (!activation) {
    fields.refuse(fmt::format("key '{}': {}", key, activation.error().message), activation.error().remedy);
    return;
  }
  config.activation = *activation;
}

void read_gpt2(Fields& fields, ModelConfig& config) {
  config.layout = Layout::kGpt2;
  config.layers = fields.size("n_layer", {}, kMostLayers);
  config.heads = config.kv_heads = fields.size("n_head");
  config.d_model = fields.size("n_embd");
  config.d_head = config.d_model / config.heads;
  config.d_mlp = fields.size("n_inner", std::min<int>(4 * config.d_model, kLargestSize));
  config.vocabulary = fields.size("vocab_size");
  config.positions = fields.size("n_positions");
  config.norm_epsilon = fields.positive("layer_norm_epsilon", 1e-5);
  config.tied_embeddings = fields.flag("tie_word_embeddings", true);
  config.scale_attention = fields.flag("scale_attn_weights", true);
  config.scale_by_layer = fields.flag("scale_attn_by_inverse_layer_idx", false);
  read_activation(fields, "activation_function", "gelu_new", config);
  if (fields.flag("add_cross_attention", false)) fields.refuse("'add_cross_attention' is true", "use a decoder-only model");
}

void read_rope(Fields& fields, ModelConfig& config) {
  config.rope_theta = fields.positive("rope_theta", 10000.0);
  for (const char* key : {"rope_scaling", "rope_parameters"}) {
    const Json* rope = fields.object(key);
    if (rope == nullptr) continue;
    std::string type = fields.text_in(*rope, "rope_type", fields.text_in(*rope, "type", "default"));
    if (type != "default")
      fields.refuse(fmt::format("rotary embedding of type '{}' in '{}'", type, key),
                    "use a model with plain rotary embeddings (rope_type \"default\")");
    config.rope_theta = fields.positive_in(*rope, "rope_theta", config.rope_theta);
    if (fields.positive_in(*rope, "partial_rotary_factor", 1.0) != 1.0)
      fields.refuse("a rotary embedding of part of each head ('partial_rotary_factor')", "use a model that rotates whole heads");
  }
}

void read_llama(Fields& fields, ModelConfig& config) {
  config.layout = Layout::kLlama;
  config.layers = fields.size("num_hidden_layers", {}, kMostLayers);
  config.heads = fields.size("num_attention_heads");
  config.kv_heads = fields.size("num_key_value_heads", config.heads);
  config.d_model = fields.size("hidden_size");
  config.d_head = fields.size("head_dim", std::max(1, config.d_model / config.heads));
  config.d_mlp = config.has_mlp ? fields.size("intermediate_size") : 0;
  config.vocabulary = fields.size("vocab_size");
  config.positions = fields.size("max_position_embeddings");
  config.norm_epsilon = fields.positive("rms_norm_eps", 1e-6);
  config.tied_embeddings = fields.flag("tie_word_embeddings", false);
  read_activation(fields, "hidden_act", "silu", config);
  read_rope(fields, config);
  for (const char* key : {"attention_bias", "mlp_bias"})
    if (fields.flag(key, false)) fields.refuse(fmt::format("'{}' is true", key), "use a model without biases in Llama layout");
}

std::uint64_t block_parameters(const ModelConfig& c) {
  auto u = [](int value) { return static_cast<std::uint64_t>(value); };
  const std::uint64_t queries = u(c.heads) * u(c.d_head), keys = u(c.kv_heads) * u(c.d_head), d = u(c.d_model), m = u(c.d_mlp);
  const bool gpt2 = c.layout == Layout::kGpt2;
  std::uint64_t count = d * (2 * queries + 2 * keys);
  if (gpt2) count += queries + 2 * keys + d;
  if (c.has_norm) count += (c.has_mlp ? 2 : 1) * (gpt2 ? 2 : 1) * d;
  if (c.has_mlp) count += gpt2 ? 2 * d * m + m + d : 3 * d * m;
  return count;
}

}  // namespace

std::string_view name_of(Layout layout) { return layout == Layout::kGpt2 ? "gpt2" : "llama"; }

std::string_view name_of(Activation activation) {
  switch (activation) {
    case Activation::kGeluTanh: return "gelu_new";
    case Activation::kGelu: return "gelu";
    case Activation::kRelu: return "relu";
    case Activation::kSilu: return "silu";
  }
  return "unknown";
}

Result<Activation> activation_named(const std::string& name) {
  if (name == "gelu_new" || name == "gelu_pytorch_tanh") return Activation::kGeluTanh;
  if (name == "gelu") return Activation::kGelu;
  if (name == "relu") return Activation::kRelu;
  if (name == "silu" || name == "swish") return Activation::kSilu;
  return unsupported(fmt::format("activation '{}'", name), "supported are gelu_new, gelu_pytorch_tanh, gelu, relu and silu");
}

std::uint64_t ModelConfig::parameters() const {
  auto u = [](int value) { return static_cast<std::uint64_t>(value); };
  std::uint64_t count = u(vocabulary) * u(d_model) * (tied_embeddings ? 1 : 2) + u(layers) * block_parameters(*this);
  if (layout == Layout::kGpt2) count += u(positions) * u(d_model);
  if (has_norm) count += u(d_model) * (layout == Layout::kGpt2 ? 2 : 1);
  return count;
}

Status check_config(const ModelConfig& c, const std::string& origin) {
  auto wrong = [&](std::string message) -> Status { return input_error(origin + ": " + std::move(message), "correct the configuration"); };
  for (int size : {c.layers, c.heads, c.kv_heads, c.d_model, c.d_head, c.vocabulary, c.positions})
    if (size < 1 || size > kLargestSize) return wrong(fmt::format("a size is {}, expected 1 to {}", size, kLargestSize));
  if (c.layers > kMostLayers) return wrong(fmt::format("{} layers, expected at most {}", c.layers, kMostLayers));
  if (c.has_mlp && (c.d_mlp < 1 || c.d_mlp > kLargestSize)) return wrong(fmt::format("MLP width {}, expected 1 to {}", c.d_mlp, kLargestSize));
  if (c.heads % c.kv_heads != 0) return wrong(fmt::format("{} query heads do not divide into {} key-value heads", c.heads, c.kv_heads));
  if (c.layout == Layout::kGpt2 && c.kv_heads != c.heads) return wrong("grouped-query attention needs the Llama layout");
  if (c.layout == Layout::kGpt2 && std::int64_t{c.heads} * c.d_head != c.d_model)
    return wrong(fmt::format("width {} does not divide into {} heads", c.d_model, c.heads));
  if (c.layout == Layout::kLlama && c.d_head % 2 != 0) return wrong(fmt::format("head width {} is odd, rotary embeddings need pairs", c.d_head));
  if (std::int64_t{c.heads} * c.d_head > kLargestSize)
    return wrong(fmt::format("{} heads of width {} are above {}", c.heads, c.d_head, kLargestSize));
  return {};
}

Result<ModelConfig> parse_config(const std::string& text, const std::string& origin) {
  // A configuration nests two or three deep; the callback keeps a hostile one from building a tall tree.
  bool too_deep = false;
  Json json = Json::parse(text, [&](int depth, Json::parse_event_t, Json&) { return depth <= 16 || !(too_deep = true); }, false);
  if (json.is_discarded() || !json.is_object() || too_deep)
    return input_error(origin + ": not a JSON object", "expected the config.json of a Hugging Face folder");
  Fields fields(json, origin);
  ModelConfig config;
  config.has_mlp = fields.flag("assay_mlp", true);
  config.has_norm = fields.flag("assay_norm", true);
  const std::string type = fields.text("model_type", "");
  if (type == "gpt2") {
    read_gpt2(fields, config);
  } else if (type == "llama") {
    read_llama(fields, config);
  } else {
    return unsupported(fmt::format("{}: model_type '{}'", origin, type.substr(0, 40)), "supported layouts are gpt2 and llama");
  }
  if (fields.error()) return fail(*fields.error());
  if (!config.has_mlp) config.d_mlp = 0;
  if (Status consistent = check_config(config, origin); !consistent) return fail(consistent.error());
  return config;
}

Result<ModelConfig> read_config(const std::string& path) {
  Result<std::string> text = read_file(path, 1 << 20);
  if (!text) return fail(text.error());
  return parse_config(*text, path);
}

std::string config_json(const ModelConfig& c, const std::string& dtype) {
  nlohmann::ordered_json json;
  if (c.layout == Layout::kGpt2) {
    json = {{"architectures", {"GPT2LMHeadModel"}},
            {"model_type", "gpt2"},
            {"n_layer", c.layers},
            {"n_head", c.heads},
            {"n_embd", c.d_model},
            {"n_positions", c.positions},
            {"vocab_size", c.vocabulary},
            {"activation_function", name_of(c.activation)},
            {"layer_norm_epsilon", c.norm_epsilon},
            {"scale_attn_weights", c.scale_attention},
            {"scale_attn_by_inverse_layer_idx", c.scale_by_layer}};
    if (c.has_mlp) json["n_inner"] = c.d_mlp;
  } else {
    json = {{"architectures", {"LlamaForCausalLM"}},
            {"model_type", "llama"},
            {"num_hidden_layers", c.layers},
            {"num_attention_heads", c.heads},
            {"num_key_value_heads", c.kv_heads},
            {"hidden_size", c.d_model},
            {"head_dim", c.d_head},
            {"max_position_embeddings", c.positions},
            {"vocab_size", c.vocabulary},
            {"hidden_act", name_of(c.activation)},
            {"rms_norm_eps", c.norm_epsilon},
            {"rope_theta", c.rope_theta},
            {"attention_bias", false},
            {"mlp_bias", false}};
    if (c.has_mlp) json["intermediate_size"] = c.d_mlp;
  }
  json["tie_word_embeddings"] = c.tied_embeddings;
  json["dtype"] = dtype;
  if (!c.has_mlp) json["assay_mlp"] = false;
  if (!c.has_norm) json["assay_norm"] = false;
  return json.dump(2) + "\n";
}

}  // namespace assay::circuits
