// Walks a token tree depth-first over chunks: a chunk of up to `batch` nodes of one level is computed, visited, and its children follow
// before the next chunk of the same level, so memory is bounded by batch x depth while every prefix is computed once.
//
//   Result<EnumerationSummary> summary = walk_tree(weights, tree, options, visit, session);
//
// The order of visits depends on the tree and the batch only. The visitor runs on the caller's thread. Test: tests/circuits/enumeration_test.cpp
#pragma once

#include <functional>

#include "circuits/engine.h"
#include "circuits/model/path_weights.h"

namespace assay::circuits {

template <class Real>
Result<EnumerationSummary> walk_tree(const PathWeights<Real>& weights, const TokenTree& tree, const EnumerationOptions& options,
                                     const std::function<bool(const ScoredBatch&)>& visit, Session& session);

}  // namespace assay::circuits
