// Safety and contract obligations of one function: one Verdict for each place where a check of frontend/program/checks.h applies.
#pragma once

#include <vector>

#include "base/result.h"
#include "base/session.h"
#include "solver/verdict.h"

namespace assay::solver {

/// All obligations reachable from `function`, in source order. Unsupported constructs come back as verdicts, not as errors.
Result<std::vector<Verdict>> check_function(const program::Program& program, program::FunctionId function, const SolverOptions& options,
                                            Session& session);

}  // namespace assay::solver
