// Interchange interventions: run a base with the values that a source has at some sites, and read the answers.
//
//   Status done = run_interchange(transformer, request, visit, session);
//
// Every source runs once and its site values are kept. A patched run starts at the first swapped layer from the base's own residual
// (computed once per base and window) and ends at the last scored position; what lies before the swapped position is recomputed in the
// layers after it, which for the short sequences of enumerable tasks costs less than gathering cached keys and values would.
// Pairs are cut into windows of a fixed size, each computed by one thread, and visited in order, so answers are the same bytes on any
// thread count. Source: Geiger et al., causal abstraction (arXiv 2106.02997). Tests: tests/circuits/interchange_test.cpp
#pragma once

#include "circuits/engine.h"
#include "circuits/model/transformer.h"

namespace assay::circuits {

Status run_interchange(const Transformer& transformer, const InterchangeRequest& request, const InterchangeVisitor& visit, Session& session);

/// `rank` orthonormal columns of a random subspace, row-major [dimension, rank]; a function of its arguments only.
Subspace random_subspace(int dimension, int rank, std::uint64_t seed);

/// Largest deviation of columns^T columns from the identity.
double orthonormality_error(const Subspace& subspace);

}  // namespace assay::circuits
