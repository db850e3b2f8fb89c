#include <clang/Basic/Builtins.h>
#include <fmt/format.h>

#include <array>

#include "frontend/lowering/function.h"
#include "frontend/program/interpreter_compiler.h"

namespace assay::lowering {

using namespace program;

namespace {

constexpr std::array<std::string_view, 4> kEnding = {"abort", "exit", "_Exit", "quick_exit"};

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, std::string_view name) {
  for (std::string_view candidate : names)
    if (candidate == name) return true;
  return false;
}

/// `__builtin_abs` is the library's abs.
std::string library_name(const clang::FunctionDecl* callee) {
  std::string name = callee->getName().str();
  constexpr std::string_view prefix = "__builtin_";
  if (callee->getBuiltinID() != 0 && name.starts_with(prefix)) return name.substr(prefix.size());
  return name;
}

}  // namespace

ExprPtr FunctionLowering::call(const clang::CallExpr* e, bool used) {
  const clang::FunctionDecl* callee = e->getDirectCallee();
  if (!callee) return refuse(e, "call through a function pointer");
  check_sequence(e);
  if (callee->hasBody()) return ordinary_call(e, callee, used);
  if (auto special = special_call(e, callee, used)) return std::move(*special);
  if (in_clause_) return refuse(e, fmt::format("call of '{}' in a contract", callee->getName().str()));
  return ordinary_call(e, callee, used);
}

std::optional<ExprPtr> FunctionLowering::special_call(const clang::CallExpr* e, const clang::FunctionDecl* callee, bool used) {
  std::string name = callee->getName().str();
  std::string library = library_name(callee);
  Origin at = origin(e);
  ExprPtr nothing = build::constant(0, unit_.types().int_type(), at);
  if (name == kClauseCall) {
    clause_call(e);
    return nothing;
  }
  if (name == kLengthCall) {
    const clang::Expr* argument = e->getArg(0);
    for (const auto* to_void = llvm::dyn_cast<clang::ImplicitCastExpr>(argument); to_void && to_void->getType()->isVoidPointerType();
         to_void = llvm::dyn_cast<clang::ImplicitCastExpr>(argument))
      argument = to_void->getSubExpr();
    ExprPtr pointer = value(argument);
    ExprPtr length = build::expression(ExprKind::kLength, unit_.types().pointer_difference_type(), at);
    length->a = std::move(pointer);
    return length;
  }
  if (name == "__assert_fail" || name == "__CPROVER_assert") {
    if (name == "__assert_fail") emit_assert(nullptr, e, at);
    else emit_assert(e->getArg(0), e, at);
    return nothing;
  }
  if (name == "__CPROVER_assume") {
    Stmt assume = build::statement(StmtKind::kAssume, at);
    assume.value = condition(e->getArg(0));
    emit(std::move(assume));
    return nothing;
  }
  if (library == "expect" && callee->getBuiltinID() != 0) {
    ExprPtr tested = value(e->getArg(0));
    effect(e->getArg(1));
    return tested;
  }
  if (contains(kEnding, library) || library == "unreachable" || library == "trap") {
    Stmt end = build::statement(StmtKind::kAbort, at);
    end.name = library == "unreachable" ? name : library;
    if (e->getNumArgs() == 1) end.value = value(e->getArg(0));
    emit(std::move(end));
    return nothing;
  }
  if (find_builtin(library)) return builtin_call(e, library, used);
  return std::nullopt;
}

std::vector<ExprPtr> FunctionLowering::arguments(const clang::CallExpr* e) {
  std::vector<ExprPtr> values;
  for (const clang::Expr* argument : e->arguments()) {
    Block later;
    ExprPtr lowered;
    {
      OutputScope scope(*this, later);
      lowered = value(argument);
    }
    for (ExprPtr& earlier : values) keep(earlier, later);
    build::append(*out_, std::move(later));
    values.push_back(std::move(lowered));
  }
  return values;
}

ExprPtr FunctionLowering::emit_call(Stmt call, const clang::CallExpr* e, bool used) {
  Origin at = origin(e);
  bool has_value = !e->getType()->isVoidType();
  if (!has_value || !used) {
    emit(std::move(call));
    return build::constant(0, unit_.types().int_type(), at);
  }
  TypeId result_type = type_of(e);
  VariableId result = new_temporary(result_type, at);
  call.place = variable_place(result, result_type, at);
  emit(std::move(call));
  return load_variable(result, result_type, at);
}

ExprPtr FunctionLowering::ordinary_call(const clang::CallExpr* e, const clang::FunctionDecl* callee, bool used) {
  const clang::FunctionDecl* definition = callee->getDefinition();
  unsigned expected = (definition ? definition : callee)->getNumParams();
  bool variadic = callee->isVariadic() || (definition && definition->isVariadic());
  if (definition && !variadic && e->getNumArgs() != expected)
    return refuse(e, fmt::format("call with {} arguments of a function with {} parameters", e->getNumArgs(), expected));
  Stmt call = build::statement(StmtKind::kCall, origin(e));
  call.arguments = arguments(e);
  call.callee = unit_.function(callee);
  if (in_clause_) unit_.needs_purity(*call.callee, e->getExprLoc());
  for (unsigned i = 0; definition && !variadic && i < expected; ++i) {
    TypeId wanted = type_of(definition->getParamDecl(i)->getType(), e->getArg(i)->getBeginLoc());
    if (call.arguments[i]->type == wanted) continue;
    if (!type(wanted).is_pointer() || !type(call.arguments[i]->type).is_pointer())
      return refuse(e->getArg(i), "argument whose type differs from the parameter's");
    call.arguments[i] = build::convert(std::move(call.arguments[i]), wanted, origin(e->getArg(i)));
  }
  return emit_call(std::move(call), e, used);
}

ExprPtr FunctionLowering::builtin_call(const clang::CallExpr* e, const std::string& name, bool used) {
  Stmt call = build::statement(StmtKind::kCall, origin(e));
  call.name = name;
  call.arguments = arguments(e);
  return emit_call(std::move(call), e, used);
}

// ---- assert -------------------------------------------------------------------------------------------------------------
// glibc writes assert as `e ? (void)0 : __assert_fail("e", ...)` or as `if (e) ; else __assert_fail("e", ...)`.
const clang::CallExpr* FunctionLowering::failed_assert(const clang::Stmt* node) {
  const auto* e = llvm::dyn_cast_or_null<clang::Expr>(node);
  if (!e) return nullptr;
  const auto* call = llvm::dyn_cast<clang::CallExpr>(e->IgnoreParenCasts());
  const clang::FunctionDecl* callee = call ? call->getDirectCallee() : nullptr;
  return callee && callee->getDeclName().isIdentifier() && callee->getName() == "__assert_fail" && !callee->hasBody() ? call : nullptr;
}

void FunctionLowering::emit_assert(const clang::Expr* tested, const clang::CallExpr* failure, Origin origin) {
  bool is_cprover = tested && failure->getDirectCallee()->getName() == "__CPROVER_assert";
  std::string message;
  unsigned text = is_cprover ? 1 : 0;
  if (text < failure->getNumArgs())
    if (const auto* literal = llvm::dyn_cast<clang::StringLiteral>(failure->getArg(text)->IgnoreParenImpCasts()); literal && literal->isOrdinary())
      message = literal->getString().str();
  ExprPtr checked = tested ? condition(tested) : build::constant(0, unit_.types().int_type(), origin);
  emit(build::assertion(std::move(checked), std::move(message), origin));
}

}  // namespace assay::lowering
