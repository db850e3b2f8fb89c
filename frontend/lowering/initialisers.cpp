// Initialisers of locals, globals and compound literals: lists (also designated; Clang's semantic form has them in order), strings,
// whole structs. What a list leaves out is zero (C17 6.7.9p21).
//
// A small object gets one assignment per scalar. A large constant object is written once, into a const global, and copied as a whole:
// `int a[1000] = {1};` stays two statements.
#include <clang/AST/Expr.h>
#include <fmt/format.h>

#include "frontend/lowering/function.h"

namespace assay::lowering {

using namespace program;

namespace {

constexpr std::uint64_t kMaxScalarAssignments = 64;  // above this an object is zeroed or copied as a whole

const clang::Expr* without_wrappers(const clang::Expr* e) {
  for (;;) {
    const clang::Expr* inner = e->IgnoreParens();
    if (const auto* full = llvm::dyn_cast<clang::ConstantExpr>(inner)) inner = full->getSubExpr();
    if (inner == e) return e;
    e = inner;
  }
}

const clang::StringLiteral* string_of(const clang::Expr* e) {
  const clang::Expr* inner = without_wrappers(e);
  if (const auto* list = llvm::dyn_cast<clang::InitListExpr>(inner); list && list->isStringLiteralInit()) inner = without_wrappers(list->getInit(0));
  if (const auto* predefined = llvm::dyn_cast<clang::PredefinedExpr>(inner)) return predefined->getFunctionName();
  return llvm::dyn_cast<clang::StringLiteral>(inner);
}

}  // namespace

std::uint64_t FunctionLowering::leaves(TypeId id) const {
  const program::Type& of = type(id);
  if (of.kind == TypeKind::kArray) return of.count * leaves(of.element);
  if (of.kind != TypeKind::kStruct) return 1;
  std::uint64_t sum = 0;
  for (const Field& field : of.fields) sum += leaves(field.type);
  return sum;
}

PlacePtr FunctionLowering::element_of(const Place& array, std::uint64_t index, Origin origin) {
  TypeId element = type(array.type).element;
  ExprPtr at = build::constant(static_cast<std::int64_t>(index), unit_.types().pointer_difference_type(), origin);
  return build::element(clone(array), std::move(at), element, origin);
}

PlacePtr FunctionLowering::field_of(const Place& record, std::uint32_t index, Origin origin) {
  return build::field(clone(record), index, type(record.type).fields[index].type, origin);
}

void FunctionLowering::zero(const Place& target, Origin origin) {
  TypeKind kind = type(target.type).kind;
  TypeId target_type = target.type;
  if (kind == TypeKind::kInteger) return emit(build::assign(clone(target), build::constant(0, target_type, origin), origin));
  if (kind == TypeKind::kPointer) return emit(build::assign(clone(target), build::expression(ExprKind::kNull, target_type, origin), origin));
  if (leaves(target_type) > kMaxScalarAssignments) {
    std::uint32_t zeros = unit_.constant_object("$zero", target_type, origin);
    return emit(build::assign(clone(target), build::load(build::variable({true, zeros}, target_type, origin), origin), origin));
  }
  if (kind == TypeKind::kArray) {
    std::uint64_t count = type(target_type).count;
    for (std::uint64_t i = 0; i < count; ++i) zero(*element_of(target, i, origin), origin);
  } else if (kind == TypeKind::kStruct) {
    std::size_t fields = type(target_type).fields.size();
    for (std::uint32_t i = 0; i < fields; ++i) zero(*field_of(target, i, origin), origin);
  }
}

// `zeroed`: the target holds zeros already, so zeros need not be written (globals).
void FunctionLowering::initialise(const Place& target, const clang::Expr* initialiser, bool zeroed) {
  if (refused()) return;
  Origin at = origin(initialiser);
  const clang::Expr* inner = without_wrappers(initialiser);
  TypeId target_type = target.type;
  bool is_array = type(target_type).kind == TypeKind::kArray;
  if (llvm::isa<clang::ImplicitValueInitExpr>(inner)) {
    if (!zeroed) zero(target, at);
    return;
  }
  if (is_array) {
    if (const clang::StringLiteral* literal = string_of(initialiser)) {
      if (!zeroed) zero(target, at);
      return unit_.set_string(target, literal, at, *out_);
    }
    if (const auto* literal = llvm::dyn_cast<clang::CompoundLiteralExpr>(inner)) return initialise(target, literal->getInitializer(), zeroed);
  }
  if (const auto* list = llvm::dyn_cast<clang::InitListExpr>(inner)) {
    if (list->isTransparent()) return initialise(target, list->getInit(0), zeroed);
    if (!type(target_type).is_scalar()) return initialise_list(target, list, zeroed);
    if (list->getNumInits() == 1) return initialise(target, list->getInit(0), zeroed);
    if (!zeroed) zero(target, at);
    return;
  }
  if (in_initialiser_of_global_ && type(target_type).is_integer()) {
    clang::Expr::EvalResult result;
    if (!inner->EvaluateAsInt(result, unit_.context())) {
      refuse(inner, "initialiser of a global that is not an integer constant");
      return;
    }
    ExprPtr folded = integer_constant(result.Val.getInt(), target_type, at);
    if (folded->value != 0) emit(build::assign(clone(target), std::move(folded), at));
    return;
  }
  ExprPtr assigned = value(inner);
  if (type(target_type).is_pointer() && type(assigned->type).is_pointer()) assigned = build::convert(std::move(assigned), target_type, at);
  emit(build::assign(clone(target), std::move(assigned), at));
}

void FunctionLowering::initialise_list(const Place& target, const clang::InitListExpr* list, bool zeroed) {
  Origin at = origin(list);
  TypeId target_type = target.type;
  if (!zeroed && leaves(target_type) > kMaxScalarAssignments) {
    if (list->isConstantInitializer(unit_.context(), false)) return copy_constant(target, list);
    zero(target, at);
    zeroed = true;
  }
  if (type(target_type).kind == TypeKind::kArray) {
    std::uint64_t count = type(target_type).count;
    for (unsigned i = 0; i < list->getNumInits(); ++i) initialise(*element_of(target, i, at), list->getInit(i), zeroed);
    const clang::Expr* filler = list->getArrayFiller();
    bool filled_with_zero = !filler || llvm::isa<clang::ImplicitValueInitExpr>(filler);
    for (std::uint64_t i = list->getNumInits(); i < count && !(zeroed && filled_with_zero); ++i) {
      PlacePtr element = element_of(target, i, at);
      if (filled_with_zero) zero(*element, at);
      else initialise(*element, filler, zeroed);
    }
    return;
  }
  std::size_t fields = type(target_type).fields.size();
  for (unsigned i = 0; i < fields; ++i) {
    PlacePtr field = field_of(target, i, at);
    if (i < list->getNumInits()) initialise(*field, list->getInit(i), zeroed);
    else if (!zeroed) zero(*field, at);
  }
}

void FunctionLowering::copy_constant(const Place& target, const clang::Expr* initialiser) {
  Origin at = origin(initialiser);
  TypeId target_type = target.type;
  std::uint32_t object = unit_.constant_object("$init", target_type, at);
  bool was_global = in_initialiser_of_global_;
  in_initialiser_of_global_ = true;
  {
    OutputScope scope(*this, unit_.initialise());
    initialise(*build::variable({true, object}, target_type, at), initialiser, true);
  }
  in_initialiser_of_global_ = was_global;
  emit(build::assign(clone(target), build::load(build::variable({true, object}, target_type, at), at), at));
}

bool FunctionLowering::lower_global_initialiser(const Place& target, const clang::Expr* initialiser, Block& out) {
  in_initialiser_of_global_ = true;
  OutputScope scope(*this, out);
  initialise(target, initialiser, true);
  return !refused();
}

}  // namespace assay::lowering
