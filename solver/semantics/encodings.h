// The two encodings; internal to semantics (make_encoding chooses). Each is one class in its own file.
#pragma once

#include <memory>

#include "solver/semantics/encoding.h"

namespace assay::solver {

std::unique_ptr<Encoding> bit_vector_encoding(smt::TermStore& store, SemanticsMode mode);
std::unique_ptr<Encoding> integer_encoding(smt::TermStore& store, SemanticsMode mode);

}  // namespace assay::solver
