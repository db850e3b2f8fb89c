// Parts of heads that take, at a token of a prompt, what they hold in other runs: the change that says whether a part carries a decision.
//
//   PatchedRows rows(decoder, config, intervention, patched);        // patched: positions of this prompt, and other runs with theirs
//   rows.at(17)                                                      // the heads that are changed at token 17, or null
//
// The other runs are read by the same loops as the prompt, so a patch from the prompt itself changes not one bit. Positions are compared before
// rotation: a key that is patched turns with its own place. Cost: one pass over each other run, up to its last position. Test:
// tests/circuits/intervention_test.cpp
#pragma once

#include <map>
#include <vector>

#include "circuits/generation.h"
#include "circuits/generation/decoder.h"

namespace assay::circuits {

class PatchedRows {
 public:
  PatchedRows(Decoder& decoder, const PathWeights<float>& weights, const Intervention& intervention, const PatchedPrompt& patched);
  /// What is patched at one token of the prompt, or null.
  const std::vector<Intervention::Head>* at(int position) const;

 private:
  std::map<int, std::vector<Intervention::Head>> rows_;
};

}  // namespace assay::circuits
