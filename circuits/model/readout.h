// From logits to answers: the same rule for full forward passes and for enumeration.
//
//   ReadoutPlan plan = *plan_readout(readout, vocabulary);       // which columns are read
//   Answer answer = plan.answer_of(row_of_logits);
//
// kArgmax: the first of the best tokens; a tie or a NaN gives margin 0. kSet: tokens with logit > 0, margin the smallest |logit| (NaN: 0).
// Test: tests/circuits/model_readout_test.cpp
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "circuits/engine.h"
#include "circuits/model/path_kernels.h"

namespace assay::circuits {

struct ReadoutPlan {
  Readout::Kind kind = Readout::Kind::kArgmax;
  std::vector<int> tokens;  ///< the columns that are read, in the readout's order

  /// `logits` holds tokens.size() entries, one per entry of `tokens`.
  template <class Real>
  Answer answer_of(const Real* logits, const PathKernels<Real>& kernels) const {
    return kind == Readout::Kind::kArgmax ? best_of(logits, kernels) : set_of(logits);
  }

 private:
  template <class Real>
  Answer best_of(const Real* logits, const PathKernels<Real>& kernels) const {
    const BestTwo two = kernels.best_two(logits, static_cast<int>(tokens.size()));
    Answer answer;
    answer.token = tokens[static_cast<std::size_t>(two.place)];
    const double margin = two.best - two.second;  // infinite for a single token
    answer.margin = two.nan || std::isnan(margin) ? 0.0f : static_cast<float>(margin);
    return answer;
  }
  template <class Real>
  Answer set_of(const Real* logits) const {
    Answer answer;
    Real smallest = std::numeric_limits<Real>::infinity();
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      if (logits[i] > 0) answer.set |= std::uint64_t{1} << i;
      const Real size = std::isnan(logits[i]) ? Real(0) : std::abs(logits[i]);
      smallest = std::min(smallest, size);
    }
    answer.margin = static_cast<float>(smallest);
    return answer;
  }
};

/// Errors: a token outside the vocabulary or twice, more than 64 tokens in a set.
Result<ReadoutPlan> plan_readout(const Readout& readout, int vocabulary);

}  // namespace assay::circuits
