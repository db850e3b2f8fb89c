#include <fmt/format.h>

#include "frontend/lowering/function.h"

namespace assay::lowering {

using namespace program;

namespace {

std::optional<BinaryOp> compound_operator(clang::BinaryOperatorKind kind) {
  switch (kind) {
    case clang::BO_MulAssign: return BinaryOp::kMultiply;
    case clang::BO_DivAssign: return BinaryOp::kDivide;
    case clang::BO_RemAssign: return BinaryOp::kRemainder;
    case clang::BO_AddAssign: return BinaryOp::kAdd;
    case clang::BO_SubAssign: return BinaryOp::kSubtract;
    case clang::BO_ShlAssign: return BinaryOp::kShiftLeft;
    case clang::BO_ShrAssign: return BinaryOp::kShiftRight;
    case clang::BO_AndAssign: return BinaryOp::kBitAnd;
    case clang::BO_OrAssign: return BinaryOp::kBitOr;
    case clang::BO_XorAssign: return BinaryOp::kBitXor;
    default: return std::nullopt;
  }
}

// Without recursion, since it guards the functions that recurse.
bool is_deeper_than(const clang::Stmt* root, int limit) {
  std::vector<std::pair<const clang::Stmt*, int>> open = {{root, 1}};
  while (!open.empty()) {
    auto [node, depth] = open.back();
    open.pop_back();
    if (depth > limit) return true;
    for (const clang::Stmt* child : node->children())
      if (child) open.emplace_back(child, depth + 1);
  }
  return false;
}

}  // namespace

// Writes the value; when it is used, it is read back from a temporary, since the place may name another object after the write.
ExprPtr FunctionLowering::store(PlacePtr target, ExprPtr stored, bool used, Origin origin) {
  if (used && stored->kind != ExprKind::kConstant) stored = save(std::move(stored), origin);
  ExprPtr result = used ? clone(*stored) : nullptr;
  emit(build::assign(std::move(target), std::move(stored), origin));
  return result;
}

ExprPtr FunctionLowering::assignment(const clang::BinaryOperator* e, bool used) {
  check_sequence(e);
  PlacePtr target = place(e->getLHS());
  Block later;
  ExprPtr assigned;
  {
    OutputScope scope(*this, later);
    assigned = value(e->getRHS());
  }
  keep(*target, later);
  build::append(*out_, std::move(later));
  if (type(target->type).is_pointer() && assigned->type != target->type && type(assigned->type).is_pointer())
    assigned = build::convert(std::move(assigned), target->type, origin(e));
  return store(std::move(target), std::move(assigned), used, origin(e));
}

// E1 op= E2 computes in the promoted common type and converts back (C17 6.5.16.2p3).
ExprPtr FunctionLowering::compound_assignment(const clang::CompoundAssignOperator* e, bool used) {
  check_sequence(e);
  Origin at = origin(e);
  PlacePtr target = place(e->getLHS());
  Block later;
  ExprPtr operand;
  {
    OutputScope scope(*this, later);
    operand = value(e->getRHS());
  }
  keep(*target, later);
  build::append(*out_, std::move(later));
  ExprPtr old = build::load(clone(*target), origin(e->getLHS()));
  if (type(target->type).is_pointer()) {
    ExprPtr moved = pointer_add(std::move(old), pointer_offset(std::move(operand), e->getOpcode() == clang::BO_SubAssign, at), at);
    return store(std::move(target), std::move(moved), used, at);
  }
  auto op = compound_operator(e->getOpcode());
  if (!op) return refuse(e, fmt::format("operator '{}'", e->getOpcodeStr().str()));
  old = build::convert(std::move(old), type_of(e->getComputationLHSType(), e->getBeginLoc()), at);
  ExprPtr result = build::binary(*op, std::move(old), std::move(operand), type_of(e->getComputationResultType(), e->getBeginLoc()), at);
  TypeId target_type = target->type;
  return store(std::move(target), build::convert(std::move(result), target_type, at), used, at);
}

ExprPtr FunctionLowering::stepped(ExprPtr old, clang::QualType of, bool up, const clang::Expr* e) {
  Origin at = origin(e);
  if (type(old->type).is_pointer()) return pointer_add(std::move(old), build::constant(up ? 1 : -1, unit_.types().pointer_difference_type(), at), at);
  clang::ASTContext& context = unit_.context();
  clang::QualType promoted = context.isPromotableIntegerType(of) ? context.getPromotedIntegerType(of) : of;
  TypeId old_type = old->type, wide = type_of(promoted.getUnqualifiedType(), e->getBeginLoc());
  old = build::convert(std::move(old), wide, at);
  ExprPtr one = build::constant(1, wide, at);
  ExprPtr sum = build::binary(up ? BinaryOp::kAdd : BinaryOp::kSubtract, std::move(old), std::move(one), wide, at);
  return build::convert(std::move(sum), old_type, at);
}

ExprPtr FunctionLowering::increment(const clang::UnaryOperator* e, bool used) {
  check_sequence(e);
  Origin at = origin(e);
  PlacePtr target = place(e->getSubExpr());
  if (!type(target->type).is_scalar()) return refuse(e, "increment of an unsupported type");
  ExprPtr old = build::load(clone(*target), origin(e->getSubExpr()));
  clang::QualType of = e->getSubExpr()->getType();
  if (e->isPrefix() || !used) return store(std::move(target), stepped(std::move(old), of, e->isIncrementOp(), e), used, at);
  ExprPtr before = save(std::move(old), at);
  store(std::move(target), stepped(clone(*before), of, e->isIncrementOp(), e), false, at);
  return before;
}

// ---- unsequenced side effects -------------------------------------------------------------------------------------------
bool FunctionLowering::full_expression(const clang::Expr* e) {
  if (is_deeper_than(e, kMaxExpressionDepth)) {
    refuse(e, fmt::format("expression nested more than {} deep", kMaxExpressionDepth));
    return false;
  }
  conflicts_.merge(find_sequence_conflicts(unit_.context(), unit_.exposed(), e));
  return true;
}

void FunctionLowering::check_sequence(const clang::Expr* e) {
  auto conflict = conflicts_.find(e);
  if (conflict == conflicts_.end()) return;
  if (!conflict->second.definite) {
    refuse(e, fmt::format("possibly unsequenced side effects on {}", conflict->second.object));
    return;
  }
  Origin at = origin(e);
  emit(build::assertion(build::constant(0, unit_.types().int_type(), at), "$unsequenced", at));
}

}  // namespace assay::lowering
