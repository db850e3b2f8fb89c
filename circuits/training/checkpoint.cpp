#include "circuits/training/checkpoint.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>

#include "base/hash.h"
#include "circuits/model/safetensors.h"

namespace assay::circuits {
namespace {

constexpr float kRadix = 65536;  ///< step = high * kRadix + low, both exact in float32

tl::unexpected<Error> unusable(const std::string& path, const std::string& why) {
  return input_error(fmt::format("{}: {}", path, why), "remove the file to start the run anew");
}

/// The loss is only reported, so that two float32 halves carry it exactly enough.
std::vector<float> pack(const Checkpoint& c) {
  const auto high = static_cast<float>(c.loss);
  const int radix = static_cast<int>(kRadix), steps_high = c.step / radix, steps_low = c.step % radix;
  return {static_cast<float>(steps_high), static_cast<float>(steps_low), c.check_pending ? 1.0F : 0.0F, high,
          static_cast<float>(c.loss - static_cast<double>(high))};
}

}  // namespace

std::string hash_of(const TrainingSpec& s, const std::string& initial) {
  const std::string text = fmt::format("{} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {} {}", s.layout,
                                       s.layers, s.heads, s.kv_heads, s.d_model, s.d_mlp, s.positions, s.vocabulary, s.mlp, s.norm, s.tied_embeddings,
                                       s.activation, s.seed, s.initial_deviation, s.steps, s.batch, s.learning_rate, s.weight_decay, s.beta1, s.beta2,
                                       s.clip, s.warmup, s.schedule, s.margin_loss, s.margin, s.check_every, s.stop_when_exact, s.stop_margin,
                                       s.checkpoint_every, s.dtype, s.optimizer, s.examples, initial);
  return assay::hash_of(std::string_view(text));
}

std::string checkpoint_path(const TrainingSpec& spec) { return spec.output + "/checkpoint.safetensors"; }

Status write_checkpoint(const TrainingSpec& spec, const std::string& run, const Checkpoint& c) {
  const auto size = static_cast<std::int64_t>(c.parameters.size());
  const NamedValues tensors[] = {{"parameters", {size}, c.parameters},
                                 {"first_moment", {size}, c.first_moment},
                                 {"second_moment", {size}, c.second_moment},
                                 {"state." + run, {5}, pack(c)}};
  return write_safetensors(checkpoint_path(spec), tensors, StoredType::kF32);
}

Result<std::optional<Checkpoint>> read_checkpoint(const TrainingSpec& spec, const std::string& run, std::size_t parameters) {
  const std::string path = checkpoint_path(spec);
  if (!std::filesystem::exists(path)) return std::nullopt;
  const auto file = Safetensors::open(path);
  if (!file) return unusable(path, file.error().message);
  const std::string state_name = "state." + run;
  if (!file->tensors().contains(state_name))
    return unusable(
        path,
        "the checkpoint belongs to another specification, to other examples or to another initial model (or one of them was changed meanwhile)");
  const auto state = file->values(state_name);
  if (!state || state->size() != 5) return unusable(path, "the checkpoint's state is broken");
  const auto whole = [](float value) { return value >= 0 && value < kRadix && value == std::floor(value); };
  if (!whole((*state)[0]) || !whole((*state)[1]) || (*state)[0] >= kRadix / 2) return unusable(path, "the checkpoint's step is broken");
  Checkpoint c;
  c.step = static_cast<int>((*state)[0]) * static_cast<int>(kRadix) + static_cast<int>((*state)[1]);
  c.check_pending = (*state)[2] != 0;
  c.loss = static_cast<double>((*state)[3]) + static_cast<double>((*state)[4]);
  if (c.step < 1 || c.step > spec.steps) return unusable(path, fmt::format("the checkpoint is of step {}; expected 1 to {}", c.step, spec.steps));
  const std::pair<const char*, std::vector<float>*> arrays[] = {
      {"parameters", &c.parameters}, {"first_moment", &c.first_moment}, {"second_moment", &c.second_moment}};
  for (const auto& [name, target] : arrays) {
    auto values = file->values(name);
    if (!values || values->size() != parameters) return unusable(path, fmt::format("the checkpoint's '{}' are broken", name));
    *target = std::move(*values);
  }
  return c;
}

}  // namespace assay::circuits
