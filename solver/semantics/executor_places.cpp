// Places and pointers -> guarded addresses, with the checks of every access.
#include <fmt/format.h>

#include "frontend/program/printer.h"
#include "solver/semantics/executor.h"

namespace assay::solver {

using program::BinaryOp;
using program::CheckKind;
using program::Expr;
using program::ExprKind;
using program::Place;
using program::PlaceKind;
using program::Type;
using program::TypeId;

namespace {

/// The element that a pointer stands on, as an address.
Address pointee(const PointerTarget& target) {
  Address address = target.base;
  if (target.index.is_constant()) {
    const smt::Wide index = target.index.signed_value();
    if (index >= 0 && static_cast<std::uint64_t>(index) < target.capacity) {
      address.offset += static_cast<std::uint64_t>(index) * target.stride;
      return address;
    }
  }
  address.steps.push_back({target.index, target.stride, target.capacity});
  return address;
}

}  // namespace

/// Integers of one width may be accessed as each other (C17 6.5p7 allows signed for unsigned); everything else needs the same type.
bool Executor::compatible(TypeId stored, TypeId accessed) const {
  if (stored == accessed) return true;
  const Type &a = type(stored), &b = type(accessed);
  return (a.is_integer() && b.is_integer() && a.width == b.width && a.is_bool == b.is_bool) || (a.is_pointer() && b.is_pointer());
}

std::shared_ptr<const PointerValue> Executor::pointer(const State& state, Frame& frame, const Expr& expr, Term guard) {
  const Cell cell = evaluate(state, frame, expr, guard);
  if (cell.pointer) return cell.pointer;
  refuse(guard, expr.origin, "integer where a pointer was expected");
  return std::make_shared<const PointerValue>(memory_.null_pointer());
}

void Executor::check_initialised(Frame& frame, Term guard, const std::vector<Cell>& cells, const Place& place) {
  std::vector<Term> unset;
  for (const Cell& cell : cells) unset.push_back(!cell.initialised);
  const bool always_set = cells.size() == 1 && cells[0].initialised.is_true();
  if (!always_set) violate(CheckKind::kUninitialisedRead, place.origin, guard, any_of(store_, unset), frame, place);
}

std::vector<Target> Executor::resolve(const State& state, Frame& frame, const Place& place, Term guard, bool write) {
  switch (place.kind) {
    case PlaceKind::kVariable: {
      const ObjectId object = place.variable.global ? globals_[place.variable.index] : frame.locals[place.variable.index];
      if (place.variable.global && !program_.globals[place.variable.index].is_const && !initialising_)
        run_.globals_touched.insert(place.variable.index);
      return {{store_.yes(), {object, 0, {}}}};
    }
    case PlaceKind::kDeref: return dereference(state, frame, place, guard, write);
    case PlaceKind::kElement: return element(state, frame, place, guard, write);
    case PlaceKind::kField: {
      std::vector<Target> targets = resolve(state, frame, *place.base, guard, write);
      for (Target& target : targets) target.address.offset += memory_.field_offset(place.base->type, place.field);
      return targets;
    }
  }
  return {};
}

std::vector<Target> Executor::element(const State& state, Frame& frame, const Place& place, Term guard, bool write) {
  std::vector<Target> targets = resolve(state, frame, *place.base, guard, write);
  const Type& array = type(place.base->type);
  const Term index = encoding_.to_index(type(place.index->type), integer(state, frame, *place.index, guard));
  const std::uint64_t stride = memory_.cell_count(place.type);
  const Term inside = encoding_.index(0) <= index && index < encoding_.index(static_cast<std::int64_t>(array.count));
  violate(CheckKind::kIndexBounds, place.origin, guard, !inside, frame, place);
  for (Target& target : targets) {
    if (index.is_constant() && inside.is_true()) target.address.offset += static_cast<std::uint64_t>(index.value()) * stride;
    else target.address.steps.push_back({index, stride, array.count});
  }
  return targets;
}

/// Checks of one access, in the interpreter's order: null, lifetime, beyond the end, at the end, const.
std::vector<Target> Executor::dereference(const State& state, Frame& frame, const Place& place, Term guard, bool write) {
  // p[i] as an integer is one access: its index is checked once, at the place.
  const Expr& expr = *place.pointer;
  const bool indexed = expr.kind == ExprKind::kPointerAdd && type(place.type).is_integer();
  const auto base = pointer(state, frame, indexed ? *expr.a : expr, guard);
  Term offset = encoding_.index(0);
  if (indexed) offset = encoding_.to_index(type(expr.b->type), integer(state, frame, *expr.b, guard));
  violate(CheckKind::kNullDereference, place.origin, guard, base->null, frame, place);
  std::vector<Term> dangling, outside, at_end, constant;
  std::vector<Target> targets;
  for (PointerTarget target : base->targets) {
    target.index = target.index + offset;
    if (state.objects[target.base.object.value].generation != target.generation) dangling.push_back(target.guard);
    outside.push_back(target.guard && !within(target));
    at_end.push_back(target.guard && target.index.equals(target.count));
    if (write && memory_.info(target.base.object).is_const && !initialising_) constant.push_back(target.guard);
    const Type &stored = type(target.element), &accessed = type(place.type);
    if (stored.is_integer() && accessed.is_integer() && stored.is_signed != accessed.is_signed) encoding_.reinterpret_bits();
    if (!compatible(target.element, place.type)) {
      refuse(guard && target.guard, place.origin,
             fmt::format("access to an object of type '{}' as '{}'", program::print_declaration(program_, target.element, ""),
                         program::print_declaration(program_, place.type, "")));
      continue;
    }
    targets.push_back({target.guard, pointee(target)});
  }
  if (!dangling.empty()) violate(CheckKind::kDanglingPointer, place.origin, guard, any_of(store_, dangling), frame, place);
  if (indexed) violate(CheckKind::kPointerArithmetic, place.origin, guard, any_of(store_, outside), frame, place);
  violate(CheckKind::kPointerBounds, place.origin, guard, any_of(store_, at_end), frame, place);
  if (!constant.empty()) violate(CheckKind::kConstWrite, place.origin, guard, any_of(store_, constant), frame, place);
  return targets;
}

void Executor::assign(State& state, Frame& frame, const Place& place, const std::vector<Cell>& values, Term guard) {
  const std::vector<Target> targets = resolve(state, frame, place, guard, true);
  std::vector<TypeId> types;
  memory_.append_cells(place.type, types);
  memory_.store(state, targets, values);
}

Cell Executor::address_of(const State& state, Frame& frame, const Expr& expr, Term guard) {
  const Place& place = *expr.place;
  if (place.kind == PlaceKind::kDeref) return evaluate(state, frame, *place.pointer, guard);  // &*p is p
  const bool element_of_array = place.kind == PlaceKind::kElement;
  const Place& whole = element_of_array ? *place.base : place;
  PointerValue value{store_.no(), {}};
  Term index = encoding_.index(0);
  std::uint64_t count = 1;
  const std::vector<Target> targets = resolve(state, frame, whole, guard, false);
  if (element_of_array) {
    count = type(whole.type).count;
    index = encoding_.to_index(type(place.index->type), integer(state, frame, *place.index, guard));
    const Term inside = encoding_.index(0) <= index && index <= encoding_.index(static_cast<std::int64_t>(count));
    violate(CheckKind::kIndexBounds, place.origin, guard, !inside, frame, expr);
  }
  for (const Target& target : targets)
    value.targets.push_back({.guard = target.guard,
                             .base = target.address,
                             .element = place.type,
                             .stride = memory_.cell_count(place.type),
                             .capacity = count,
                             .begin = encoding_.index(0),
                             .count = encoding_.index(static_cast<std::int64_t>(count)),
                             .index = index,
                             .generation = state.objects[target.address.object.value].generation});
  return memory_.pointer_cell(std::move(value));
}

Cell Executor::convert_pointer(Frame& frame, const Expr& expr, const Cell& from, Term guard) {
  (void)frame;
  if (!from.pointer) {
    if (from.integer.valid() && from.integer.is_constant() && from.integer.value() == 0) return memory_.pointer_cell(memory_.null_pointer());
    refuse(guard, expr.origin, "integer converted to a pointer");
    return memory_.pointer_cell(memory_.null_pointer());
  }
  return from;  // the target keeps its own element type: an access as another type is refused where it happens
}

Cell Executor::pointer_add(const State& state, Frame& frame, const Expr& expr, Term guard) {
  const auto base = pointer(state, frame, *expr.a, guard);
  const Term offset = encoding_.to_index(type(expr.b->type), integer(state, frame, *expr.b, guard));
  PointerValue value{base->null, {}};
  std::vector<Term> dangling, outside;
  for (PointerTarget target : base->targets) {
    if (!compatible(target.element, type(expr.type).element))
      refuse(guard && target.guard, expr.origin, "arithmetic on a pointer of another type than its array");
    target.index = target.index + offset;
    if (state.objects[target.base.object.value].generation != target.generation) dangling.push_back(target.guard);
    outside.push_back(target.guard && !within(target));
    value.targets.push_back(std::move(target));
  }
  violate(CheckKind::kNullDereference, expr.origin, guard, base->null && offset.differs(encoding_.index(0)), frame, expr);
  if (!dangling.empty()) violate(CheckKind::kDanglingPointer, expr.origin, guard, any_of(store_, dangling), frame, expr);
  violate(CheckKind::kPointerArithmetic, expr.origin, guard, any_of(store_, outside), frame, expr);
  return memory_.pointer_cell(std::move(value));
}

Term Executor::pointer_difference(const State& state, Frame& frame, const Expr& expr, Term guard) {
  const auto a = pointer(state, frame, *expr.a, guard), b = pointer(state, frame, *expr.b, guard);
  Term difference = encoding_.constant(type(expr.type), 0);
  check_alive(state, frame, {a.get(), b.get()}, expr, guard);
  std::vector<Term> related;
  for (const PointerTarget& x : a->targets)
    for (const PointerTarget& y : b->targets) {
      const Term both = one_array(x, y);
      if (both.is_false()) continue;
      related.push_back(both);
      difference = store_.ite(both, encoding_.convert(Encoding::index_type(), type(expr.type), x.index - y.index), difference);
    }
  violate(CheckKind::kPointerRelation, expr.origin, guard, !any_of(store_, related), frame, expr);
  return difference;
}

Term Executor::pointer_compare(const State& state, Frame& frame, const Expr& expr, Term guard) {
  const auto a = pointer(state, frame, *expr.a, guard), b = pointer(state, frame, *expr.b, guard);
  check_alive(state, frame, {a.get(), b.get()}, expr, guard);
  const bool equality = expr.binary_op == BinaryOp::kEqual || expr.binary_op == BinaryOp::kNotEqual;
  std::vector<Term> equal{a->null && b->null}, holds, related;
  for (const PointerTarget& x : a->targets)
    for (const PointerTarget& y : b->targets) {
      if (x.base.object != y.base.object) continue;
      const Term both = x.guard && y.guard, i = flat_index(encoding_, x), j = flat_index(encoding_, y);
      equal.push_back(both && i.equals(j));
      const Term comparable = one_array(x, y);
      related.push_back(comparable);
      if (!equality) holds.push_back(comparable && encoding_.compare(expr.binary_op, Encoding::index_type(), i, j));
    }
  if (equality) {
    const Term same = any_of(store_, equal);
    return expr.binary_op == BinaryOp::kEqual ? same : !same;
  }
  violate(CheckKind::kPointerRelation, expr.origin, guard, !any_of(store_, related), frame, expr);
  return any_of(store_, holds);
}

/// Both hold, and both pointers were derived from the same array.
Term Executor::one_array(const PointerTarget& x, const PointerTarget& y) {
  if (x.base.object != y.base.object || x.base.offset != y.base.offset || x.base.steps.size() != y.base.steps.size()) return store_.no();
  Term both = x.guard && y.guard;
  for (std::size_t i = 0; i < x.base.steps.size(); ++i) both = both && x.base.steps[i].index.equals(y.base.steps[i].index);
  return both;
}

void Executor::check_alive(const State& state, Frame& frame, const std::vector<const PointerValue*>& pointers, const Expr& expr, Term guard) {
  std::vector<Term> dangling;
  for (const PointerValue* value : pointers)
    for (const PointerTarget& target : value->targets)
      if (state.objects[target.base.object.value].generation != target.generation) dangling.push_back(target.guard);
  if (!dangling.empty()) violate(CheckKind::kDanglingPointer, expr.origin, guard, any_of(store_, dangling), frame, expr);
}

Term Executor::pointer_length(const State& state, Frame& frame, const Expr& expr, Term guard) {
  const auto value = pointer(state, frame, *expr.a, guard);
  Term length = encoding_.index(0);
  check_alive(state, frame, {value.get()}, expr, guard);
  for (const PointerTarget& target : value->targets) length = store_.ite(target.guard, target.count - target.index, length);
  return encoding_.convert(Encoding::index_type(), type(expr.type), length);
}

}  // namespace assay::solver
