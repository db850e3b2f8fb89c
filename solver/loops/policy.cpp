#include "solver/loops/policy.h"

namespace assay::solver {

bool UnrollWhileReachable::unreachable(const std::vector<smt::Term>& query) {
  ++queries_;
  const smt::Answer answer = smt::solve_small(query, limits_.rlimit, 10);
  if (answer.satisfiable == smt::Satisfiable::kUnknown) ++undecided_;
  rlimit_spent_ += answer.rlimit_spent;
  return answer.satisfiable == smt::Satisfiable::kNo;
}

Unroll UnrollWhileReachable::next(std::uint64_t iteration, const Reached& reached, bool symbolic) {
  if (!symbolic) return Unroll::kGoOn;
  const std::uint64_t limit = limits_.bound ? static_cast<std::uint64_t>(*limits_.bound) : limits_.automatic;
  const bool at_limit = iteration >= limit;
  if (limits_.queries == 0) return at_limit ? Unroll::kStop : Unroll::kGoOn;
  if (undecided_ >= limits_.undecided) return at_limit || !limits_.bound ? Unroll::kStop : Unroll::kGoOn;
  if (!at_limit && queries_ >= limits_.queries && iteration % 8 != 0) return Unroll::kGoOn;
  if (unreachable(reached.path)) return Unroll::kUnreachable;
  // Undefined behaviour may be what ends the loop (`i *= 2` until it overflows): a dear question, asked seldom.
  if (iteration > 0 && iteration % 16 == 0 && !at_limit) {
    std::vector<smt::Term> query = reached.path;
    query.push_back(reached.defined);
    if (unreachable(query)) return Unroll::kUnreachable;
  }
  return at_limit ? Unroll::kStop : Unroll::kGoOn;
}

}  // namespace assay::solver
