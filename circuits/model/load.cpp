#include "circuits/model/load.h"

#include <unistd.h>

#include "base/hash.h"
#include "circuits/model/gguf_model.h"
#include "fmt/format.h"

namespace assay::circuits {
namespace {

std::string hash_of_model(const ModelConfig& config, const Safetensors& file) {
  Hasher hasher;
  hasher.add(config_json(config));
  for (const auto& [name, tensor] : file.tensors()) {
    hasher.add(name).add(std::string_view(name_of(tensor.type)));
    for (std::int64_t size : tensor.shape) hasher.add(size);
    hasher.add(file.bytes().subspan(tensor.begin, tensor.end - tensor.begin));
  }
  return hasher.hex();
}

std::string stored_type(const Safetensors& file) {
  std::string type;
  for (const auto& [name, tensor] : file.tensors()) {
    if (type.empty()) type = name_of(tensor.type);
    if (type != name_of(tensor.type)) return "mixed";
  }
  return type;
}

Result<Safetensors> open_weights(const std::string& folder) {
  const std::string path = folder + "/model.safetensors";
  const bool sharded = ::access(path.c_str(), F_OK) != 0 && ::access((path + ".index.json").c_str(), F_OK) == 0;
  if (sharded) return unsupported(path + ".index.json: weights in several files", "merge them into one model.safetensors");
  return Safetensors::open(path);
}

/// What a source of weights has in common: a folder or a GGUF file.
struct StoredModel {
  ModelConfig config;
  Weights weights;
  std::string hash, stored_type;
};

Result<StoredModel> read_folder(const std::string& folder, at::ScalarType dtype) {
  const std::string config_path = folder + "/config.json";
  Result<ModelConfig> config = read_config(config_path);
  if (!config) return fail(config.error());
  Result<Safetensors> file = open_weights(folder);
  if (!file) return fail(file.error());
  Result<Weights> weights = load_weights(*file, *config, dtype, config_path);
  if (!weights) return fail(weights.error());
  return StoredModel{*config, std::move(*weights), hash_of_model(*config, *file), stored_type(*file)};
}

Result<StoredModel> read_gguf(const std::string& path, at::ScalarType dtype) {
  Result<Gguf> file = Gguf::open(path);
  if (!file) return fail(file.error());
  Result<ModelConfig> config = gguf_config(*file);
  if (!config) return fail(config.error());
  Result<Weights> weights = gguf_weights(*file, *config, dtype);
  if (!weights) return fail(weights.error());
  return StoredModel{*config, std::move(*weights), Hasher().add("gguf").add(file->bytes()).hex(), gguf_stored_types(*file)};
}

}  // namespace

Result<LoadedModel> load_model(const std::string& path, at::ScalarType dtype, std::optional<std::uint64_t> random_seed) {
  Result<StoredModel> stored = is_gguf_path(path) ? read_gguf(path, dtype) : read_folder(path, dtype);
  if (!stored) return fail(stored.error());
  if (random_seed) {
    stored->weights = random_weights(stored->config, *random_seed, dtype);
    stored->hash = Hasher().add("random").add(config_json(stored->config)).add(static_cast<std::int64_t>(*random_seed)).hex();
  }
  const std::uint64_t non_finite = stored->weights.non_finite;
  return LoadedModel{Transformer(stored->config, std::move(stored->weights)), std::move(stored->hash), std::move(stored->stored_type), non_finite};
}

}  // namespace assay::circuits
