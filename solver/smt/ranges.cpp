#include "solver/smt/ranges.h"

#include <algorithm>

namespace assay::solver::smt {
namespace {

constexpr Wide kUnbounded = Wide{1} << 120;
constexpr int kWidest = 64;  // bits of a vector whose ends are told apart from no bounds at all
constexpr int kRounds = 4;   // of propagation between variables that are compared with each other

constexpr int kDeepest = 400;  // operators under each other, walked by recursion

bool bounded(Range range) { return range.low > -kUnbounded && range.high < kUnbounded; }

/// Bounds of an operation on numbers; absent where an operand has none, or the result is too large to be told.
std::optional<Range> sum(Range a, Range b) {
  if (!bounded(a) || !bounded(b)) return std::nullopt;
  return Range{a.low + b.low, a.high + b.high};
}

Range negated(Range a) { return {-a.high, -a.low}; }

std::optional<Range> product(Range a, Range b) {
  if (!bounded(a) || !bounded(b)) return std::nullopt;
  Range found;
  bool first = true;
  for (const Wide x : {a.low, a.high})
    for (const Wide y : {b.low, b.high}) {
      Wide corner = 0;
      if (__builtin_mul_overflow(x, y, &corner)) return std::nullopt;
      found = first ? Range{corner, corner} : Range{std::min(found.low, corner), std::max(found.high, corner)};
      first = false;
    }
  return found;
}

std::optional<Range> square(Range a) {
  const std::optional<Range> corners = product(a, a);
  if (!corners || a.low > 0 || a.high < 0) return corners;
  return Range{0, corners->high};
}

/// Every value of x lies at least `gap` below every value of y; an end that is no bound says nothing.
bool below(Range x, Range y, Wide gap) { return x.high < kUnbounded && y.low > -kUnbounded && x.high + gap <= y.low; }

bool within(Range inner, Range outer) { return outer.low <= inner.low && inner.high <= outer.high; }

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
  if (sort.width > kWidest) return {-kUnbounded, kUnbounded};
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
  terms_.clear();
  changed_ = true;
}

/// All values that the operand can take, and perhaps more.
Range Ranges::around(Term operand, int depth) const {
  operand = behind_extension(operand);
  if (operand.is_constant()) return {operand.signed_value(), operand.signed_value()};
  if (operand->op == Op::kVariable) return current(operand);
  const Range all = everything(operand.sort());
  const bool told = operand.sort().kind == SortKind::kInteger || (operand.sort().kind == SortKind::kBitVector && operand.sort().width <= kWidest);
  if (!told || depth > kDeepest) return all;
  if (const auto known = terms_.find(operand.node()); known != terms_.end()) return known->second;
  if (nodes_left_ == 0) return all;
  --nodes_left_;
  const Range found = computed(operand, depth + 1);
  return terms_[operand.node()] = within(found, all) ? found : all;
}

/// As numbers without bounds: what lies outside of the sort may wrap, which the caller sees.
Range Ranges::computed(Term term, int depth) const {
  const Range all = everything(term.sort());
  const auto of = [&](Term part) { return around(part, depth); };
  switch (term->op) {
    case Op::kAdd: return sum(of(term->a), of(term->b)).value_or(all);
    case Op::kSubtract: return sum(of(term->a), negated(of(term->b))).value_or(all);
    case Op::kNegate: return negated(of(term->a));
    case Op::kMultiply: return (term->a.same(term->b) ? square(of(term->a)) : product(of(term->a), of(term->b))).value_or(all);
    case Op::kTruncate: return of(term->a);
    case Op::kZeroExtend: return of(term->a).low >= 0 ? of(term->a) : all;
    case Op::kIte: {
      if (const std::optional<bool> known = decided(term->a, depth)) return of(*known ? term->b : term->c);
      const Range then = of(term->b), otherwise = of(term->c);
      return {std::min(then.low, otherwise.low), std::max(then.high, otherwise.high)};
    }
    case Op::kSignedDivide:
    case Op::kSignedRemainder:
    case Op::kUnsignedDivide:
    case Op::kUnsignedRemainder: {  // of numbers that are not negative by a positive constant, where all four agree
      const Range a = of(term->a);
      if (a.low < 0 || !term->b.is_constant() || term->b.signed_value() <= 0) return all;
      const Wide by = term->b.signed_value();
      const bool divides = term->op == Op::kSignedDivide || term->op == Op::kUnsignedDivide;
      return divides ? Range{a.low / by, a.high / by} : Range{0, std::min(a.high, by - 1)};
    }
    default: return all;
  }
}

std::optional<bool> Ranges::decided(Term comparison, int depth) const {
  const Op op = comparison->op;
  const bool is_unsigned = op == Op::kUnsignedLess || op == Op::kUnsignedLessEqual;
  if (!is_unsigned && op != Op::kLess && op != Op::kLessEqual && op != Op::kEqual && op != Op::kMultiplyOverflows) return std::nullopt;
  const Range x = around(comparison->a, depth), y = around(comparison->b, depth);
  if (op == Op::kMultiplyOverflows) {
    const std::optional<Range> exact = comparison->a.same(comparison->b) ? square(x) : product(x, y);
    const Range fits = everything(comparison->a.sort());
    if (!exact || comparison->a.sort().width > kWidest) return std::nullopt;
    if (within(*exact, fits)) return false;
    return exact->low > fits.high || exact->high < fits.low ? std::optional(true) : std::nullopt;
  }
  if (op == Op::kEqual) {
    if (below(x, y, 1) || below(y, x, 1)) return false;
    return x.low == x.high && x == y ? std::optional(true) : std::nullopt;
  }
  if (is_unsigned && (x.low < 0 || y.low < 0)) return std::nullopt;  // read as signed, the order would be another
  const Wide gap = op == Op::kLess || op == Op::kUnsignedLess ? 1 : 0;
  if (below(x, y, gap)) return true;
  return below(y, x, 1 - gap) ? std::optional(false) : std::nullopt;
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
