#include <fmt/format.h>

#include "frontend/lowering/function.h"

namespace assay::lowering {

using namespace program;

PlacePtr FunctionLowering::place(const clang::Expr* e) {
  PlacePtr result = place_of_kind(e);
  return result;
}

PlacePtr FunctionLowering::place_of_kind(const clang::Expr* e) {
  using namespace clang;
  Origin at = origin(e);
  switch (e->getStmtClass()) {
    case clang::Stmt::ParenExprClass: return place(llvm::cast<ParenExpr>(e)->getSubExpr());
    case clang::Stmt::GenericSelectionExprClass: return place(llvm::cast<GenericSelectionExpr>(e)->getResultExpr());
    case clang::Stmt::ChooseExprClass: return place(llvm::cast<ChooseExpr>(e)->getChosenSubExpr());
    case clang::Stmt::DeclRefExprClass: return named_place(llvm::cast<DeclRefExpr>(e));
    case clang::Stmt::ArraySubscriptExprClass: return subscript(llvm::cast<ArraySubscriptExpr>(e));
    case clang::Stmt::MemberExprClass: return member(llvm::cast<MemberExpr>(e));
    case clang::Stmt::CompoundLiteralExprClass: return compound_literal(llvm::cast<CompoundLiteralExpr>(e));
    case clang::Stmt::UnaryOperatorClass: {
      const auto* op = llvm::cast<UnaryOperator>(e);
      if (op->getOpcode() == UO_Extension) return place(op->getSubExpr());
      if (op->getOpcode() != UO_Deref) break;
      const clang::Expr* inner = op->getSubExpr()->IgnoreParens();
      if (const auto* address = llvm::dyn_cast<UnaryOperator>(inner); address && address->getOpcode() == UO_AddrOf)
        return place(address->getSubExpr());  // *&x is x
      program::ExprPtr pointer = value(op->getSubExpr());
      return build::deref(std::move(pointer), type_of(e), at);
    }
    case clang::Stmt::StringLiteralClass: {
      const auto* literal = llvm::cast<StringLiteral>(e);
      TypeId array = type_of(e);
      if (refused()) return stand_in(e);
      return build::variable({true, unit_.string_literal(literal)}, array, at);
    }
    case clang::Stmt::PredefinedExprClass: return place(llvm::cast<PredefinedExpr>(e)->getFunctionName());
    default: break;
  }
  if (!e->isLValue() && e->getType()->isRecordType()) {  // a struct value: give it a place
    ExprPtr saved = save(value(e), at);
    return std::move(saved->place);
  }
  return refuse_place(e, fmt::format("lvalue {}", e->getStmtClassName()));
}

PlacePtr FunctionLowering::named_place(const clang::DeclRefExpr* e) {
  Origin at = origin(e);
  const auto* variable = llvm::dyn_cast<clang::VarDecl>(e->getDecl());
  if (!variable) return refuse_place(e, "function used as a value");
  if (auto local = locals_.find(variable); local != locals_.end())
    return build::variable({false, local->second}, function_.locals[local->second].type, at);
  if (variable->getName() == llvm::StringRef(kResultName)) {
    VariableId result = result_variable(at);
    return build::variable(result, function_.locals[result.index].type, at);
  }
  if (auto global = unit_.global(variable)) return build::variable({true, *global}, unit_.program().globals[*global].type, at);
  return refuse_place(e, unit_.why());
}

// a[i] in an array stays an element of that array; p[i] goes through the pointer.
PlacePtr FunctionLowering::subscript(const clang::ArraySubscriptExpr* e) {
  Origin at = origin(e);
  check_sequence(e);
  TypeId element = type_of(e);
  const clang::Expr* base = e->getBase()->IgnoreParens();
  const auto* decayed = llvm::dyn_cast<clang::ImplicitCastExpr>(base);
  if (decayed && decayed->getCastKind() == clang::CK_ArrayToPointerDecay) {
    PlacePtr array = place(decayed->getSubExpr());
    Block later;
    ExprPtr index;
    {
      OutputScope scope(*this, later);
      index = value(e->getIdx());
    }
    keep(*array, later);
    build::append(*out_, std::move(later));
    if (refused()) return stand_in(e);
    return build::element(std::move(array), std::move(index), element, at);
  }
  auto [pointer, index] = operands(e->getBase(), e->getIdx());
  if (refused()) return stand_in(e);
  return build::deref(pointer_add(std::move(pointer), pointer_offset(std::move(index), false, at), at), element, at);
}

PlacePtr FunctionLowering::member(const clang::MemberExpr* e) {
  Origin at = origin(e);
  const auto* field = llvm::dyn_cast<clang::FieldDecl>(e->getMemberDecl());
  TypeId field_type = type_of(e);
  if (!field) return refuse_place(e, "member");
  PlacePtr base;
  if (e->isArrow()) {
    TypeId record = type_of(e->getBase()->getType()->getPointeeType(), e->getBeginLoc());
    ExprPtr pointer = value(e->getBase());
    base = build::deref(std::move(pointer), record, at);
  } else {
    type_of(e->getBase());
    base = place(e->getBase());
  }
  if (refused()) return stand_in(e);
  if (type(base->type).kind != TypeKind::kStruct) return refuse_place(e, "member of an unsupported struct");
  return build::field(std::move(base), TypeTable::field_index(field), field_type, at);
}

PlacePtr FunctionLowering::compound_literal(const clang::CompoundLiteralExpr* e) {
  Origin at = origin(e);
  TypeId object_type = type_of(e);
  if (refused()) return stand_in(e);
  VariableId object{true, 0};
  if (in_initialiser_of_global_) object.index = unit_.unnamed_global(object_type, at, e->getType().isConstQualified());
  else object = new_temporary(object_type, at);
  PlacePtr target = build::variable(object, object_type, at);
  if (!object.global && !function_.locals.empty()) exposed_.insert(object.index);
  initialise(*target, e->getInitializer(), in_initialiser_of_global_);
  return target;
}

ExprPtr FunctionLowering::decay(PlacePtr array, Origin origin) {
  const program::Type& array_type = type(array->type);
  if (array_type.kind != TypeKind::kArray) return refuse_at(clang::SourceLocation(), "decay of an unsupported array");
  TypeId element = array_type.element;
  ExprPtr zero = build::constant(0, unit_.types().pointer_difference_type(), origin);
  return build::address(build::element(std::move(array), std::move(zero), element, origin), unit_.types().pointer_to(element), origin);
}

// &*p is p and &a[i] is a + i (C17 6.5.3.2p3): neither is an access, so &a[n] one past the end is allowed.
ExprPtr FunctionLowering::address_of(const clang::Expr* e, const clang::Expr* operand) {
  Origin at = origin(e);
  const clang::Expr* inner = operand->IgnoreParens();
  TypeId pointer = type_of(e);
  if (refused()) return build::expression(ExprKind::kNull, pointer, at);
  if (const auto* deref = llvm::dyn_cast<clang::UnaryOperator>(inner); deref && deref->getOpcode() == clang::UO_Deref)
    return value(deref->getSubExpr());
  if (const auto* element = llvm::dyn_cast<clang::ArraySubscriptExpr>(inner)) {
    check_sequence(element);
    auto [base, index] = operands(element->getBase(), element->getIdx());
    if (index->kind == ExprKind::kConstant && index->value == 0) return std::move(base);
    return pointer_add(std::move(base), pointer_offset(std::move(index), false, at), at);
  }
  return build::address(place(inner), pointer, at);
}

ExprPtr FunctionLowering::pointer_add(ExprPtr pointer, ExprPtr offset, Origin origin) {
  TypeId pointer_type = pointer->type;
  if (type(pointer_type).is_pointer() && type(type(pointer_type).element).kind == TypeKind::kVoid)
    return refuse_at(clang::SourceLocation(), "arithmetic on a void pointer");
  return build::two(ExprKind::kPointerAdd, std::move(pointer), std::move(offset), pointer_type, origin);
}

ExprPtr FunctionLowering::pointer_offset(ExprPtr offset, bool negate, Origin origin) {
  TypeId difference = unit_.types().pointer_difference_type();
  ExprPtr wide = build::convert(std::move(offset), difference, origin);
  return negate ? build::unary(UnaryOp::kNegate, std::move(wide), difference, origin) : std::move(wide);
}

}  // namespace assay::lowering
