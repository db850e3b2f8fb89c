// The residual stream, layer by layer: read at chosen tokens, or replaced there by another sequence's, one layer at a time.
//
//   StreamReading reading = *read_stream(transformer, {{tokens, {3, 9}}}, {plus, minus}, session);
//   reading.values[0]          // resid_pre.0 at tokens 3 and 9, row-major [2, d_model]
//   patch_stream(transformer, {{base, source, {3}}}, {28, 29}, {plus, minus}, session)    // [patch][layer][token]: logits behind the base's last
//   token
//
// A patched run of layer L starts there from the base's own residual, which was recorded once. Inputs are cut into shards of a fixed size, each
// computed by one thread, so the same call gives the same bytes on any thread count. Cost: one forward pass per input; two per patch, and for each
// layer the part of one that lies behind it. Source: Meng et al. 2022 (causal tracing). Test: tests/circuits/residual_stream_test.cpp
#pragma once

#include "circuits/engine.h"
#include "circuits/model/transformer.h"

namespace assay::circuits {

Result<StreamReading> read_stream(const Transformer& transformer, std::span<const StreamInput> inputs, const Tokens& tokens, Session& session);
Result<std::vector<std::vector<std::vector<float>>>> patch_stream(const Transformer& transformer, std::span<const StreamPatch> patches,
                                                                  std::span<const int> layers, const Tokens& tokens, Session& session);

}  // namespace assay::circuits
