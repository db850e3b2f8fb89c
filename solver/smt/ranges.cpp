#include "solver/smt/ranges.h"

#include <algorithm>

namespace assay::solver::smt {
namespace {

constexpr Wide kUnbounded = Wide{1} << 120;
constexpr int kRounds = 4;  // of propagation between variables that are compared with each other

/// The variable behind sign extensions, which keep its value.
Term behind_extension(Term term) {
  while (term->op == Op::kSignExtend) term = term->a;
  return term;
}

}  // namespace

std::vector<Term> conjuncts(const std::vector<Term>& assertions) {
  std::vector<Term> open(assertions.rbegin(), assertions.rend()), found;
  std::unordered_set<const Node*> seen;
  while (!open.empty()) {
    const Term term = open.back();
    open.pop_back();
    if (term.is_true() || !seen.insert(term.node()).second) continue;
    if (term->op == Op::kAnd) {
      open.push_back(term->b);
      open.push_back(term->a);
    } else if (term->op == Op::kNot && term->a->op == Op::kOr) {
      open.push_back(!term->a->b);
      open.push_back(!term->a->a);
    } else {
      found.push_back(term);
    }
  }
  return found;
}

Range Ranges::everything(Sort sort) {
  switch (sort.kind) {
    case SortKind::kBool: return {0, 1};
    case SortKind::kInteger: return {-kUnbounded, kUnbounded};
    case SortKind::kBitVector: break;
  }
  if (sort.width > 64) return {-kUnbounded, kUnbounded};
  return {-(Wide{1} << (sort.width - 1)), (Wide{1} << (sort.width - 1)) - 1};
}

Range Ranges::current(Term variable) const {
  const auto known = ranges_.find(variable.node());
  return known == ranges_.end() ? everything(variable.sort()) : known->second;
}

std::optional<Range> Ranges::of(Term variable) const {
  const Range range = current(variable);
  if (range.low == -kUnbounded || range.high == kUnbounded) return std::nullopt;
  return range;
}

void Ranges::narrow(Term variable, Range range) {
  const Range before = current(variable);
  const Range after{std::max(before.low, range.low), std::min(before.high, range.high)};
  if (after.low > after.high) contradictory_ = true;
  if (after == before) return;
  ranges_[variable.node()] = after;
  changed_ = true;
}

/// Of a constant, of a variable, or all values of the sort.
Range Ranges::around(Term operand) const {
  operand = behind_extension(operand);
  if (operand.is_constant()) return {operand.signed_value(), operand.signed_value()};
  return operand->op == Op::kVariable ? current(operand) : everything(operand.sort());
}

std::optional<bool> Ranges::decides(Term comparison) const {
  if (comparison->op != Op::kLess && comparison->op != Op::kLessEqual && comparison->op != Op::kEqual) return std::nullopt;
  const Range x = around(comparison->a), y = around(comparison->b);
  if (comparison->op == Op::kEqual) {
    if (x.high < y.low || y.high < x.low) return false;
    return x.low == x.high && x == y ? std::optional(true) : std::nullopt;
  }
  const Wide gap = comparison->op == Op::kLess ? 1 : 0;
  if (x.high + gap <= y.low) return true;
  return x.low + gap > y.high ? std::optional(false) : std::nullopt;
}

/// a < b or a <= b.
void Ranges::order(Term a, Term b, bool strict) {
  a = behind_extension(a);
  b = behind_extension(b);
  const Wide gap = strict ? 1 : 0;
  const Range x = around(a), y = around(b);
  if (a->op == Op::kVariable && y.high < kUnbounded) narrow(a, {-kUnbounded, y.high - gap});
  if (b->op == Op::kVariable && x.low > -kUnbounded) narrow(b, {x.low + gap, kUnbounded});
}

/// Only what bounds a variable from above by a number that is not negative when read as signed.
void Ranges::order_unsigned(Term a, Term b, bool strict) {
  if (a->op != Op::kVariable || !b.is_constant() || b.signed_value() < 0) return;
  narrow(a, {0, b.signed_value() - (strict ? 1 : 0)});
}

void Ranges::read(Term conjunct) {
  const Term a = conjunct->a, b = conjunct->b;
  switch (conjunct->op) {
    case Op::kVariable: return narrow(conjunct, {1, 1});
    case Op::kNot:
      if (a->op == Op::kVariable) narrow(a, {0, 0});
      return;
    case Op::kEqual:
      if (a.sort().kind == SortKind::kBool) return;
      order(a, b, false);
      return order(b, a, false);
    case Op::kLess:
    case Op::kLessEqual: return order(a, b, conjunct->op == Op::kLess);
    case Op::kUnsignedLess:
    case Op::kUnsignedLessEqual: return order_unsigned(a, b, conjunct->op == Op::kUnsignedLess);
    default: contradictory_ = contradictory_ || conjunct.is_false();
  }
}

bool Ranges::add(Term conjunct) {
  changed_ = false;
  read(conjunct);
  return changed_;
}

Ranges::Ranges(const std::vector<Term>& assertions) {
  const std::vector<Term> all = conjuncts(assertions);
  for (int round = 0; round < kRounds && !contradictory_; ++round) {
    changed_ = false;
    for (Term conjunct : all) read(conjunct);
    if (!changed_) return;
  }
}

}  // namespace assay::solver::smt
