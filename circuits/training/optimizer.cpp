#include "circuits/training/optimizer.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace assay::circuits {

double learning_rate(const TrainingSpec& spec, int step) {
  if (step < spec.warmup) return spec.learning_rate * (step + 1) / spec.warmup;
  if (spec.schedule == "constant") return spec.learning_rate;
  const double progress = static_cast<double>(step - spec.warmup) / std::max(1, spec.steps - spec.warmup);
  return spec.learning_rate * (spec.schedule == "linear" ? 1 - progress : 0.5 * (1 + std::cos(std::numbers::pi * progress)));
}

FlatParameters::FlatParameters(Weights weights) : weights_(std::move(weights)) {
  std::size_t total = 0;
  for (const auto& [name, tensor] : named_parameters(weights_)) total += static_cast<std::size_t>(tensor->numel());
  values_.resize(total);
  std::size_t first = 0;
  for (auto& [name, tensor] : named_parameters(weights_)) {
    const auto size = static_cast<std::size_t>(tensor->numel());
    const at::Tensor source = tensor->contiguous();
    std::copy_n(source.data_ptr<float>(), size, values_.data() + first);
    *tensor = at::from_blob(values_.data() + first, source.sizes(), at::kFloat);
    ranges_.emplace_back(first, first + size);
    decays_.push_back(tensor->dim() >= 2);
    first += size;
  }
}

Weights FlatParameters::leaves() const {
  Weights copy = weights_;
  for (auto& [name, tensor] : named_parameters(copy)) *tensor = tensor->detach().requires_grad_(true);
  return copy;
}

void FlatParameters::take_gradients(Weights& leaves, std::vector<float>& gradient) const {
  auto range = ranges_.begin();
  for (auto& [name, tensor] : named_parameters(leaves)) {
    if (tensor->grad().defined()) {
      const at::Tensor part = tensor->grad().contiguous();
      const float* from = part.data_ptr<float>();
      float* to = gradient.data() + range->first;
      for (std::size_t i = 0; i < range->second - range->first; ++i) to[i] += from[i];
      tensor->mutable_grad() = at::Tensor();
    }
    ++range;
  }
}

double AdamW::update(FlatParameters& parameters, const std::vector<float>& gradient, double scale, const TrainingSpec& spec, int step) {
  double squares = 0;
  for (const float value : gradient) squares += static_cast<double>(value) * value;
  const double norm = std::sqrt(squares) * scale;
  if (spec.clip > 0 && norm > spec.clip) scale *= spec.clip / norm;

  const double rate = learning_rate(spec, step);
  const auto beta1 = static_cast<float>(spec.beta1);
  const auto beta2 = static_cast<float>(spec.beta2);
  const auto rest1 = static_cast<float>(1 - spec.beta1);
  const auto rest2 = static_cast<float>(1 - spec.beta2);
  const auto step_size = static_cast<float>(rate / (1 - std::pow(spec.beta1, step + 1)));
  const auto correction = static_cast<float>(1 / (1 - std::pow(spec.beta2, step + 1)));
  const auto by = static_cast<float>(scale);
  constexpr float kEpsilon = 1e-8F;
  float* value = parameters.values().data();
  float* m = first_moment.data();
  float* v = second_moment.data();
  for (std::size_t tensor = 0; tensor < parameters.ranges().size(); ++tensor) {
    const auto keep = static_cast<float>(parameters.decays(tensor) ? 1 - rate * spec.weight_decay : 1.0);
    const auto [first, last] = parameters.ranges()[tensor];
    for (std::size_t i = first; i < last; ++i) {
      const float g = gradient[i] * by;
      m[i] = beta1 * m[i] + rest1 * g;
      v[i] = beta2 * v[i] + rest2 * g * g;
      value[i] = value[i] * keep - step_size * m[i] / (std::sqrt(v[i] * correction) + kEpsilon);
    }
  }
  return norm;
}

}  // namespace assay::circuits
