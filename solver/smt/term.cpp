#include "solver/smt/term.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <optional>

#include "solver/smt/fold.h"

namespace assay::solver::smt {
namespace {

bool is_commutative(Op op) {
  switch (op) {
    case Op::kAdd:
    case Op::kMultiply:
    case Op::kBitAnd:
    case Op::kBitOr:
    case Op::kBitXor:
    case Op::kMultiplyOverflows: return true;
    default: return false;
  }
}

bool is_comparison(Op op) {
  return op == Op::kLess || op == Op::kLessEqual || op == Op::kUnsignedLess || op == Op::kUnsignedLessEqual || op == Op::kMultiplyOverflows;
}

bool is_all_ones(Term term) { return term.is_constant() && term.signed_value() == -1; }
bool is_number(Term term, Wide value) { return term.is_constant() && term.value() == value; }
bool is_constant_choice(Term term) { return term->op == Op::kIte && term->b.is_constant() && term->c.is_constant(); }

}  // namespace

// ---- Term -----------------------------------------------------------------------------------------------------------
Sort Term::sort() const { return node_->sort; }
bool Term::is_constant() const { return node_->op == Op::kConstant; }
bool Term::is_true() const { return is_constant() && node_->sort.kind == SortKind::kBool && node_->value == 1; }
bool Term::is_false() const { return is_constant() && node_->sort.kind == SortKind::kBool && node_->value == 0; }
Wide Term::value() const { return node_->value; }
Wide Term::signed_value() const { return node_->sort.kind == SortKind::kBitVector ? as_signed(node_->value, node_->sort.width) : node_->value; }
Term Term::equals(Term other) const { return node_->store->equal(*this, other); }
Term Term::differs(Term other) const { return !equals(other); }
Term Term::operator&&(Term other) const { return node_->store->conjunction(*this, other); }
Term Term::operator||(Term other) const { return node_->store->disjunction(*this, other); }
Term Term::operator!() const { return node_->store->negation(*this); }
Term Term::operator+(Term other) const { return node_->store->apply(Op::kAdd, *this, other); }
Term Term::operator-(Term other) const { return node_->store->apply(Op::kSubtract, *this, other); }
Term Term::operator*(Term other) const { return node_->store->apply(Op::kMultiply, *this, other); }
Term Term::operator-() const { return node_->store->apply(Op::kNegate, *this); }
Term Term::operator<(Term other) const { return node_->store->apply(Op::kLess, *this, other); }
Term Term::operator<=(Term other) const { return node_->store->apply(Op::kLessEqual, *this, other); }
Term Term::unsigned_less(Term other) const { return node_->store->apply(Op::kUnsignedLess, *this, other); }
Term Term::unsigned_less_equal(Term other) const { return node_->store->apply(Op::kUnsignedLessEqual, *this, other); }

// ---- TermStore: leaves and interning --------------------------------------------------------------------------------
std::size_t TermStore::Key::operator()(const Node* node) const {
  std::size_t hash =
      static_cast<std::size_t>(node->op) * 31 + static_cast<std::size_t>(node->sort.kind) * 7 + static_cast<std::size_t>(node->sort.width);
  auto mix = [&](std::size_t value) { hash ^= value + 0x9e3779b97f4a7c15ull + (hash << 6) + (hash >> 2); };
  for (Term part : {node->a, node->b, node->c}) mix(part.valid() ? part->id + 1 : 0);
  mix(static_cast<std::size_t>(node->value));
  mix(static_cast<std::size_t>(node->value >> 64));
  return hash;
}

bool TermStore::Same::operator()(const Node* x, const Node* y) const {
  return x->op == y->op && x->sort == y->sort && x->a.same(y->a) && x->b.same(y->b) && x->c.same(y->c) && x->value == y->value;
}

TermStore::TermStore() {
  false_ = intern({.op = Op::kConstant, .sort = Sort::boolean(), .value = 0});
  true_ = intern({.op = Op::kConstant, .sort = Sort::boolean(), .value = 1});
}

Term TermStore::intern(Node node) {
  if (auto found = index_.find(&node); found != index_.end()) return Term(*found);
  node.id = static_cast<std::uint32_t>(nodes_.size());
  node.store = this;
  nodes_.push_back(node);
  index_.insert(&nodes_.back());
  return Term(&nodes_.back());
}

Term TermStore::bits(Wide value, int width) { return constant(value, Sort::bit_vector(width)); }
Term TermStore::integer(Wide value) { return constant(value, Sort::integer()); }

Term TermStore::constant(Wide value, Sort sort) {
  if (sort.kind == SortKind::kBitVector && sort.width < 128) value &= (Wide{1} << sort.width) - 1;
  return intern({.op = Op::kConstant, .sort = sort, .value = value});
}

Term TermStore::variable(const std::string& name, Sort sort) {
  auto [entry, added] = name_index_.emplace(name, static_cast<std::uint32_t>(names_.size()));
  if (added) names_.push_back(name);
  return intern({.op = Op::kVariable, .sort = sort, .value = entry->second});
}

const std::string& TermStore::name(Term variable) const { return names_[static_cast<std::size_t>(variable->value)]; }

// ---- Booleans -------------------------------------------------------------------------------------------------------
Term TermStore::negation(Term a) {
  if (a.is_constant()) return boolean(a.is_false());
  switch (a->op) {
    case Op::kNot: return a->a;
    case Op::kLess: return apply(Op::kLessEqual, a->b, a->a);
    case Op::kLessEqual: return apply(Op::kLess, a->b, a->a);
    case Op::kUnsignedLess: return apply(Op::kUnsignedLessEqual, a->b, a->a);
    case Op::kUnsignedLessEqual: return apply(Op::kUnsignedLess, a->b, a->a);
    default: return intern({.op = Op::kNot, .sort = Sort::boolean(), .a = a});
  }
}

Term TermStore::conjunction(Term a, Term b) {
  if (a.is_false() || b.is_false()) return false_;
  if (a.is_true() || a.same(b)) return b;
  if (b.is_true()) return a;
  if (a.same(negation(b))) return false_;
  for (auto [x, y] : {std::pair{a, b}, std::pair{b, a}}) {
    if (x->op == Op::kAnd && (x->a.same(y) || x->b.same(y))) return x;  // (p && q) && p
    if (x->op == Op::kAnd && (x->a.same(negation(y)) || x->b.same(negation(y)))) return false_;
    if (x->op == Op::kOr && (x->a.same(y) || x->b.same(y))) return y;             // (p || q) && p
    if (x->op == Op::kOr && x->a.same(negation(y))) return conjunction(x->b, y);  // (!p || q) && p
    if (x->op == Op::kOr && x->b.same(negation(y))) return conjunction(x->a, y);
  }
  if (a->id > b->id) std::swap(a, b);
  return intern({.op = Op::kAnd, .sort = Sort::boolean(), .a = a, .b = b});
}

Term TermStore::disjunction(Term a, Term b) {
  if (a.is_true() || b.is_true()) return true_;
  if (a.is_false() || a.same(b)) return b;
  if (b.is_false()) return a;
  if (a.same(negation(b))) return true_;
  for (auto [x, y] : {std::pair{a, b}, std::pair{b, a}}) {
    if (x->op == Op::kOr && (x->a.same(y) || x->b.same(y))) return x;
    if (x->op == Op::kAnd && (x->a.same(y) || x->b.same(y))) return y;
    if (x->op == Op::kAnd && x->a.same(negation(y))) return disjunction(x->b, y);
    if (x->op == Op::kAnd && x->b.same(negation(y))) return disjunction(x->a, y);
  }
  if (a->op == Op::kAnd && b->op == Op::kAnd) {  // (p && c) || (p && !c) is p: paths that join again
    for (auto [p, c] : {std::pair{a->a, a->b}, std::pair{a->b, a->a}})
      for (auto [q, d] : {std::pair{b->a, b->b}, std::pair{b->b, b->a}})
        if (p.same(q)) return conjunction(p, disjunction(c, d));
  }
  if (a->id > b->id) std::swap(a, b);
  return intern({.op = Op::kOr, .sort = Sort::boolean(), .a = a, .b = b});
}

Term TermStore::ite(Term condition, Term then, Term otherwise) {
  if (condition.is_true() || then.same(otherwise)) return then;
  if (condition.is_false()) return otherwise;
  if (condition->op == Op::kNot) return ite(condition->a, otherwise, then);
  if (then->op == Op::kIte && then->a.same(condition)) return ite(condition, then->b, otherwise);
  if (otherwise->op == Op::kIte && otherwise->a.same(condition)) return ite(condition, then, otherwise->c);
  if (otherwise->op == Op::kIte && otherwise->b.same(then)) return ite(condition || otherwise->a, then, otherwise->c);
  if (then.sort().kind == SortKind::kBool) {
    if (then.is_true()) return condition || otherwise;
    if (then.is_false()) return !condition && otherwise;
    if (otherwise.is_true()) return !condition || then;
    if (otherwise.is_false()) return condition && then;
  }
  return intern({.op = Op::kIte, .sort = then.sort(), .a = condition, .b = then, .c = otherwise});
}

Term TermStore::equal(Term a, Term b) {
  assert(a.sort() == b.sort());
  if (a.same(b)) return true_;
  if (a.is_constant() && b.is_constant()) return false_;
  if (a.is_constant()) std::swap(a, b);
  if (a.sort().kind == SortKind::kBool) {
    if (b.is_true()) return a;
    if (b.is_false()) return !a;
    if (a.same(negation(b))) return false_;
  }
  if (b.is_constant()) {
    if (a->op == Op::kIte && (a->b.is_constant() || a->c.is_constant())) return ite(a->a, equal(a->b, b), equal(a->c, b));
    if (a->op == Op::kZeroExtend || a->op == Op::kSignExtend) {
      const int inner = a->a.sort().width;
      const Wide value = a->op == Op::kZeroExtend ? b.value() : b.signed_value();
      const Term narrow = bits(b.value(), inner);
      const Wide back = a->op == Op::kZeroExtend ? narrow.value() : narrow.signed_value();
      return back == value ? equal(a->a, narrow) : false_;
    }
    if (a->op == Op::kAdd && a->b.is_constant()) return equal(a->a, b - a->b);
  } else if (is_constant_choice(a) && is_constant_choice(b) && a->a.same(b->a)) {
    return ite(a->a, equal(a->b, b->b), equal(a->c, b->c));
  }
  if (a->id > b->id) std::swap(a, b);
  return intern({.op = Op::kEqual, .sort = Sort::boolean(), .a = a, .b = b});
}

// ---- arithmetic -----------------------------------------------------------------------------------------------------
Term TermStore::fold_or_intern(Op op, Sort sort, Term a, Term b) {
  if (a.is_constant() && (!b.valid() || b.is_constant()))
    if (std::optional<Wide> value = fold(op, a.sort(), sort.width, a.value(), b.valid() ? b.value() : 0)) return constant(*value, sort);
  return intern({.op = op, .sort = sort, .a = a, .b = b});
}

Term TermStore::comparison(Op op, Term a, Term b) {
  const bool strict = op == Op::kLess || op == Op::kUnsignedLess;
  if (a.same(b) && op != Op::kMultiplyOverflows) return boolean(!strict);
  if (op != Op::kMultiplyOverflows) {
    // The width of an index is 64, that of its variable mostly 32: compare at the narrow width when both sides allow it.
    const bool is_signed = op == Op::kLess || op == Op::kLessEqual;
    auto narrow = [&](Term term, int width) -> Term {
      if ((term->op == Op::kSignExtend && is_signed) || (term->op == Op::kZeroExtend && !is_signed))
        return term->a.sort().width == width ? term->a : Term();
      if (!term.is_constant()) return {};
      const Term small = bits(term.value(), width);
      return (is_signed ? small.signed_value() == term.signed_value() : small.value() == term.value()) ? small : Term();
    };
    for (Term side : {a, b})
      if ((side->op == Op::kSignExtend && is_signed) || (side->op == Op::kZeroExtend && !is_signed)) {
        const int width = side->a.sort().width;
        const Term x = narrow(a, width), y = narrow(b, width);
        if (x.valid() && y.valid()) return comparison(op, x, y);
      }
    if (a->op == Op::kIte && a->b.is_constant() && a->c.is_constant() && b.is_constant())
      return ite(a->a, comparison(op, a->b, b), comparison(op, a->c, b));
    if (b->op == Op::kIte && b->b.is_constant() && b->c.is_constant() && a.is_constant())
      return ite(b->a, comparison(op, a, b->b), comparison(op, a, b->c));
    if (op == Op::kUnsignedLess && is_number(b, 0)) return false_;
    if (op == Op::kUnsignedLessEqual && is_number(a, 0)) return true_;
  }
  return fold_or_intern(op, Sort::boolean(), a, b);
}

Term TermStore::apply(Op op, Term a, Term b) {
  if (is_commutative(op) && (a.is_constant() || (!b.is_constant() && a->id > b->id))) std::swap(a, b);  // constants to the right
  if (is_comparison(op)) {
    if (op == Op::kMultiplyOverflows && b.is_constant() && (b.value() == 0 || b.value() == 1) && b.sort().width > 1) return false_;
    return comparison(op, a, b);
  }
  const Sort sort = a.sort();
  auto zero = [&] { return constant(0, sort); };
  switch (op) {
    case Op::kAdd:
      if (is_number(b, 0)) return a;
      if (b.is_constant() && a->op == Op::kAdd && a->b.is_constant()) return apply(Op::kAdd, a->a, a->b + b);
      break;
    case Op::kSubtract:
      if (is_number(b, 0)) return a;
      if (a.same(b)) return zero();
      if (b.is_constant() && !a.is_constant()) return apply(Op::kAdd, a, -b);
      break;
    case Op::kMultiply:
      if (is_number(b, 0)) return b;
      if (is_number(b, 1)) return a;
      break;
    case Op::kBitAnd:
      if (is_number(b, 0) || a.same(b)) return b;
      if (is_all_ones(b)) return a;
      break;
    case Op::kBitOr:
      if (is_number(b, 0) || a.same(b)) return a;
      if (is_all_ones(b)) return b;
      break;
    case Op::kBitXor:
      if (is_number(b, 0)) return a;
      if (a.same(b)) return zero();
      break;
    case Op::kShiftLeft:
    case Op::kLogicalShiftRight:
    case Op::kArithmeticShiftRight:
      if (is_number(b, 0)) return a;
      break;
    case Op::kUnsignedDivide:
    case Op::kSignedDivide:
    case Op::kFloorDivide:
      if (is_number(b, 1)) return a;
      break;
    case Op::kNegate:
    case Op::kBitNot:
      if (a->op == op) return a->a;
      break;
    default: break;
  }
  return fold_or_intern(op, sort, a, b);
}

Term TermStore::resize(Op op, Term a, int width) {
  const int from = a.sort().width;
  if (from == width) return a;
  if (op == Op::kTruncate && (a->op == Op::kZeroExtend || a->op == Op::kSignExtend)) {
    const int inner = a->a.sort().width;
    return inner >= width ? resize(Op::kTruncate, a->a, width) : resize(a->op, a->a, width);
  }
  if (op != Op::kTruncate && a->op == op) return resize(op, a->a, width);
  if (op == Op::kSignExtend && a->op == Op::kZeroExtend) return resize(Op::kZeroExtend, a->a, width);
  if (is_constant_choice(a)) return ite(a->a, resize(op, a->b, width), resize(op, a->c, width));
  return fold_or_intern(op, Sort::bit_vector(width), a, {});
}

// ---- walks ----------------------------------------------------------------------------------------------------------
namespace {

Term fold_balanced(const std::vector<Term>& terms, std::size_t begin, std::size_t end, const std::function<Term(Term, Term)>& join) {
  if (end - begin == 1) return terms[begin];
  const std::size_t middle = begin + (end - begin) / 2;
  return join(fold_balanced(terms, begin, middle, join), fold_balanced(terms, middle, end, join));
}

}  // namespace

Term all_of(TermStore& store, const std::vector<Term>& terms) {
  return terms.empty() ? store.yes() : fold_balanced(terms, 0, terms.size(), [](Term a, Term b) { return a && b; });
}

Term any_of(TermStore& store, const std::vector<Term>& terms) {
  return terms.empty() ? store.no() : fold_balanced(terms, 0, terms.size(), [](Term a, Term b) { return a || b; });
}

std::vector<const Node*> in_order(const std::vector<Term>& roots) {
  std::vector<const Node*> order;
  std::unordered_set<const Node*> seen;
  std::vector<std::pair<const Node*, bool>> stack;
  for (auto root = roots.rbegin(); root != roots.rend(); ++root) stack.emplace_back(root->node(), false);
  while (!stack.empty()) {
    auto [node, expanded] = stack.back();
    stack.pop_back();
    if (expanded) {
      order.push_back(node);
      continue;
    }
    if (!seen.insert(node).second) continue;
    stack.emplace_back(node, true);
    for (Term part : {node->c, node->b, node->a})
      if (part.valid() && !seen.contains(part.node())) stack.emplace_back(part.node(), false);
  }
  return order;
}

Wide Model::evaluate(Term term) {
  if (auto known = computed_.find(term.node()); known != computed_.end()) return known->second;
  for (const Node* node : in_order({term})) {
    if (computed_.contains(node)) continue;
    auto of = [&](Term part) { return part.valid() ? computed_.at(part.node()) : 0; };
    Wide value = 0;
    switch (node->op) {
      case Op::kConstant: value = node->value; break;
      case Op::kVariable: {
        auto found = values_.find(node->store->name(Term(node)));
        value = found == values_.end() ? 0 : found->second;
        break;
      }
      case Op::kNot: value = !of(node->a); break;
      case Op::kAnd: value = of(node->a) && of(node->b); break;
      case Op::kOr: value = of(node->a) || of(node->b); break;
      case Op::kIte: value = of(node->a) ? of(node->b) : of(node->c); break;
      case Op::kEqual: value = of(node->a) == of(node->b); break;
      default: value = fold(node->op, node->a.sort(), node->sort.width, of(node->a), of(node->b)).value_or(0); break;
    }
    computed_.emplace(node, value);
  }
  return computed_.at(term.node());
}

}  // namespace assay::solver::smt
