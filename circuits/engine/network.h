// The implementation of circuits/engine.h: one loaded network, with its lazily built float64 and packed forms.
// Tests: tests/circuits/{enumeration,interchange,sites,loader,generation}_test.cpp
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "circuits/engine.h"
#include "circuits/model/load.h"
#include "circuits/model/path_weights.h"
#include "circuits/model/transformer.h"

namespace assay::circuits {

/// What is known about a network besides its weights.
struct NetworkIdentity {
  std::string hash, processing;
  std::string path = {};         ///< of the folder or GGUF file, where a tokenizer is looked for; empty: none
  std::vector<Span> spans = {};  ///< that the computation graph tells apart
};

Result<std::unique_ptr<Network>> make_network(Transformer transformer, NetworkIdentity identity);

}  // namespace assay::circuits
