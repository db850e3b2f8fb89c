// A Llama-layout network out of a GGUF file: metadata to configuration, tensors to weights.
//
//   Result<ModelConfig> config = gguf_config(file);
//   Result<Weights> weights = gguf_weights(file, *config, at::kFloat);
//
// GGUF writes the rows of the query and key projections for rotary embeddings of neighbouring pairs (2i, 2i + 1); Hugging Face and this
// engine rotate (i, i + d_head / 2). The rows are put back in that order, so sites `q` and `k` mean the same for both sources.
// A tensor that the configuration does not know, one that is missing and one of another shape are input errors that name file and tensor;
// what the forward pass does not model (other architectures, scaled rotary embeddings, experts, biases) is `unsupported`.
// Source: ggml-org/ggml, docs/gguf.md (keys and tensor names of the llama architecture). Test: tests/circuits/gguf_weights_test.cpp
#pragma once

#include <string>

#include "base/result.h"
#include "circuits/model/config.h"
#include "circuits/model/gguf/gguf.h"
#include "circuits/model/weights.h"

namespace assay::circuits {

Result<ModelConfig> gguf_config(const Gguf& file);
Result<Weights> gguf_weights(const Gguf& file, const ModelConfig& config, at::ScalarType dtype);

/// The types of its tensors, most frequent first: "Q4_1, F32, Q8_0".
std::string gguf_stored_types(const Gguf& file);

}  // namespace assay::circuits
