// How claims ask the solver: its defaults, and the session's budget where that says more.
#pragma once

#include "analysis/claims/claim.h"
#include "solver/verdict.h"

namespace assay::analysis {

solver::SolverOptions solver_options(const ClaimContext& context);

}  // namespace assay::analysis
