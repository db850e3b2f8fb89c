#include "frontend/lowering/function.h"

#include <fmt/format.h>

#include "frontend/lowering/cxx_subset.h"
#include "frontend/lowering/interference.h"

namespace assay::lowering {

using namespace program;

FunctionLowering::FunctionLowering(Unit& unit, Function& function, const clang::FunctionDecl* decl) : unit_(unit), function_(function), decl_(decl) {}

void FunctionLowering::lower() {
  if (is_cxx())
    if (const std::optional<CxxConstruct> construct = unmodelled_cxx(decl_, unit_.context())) refuse_at(construct->where, construct->name);
  if (decl_->isVariadic()) refuse_at(decl_->getLocation(), "definition with a variable number of arguments");
  function_.return_type = type_of(decl_->getReturnType(), decl_->getReturnTypeSourceRange().getBegin());
  declare_parameters();
  // What C++ refuses is not looked into: the bodies of templates that it calls would all be asked for.
  if (!is_cxx() || !refused()) lower_body();
  if (!refused()) return;
  function_.has_body = false;
  function_.body.clear();
  function_.locals.resize(function_.parameter_count);
  function_.requires_.clear();
  function_.ensures.clear();
  function_.ghost_entry.clear();
  function_.result.reset();
}

void FunctionLowering::lower_body() {
  Block body;
  {
    OutputScope scope(*this, body);
    if (const auto* compound = llvm::dyn_cast<clang::CompoundStmt>(decl_->getBody())) {
      for (const clang::Stmt* child : without_leading(compound, true, nullptr)) statement(child);
    } else {
      refuse(decl_->getBody(), decl_->getBody()->getStmtClassName());
    }
    add_implicit_return();
  }
  function_.body = std::move(body);
}

void FunctionLowering::lower_declaration() {
  function_.refusal = unit_.place(decl_->getLocation()) + ": function '" + function_.name + "' without a body";
  unit_.refuse(decl_->getLocation(), "function '" + function_.name + "' without a body");
  function_.return_type = type_of(decl_->getReturnType(), decl_->getLocation());
  declare_parameters();
}

void FunctionLowering::declare_parameters() {
  for (const clang::ParmVarDecl* parameter : decl_->parameters()) {
    Variable local;
    local.name = parameter->getName().str();
    local.type = type_of(parameter->getType(), parameter->getLocation());
    local.origin = unit_.origin(parameter);
    local.is_const = parameter->getType().isConstQualified();
    local.is_restrict = parameter->getType().isRestrictQualified();
    if (const auto* array = unit_.context().getAsConstantArrayType(parameter->getOriginalType()))  // the type as written, before it decays
      local.declared_length = array->getSize().getZExtValue();
    std::uint32_t index = add_local(std::move(local));
    locals_.emplace(parameter, index);
    if (unit_.exposed().count(parameter->getCanonicalDecl()) > 0) exposed_.insert(index);
  }
  function_.parameter_count = static_cast<std::uint32_t>(function_.locals.size());
}

// C17 5.1.2.2.3: reaching the end of main returns 0.
void FunctionLowering::add_implicit_return() {
  if (is_cxx()) return end_without_value();
  if (!decl_->isMain() || type(function_.return_type).kind != TypeKind::kInteger) return;
  if (!out_->empty() && out_->back().kind == StmtKind::kReturn) return;
  Origin at = unit_.origin(clang::SourceRange(decl_->getBodyRBrace()), "CompoundStmt");
  Stmt stmt = build::statement(StmtKind::kReturn, at);
  stmt.value = build::constant(0, function_.return_type, at);
  emit(std::move(stmt));
}

// In C++ the end of a function that returns a value must not be reached (C++20 8.7.4p2); in C its value must not be used.
void FunctionLowering::end_without_value() {
  if (decl_->isMain() || decl_->getReturnType()->isVoidType() || (!out_->empty() && out_->back().kind == StmtKind::kReturn)) return;
  Stmt end = build::statement(StmtKind::kAbort, unit_.origin(clang::SourceRange(decl_->getBodyRBrace()), "CompoundStmt"));
  end.name = "__builtin_unreachable";
  emit(std::move(end));
}

ExprPtr FunctionLowering::refuse_at(clang::SourceLocation location, const std::string& construct) {
  unit_.refuse(location, construct);
  if (function_.refusal.empty()) function_.refusal = unit_.place(location) + ": " + construct;
  return build::constant(0, unit_.types().int_type(), {});
}

ExprPtr FunctionLowering::refuse(const clang::Stmt* node, const std::string& construct) { return refuse_at(node->getBeginLoc(), construct); }

PlacePtr FunctionLowering::refuse_place(const clang::Expr* node, const std::string& construct) {
  refuse(node, construct);
  return stand_in(node);
}

// A place of the right type keeps lowering going after a refusal, to list the remaining ones; the body is dropped in the end.
PlacePtr FunctionLowering::stand_in(const clang::Expr* node) {
  Variable local;
  local.type = type_of(node);
  TypeId local_type = local.type;
  VariableId id{false, add_local(std::move(local))};
  return variable_place(id, local_type, {});
}

TypeId FunctionLowering::type_of(clang::QualType type, clang::SourceLocation location) {
  if (auto id = unit_.types().lower(type)) return *id;
  refuse_at(location, unit_.types().why());
  return unit_.types().int_type();
}

std::uint32_t FunctionLowering::add_local(Variable variable) {
  function_.locals.push_back(std::move(variable));
  return static_cast<std::uint32_t>(function_.locals.size() - 1);
}

VariableId FunctionLowering::new_temporary(TypeId type, Origin origin) {
  Variable temporary;
  temporary.name = fmt::format("${}", ++temporaries_);
  temporary.type = type;
  temporary.origin = origin;
  temporary.is_temporary = true;
  VariableId id{false, add_local(std::move(temporary))};
  emit(build::declare(id, origin));
  return id;
}

PlacePtr FunctionLowering::variable_place(VariableId id, TypeId type, Origin origin) { return build::variable(id, type, origin); }

ExprPtr FunctionLowering::load_variable(VariableId id, TypeId type, Origin origin) { return build::load(variable_place(id, type, origin), origin); }

ExprPtr FunctionLowering::save(ExprPtr value, Origin origin) {
  TypeId saved_type = value->type;
  VariableId temporary = new_temporary(saved_type, origin);
  emit(build::assign(variable_place(temporary, saved_type, origin), std::move(value), origin));
  return load_variable(temporary, saved_type, origin);
}

void FunctionLowering::keep(ExprPtr& earlier, const Block& later) {
  if (later.empty() || !may_change(function_, exposed_, *earlier, later)) return;
  Origin at = earlier->origin;
  earlier = save(std::move(earlier), at);
}

void FunctionLowering::keep(Place& earlier, const Block& later) {
  if (later.empty() || !may_change(function_, exposed_, earlier, later)) return;
  if (earlier.pointer) keep(earlier.pointer, later);
  if (earlier.index) keep(earlier.index, later);
  if (earlier.base) keep(*earlier.base, later);
}

ExprPtr FunctionLowering::integer_constant(const llvm::APSInt& value, TypeId type_id, Origin origin) {
  const program::Type& to = type(type_id);
  llvm::APSInt fitted = value.extOrTrunc(static_cast<unsigned>(to.is_bool ? 64 : to.width));
  fitted.setIsSigned(to.is_signed);
  std::int64_t bits = to.is_signed ? fitted.getSExtValue() : static_cast<std::int64_t>(fitted.getZExtValue());
  return build::constant(bits, type_id, origin);
}

}  // namespace assay::lowering
