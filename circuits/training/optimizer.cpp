#include "circuits/training/optimizer.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "circuits/model/shards.h"

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
    const bool matrix = tensor->dim() == 2 && name.starts_with("layers.");
    layer_matrices_.push_back(matrix ? std::pair(tensor->size(0), tensor->size(1)) : std::pair<std::int64_t, std::int64_t>());
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

namespace {

/// One tensor's values, gradient and moments.
struct Slice {
  float* value;
  const float* gradient;
  float* first_moment;
  float* second_moment;
  std::size_t size;
};

/// `by` scales the gradient, `keep` is what decay leaves of a value.
void adamw(const Slice& slice, float by, float keep, double rate, const TrainingSpec& spec, int step) {
  const auto beta1 = static_cast<float>(spec.beta1);
  const auto beta2 = static_cast<float>(spec.beta2);
  const auto rest1 = static_cast<float>(1 - spec.beta1);
  const auto rest2 = static_cast<float>(1 - spec.beta2);
  const auto step_size = static_cast<float>(rate / (1 - std::pow(spec.beta1, step + 1)));
  const auto correction = static_cast<float>(1 / (1 - std::pow(spec.beta2, step + 1)));
  constexpr float kEpsilon = 1e-8F;
  for (std::size_t i = 0; i < slice.size; ++i) {
    const float g = slice.gradient[i] * by;
    slice.first_moment[i] = beta1 * slice.first_moment[i] + rest1 * g;
    slice.second_moment[i] = beta2 * slice.second_moment[i] + rest2 * g * g;
    slice.value[i] = slice.value[i] * keep - step_size * slice.first_moment[i] / (std::sqrt(slice.second_moment[i] * correction) + kEpsilon);
  }
}

void muon(const Slice& slice, std::pair<std::int64_t, std::int64_t> shape, float by, float keep, double rate) {
  constexpr float kMomentum = 0.95F;
  constexpr double kTypicalAdamStep = 0.2;  // root mean square of AdamW's update (Liu et al., section 2.2)
  std::vector<float> direction(slice.size);
  for (std::size_t i = 0; i < slice.size; ++i) {
    const float g = slice.gradient[i] * by;
    slice.first_moment[i] = kMomentum * slice.first_moment[i] + g;
    direction[i] = kMomentum * slice.first_moment[i] + g;  // Nesterov's
  }
  const at::Tensor step = orthogonalised(at::from_blob(direction.data(), {shape.first, shape.second}, at::kFloat)).contiguous();
  const float* towards = step.data_ptr<float>();
  const auto by_step = static_cast<float>(rate * kTypicalAdamStep * std::sqrt(static_cast<double>(std::max(shape.first, shape.second))));
  for (std::size_t i = 0; i < slice.size; ++i) slice.value[i] = slice.value[i] * keep - by_step * towards[i];
}

}  // namespace

at::Tensor orthogonalised(const at::Tensor& matrix) {
  const at::NoGradGuard no_gradients;
  constexpr double kA = 3.4445, kB = -4.7750, kC = 2.0315;
  constexpr int kSteps = 5;
  const bool tall = matrix.size(0) > matrix.size(1);
  at::Tensor x = tall ? matrix.t() : matrix;
  x = x / (x.norm() + 1e-7);
  for (int i = 0; i < kSteps; ++i) {
    const at::Tensor square = at::mm(x, x.t());
    const at::Tensor polynomial = at::addmm(square, square, square, kB, kC);  // kB square + kC square^2
    x = at::addmm(x, polynomial, x, kA, 1);
  }
  return tall ? x.t() : x;
}

double Optimizer::update(FlatParameters& parameters, const std::vector<float>& gradient, double scale, const TrainingSpec& spec, int step,
                         int threads) {
  double squares = 0;
  for (const float value : gradient) squares += static_cast<double>(value) * value;
  const double norm = std::sqrt(squares) * scale;
  if (spec.clip > 0 && norm > spec.clip) scale *= spec.clip / norm;
  const auto by = static_cast<float>(scale);
  const double rate = learning_rate(spec, step);
  for_each_shard(parameters.ranges().size(), threads, [&](std::size_t tensor) {
    const auto keep = static_cast<float>(parameters.decays(tensor) ? 1 - rate * spec.weight_decay : 1.0);
    const auto [first, last] = parameters.ranges()[tensor];
    const Slice slice{parameters.values().data() + first, gradient.data() + first, first_moment.data() + first, second_moment.data() + first,
                      last - first};
    const auto matrix = parameters.layer_matrix(tensor);
    if (spec.optimizer == "muon" && matrix.first > 0) muon(slice, matrix, by, keep, rate);
    else adamw(slice, by, keep, rate, spec, step);
  });
  return norm;
}

}  // namespace assay::circuits
