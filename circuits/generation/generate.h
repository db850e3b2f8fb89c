// Texts from prompts: each prompt is computed once, its samples share its keys and values and go on side by side.
//
//   Result<std::vector<Generation>> texts = generate(weights, readout, tokenizer, request, session);
//
// A sample that ends makes room for the next one at once. Nothing about a sample depends on its neighbours (circuits/generation.h says
// what is guaranteed). `tokenizer` may be null where no stop string is given; the texts are empty then.
// Memory: see key_value_store.h; at most `request.batch` samples and the prompts they come from are held.
// Test: tests/circuits/generation_test.cpp
#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "base/session.h"
#include "circuits/generation.h"
#include "circuits/model/path_weights.h"
#include "circuits/model/tokenizer/tokenizer.h"

namespace assay::circuits {

/// `readout`: the unembedding of the whole vocabulary (pack_readout).
Result<std::vector<Generation>> generate(const PathWeights<float>& weights, const PackedMatrix<float>& readout, const Tokenizer* tokenizer,
                                         const GenerationRequest& request, Session& session);

/// Is the request one that a network of this shape can serve?
Status check_request(const GenerationRequest& request, const ModelConfig& config, bool has_tokenizer);
/// Do the heads and tokens that it changes exist?
Status check_intervention(const Intervention& intervention, const ModelConfig& config);
/// Adds the intervention's biases to one row of logits.
void add_biases(const Intervention& intervention, std::span<float> logits);
/// Is every token of `text`, called `name`, one of the network's?
Status check_tokens(const Tokens& text, const std::string& name, const ModelConfig& config);

}  // namespace assay::circuits
