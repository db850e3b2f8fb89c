// From one row of logits to the next token and its probability.
//
//   Sampler sampler({.temperature = 0.8, .top_p = 0.95});
//   GeneratedToken next = sampler.choose(logits, draw_of(seed, sample, place));
//
// Sums run in float64 in the order of token ids, ties go to the smaller id and the draw is a function of (seed, sample, place), so a choice
// depends on nothing else. log_probability is the network's own (temperature 1, nothing cut off), so texts sampled differently compare.
// A NaN logit counts as minus infinity. Cost: one exponential per token of the vocabulary; with top_p a heap of it.
// Source: Holtzman et al. 2020 (nucleus sampling). Test: tests/circuits/generation_test.cpp
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "circuits/generation.h"

namespace assay::circuits {

struct SamplingOptions {
  double temperature = 0, top_p = 1;
  int alternatives = 0;
};

/// In [0, 1).
double draw_of(std::uint64_t seed, std::uint64_t sample, std::uint64_t place);

class Sampler {
 public:
  explicit Sampler(SamplingOptions options) : options_(options) {}
  GeneratedToken choose(std::span<const float> logits, double draw);

 private:
  double log_total(std::span<const float> logits) const;
  TokenId drawn(std::span<const float> logits, double draw);
  TokenId drawn_from_nucleus(double total, double draw);
  void add_alternatives(std::span<const float> logits, double log_sum, GeneratedToken& token);

  SamplingOptions options_;
  std::vector<double> weights_;
  std::vector<TokenId> order_;
};

}  // namespace assay::circuits
