// How far float32 and float64 are apart on a network, and below which margin an answer therefore hangs on rounding.
//
// Measured on up to 64 sequences; on fewer where the network is large, since a run of a language model in float64 costs about a second.
// Test: tests/analysis/network_outputs_test.cpp
#pragma once

#include <vector>

#include "base/result.h"
#include "circuits/engine.h"

namespace assay::analysis {

struct Rounding {
  double difference = 0;  ///< largest difference of a logit between float32 and float64, in logits
  double threshold = 0;   ///< max(1e-3, 10 x difference): a smaller margin hangs on rounding
};

inline constexpr std::size_t kMostProbes = 64;

/// How many sequences of `tokens` tokens are worth running: 64, or what about 1e11 multiplications allow, but at least 4.
std::size_t affordable_probes(const circuits::NetworkInfo& network, std::size_t tokens);

/// Of the first affordable ones of `probes`.
Result<Rounding> measure_rounding(circuits::Network& network, std::vector<circuits::Tokens> probes);

}  // namespace assay::analysis
