// A network of the tests as a GGUF file, written the way converters of Llama checkpoints write it.
#pragma once

#include <ATen/ATen.h>

#include <map>
#include <optional>

#include "base/files.h"
#include "circuits/model/tensor_names.h"
#include "gguf_fixtures.h"
#include "network_fixtures.h"

namespace assay::circuits {

struct GgufDefects {
  std::string leave_out = "", leave_out_key = "";  ///< a tensor, a metadata key
  std::optional<ModelConfig> described_as = {};    ///< metadata of another network
};

/// Query and key rows go from (i, i + half) to (2i, 2i + 1), said with tensor operations as converters do.
inline at::Tensor in_pairs(const at::Tensor& rows, int heads) {
  return rows.view({heads, 2, rows.size(0) / heads / 2, rows.size(1)}).transpose(1, 2).reshape(rows.sizes());
}

inline void describe(GgufWriter& file, const ModelConfig& c, const std::string& without) {
  const auto key = [&](const std::string& name, auto value) {
    if (name != without) file.key(name, value);
  };
  key("general.architecture", "llama");
  key("llama.block_count", c.layers), key("llama.context_length", c.positions), key("llama.embedding_length", c.d_model),
      key("llama.feed_forward_length", c.d_mlp);
  key("llama.attention.head_count", c.heads), key("llama.attention.head_count_kv", c.kv_heads), key("llama.attention.key_length", c.d_head);
  key("llama.attention.value_length", c.d_head), key("llama.rope.dimension_count", c.d_head);
  key("llama.rope.freq_base", c.rope_theta), key("llama.attention.layer_norm_rms_epsilon", c.norm_epsilon);
}

inline GgufWriter gguf_of(const ModelConfig& config, const Weights& weights, const GgufDefects& defects = {}) {
  static const std::map<std::string, std::string> kNames = {
      {"self_attn.q_proj", "attn_q"},      {"self_attn.k_proj", "attn_k"},   {"self_attn.v_proj", "attn_v"},
      {"self_attn.o_proj", "attn_output"}, {"mlp.gate_proj", "ffn_gate"},    {"mlp.up_proj", "ffn_up"},
      {"mlp.down_proj", "ffn_down"},       {"input_layernorm", "attn_norm"}, {"post_attention_layernorm", "ffn_norm"}};
  GgufWriter file;
  describe(file, defects.described_as.value_or(config), defects.leave_out_key);
  for (const StoredName& stored : stored_names(config)) {
    std::string name = stored.name;
    for (const auto& [from, to] : kNames)
      if (const std::size_t at = name.find(from); at != std::string::npos) name = "blk." + name.substr(7, at - 7) + to + ".weight";
    if (name == "embed_tokens.weight") name = "token_embd.weight";
    if (name == "norm.weight") name = "output_norm.weight";
    if (name == "lm_head.weight") name = "output.weight";
    at::Tensor values = stored.gather(weights).contiguous();
    if (name.ends_with("attn_q.weight")) values = in_pairs(values, config.heads);
    if (name.ends_with("attn_k.weight")) values = in_pairs(values, config.kv_heads);
    values = values.contiguous();
    if (name != defects.leave_out)
      file.tensor(name, stored.shape, std::vector<float>(values.data_ptr<float>(), values.data_ptr<float>() + values.numel()));
  }
  return file;
}

/// On disk as long as it lives.
struct StoredGguf {
  explicit StoredGguf(const GgufWriter& file) : folder(*TemporaryFolder::create("gguf")), path(folder.path() + "/model.gguf") {
    if (Status written = write_file(path, file.bytes()); !written) throw std::runtime_error(written.error().to_string());
  }
  TemporaryFolder folder;
  std::string path;
};

}  // namespace assay::circuits
