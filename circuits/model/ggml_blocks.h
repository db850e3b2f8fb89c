// ggml's block formats widened to float32: blocks of 32 or 256 values share a scale (and some a minimum).
//
//   std::vector<float> values(tensor.elements());
//   widen_blocks(GgmlType::kQ4_1, data, values);
//
// value = scale x quant (+ minimum), computed in float32 in the order that ggml's own reference code documents, so the results are the
// same floats. Cost: one pass, a few nanoseconds per value at most.
// Source: ggml-org/ggml, ggml-common.h (the block structures) and docs/gguf.md. Test: tests/circuits/gguf_weights_test.cpp
#pragma once

#include <cstddef>
#include <span>

#include "circuits/model/gguf/gguf.h"

namespace assay::circuits {

/// `data` holds exactly the blocks of `out.size()` values, a whole number of blocks.
void widen_blocks(GgmlType type, std::span<const std::byte> data, std::span<float> out);

}  // namespace assay::circuits
