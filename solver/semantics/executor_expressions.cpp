// Expressions -> terms. Operands are evaluated from left to right, as in the interpreter, so that the first violation is the same.
#include <fmt/format.h>

#include "solver/semantics/executor.h"

namespace assay::solver {

using program::BinaryOp;
using program::CheckKind;
using program::Expr;
using program::ExprKind;
using program::Type;
using program::UnaryOp;

std::vector<Cell> Executor::evaluate_all(const State& state, Frame& frame, const Expr& expr, Term guard) {
  if (type(expr.type).is_scalar()) return {evaluate(state, frame, expr, guard)};
  const std::uint64_t cells = memory_.cell_count(expr.type);
  if (expr.kind == ExprKind::kLoad) return memory_.load(state, resolve(state, frame, *expr.place, guard, false), cells, expr.type);
  if (expr.kind == ExprKind::kConditional) {
    const Term chosen = truth(state, frame, *expr.a, guard);
    const std::vector<Cell> a = evaluate_all(state, frame, *expr.b, guard && chosen), b = evaluate_all(state, frame, *expr.c, guard && !chosen);
    std::vector<Cell> result;
    for (std::size_t i = 0; i < a.size(); ++i) result.push_back(memory_.choose(chosen, a[i], b[i]));
    return result;
  }
  refuse(guard, expr.origin, "this expression of aggregate type is not modelled");
  std::vector<program::TypeId> types;
  memory_.append_cells(expr.type, types);
  std::vector<Cell> nothing;
  for (program::TypeId id : types) nothing.push_back(memory_.indeterminate(id));
  return nothing;
}

Cell Executor::evaluate(const State& state, Frame& frame, const Expr& expr, Term guard) {
  switch (expr.kind) {
    case ExprKind::kNull: return memory_.pointer_cell(memory_.null_pointer());
    case ExprKind::kAddressOf: return address_of(state, frame, expr, guard);
    case ExprKind::kPointerAdd: return pointer_add(state, frame, expr, guard);
    case ExprKind::kConditional: return choose_value(state, frame, expr, guard);
    case ExprKind::kLoad: {
      const std::vector<Cell> cells = memory_.load(state, resolve(state, frame, *expr.place, guard, false), 1, expr.type);
      check_initialised(frame, guard, cells, *expr.place);
      Cell cell = cells[0];
      cell.initialised = store_.yes();
      return cell;
    }
    case ExprKind::kConvert:
      if (type(expr.type).is_pointer()) return convert_pointer(frame, expr, evaluate(state, frame, *expr.a, guard), guard);
      break;
    default: break;
  }
  return memory_.integer_cell(integer(state, frame, expr, guard));
}

Cell Executor::choose_value(const State& state, Frame& frame, const Expr& expr, Term guard) {
  const Term chosen = truth(state, frame, *expr.a, guard);
  const Cell a = evaluate(state, frame, *expr.b, guard && chosen);
  const Cell b = evaluate(state, frame, *expr.c, guard && !chosen);
  return memory_.choose(chosen, a, b);
}

/// Value of an integer expression.
Term Executor::integer(const State& state, Frame& frame, const Expr& expr, Term guard) {
  const Type& t = type(expr.type);
  switch (expr.kind) {
    case ExprKind::kConstant: return encoding_.constant(t, expr.value);
    case ExprKind::kLoad:
    case ExprKind::kConditional: return evaluate(state, frame, expr, guard).integer;
    case ExprKind::kUnary: return unary(state, frame, expr, guard);
    case ExprKind::kBinary: return binary(state, frame, expr, guard);
    case ExprKind::kLogicalAnd:
    case ExprKind::kLogicalOr:
    case ExprKind::kPointerCompare: return encoding_.from_condition(t, condition(state, frame, expr, guard));
    case ExprKind::kConvert:
      if (type(expr.a->type).is_pointer()) return encoding_.from_condition(t, truth(state, frame, *expr.a, guard));
      return encoding_.convert(type(expr.a->type), t, integer(state, frame, *expr.a, guard));
    case ExprKind::kPointerDifference: return pointer_difference(state, frame, expr, guard);
    case ExprKind::kLength: return pointer_length(state, frame, expr, guard);
    case ExprKind::kNull:
    case ExprKind::kAddressOf:
    case ExprKind::kPointerAdd: break;
  }
  refuse(guard, expr.origin, "pointer where an integer was expected");
  return encoding_.constant(t, 0);
}

/// Whether an expression of any scalar type is not zero.
Term Executor::truth(const State& state, Frame& frame, const Expr& expr, Term guard) {
  if (type(expr.type).is_pointer()) {
    const auto value = pointer(state, frame, expr, guard);
    return !value->null;
  }
  return condition(state, frame, expr, guard);
}

/// `expr != 0`, without the detour over 0 and 1 where the expression is a condition itself.
Term Executor::condition(const State& state, Frame& frame, const Expr& expr, Term guard) {
  switch (expr.kind) {
    case ExprKind::kLogicalAnd: {
      const Term a = truth(state, frame, *expr.a, guard);
      return a && truth(state, frame, *expr.b, guard && a);
    }
    case ExprKind::kLogicalOr: {
      const Term a = truth(state, frame, *expr.a, guard);
      return a || truth(state, frame, *expr.b, guard && !a);
    }
    case ExprKind::kUnary:
      if (expr.unary_op == UnaryOp::kLogicalNot) return !truth(state, frame, *expr.a, guard);
      break;
    case ExprKind::kBinary:
      if (expr.binary_op >= BinaryOp::kEqual) {
        const Term a = integer(state, frame, *expr.a, guard);
        return encoding_.compare(expr.binary_op, type(expr.a->type), a, integer(state, frame, *expr.b, guard));
      }
      break;
    case ExprKind::kPointerCompare: return pointer_compare(state, frame, expr, guard);
    case ExprKind::kConvert:
      if (type(expr.a->type).is_pointer() || type(expr.type).is_bool) return truth(state, frame, *expr.a, guard);
      break;
    default: break;
  }
  return encoding_.nonzero(type(expr.type), integer(state, frame, expr, guard));
}

Term Executor::unary(const State& state, Frame& frame, const Expr& expr, Term guard) {
  const Type& t = type(expr.type);
  if (expr.unary_op == UnaryOp::kLogicalNot) return encoding_.from_condition(t, condition(state, frame, expr, guard));
  const Term a = integer(state, frame, *expr.a, guard);
  if (expr.unary_op == UnaryOp::kBitNot) return encoding_.bit_not(t, a);
  if (t.is_signed && encoding_.mode() == SemanticsMode::kUbIsError)
    violate(CheckKind::kNegationOverflow, expr.origin, guard, encoding_.is_lowest(t, a), frame, expr);
  return encoding_.negate(t, a);
}

Term Executor::binary(const State& state, Frame& frame, const Expr& expr, Term guard) {
  if (expr.binary_op >= BinaryOp::kEqual) return encoding_.from_condition(type(expr.type), condition(state, frame, expr, guard));
  const Term a = integer(state, frame, *expr.a, guard);
  const Term b = integer(state, frame, *expr.b, guard);
  check_binary(frame, expr, guard, a, b);
  return encoding_.arithmetic(expr.binary_op, type(expr.type), a, b, type(expr.b->type));
}

void Executor::check_binary(Frame& frame, const Expr& expr, Term guard, Term a, Term b) {
  const Type &t = type(expr.type), &b_type = type(expr.b->type);
  const bool overflow_counts = t.is_signed && encoding_.mode() == SemanticsMode::kUbIsError;
  const BinaryOp op = expr.binary_op;
  switch (op) {
    case BinaryOp::kAdd:
    case BinaryOp::kSubtract:
    case BinaryOp::kMultiply:
      if (overflow_counts) violate(CheckKind::kSignedOverflow, expr.origin, guard, encoding_.overflows(op, t, a, b, b_type), frame, expr);
      return;
    case BinaryOp::kDivide:
    case BinaryOp::kRemainder:
      violate(CheckKind::kDivisionByZero, expr.origin, guard, encoding_.is_value(b_type, b, 0), frame, expr);
      if (t.is_signed && encoding_.mode() != SemanticsMode::kMath)
        violate(CheckKind::kDivisionOverflow, expr.origin, guard, encoding_.is_lowest(t, a) && encoding_.is_value(b_type, b, -1), frame, expr);
      return;
    case BinaryOp::kShiftLeft:
    case BinaryOp::kShiftRight: {
      Term outside = encoding_.compare(BinaryOp::kGreaterEqual, b_type, b, encoding_.constant(b_type, t.width));
      if (b_type.is_signed) outside = outside || encoding_.compare(BinaryOp::kLess, b_type, b, encoding_.constant(b_type, 0));
      violate(CheckKind::kShiftCount, expr.origin, guard, outside, frame, expr);
      if (op == BinaryOp::kShiftLeft && overflow_counts && !shift_into_sign_is_defined_)
        violate(CheckKind::kShiftOverflow, expr.origin, guard, encoding_.overflows(op, t, a, b, b_type), frame, expr);
      return;
    }
    default: return;
  }
}

}  // namespace assay::solver
