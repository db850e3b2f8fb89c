#include "solver/loops/policy.h"

namespace assay::solver {

Unroll UnrollWhileReachable::next(std::uint64_t iteration, const std::vector<smt::Term>& reached, bool symbolic) {
  if (!symbolic) return Unroll::kGoOn;
  const std::uint64_t limit = limits_.bound ? static_cast<std::uint64_t>(*limits_.bound) : limits_.automatic;
  const bool at_limit = iteration >= limit;
  const bool ask = at_limit || queries_ < limits_.queries || iteration % 8 == 0;
  if (!ask) return Unroll::kGoOn;
  ++queries_;
  const smt::Answer answer = smt::solve_here(reached, limits_.rlimit, 10);
  rlimit_spent_ += answer.rlimit_spent;
  if (answer.satisfiable == smt::Satisfiable::kNo) return Unroll::kUnreachable;
  return at_limit ? Unroll::kStop : Unroll::kGoOn;
}

}  // namespace assay::solver
