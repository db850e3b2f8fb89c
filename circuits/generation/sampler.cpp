#include "circuits/generation/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "circuits/model/random.h"

namespace assay::circuits {
namespace {

constexpr double kLowest = -std::numeric_limits<double>::infinity();

double value_of(float logit) { return std::isnan(logit) ? kLowest : static_cast<double>(logit); }

TokenId best_of(std::span<const float> logits) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < logits.size(); ++i)
    if (value_of(logits[i]) > value_of(logits[best])) best = i;
  return static_cast<TokenId>(best);
}

}  // namespace

double draw_of(std::uint64_t seed, std::uint64_t sample, std::uint64_t place) {
  const std::uint64_t mixed = SplitMix64(SplitMix64(SplitMix64(seed).next() ^ sample).next() ^ place).next();
  return static_cast<double>(mixed >> 11) * 0x1p-53;
}

/// log of the sum of exp(logit)
double Sampler::log_total(std::span<const float> logits) const {
  const double best = value_of(logits[static_cast<std::size_t>(best_of(logits))]);
  double sum = 0;
  for (float logit : logits) sum += std::exp(value_of(logit) - best);
  return best + std::log(sum);
}

TokenId Sampler::drawn(std::span<const float> logits, double draw) {
  const double best = value_of(logits[static_cast<std::size_t>(best_of(logits))]);
  weights_.resize(logits.size());
  double total = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) total += weights_[i] = std::exp((value_of(logits[i]) - best) / options_.temperature);
  if (options_.top_p < 1) return drawn_from_nucleus(total, draw);
  double sum = 0;
  for (std::size_t i = 0; i < logits.size(); ++i)
    if ((sum += weights_[i]) > draw * total) return static_cast<TokenId>(i);
  return best_of(logits);
}

/// The most probable tokens, one by one off a heap, until they reach top_p; then one of them.
TokenId Sampler::drawn_from_nucleus(double total, double draw) {
  const auto less_probable = [&](TokenId a, TokenId b) {
    const double left = weights_[static_cast<std::size_t>(a)], right = weights_[static_cast<std::size_t>(b)];
    return left != right ? left < right : a > b;
  };
  order_.resize(weights_.size());
  std::iota(order_.begin(), order_.end(), 0);
  std::make_heap(order_.begin(), order_.end(), less_probable);
  auto rest = order_.end();
  double mass = 0;
  while (rest != order_.begin() && mass < options_.top_p * total) {
    std::pop_heap(order_.begin(), rest--, less_probable);
    mass += weights_[static_cast<std::size_t>(*rest)];
  }
  double sum = 0;
  for (auto token = order_.end(); token-- != rest;)  // most probable first
    if ((sum += weights_[static_cast<std::size_t>(*token)]) > draw * mass) return *token;
  return *rest;
}

void Sampler::add_alternatives(std::span<const float> logits, double log_sum, GeneratedToken& token) {
  const std::size_t count = std::min(logits.size(), static_cast<std::size_t>(options_.alternatives));
  order_.resize(logits.size());
  std::iota(order_.begin(), order_.end(), 0);
  const auto logit = [&](TokenId id) { return value_of(logits[static_cast<std::size_t>(id)]); };
  std::partial_sort(order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(count), order_.end(),
                    [&](TokenId a, TokenId b) { return logit(a) != logit(b) ? logit(a) > logit(b) : a < b; });
  for (std::size_t i = 0; i < count; ++i) token.alternatives.push_back({order_[i], logit(order_[i]) - log_sum});
}

GeneratedToken Sampler::choose(std::span<const float> logits, double draw) {
  GeneratedToken token;
  token.token = options_.temperature > 0 ? drawn(logits, draw) : best_of(logits);
  const double log_sum = log_total(logits);
  token.log_probability = value_of(logits[static_cast<std::size_t>(token.token)]) - log_sum;
  if (options_.alternatives > 0) add_alternatives(logits, log_sum, token);
  return token;
}

}  // namespace assay::circuits
