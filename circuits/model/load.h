// From a Hugging Face folder to a Transformer.
//
//   Result<LoadedModel> model = load_model("zoo/max_of_four/model", at::kFloat);
//
// Reads config.json and model.safetensors (one file; a sharded index is `unsupported`). Test: tests/circuits/golden_logits_test.cpp
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "circuits/model/transformer.h"

namespace assay::circuits {

struct LoadedModel {
  Transformer transformer;
  std::string hash;                  ///< XXH3-128 of configuration and stored weights (or of the random seed), hex
  std::string stored_type;           ///< "float32", "float16", "bfloat16" or "mixed"
  std::uint64_t non_finite = 0;      ///< NaN and infinite weights
};

/// `random_seed`: the same shapes with freshly drawn weights (a control); the folder is read and checked all the same.
Result<LoadedModel> load_model(const std::string& folder, at::ScalarType dtype, std::optional<std::uint64_t> random_seed = {});

}  // namespace assay::circuits
