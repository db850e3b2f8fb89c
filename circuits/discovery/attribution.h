// First-order edge scores: (what the source writes, clean minus ablated) . (gradient of the metric at the slot's input), summed over tokens.
//
// The gradient reaches the q, k and v of every head and each MLP input by one backward pass; the way back through W_Q, W_K, W_V and the
// linearised norm, which is the same for all slots of a layer, is taken for a slice of tokens at a time, together with the products
// z W_O of the sources. So no tensor of [tokens, heads, d_model] lives longer than a slice, and the scores of all edges into a layer's heads are one
// matrix product [slots, tokens * d_model] x [tokens * d_model, sources]. Sources write the same at every point of a path, so gradients are summed
// over points before that product. With spans a slice lies in one span, and the gradients of keys and values are split by the span of the queries
// through which they come, which the pattern and its gradient give without another backward pass. Cost: a forward and backward pass per point, plus
// 2 edges d_model operations per token. Source: Syed, Rager, Conmy, "Attribution patching outperforms automated
// circuit discovery", 2023. Test: tests/circuits/discovery_test.cpp (against finite differences and exact patching)
#pragma once

#include <vector>

#include "circuits/discovery/method.h"

namespace assay::circuits {

/// Where a gradient is taken, and what it is multiplied with.
struct AttributionPoint {
  at::Tensor embed;   ///< [B, T, d_model]: the run starts from it
  double weight = 1;  ///< of this gradient in the score
};

/// Both methods: from the clean and the ablated embedding [B, T, d_model], where gradients are taken.
using AttributionPath = std::vector<AttributionPoint> (*)(const at::Tensor& clean, const at::Tensor& ablated, const DiscoveryOptions& options);
Result<DiscoveryResult> attribute(const DiscoveryProblem& problem, AttributionPath path, bool integrates);

}  // namespace assay::circuits
