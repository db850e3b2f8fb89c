// Expressions -> instructions. Operands are evaluated from left to right, as the common compilers do, so that the first
// undefined operation found is the one that native code meets first.
#include "frontend/program/interpreter_compiler.h"

namespace assay::program {

namespace {

/// Every value of `from` keeps its representation as an int64 when read as `to`.
bool keeps_representation(const Type& from, const Type& to) {
  if (to.is_bool) return from.is_bool;
  if (to.width >= 64) return true;
  if (from.is_signed == to.is_signed) return from.width <= to.width;
  return !from.is_signed && from.width < to.width;
}

struct Comparison {
  Op op;
  Op jump;
  bool swap;  ///< a > b is b < a
};

Comparison comparison(BinaryOp op, const Type& operand) {
  const bool wide_unsigned = !operand.is_signed && operand.width >= 64;
  const Op less = wide_unsigned ? Op::kLtU : Op::kLt;
  const Op less_equal = wide_unsigned ? Op::kLeU : Op::kLe;
  const Op jump_less = wide_unsigned ? Op::kJumpLtU : Op::kJumpLt;
  const Op jump_less_equal = wide_unsigned ? Op::kJumpLeU : Op::kJumpLe;
  switch (op) {
    case BinaryOp::kEqual: return {Op::kEq, Op::kJumpEq, false};
    case BinaryOp::kNotEqual: return {Op::kNe, Op::kJumpNe, false};
    case BinaryOp::kLess: return {less, jump_less, false};
    case BinaryOp::kLessEqual: return {less_equal, jump_less_equal, false};
    case BinaryOp::kGreater: return {less, jump_less, true};
    default: return {less_equal, jump_less_equal, true};
  }
}

BinaryOp negated(BinaryOp op) {
  switch (op) {
    case BinaryOp::kEqual: return BinaryOp::kNotEqual;
    case BinaryOp::kNotEqual: return BinaryOp::kEqual;
    case BinaryOp::kLess: return BinaryOp::kGreaterEqual;
    case BinaryOp::kLessEqual: return BinaryOp::kGreater;
    case BinaryOp::kGreater: return BinaryOp::kLessEqual;
    default: return BinaryOp::kLess;
  }
}

Op arithmetic(BinaryOp op, bool is_signed) {
  switch (op) {
    case BinaryOp::kAdd: return is_signed ? Op::kAddS : Op::kAddU;
    case BinaryOp::kSubtract: return is_signed ? Op::kSubS : Op::kSubU;
    case BinaryOp::kMultiply: return is_signed ? Op::kMulS : Op::kMulU;
    case BinaryOp::kDivide: return is_signed ? Op::kDivS : Op::kDivU;
    case BinaryOp::kRemainder: return is_signed ? Op::kRemS : Op::kRemU;
    case BinaryOp::kShiftLeft: return is_signed ? Op::kShlS : Op::kShlU;
    case BinaryOp::kShiftRight: return is_signed ? Op::kShr : Op::kShrU;
    case BinaryOp::kBitAnd: return Op::kAnd;
    case BinaryOp::kBitOr: return Op::kOr;
    default: return Op::kXor;
  }
}

bool is_plus_plus_20(const std::string& standard) {
  for (const char* year : {"20", "2a", "23", "2b", "26", "2c"})
    if (standard == std::string("c++") + year || standard == std::string("gnu++") + year) return true;
  return false;
}

}  // namespace

std::uint32_t Compiler::value(const Expr& expr, std::uint32_t want) {
  switch (expr.kind) {
    case ExprKind::kConstant: return moved(constant(expr.value), want);
    case ExprKind::kLoad: return load(*expr.place, want);
    case ExprKind::kUnary: return unary(expr, want);
    case ExprKind::kBinary: return binary(expr, want);
    case ExprKind::kLogicalAnd:
    case ExprKind::kLogicalOr: return truth(expr, want);
    case ExprKind::kConditional: return conditional(expr, want, 1);
    case ExprKind::kConvert: return convert(expr, want);
    case ExprKind::kPointerDifference: {
      const std::uint32_t a = pointer(*expr.a);
      const std::uint32_t b = pointer(*expr.b);
      const std::uint32_t to = target(want);
      emit_typed(Op::kPointerSubtract, expr.type, expr.origin, to, a, b);
      return to;
    }
    case ExprKind::kPointerCompare: return pointer_compare(expr, want);
    case ExprKind::kLength: {
      const std::uint32_t a = pointer(*expr.a);
      const std::uint32_t to = target(want);
      emit_typed(Op::kPointerLength, expr.type, expr.origin, to, a, 0);
      return to;
    }
    case ExprKind::kNull:
    case ExprKind::kAddressOf:
    case ExprKind::kPointerAdd: break;  // pointers: see pointer()
  }
  return constant(0);
}

std::uint32_t Compiler::unary(const Expr& expr, std::uint32_t want) {
  if (expr.unary_op == UnaryOp::kLogicalNot && type(expr.a->type).is_pointer()) {
    const std::uint32_t a = pointer(*expr.a);
    const std::uint32_t to = target(want);
    emit(Op::kPointerIsNull, to, a);
    return to;
  }
  const std::uint32_t a = value(*expr.a);
  const std::uint32_t to = target(want);
  const bool is_signed = type(expr.type).is_signed;
  switch (expr.unary_op) {
    case UnaryOp::kNegate: emit_typed(is_signed ? Op::kNegS : Op::kNegU, expr.type, expr.origin, to, a, 0); break;
    case UnaryOp::kBitNot: emit_typed(is_signed ? Op::kNotS : Op::kNotU, expr.type, expr.origin, to, a, 0); break;
    case UnaryOp::kLogicalNot: emit(Op::kLogicalNot, to, a); break;
  }
  return to;
}

std::uint32_t Compiler::binary(const Expr& expr, std::uint32_t want) {
  const std::uint32_t a = value(*expr.a);
  const std::uint32_t b = value(*expr.b);
  const std::uint32_t to = target(want);
  const Type& operand = type(expr.a->type);
  if (expr.binary_op >= BinaryOp::kEqual) {
    const Comparison found = comparison(expr.binary_op, operand);
    emit(found.op, to, found.swap ? b : a, found.swap ? a : b);
    return to;
  }
  Instruction& instruction = emit_typed(arithmetic(expr.binary_op, operand.is_signed), expr.type, expr.origin, to, a, b);
  instruction.flag = expr.binary_op == BinaryOp::kShiftLeft && is_plus_plus_20(program_.target.standard);
  return to;
}

std::uint32_t Compiler::convert(const Expr& expr, std::uint32_t want) {
  const Type& to_type = type(expr.type);
  if (type(expr.a->type).is_pointer()) {  // pointer to _Bool
    const std::uint32_t a = pointer(*expr.a);
    const std::uint32_t is_null = temporary();
    emit(Op::kPointerIsNull, is_null, a);
    const std::uint32_t to = target(want);
    emit(Op::kLogicalNot, to, is_null);
    return to;
  }
  if (keeps_representation(type(expr.a->type), to_type)) return value(*expr.a, want);
  const std::uint32_t a = value(*expr.a);
  const std::uint32_t to = target(want);
  emit_typed(to_type.is_bool ? Op::kToBool : to_type.is_signed ? Op::kConvertSigned : Op::kConvertUnsigned, expr.type, expr.origin, to, a, 0);
  return to;
}

std::uint32_t Compiler::truth(const Expr& expr, std::uint32_t want) {
  Patches is_false, done;
  const std::uint32_t to = target(want);
  branch(expr, false, is_false);
  moved(constant(1), to);
  jump(done);
  patch(is_false);
  moved(constant(0), to);
  patch(done);
  return to;
}

std::uint32_t Compiler::conditional(const Expr& expr, std::uint32_t want, std::uint32_t words) {
  Patches otherwise, done;
  const std::uint32_t to = target(want, words);
  branch(*expr.a, false, otherwise);
  const auto choose = [&](const Expr& side) { words == 1 ? value(side, to) : pointer(side, to); };
  choose(*expr.b);
  jump(done);
  patch(otherwise);
  choose(*expr.c);
  patch(done);
  return to;
}

std::uint32_t Compiler::pointer_compare(const Expr& expr, std::uint32_t want) {
  const std::uint32_t a = pointer(*expr.a);
  const std::uint32_t b = pointer(*expr.b);
  const std::uint32_t to = target(want);
  switch (expr.binary_op) {
    case BinaryOp::kEqual: emit_typed(Op::kPointerEq, expr.type, expr.origin, to, a, b); break;
    case BinaryOp::kNotEqual: emit_typed(Op::kPointerNe, expr.type, expr.origin, to, a, b); break;
    case BinaryOp::kLess: emit_typed(Op::kPointerLt, expr.type, expr.origin, to, a, b); break;
    case BinaryOp::kLessEqual: emit_typed(Op::kPointerLe, expr.type, expr.origin, to, a, b); break;
    case BinaryOp::kGreater: emit_typed(Op::kPointerLt, expr.type, expr.origin, to, b, a); break;
    default: emit_typed(Op::kPointerLe, expr.type, expr.origin, to, b, a); break;
  }
  return to;
}

std::uint32_t Compiler::pointer(const Expr& expr, std::uint32_t want) {
  switch (expr.kind) {
    case ExprKind::kLoad: return load_pointer(*expr.place, want);
    case ExprKind::kAddressOf: return pointer_to(*expr.place, want, true);
    case ExprKind::kConditional: return conditional(expr, want, kPointerWords);
    case ExprKind::kConvert: {
      const std::uint32_t a = pointer(*expr.a);
      const std::uint32_t to = target(want, kPointerWords);
      emit(Op::kPointerConvert, to, 0, a, type(expr.type).element.value);
      return to;
    }
    case ExprKind::kPointerAdd: {
      const std::uint32_t a = pointer(*expr.a);
      const std::uint32_t b = value(*expr.b);
      const std::uint32_t to = target(want, kPointerWords);
      emit_typed(Op::kPointerAdd, expr.type, expr.origin, to, b, a, type(expr.type).element.value);
      return to;
    }
    default: break;  // kNull; integers never get here in a valid program
  }
  const std::uint32_t to = target(want, kPointerWords);
  emit(Op::kNullPointer, to);
  return to;
}

/// The absolute address of a struct or array value.
std::uint32_t Compiler::aggregate(const Expr& expr) {
  if (expr.kind != ExprKind::kConditional) return absolute(address(*expr.place, false));
  Patches otherwise, done;
  const std::uint32_t to = temporary();
  branch(*expr.a, false, otherwise);
  moved(aggregate(*expr.b), to);
  jump(done);
  patch(otherwise);
  moved(aggregate(*expr.c), to);
  patch(done);
  return to;
}

bool Compiler::branch_on_comparison(const Expr& expr, bool sense, Patches& patches) {
  if (expr.kind != ExprKind::kBinary || expr.binary_op < BinaryOp::kEqual) return false;
  const std::uint32_t a = value(*expr.a);
  const std::uint32_t b = value(*expr.b);
  const Comparison found = comparison(sense ? expr.binary_op : negated(expr.binary_op), type(expr.a->type));
  patches.push_back(here());
  emit(found.jump, 0, found.swap ? b : a, found.swap ? a : b);
  return true;
}

/// Jumps when the truth of `expr` is `sense`; falls through otherwise.
void Compiler::branch(const Expr& expr, bool sense, Patches& patches) {
  if (expr.kind == ExprKind::kUnary && expr.unary_op == UnaryOp::kLogicalNot) return branch(*expr.a, !sense, patches);
  if (expr.kind == ExprKind::kLogicalAnd || expr.kind == ExprKind::kLogicalOr) {
    const bool decides = expr.kind == ExprKind::kLogicalOr;  // the value of `a` that decides alone
    if (sense == decides) {
      branch(*expr.a, sense, patches);
      branch(*expr.b, sense, patches);
    } else {
      Patches decided;
      branch(*expr.a, decides, decided);
      branch(*expr.b, sense, patches);
      patch(decided);
    }
    return;
  }
  if (branch_on_comparison(expr, sense, patches)) return;
  std::uint32_t slot = 0;
  if (type(expr.type).is_pointer()) {
    const std::uint32_t from = pointer(expr);
    slot = temporary();
    emit(Op::kPointerIsNull, slot, from);
    sense = !sense;
  } else {
    slot = value(expr);
  }
  patches.push_back(here());
  emit(sense ? Op::kJumpIfNotZero : Op::kJumpIfZero, 0, slot);
}

}  // namespace assay::program
