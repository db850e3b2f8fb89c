// How far an intervention moves a network on texts that it was not meant for: the price of a repair.
//
//   Result<Divergence> divergence = divergence_of(weights, readout, texts, intervention, session);
//
// Every text is read twice, as it is and with the intervention at every position (its `where` says nothing here, because such texts have no site).
// Cost: two forward passes. Memory: 2 x 96 rows of logits. Test: tests/circuits/intervention_test.cpp
#pragma once

#include <span>

#include "base/result.h"
#include "base/session.h"
#include "circuits/generation.h"
#include "circuits/model/path_weights.h"

namespace assay::circuits {

/// `readout`: the unembedding of the whole vocabulary. Errors: as of a request for text.
Result<Divergence> divergence_of(const PathWeights<float>& weights, const PackedMatrix<float>& readout, std::span<const Tokens> texts,
                                 const Intervention& intervention, Session& session);

}  // namespace assay::circuits
