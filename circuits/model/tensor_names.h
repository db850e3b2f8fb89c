// Which tensors a Hugging Face folder of a given configuration holds, and how each maps to Weights: the only place that knows both layouts.
//
//   for (const StoredName& stored : stored_names(config)) stored.scatter(weights, read(stored.name));
//
// GPT-2 stores linear maps as [in, out] (Conv1D) with q, k and v side by side; Llama stores [out, in]. Test: tests/circuits/golden_logits_test.cpp
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "circuits/model/weights.h"

namespace assay::circuits {

struct StoredName {
  enum class Role { kMatrix, kIntoResidual, kBias, kNormScale };
  std::string name;  ///< without `transformer.` or `model.`
  std::vector<std::int64_t> shape;
  Role role = Role::kMatrix;
  bool outside_prefix = false;  ///< lm_head
  std::function<void(Weights&, const at::Tensor& stored)> scatter;
  std::function<at::Tensor(const Weights&)> gather;
};

/// The token embedding comes first.
std::vector<StoredName> stored_names(const ModelConfig& config);

}  // namespace assay::circuits
