// From a Hugging Face folder or a GGUF file to a Transformer.
//
//   Result<LoadedModel> model = load_model("zoo/max_of_four/model", at::kFloat);
//
// A path that ends in ".gguf" is a GGUF file; of a folder, config.json and model.safetensors are read (one file; a sharded index is
// `unsupported`). Tests: tests/circuits/golden_logits_test.cpp, smollm2_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "circuits/model/transformer.h"

namespace assay::circuits {

struct LoadedModel {
  Transformer transformer;
  std::string hash;              ///< XXH3-128 of configuration and stored weights (or of the random seed), hex
  std::string stored_type;       ///< "float32", "float16", "bfloat16" or "mixed"; of a GGUF file its types: "Q4_1, F32, Q8_0"
  std::uint64_t non_finite = 0;  ///< NaN and infinite weights
};

/// `random_seed`: the same shapes with freshly drawn weights (a control); the files are read and checked all the same.
Result<LoadedModel> load_model(const std::string& path, at::ScalarType dtype, std::optional<std::uint64_t> random_seed = {});

}  // namespace assay::circuits
