// Expressions and places -> C text, with the parentheses that C or a reader needs and no others.
#include <fmt/format.h>

#include "frontend/program/printer_internal.h"

namespace assay::program {

namespace {

// Binding strengths, C17 6.5 from the comma up.
enum {
  kNone = 0,
  kConditionalBinds = 3,
  kOr,
  kAnd,
  kBitOr,
  kBitXor,
  kBitAnd,
  kEquality,
  kRelation,
  kShift,
  kSum,
  kProduct,
  kPrefix,
  kPostfix,
  kPrimary
};

struct Spelling {
  const char* text;
  int precedence;
};

Spelling spelling(BinaryOp op) {
  switch (op) {
    case BinaryOp::kAdd: return {"+", kSum};
    case BinaryOp::kSubtract: return {"-", kSum};
    case BinaryOp::kMultiply: return {"*", kProduct};
    case BinaryOp::kDivide: return {"/", kProduct};
    case BinaryOp::kRemainder: return {"%", kProduct};
    case BinaryOp::kShiftLeft: return {"<<", kShift};
    case BinaryOp::kShiftRight: return {">>", kShift};
    case BinaryOp::kBitAnd: return {"&", kBitAnd};
    case BinaryOp::kBitOr: return {"|", kBitOr};
    case BinaryOp::kBitXor: return {"^", kBitXor};
    case BinaryOp::kEqual: return {"==", kEquality};
    case BinaryOp::kNotEqual: return {"!=", kEquality};
    case BinaryOp::kLess: return {"<", kRelation};
    case BinaryOp::kLessEqual: return {"<=", kRelation};
    case BinaryOp::kGreater: return {">", kRelation};
    case BinaryOp::kGreaterEqual: return {">=", kRelation};
  }
  return {"?", kPrimary};
}

/// Compilers warn about these without parentheses, and people misread them: sums and products bind as known, the rest is bracketed.
int operand_precedence(int precedence) {
  if (precedence == kSum || precedence == kProduct) return precedence;
  if (precedence == kRelation || precedence == kEquality) return kShift;
  return kPrefix;
}

}  // namespace

std::string symbol(BinaryOp op) { return spelling(op).text; }

bool promotes_to(const Type& from, const Type& to, int int_width) {
  if (from == to) return to.width >= int_width;
  return from.is_integer() && from.width < int_width && to.width == int_width && to.is_signed && to.name == "int";
}

std::string ExpressionPrinter::local_name(std::uint32_t local) const {
  const auto found = local_names_.find(local);
  if (found != local_names_.end()) return found->second;
  return function_ && local < function_->locals.size() ? identifier(function_->locals[local].name) : "unknown";
}

std::string ExpressionPrinter::expression(const Expr& expr, int precedence) const {
  Text text = any(expr);
  return text.precedence < precedence ? "(" + text.text + ")" : text.text;
}

std::string ExpressionPrinter::place(const Place& place, int precedence) const {
  Text text = any_place(place);
  return text.precedence < precedence ? "(" + text.text + ")" : text.text;
}

std::string ExpressionPrinter::converted(const Expr& expr) const {
  if (expr.kind == ExprKind::kConvert && type(expr.type).is_integer() && type(expr.a->type).is_integer()) return expression(*expr.a);
  return expression(expr);
}

/// An operand of arithmetic: a conversion that the integer promotions make anyway is not written.
std::string ExpressionPrinter::arithmetic(const Expr& expr, int precedence) const {
  const int int_width = program_.target.int_width;
  if (expr.kind == ExprKind::kConvert && type(expr.type).is_integer() && type(expr.a->type).is_integer() && type(expr.a->type).width < int_width &&
      promotes_to(type(expr.a->type), type(expr.type), int_width))
    return expression(*expr.a, precedence);
  return expression(expr, precedence);
}

/// An index: a conversion that keeps every value is not written.
std::string ExpressionPrinter::index(const Expr& expr, int precedence) const {
  if (expr.kind == ExprKind::kConvert && type(expr.a->type).is_integer()) {
    const Type& from = type(expr.a->type);
    const Type& to = type(expr.type);
    if (!to.is_bool && (from.is_signed == to.is_signed ? from.width <= to.width : !from.is_signed && from.width < to.width))
      return index(*expr.a, precedence);
  }
  return expression(expr, precedence);
}

ExpressionPrinter::Text ExpressionPrinter::binary(const Expr& expr) const {
  const Spelling op = spelling(expr.binary_op);
  int left = operand_precedence(op.precedence);
  int right = op.precedence == kSum || op.precedence == kProduct ? op.precedence + 1 : left;
  if ((op.precedence == kBitAnd || op.precedence == kBitOr || op.precedence == kBitXor) && expr.a->kind == ExprKind::kBinary &&
      expr.a->binary_op == expr.binary_op)
    left = op.precedence;
  if (op.precedence == kShift) right = kPrefix;
  const bool negated = expr.a->kind == ExprKind::kUnary && expr.a->unary_op == UnaryOp::kLogicalNot;
  if (negated && op.precedence < kShift) left = kPostfix;  // !a & b is read wrongly
  return {fmt::format("{} {} {}", arithmetic(*expr.a, left), op.text, arithmetic(*expr.b, right)), op.precedence};
}

ExpressionPrinter::Text ExpressionPrinter::any(const Expr& expr) const {
  switch (expr.kind) {
    case ExprKind::kConstant: {
      std::string text = constant_spelling(type(expr.type), expr.value);
      return {text, text[0] == '-' ? kPrefix : kPrimary};
    }
    case ExprKind::kNull: return {fmt::format("({})0", print_declaration(program_, expr.type, "")), kPrefix};
    case ExprKind::kLoad: return any_place(*expr.place);
    case ExprKind::kAddressOf: return address_of(*expr.place);
    case ExprKind::kUnary: {
      const char* op = expr.unary_op == UnaryOp::kNegate ? "-" : expr.unary_op == UnaryOp::kBitNot ? "~" : "!";
      std::string operand = arithmetic(*expr.a, kPrefix);
      if (operand[0] == '-') operand = "(" + operand + ")";
      return {op + operand, kPrefix};
    }
    case ExprKind::kBinary: return binary(expr);
    case ExprKind::kLogicalAnd:
      return {expression(*expr.a, expr.a->kind == ExprKind::kLogicalAnd ? kAnd : kBitOr) + " && " + expression(*expr.b, kBitOr), kAnd};
    case ExprKind::kLogicalOr: {
      const auto side = [&](const Expr& e) { return expression(e, e.kind == ExprKind::kLogicalOr ? kOr : kBitOr); };
      return {side(*expr.a) + " || " + (expr.b->kind == ExprKind::kLogicalOr ? "(" + expression(*expr.b) + ")" : side(*expr.b)), kOr};
    }
    case ExprKind::kConditional:
      return {fmt::format("{} ? {} : {}", expression(*expr.a, kOr), expression(*expr.b, kOr), expression(*expr.c, kOr)), kConditionalBinds};
    case ExprKind::kConvert: return {fmt::format("({}){}", print_declaration(program_, expr.type, ""), expression(*expr.a, kPrefix)), kPrefix};
    case ExprKind::kPointerAdd: return {fmt::format("{} + {}", expression(*expr.a, kSum), index(*expr.b, kProduct)), kSum};
    case ExprKind::kPointerDifference: return {fmt::format("{} - {}", expression(*expr.a, kSum), expression(*expr.b, kProduct)), kSum};
    case ExprKind::kPointerCompare: {
      const Spelling op = spelling(expr.binary_op);
      return {fmt::format("{} {} {}", expression(*expr.a, kShift), op.text, expression(*expr.b, kShift)), op.precedence};
    }
    case ExprKind::kLength: return {fmt::format("length({})", expression(*expr.a)), kPostfix};
  }
  return {"?", kPrimary};
}

ExpressionPrinter::Text ExpressionPrinter::address_of(const Place& target) const {
  if (target.kind == PlaceKind::kDeref) return any(*target.pointer);
  if (target.kind == PlaceKind::kElement && target.index->kind == ExprKind::kConstant && target.index->value == 0) {
    const Place& base = *target.base;
    if (base.kind == PlaceKind::kVariable && base.variable.global && program_.globals[base.variable.index].name.starts_with("$string"))
      if (const auto text = literal_text(program_, base.variable.index)) return {quoted(*text), kPrimary};
    return any_place(base);
  }
  return {"&" + place(target, kPrefix), kPrefix};
}

ExpressionPrinter::Text ExpressionPrinter::any_place(const Place& target) const {
  switch (target.kind) {
    case PlaceKind::kVariable: return {target.variable.global ? names_.global(target.variable.index) : local_name(target.variable.index), kPrimary};
    case PlaceKind::kDeref:
      if (target.pointer->kind == ExprKind::kPointerAdd)
        return {fmt::format("{}[{}]", expression(*target.pointer->a, kPostfix), index(*target.pointer->b, kNone)), kPostfix};
      return {"*" + expression(*target.pointer, kPrefix), kPrefix};
    case PlaceKind::kElement: return {fmt::format("{}[{}]", place(*target.base, kPostfix), index(*target.index, kNone)), kPostfix};
    case PlaceKind::kField: {
      const std::string& field = type(target.base->type).fields[target.field].name;
      const std::string name = field.empty() ? fmt::format("field_{}", target.field) : field;
      if (target.base->kind == PlaceKind::kDeref && target.base->pointer->kind != ExprKind::kPointerAdd)
        return {fmt::format("{}->{}", expression(*target.base->pointer, kPostfix), name), kPostfix};
      return {fmt::format("{}.{}", place(*target.base, kPostfix), name), kPostfix};
    }
  }
  return {"?", kPrimary};
}

}  // namespace assay::program
