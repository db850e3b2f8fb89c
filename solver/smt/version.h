// Which Z3 is really loaded, and whether it decides; `assay doctor` prints both. Test: tests/solver/solver_test.cpp
#pragma once

#include <string>

#include "base/result.h"

namespace assay::solver::smt {

/// Z3_get_full_version of the library in this process (Debian's libLLVM drags an older one along).
std::string z3_version();
/// Decides one satisfiable and one unsatisfiable query in this process and in the child, and checks the model.
Status self_test();

}  // namespace assay::solver::smt
