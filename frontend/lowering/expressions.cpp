#include <fmt/format.h>

#include "frontend/lowering/function.h"

namespace assay::lowering {

using namespace program;

namespace {

/// Counts the nesting of expressions.
class Deeper {
 public:
  explicit Deeper(int& depth) : depth_(++depth) {}
  ~Deeper() { --depth_; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;

 private:
  int& depth_;
};

BinaryOp operator_of(clang::BinaryOperatorKind kind) {
  switch (kind) {
    case clang::BO_Mul:
    case clang::BO_MulAssign: return BinaryOp::kMultiply;
    case clang::BO_Div:
    case clang::BO_DivAssign: return BinaryOp::kDivide;
    case clang::BO_Rem:
    case clang::BO_RemAssign: return BinaryOp::kRemainder;
    case clang::BO_Add:
    case clang::BO_AddAssign: return BinaryOp::kAdd;
    case clang::BO_Sub:
    case clang::BO_SubAssign: return BinaryOp::kSubtract;
    case clang::BO_Shl:
    case clang::BO_ShlAssign: return BinaryOp::kShiftLeft;
    case clang::BO_Shr:
    case clang::BO_ShrAssign: return BinaryOp::kShiftRight;
    case clang::BO_And:
    case clang::BO_AndAssign: return BinaryOp::kBitAnd;
    case clang::BO_Or:
    case clang::BO_OrAssign: return BinaryOp::kBitOr;
    case clang::BO_Xor:
    case clang::BO_XorAssign: return BinaryOp::kBitXor;
    case clang::BO_EQ: return BinaryOp::kEqual;
    case clang::BO_NE: return BinaryOp::kNotEqual;
    case clang::BO_LT: return BinaryOp::kLess;
    case clang::BO_LE: return BinaryOp::kLessEqual;
    case clang::BO_GT: return BinaryOp::kGreater;
    case clang::BO_GE: return BinaryOp::kGreaterEqual;
    default: return BinaryOp::kAdd;
  }
}

bool is_zero_or_one(const program::Expr& e) {
  switch (e.kind) {
    case ExprKind::kLogicalAnd:
    case ExprKind::kLogicalOr:
    case ExprKind::kPointerCompare: return true;
    case ExprKind::kBinary: return e.binary_op >= BinaryOp::kEqual;
    case ExprKind::kUnary: return e.unary_op == UnaryOp::kLogicalNot;
    case ExprKind::kConstant: return e.value == 0 || e.value == 1;
    default: return false;
  }
}

}  // namespace

ExprPtr FunctionLowering::value(const clang::Expr* e) {
  Deeper deeper(depth_);
  if (depth_ > kMaxExpressionDepth) return refuse(e, fmt::format("expression nested more than {} deep", kMaxExpressionDepth));
  return value_of_kind(e);
}

ExprPtr FunctionLowering::value_of_kind(const clang::Expr* e) {
  using namespace clang;
  switch (e->getStmtClass()) {
    case clang::Stmt::ParenExprClass: return value(llvm::cast<ParenExpr>(e)->getSubExpr());
    case clang::Stmt::ConstantExprClass: return value(llvm::cast<ConstantExpr>(e)->getSubExpr());
    case clang::Stmt::GenericSelectionExprClass: return value(llvm::cast<GenericSelectionExpr>(e)->getResultExpr());
    case clang::Stmt::ChooseExprClass: return value(llvm::cast<ChooseExpr>(e)->getChosenSubExpr());
    case clang::Stmt::IntegerLiteralClass:
    case clang::Stmt::CharacterLiteralClass:
    case clang::Stmt::CXXBoolLiteralExprClass:
    case clang::Stmt::UnaryExprOrTypeTraitExprClass:
    case clang::Stmt::OffsetOfExprClass:
    case clang::Stmt::DeclRefExprClass: return constant_value(e);
    case clang::Stmt::ImplicitCastExprClass:
    case clang::Stmt::CXXStaticCastExprClass:
    case clang::Stmt::CXXFunctionalCastExprClass:
    case clang::Stmt::CStyleCastExprClass: return cast(llvm::cast<CastExpr>(e));
    case clang::Stmt::UnaryOperatorClass: return unary(llvm::cast<UnaryOperator>(e));
    case clang::Stmt::BinaryOperatorClass: return binary(llvm::cast<BinaryOperator>(e));
    case clang::Stmt::CompoundAssignOperatorClass: return compound_assignment(llvm::cast<CompoundAssignOperator>(e), true);
    case clang::Stmt::ConditionalOperatorClass:
    case clang::Stmt::BinaryConditionalOperatorClass: return conditional(llvm::cast<AbstractConditionalOperator>(e));
    case clang::Stmt::CallExprClass: return call(llvm::cast<CallExpr>(e), true);
    case clang::Stmt::MemberExprClass: return member_of_value(llvm::cast<MemberExpr>(e));
    case clang::Stmt::StmtExprClass: return statement_expression(llvm::cast<StmtExpr>(e), true);
    case clang::Stmt::OpaqueValueExprClass: {
      auto known = opaque_.find(llvm::cast<OpaqueValueExpr>(e));
      if (known != opaque_.end()) return load_variable(known->second, function_.locals[known->second.index].type, origin(e));
      return refuse(e, "OpaqueValueExpr");
    }
    case clang::Stmt::InitListExprClass:
    case clang::Stmt::ImplicitValueInitExprClass:
    case clang::Stmt::CompoundLiteralExprClass: return materialised(e);
    case clang::Stmt::FloatingLiteralClass: return refuse(e, "floating-point constant");
    case clang::Stmt::VAArgExprClass: return refuse(e, "va_arg");
    case clang::Stmt::AddrLabelExprClass: return refuse(e, "address of a label");
    default: return refuse(e, e->getStmtClassName());
  }
}

ExprPtr FunctionLowering::constant_value(const clang::Expr* e) {
  if (const auto* size = llvm::dyn_cast<clang::UnaryExprOrTypeTraitExpr>(e); size && size->getTypeOfArgument()->isVariableArrayType())
    return refuse(e, "size of a variable-length array");
  clang::Expr::EvalResult result;
  if (!e->isValueDependent() && e->getType()->isIntegralOrEnumerationType() && e->EvaluateAsInt(result, unit_.context()))
    return integer_constant(result.Val.getInt(), type_of(e), origin(e));
  if (const auto* reference = llvm::dyn_cast<clang::DeclRefExpr>(e); reference && llvm::isa<clang::FunctionDecl>(reference->getDecl()))
    return refuse(e, "function used as a value");
  return refuse(e, e->getStmtClassName());
}

// An aggregate without a name becomes a temporary object.
ExprPtr FunctionLowering::materialised(const clang::Expr* e) {
  TypeId object_type = type_of(e);
  Origin at = origin(e);
  if (type(object_type).is_scalar()) {
    if (const auto* list = llvm::dyn_cast<clang::InitListExpr>(e); list && list->getNumInits() == 1) return value(list->getInit(0));
    if (type(object_type).is_pointer()) return build::expression(ExprKind::kNull, object_type, at);
    return build::constant(0, object_type, at);
  }
  VariableId object = new_temporary(object_type, at);
  const clang::Expr* initialiser = e;
  if (const auto* literal = llvm::dyn_cast<clang::CompoundLiteralExpr>(e)) initialiser = literal->getInitializer();
  initialise(*variable_place(object, object_type, at), initialiser, false);
  return load_variable(object, object_type, at);
}

// ---- discarded values ---------------------------------------------------------------------------------------------------
void FunctionLowering::effect(const clang::Expr* e) {
  using namespace clang;
  const clang::Expr* inner = e->IgnoreParens();
  if (const auto* cast_to_void = llvm::dyn_cast<CastExpr>(inner); cast_to_void && cast_to_void->getCastKind() == CK_ToVoid)
    return effect(cast_to_void->getSubExpr());
  if (const auto* assigns = llvm::dyn_cast<CompoundAssignOperator>(inner)) {
    compound_assignment(assigns, false);
  } else if (const auto* two = llvm::dyn_cast<BinaryOperator>(inner); two && two->getOpcode() == BO_Assign) {
    assignment(two, false);
  } else if (two && two->getOpcode() == BO_Comma) {
    effect(two->getLHS());
    effect(two->getRHS());
  } else if (const auto* step = llvm::dyn_cast<UnaryOperator>(inner); step && step->isIncrementDecrementOp()) {
    increment(step, false);
  } else if (const auto* called = llvm::dyn_cast<CallExpr>(inner)) {
    call(called, false);
  } else if (const auto* choice = llvm::dyn_cast<AbstractConditionalOperator>(inner)) {
    conditional_effect(choice);
  } else if (const auto* block = llvm::dyn_cast<StmtExpr>(inner)) {
    statement_expression(block, false);
  } else if (inner->isLValue()) {
    place(inner);  // an lvalue whose value is dropped is not read
  } else if (!inner->getType()->isVoidType()) {
    // What could go wrong while the dropped value is computed still goes wrong.
    ExprPtr dropped = value(inner);
    if (dropped->kind != ExprKind::kConstant && type(dropped->type).is_scalar()) save(std::move(dropped), origin(inner));
  } else {
    refuse(inner, inner->getStmtClassName());
  }
}

ExprPtr FunctionLowering::condition(const clang::Expr* e) {
  ExprPtr tested = value(e);
  if (!type(tested->type).is_pointer()) return tested;
  Origin at = tested->origin;
  ExprPtr null = build::expression(ExprKind::kNull, tested->type, at);
  return build::compare_pointers(BinaryOp::kNotEqual, std::move(tested), std::move(null), unit_.types().int_type(), at);
}

ExprPtr FunctionLowering::truth(ExprPtr tested, Origin origin) {
  if (is_zero_or_one(*tested)) return tested;
  ExprPtr zero = build::constant(0, tested->type, origin);
  return build::binary(BinaryOp::kNotEqual, std::move(tested), std::move(zero), unit_.types().int_type(), origin);
}

// ---- casts --------------------------------------------------------------------------------------------------------------
ExprPtr FunctionLowering::cast(const clang::CastExpr* e) {
  const clang::Expr* operand = e->getSubExpr();
  Origin at = origin(e);
  switch (e->getCastKind()) {
    case clang::CK_LValueToRValue: {
      if (operand->getType().isVolatileQualified()) return refuse(operand, "volatile object");
      // In C++ `c ? a : b` of two variables is itself a place; only its value is read here.
      if (const auto* choice = llvm::dyn_cast<clang::ConditionalOperator>(operand->IgnoreParens())) return conditional(choice);
      PlacePtr read = place(operand);
      return build::load(std::move(read), at);
    }
    case clang::CK_NoOp: return value(operand);
    case clang::CK_IntegralCast:
    case clang::CK_IntegralToBoolean:
    case clang::CK_BooleanToSignedIntegral: {
      ExprPtr from = value(operand);
      return build::convert(std::move(from), type_of(e), at);
    }
    case clang::CK_PointerToBoolean: return build::convert(condition(operand), type_of(e), at);
    case clang::CK_ArrayToPointerDecay: return decay(place(operand), at);
    case clang::CK_NullToPointer: return build::expression(ExprKind::kNull, type_of(e), at);
    case clang::CK_BitCast: return pointer_cast(e);
    case clang::CK_IntegralToPointer: return refuse(e, "conversion from integer to pointer");
    case clang::CK_PointerToIntegral: return refuse(e, "conversion from pointer to integer");
    case clang::CK_FunctionToPointerDecay: return refuse(e, "function pointer");
    case clang::CK_IntegralToFloating:
    case clang::CK_FloatingToIntegral:
    case clang::CK_FloatingCast:
    case clang::CK_FloatingToBoolean: return refuse(e, "floating-point conversion");
    case clang::CK_ToUnion: return refuse(e, "conversion to a union");
    default: return refuse(e, fmt::format("conversion {}", e->getCastKindName()));
  }
}

// Cells are typed. A pointer may pass through void * and between types of one size: interpreter and solver keep the type of the object and
// refuse an access as another one where it happens. What can only be a reinterpretation is refused here.
ExprPtr FunctionLowering::pointer_cast(const clang::CastExpr* e) {
  clang::ASTContext& context = unit_.context();
  const clang::Expr* operand = e->getSubExpr();
  clang::QualType from = operand->getType(), to = e->getType();
  if (!from->isPointerType() || !to->isPointerType()) return refuse(e, fmt::format("conversion to '{}'", to.getAsString()));
  clang::QualType from_element = from->getPointeeType(), to_element = to->getPointeeType();
  if (to_element.isVolatileQualified()) return refuse(e, "volatile object");
  if (operand->isNullPointerConstant(context, clang::Expr::NPC_ValueDependentIsNull) != clang::Expr::NPCK_NotNull)
    return build::expression(ExprKind::kNull, type_of(e), origin(e));
  bool through_void = from_element->isVoidType() || to_element->isVoidType() || context.hasSameUnqualifiedType(from_element, to_element);
  bool scalars = from_element->isScalarType() && to_element->isScalarType() && from_element->isPointerType() == to_element->isPointerType();
  if (!through_void && !(scalars && context.getTypeSize(from_element) == context.getTypeSize(to_element)))
    return refuse(e, fmt::format("conversion from '{}' to '{}', which reinterprets memory", from.getAsString(), to.getAsString()));
  ExprPtr pointer = value(operand);
  return build::convert(std::move(pointer), type_of(e), origin(e));
}

// ---- operators ----------------------------------------------------------------------------------------------------------
ExprPtr FunctionLowering::unary(const clang::UnaryOperator* e) {
  Origin at = origin(e);
  const clang::Expr* operand = e->getSubExpr();
  switch (e->getOpcode()) {
    case clang::UO_Plus:
    case clang::UO_Extension: return value(operand);
    case clang::UO_Minus: return build::unary(UnaryOp::kNegate, value(operand), type_of(e), at);
    case clang::UO_Not: return build::unary(UnaryOp::kBitNot, value(operand), type_of(e), at);
    case clang::UO_LNot: {
      ExprPtr tested = value(operand);
      if (!type(tested->type).is_pointer()) return build::unary(UnaryOp::kLogicalNot, std::move(tested), type_of(e), at);
      ExprPtr null = build::expression(ExprKind::kNull, tested->type, at);
      return build::compare_pointers(BinaryOp::kEqual, std::move(tested), std::move(null), type_of(e), at);
    }
    case clang::UO_AddrOf: return address_of(e, operand);
    case clang::UO_PostInc:
    case clang::UO_PostDec:
    case clang::UO_PreInc:
    case clang::UO_PreDec: return increment(e, true);
    default: return refuse(e, fmt::format("operator '{}'", clang::UnaryOperator::getOpcodeStr(e->getOpcode()).str()));
  }
}

std::pair<ExprPtr, ExprPtr> FunctionLowering::operands(const clang::Expr* left, const clang::Expr* right) {
  ExprPtr a = value(left);
  Block later;
  ExprPtr b;
  {
    OutputScope scope(*this, later);
    b = value(right);
  }
  keep(a, later);
  build::append(*out_, std::move(later));
  return {std::move(a), std::move(b)};
}

ExprPtr FunctionLowering::binary(const clang::BinaryOperator* e) {
  if (e->getOpcode() == clang::BO_Assign) return assignment(e, true);
  if (e->isLogicalOp()) return logical(e);
  if (e->getOpcode() == clang::BO_Comma) {
    effect(e->getLHS());
    return value(e->getRHS());
  }
  check_sequence(e);
  Origin at = origin(e);
  auto [a, b] = operands(e->getLHS(), e->getRHS());
  bool left_pointer = type(a->type).is_pointer(), right_pointer = type(b->type).is_pointer();
  if (left_pointer && right_pointer) {
    if (e->getOpcode() == clang::BO_Sub) return build::two(ExprKind::kPointerDifference, std::move(a), std::move(b), type_of(e), at);
    if (a->type != b->type) b = build::convert(std::move(b), a->type, at);
    return build::compare_pointers(operator_of(e->getOpcode()), std::move(a), std::move(b), type_of(e), at);
  }
  if (left_pointer) return pointer_add(std::move(a), pointer_offset(std::move(b), e->getOpcode() == clang::BO_Sub, at), at);
  if (right_pointer) return pointer_add(std::move(b), pointer_offset(std::move(a), false, at), at);
  return build::binary(operator_of(e->getOpcode()), std::move(a), std::move(b), type_of(e), at);
}

// a && b: b runs only if a is true. Without side effects in b the IR's own operator says so; otherwise it is an if.
ExprPtr FunctionLowering::logical(const clang::BinaryOperator* e) {
  bool is_and = e->getOpcode() == clang::BO_LAnd;
  Origin at = origin(e);
  TypeId result_type = type_of(e);
  ExprPtr a = condition(e->getLHS());
  Block second;
  ExprPtr b;
  {
    OutputScope scope(*this, second);
    b = condition(e->getRHS());
  }
  if (second.empty()) return build::two(is_and ? ExprKind::kLogicalAnd : ExprKind::kLogicalOr, std::move(a), std::move(b), result_type, at);
  VariableId result = new_temporary(result_type, at);
  Block evaluated = std::move(second), skipped;
  evaluated.push_back(build::assign(variable_place(result, result_type, at), truth(std::move(b), at), at));
  skipped.push_back(build::assign(variable_place(result, result_type, at), build::constant(is_and ? 0 : 1, result_type, at), at));
  emit(is_and ? build::branch(std::move(a), std::move(evaluated), std::move(skipped), at)
              : build::branch(std::move(a), std::move(skipped), std::move(evaluated), at));
  return load_variable(result, result_type, at);
}

ExprPtr FunctionLowering::branch_value(const clang::Expr* e) {
  if (!is_cxx() || !e->isGLValue()) return value(e);
  if (const auto* choice = llvm::dyn_cast<clang::ConditionalOperator>(e->IgnoreParens())) return conditional(choice);
  return build::load(place(e), origin(e));
}

ExprPtr FunctionLowering::conditional(const clang::AbstractConditionalOperator* e) {
  Origin at = origin(e);
  if (const auto* elvis = llvm::dyn_cast<clang::BinaryConditionalOperator>(e)) {  // a ?: b evaluates a once
    ExprPtr common = value(elvis->getCommon());
    TypeId common_type = common->type;
    VariableId kept = new_temporary(common_type, at);
    emit(build::assign(variable_place(kept, common_type, at), std::move(common), at));
    opaque_.emplace(elvis->getOpaqueValue(), kept);
  }
  ExprPtr chosen = condition(e->getCond());
  TypeId result_type = type_of(e);
  Block first, second;
  ExprPtr x, y;
  {
    OutputScope scope(*this, first);
    x = branch_value(e->getTrueExpr());
  }
  {
    OutputScope scope(*this, second);
    y = branch_value(e->getFalseExpr());
  }
  if (x->type != result_type && type(result_type).is_pointer()) x = build::convert(std::move(x), result_type, at);
  if (y->type != result_type && type(result_type).is_pointer()) y = build::convert(std::move(y), result_type, at);
  if (first.empty() && second.empty()) {
    ExprPtr node = build::two(ExprKind::kConditional, std::move(chosen), std::move(x), result_type, at);
    node->c = std::move(y);
    return node;
  }
  VariableId result = new_temporary(result_type, at);
  first.push_back(build::assign(variable_place(result, result_type, at), std::move(x), at));
  second.push_back(build::assign(variable_place(result, result_type, at), std::move(y), at));
  emit(build::branch(std::move(chosen), std::move(first), std::move(second), at));
  return load_variable(result, result_type, at);
}

void FunctionLowering::conditional_effect(const clang::AbstractConditionalOperator* e) {
  if (llvm::isa<clang::BinaryConditionalOperator>(e)) {
    conditional(e);
    return;
  }
  if (const clang::CallExpr* failure = failed_assert(e->getFalseExpr())) return emit_assert(e->getCond(), failure, origin(e));
  ExprPtr chosen = condition(e->getCond());
  Block first, second;
  {
    OutputScope scope(*this, first);
    effect(e->getTrueExpr());
  }
  {
    OutputScope scope(*this, second);
    effect(e->getFalseExpr());
  }
  if (first.empty() && second.empty()) return;
  emit(build::branch(std::move(chosen), std::move(first), std::move(second), origin(e)));
}

// f().x: the struct that f returned is a temporary object.
ExprPtr FunctionLowering::member_of_value(const clang::MemberExpr* e) {
  PlacePtr read = member(e);
  return build::load(std::move(read), origin(e));
}

// ({ ...; e; }), which assert and many macros use; its declarations end with it.
ExprPtr FunctionLowering::statement_expression(const clang::StmtExpr* e, bool used) {
  const clang::CompoundStmt* body = e->getSubStmt();
  Origin at = origin(e);
  if (in_clause_ && body->size() == 2)
    if (const auto* mark = llvm::dyn_cast<clang::CallExpr>(body->body_front()))
      if (const clang::FunctionDecl* callee = mark->getDirectCallee(); callee && callee->getName() == llvm::StringRef(kOldMark))
        return old_value(llvm::cast<clang::Expr>(body->body_back()));
  const auto* last = body->body_empty() ? nullptr : llvm::dyn_cast<clang::Expr>(body->body_back());
  bool has_value = used && last && !e->getType()->isVoidType();
  std::optional<VariableId> result;
  TypeId result_type = has_value ? type_of(e) : TypeId{};
  if (has_value) result = new_temporary(result_type, at);
  Stmt block = build::statement(StmtKind::kBlock, at);
  {
    OutputScope scope(*this, block.body);
    for (const clang::Stmt* child : body->body()) {
      if (has_value && child == last) {
        ExprPtr final_value = value(last);
        emit(build::assign(variable_place(*result, result_type, at), std::move(final_value), at));
      } else {
        statement(child);
      }
    }
  }
  emit(std::move(block));
  return has_value ? load_variable(*result, result_type, at) : build::constant(0, unit_.types().int_type(), at);
}

}  // namespace assay::lowering
