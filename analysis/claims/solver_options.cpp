#include "analysis/claims/solver_options.h"

namespace assay::analysis {

solver::SolverOptions solver_options(const ClaimContext& context) {
  solver::SolverOptions options;
  options.replay_natively = context.options.replay_natively;
  if (context.session.budget.solver_rlimit > 0) options.rlimit = context.session.budget.solver_rlimit;
  if (context.session.budget.solver_memory_mb > 0) options.memory_mb = context.session.budget.solver_memory_mb;
  if (context.session.budget.wall_seconds > 0) options.wall_seconds = context.session.budget.wall_seconds;
  if (context.session.budget.unroll > 0) options.bound = context.session.budget.unroll;
  return options;
}

}  // namespace assay::analysis
