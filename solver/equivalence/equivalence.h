// Refinement: wherever the reference is defined, the implementation is defined and agrees on return value, memory behind pointer
// parameters, globals and output (as in Alive2). Parameters correspond by position.
#pragma once

#include "base/result.h"
#include "base/session.h"
#include "solver/verdict.h"

namespace assay::solver {

Result<Verdict> refines(const program::Program& reference_program, program::FunctionId reference, const program::Program& implementation_program,
                        program::FunctionId implementation, const SolverOptions& options, Session& session);

}  // namespace assay::solver
