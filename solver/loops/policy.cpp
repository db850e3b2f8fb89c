#include "solver/loops/policy.h"

#include "solver/smt/ranges.h"

namespace assay::solver {
namespace {

/// The most iterations from this one on that the condition and the ranges allow, where one of its conjuncts compares a number with a variable
/// of known range: `3 < n` with n <= 24 allows 21 if the number grows by one each time, and fewer if it grows faster.
std::optional<smt::Wide> iterations_left(smt::Term condition, const smt::Ranges& ranges) {
  std::optional<smt::Wide> fewest;
  auto range = [&](smt::Term term) -> std::optional<smt::Range> {
    while (term->op == smt::Op::kSignExtend) term = term->a;
    return term->op == smt::Op::kVariable ? ranges.of(term) : std::nullopt;
  };
  for (smt::Term conjunct : smt::conjuncts({condition})) {
    if (conjunct->op != smt::Op::kLess && conjunct->op != smt::Op::kLessEqual) continue;
    std::optional<smt::Wide> left;
    if (conjunct->a.is_constant())
      if (const auto above = range(conjunct->b)) left = above->high - conjunct->a.signed_value() + 1;
    if (conjunct->b.is_constant())
      if (const auto below = range(conjunct->a)) left = conjunct->b.signed_value() - below->low + 1;
    if (left && (!fewest || *left < *fewest)) fewest = left;
  }
  return fewest;
}

/// A counter is on its way to a known end: each iteration since the first has brought it nearer.
bool counts(const Reached& reached, std::uint64_t iteration, std::uint64_t most, const smt::Ranges& ranges) {
  if (!reached.condition.valid() || !reached.first_condition.valid()) return false;
  const std::optional<smt::Wide> at_first = iterations_left(reached.first_condition, ranges), left = iterations_left(reached.condition, ranges);
  if (!at_first || !left || *at_first > static_cast<smt::Wide>(most)) return false;
  return *left + static_cast<smt::Wide>(iteration - reached.first_iteration) <= *at_first;
}

}  // namespace

bool UnrollWhileReachable::unreachable(const std::vector<smt::Term>& query) {
  ++queries_;
  const smt::Answer answer = smt::solve_small(query, limits_.rlimit, 10);
  if (answer.satisfiable == smt::Satisfiable::kUnknown) ++undecided_;
  rlimit_spent_ += answer.rlimit_spent;
  return answer.satisfiable == smt::Satisfiable::kNo;
}

bool UnrollWhileReachable::asks(std::uint64_t iteration, bool at_limit) const {
  if (undecided_ >= limits_.undecided) return false;
  return at_limit || queries_ < limits_.queries || iteration % 8 == 0;
}

bool UnrollWhileReachable::only_undefined_goes_on(std::uint64_t iteration, const Reached& reached) {
  constexpr std::uint64_t kFirst = 64;
  if (limits_.queries == 0 || iteration < kFirst || (iteration & (iteration - 1)) != 0) return false;
  std::vector<smt::Term> query = reached.path;
  query.push_back(reached.defined);
  const int undecided = undecided_;
  const bool undefined = unreachable(query);
  undecided_ = undecided;  // says nothing of how hard symbolic loops are
  return undefined;
}

Unroll UnrollWhileReachable::next(std::uint64_t iteration, const Reached& reached, bool symbolic) {
  if (!symbolic) return only_undefined_goes_on(iteration, reached) ? Unroll::kUnreachable : Unroll::kGoOn;
  const std::uint64_t limit = limits_.bound ? static_cast<std::uint64_t>(*limits_.bound) : limits_.automatic;
  const bool at_limit = iteration >= limit;
  const Unroll unless_unreachable = at_limit ? Unroll::kStop : Unroll::kGoOn;
  if (limits_.queries == 0) return unless_unreachable;
  const smt::Ranges ranges(reached.path);
  if (ranges.contradictory()) return Unroll::kUnreachable;
  if (!limits_.bound && counts(reached, iteration, limits_.counted, ranges)) return Unroll::kGoOn;
  if (!asks(iteration, at_limit)) return unless_unreachable;
  if (unreachable(reached.path)) return Unroll::kUnreachable;
  // Undefined behaviour may be what ends the loop (`i *= 2` until it overflows): a dear question, asked seldom.
  if (iteration > 0 && iteration % 16 == 0 && !at_limit) {
    std::vector<smt::Term> query = reached.path;
    query.push_back(reached.defined);
    if (unreachable(query)) return Unroll::kUnreachable;
  }
  return unless_unreachable;
}

}  // namespace assay::solver
