// The meaning of each operator on constants: folding, and evaluation under a model, both use it. Internal to smt.
#pragma once

#include <optional>

#include "solver/smt/term.h"

namespace assay::solver::smt {

/// Value of `op` on constants; `width` and `kind` are those of the first operand, `result_width` that of the result.
/// Absent: an integer result that does not fit 128 bits.
std::optional<Wide> fold(Op op, Sort operand, int result_width, Wide a, Wide b);

}  // namespace assay::solver::smt
