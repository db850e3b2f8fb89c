#include "solver/loops/policy.h"

namespace assay::solver {
namespace {

/// Nodes of a conjunct that light_part keeps.
constexpr std::size_t kLight = 16;

/// The small conjuncts of a query, such as `n <= 24` and `24 < n`: what decides most loops, whatever else the path has been through.
/// Fewer conjuncts only admit more, so that what is unsatisfiable without the others is unsatisfiable.
std::vector<smt::Term> light_part(const std::vector<smt::Term>& query) {
  std::vector<smt::Term> open = query, light;
  while (!open.empty()) {
    const smt::Term term = open.back();
    open.pop_back();
    if (term->op == smt::Op::kAnd) {
      open.push_back(term->a);
      open.push_back(term->b);
    } else if (term->op == smt::Op::kNot && term->a->op == smt::Op::kOr) {
      open.push_back(!term->a->a);
      open.push_back(!term->a->b);
    } else if (smt::in_order({term}).size() <= kLight) {
      light.push_back(term);
    }
  }
  return light;
}

}  // namespace

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
  if (smt::solve_small(light_part(reached.path), limits_.rlimit, 10).satisfiable == smt::Satisfiable::kNo) return Unroll::kUnreachable;
  if (undecided_ >= limits_.undecided) return at_limit ? Unroll::kStop : Unroll::kGoOn;
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
