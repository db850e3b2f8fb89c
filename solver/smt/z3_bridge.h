// Terms -> Z3 expressions, and Z3 models -> Model. Internal to smt: the only header that includes Z3.
#pragma once

#include <z3++.h>

#include <optional>
#include <vector>

#include "solver/smt/term.h"

namespace assay::solver::smt {

/// `assertions` as expressions of `context`, in order; variables keep their names.
std::vector<z3::expr> translate(z3::context& context, const std::vector<Term>& assertions);

/// Value of a numeral or Boolean constant; absent if it does not fit 128 bits.
std::optional<Wide> value_of(const z3::expr& value);

/// Every constant of the model; false if a value does not fit.
bool read_model(const z3::model& model, Model& into);

}  // namespace assay::solver::smt
