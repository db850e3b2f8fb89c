// Interchange interventions: run a base with the values that a source has at some sites, and read the answers.
//
//   Status done = run_interchange(transformer, request, visit, session);
//
// A patched run starts at the first swapped layer from the base's own residual and ends at the last scored position. Long inputs (prompts) run
// once, are kept (kept_runs.h) for later requests too, and a patched run begins at the first swapped position: a swap where the answer is read
// costs one position. For the short inputs of enumerable tasks recomputing what lies before costs less than gathering kept keys and values; there
// every source runs once a request, and a base's residual is computed once per window.
// Pairs are cut into windows of a fixed size, each computed by one thread, and visited in order, so answers are the same bytes on any
// thread count. Source: Geiger et al., causal abstraction (arXiv 2106.02997). Tests: tests/circuits/interchange_test.cpp
#pragma once

#include "circuits/engine.h"
#include "circuits/model/kept_runs.h"
#include "circuits/model/transformer.h"

namespace assay::circuits {

/// `kept`: runs of this transformer.
Status run_interchange(const Transformer& transformer, KeptRuns& kept, const InterchangeRequest& request, const InterchangeVisitor& visit,
                       Session& session);

/// `rank` orthonormal columns of a random subspace, row-major [dimension, rank]; a function of its arguments only.
Subspace random_subspace(int dimension, int rank, std::uint64_t seed);

/// Largest deviation of columns^T columns from the identity.
double orthonormality_error(const Subspace& subspace);

}  // namespace assay::circuits
