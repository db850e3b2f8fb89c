// Two predictions of the next token compared, logits against logits, for circuits::Divergence.
//
//   ComparedRows rows;                                                       // keeps its memory from row to row
//   rows.add(own, other, divergence);                                        // at every position
//   divergence.mean_kl /= static_cast<double>(divergence.positions);         // a sum until all are added
//
// In float64. Tests: tests/circuits/intervention_test.cpp, tests/analysis/bench_repair_test.cpp
#pragma once

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "circuits/generation.h"

namespace assay::circuits {

class ComparedRows {
 public:
  void add(std::span<const float> own, std::span<const float> other, Divergence& divergence) {
    log_softmax(own, own_);
    log_softmax(other, other_);
    double kl = 0;
    for (std::size_t token = 0; token < own_.size(); ++token) kl += std::exp(own_[token]) * (own_[token] - other_[token]);
    ++divergence.positions;
    divergence.mean_kl += kl;
    divergence.largest_kl = std::max(divergence.largest_kl, kl);
    const auto first_choice = [](const std::vector<double>& row) { return std::max_element(row.begin(), row.end()) - row.begin(); };
    if (first_choice(own_) != first_choice(other_)) ++divergence.other_first_choice;
  }

 private:
  static void log_softmax(std::span<const float> logits, std::vector<double>& out) {
    out.assign(logits.begin(), logits.end());
    const double largest = *std::max_element(out.begin(), out.end());
    double sum = 0;
    for (const double logit : out) sum += std::exp(logit - largest);
    for (double& logit : out) logit -= largest + std::log(sum);
  }

  std::vector<double> own_, other_;
};

}  // namespace assay::circuits
