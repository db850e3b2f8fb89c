#include "frontend/lowering/unit.h"

#include <clang/AST/RecursiveASTVisitor.h>
#include <clang/Basic/SourceManager.h>
#include <clang/Basic/TargetInfo.h>
#include <clang/Lex/Lexer.h>
#include <fmt/format.h>

#include "frontend/lowering/build.h"
#include "frontend/lowering/cxx_subset.h"
#include "frontend/lowering/function.h"
#include "frontend/lowering/purity.h"
#include "frontend/program/text.h"

namespace assay::lowering {

using namespace program;

namespace {

/// Variables whose address is taken, directly or by the decay of an array in them.
class ExposedVariables : public clang::RecursiveASTVisitor<ExposedVariables> {
 public:
  explicit ExposedVariables(std::set<const clang::VarDecl*>& found) : found_(found) {}
  bool VisitUnaryOperator(clang::UnaryOperator* e) {
    if (e->getOpcode() == clang::UO_AddrOf) add(e->getSubExpr());
    return true;
  }
  bool VisitImplicitCastExpr(clang::ImplicitCastExpr* e) {
    if (e->getCastKind() == clang::CK_ArrayToPointerDecay) add(e->getSubExpr());
    return true;
  }

 private:
  void add(const clang::Expr* e) {
    for (;;) {
      e = e->IgnoreParenCasts();
      if (const auto* member = llvm::dyn_cast<clang::MemberExpr>(e); member && !member->isArrow()) e = member->getBase();
      else if (const auto* element = llvm::dyn_cast<clang::ArraySubscriptExpr>(e)) e = element->getBase();
      else break;
    }
    if (const auto* reference = llvm::dyn_cast<clang::DeclRefExpr>(e))
      if (const auto* variable = llvm::dyn_cast<clang::VarDecl>(reference->getDecl())) found_.insert(variable->getCanonicalDecl());
  }
  std::set<const clang::VarDecl*>& found_;
};

}  // namespace

Unit::Unit(clang::ASTContext& context, const SourceMap& map, const std::vector<ContractClause>& clauses, std::string file_name)
    : context_(context), map_(map), clauses_(clauses), file_name_(std::move(file_name)), types_(context, program_) {
  const clang::TargetInfo& target = context.getTargetInfo();
  program_.target.triple = target.getTriple().str();
  program_.target.char_is_signed = context.CharTy->isSignedIntegerType();
  program_.target.pointer_width = static_cast<int>(target.getPointerWidth(clang::LangAS::Default));
  program_.target.int_width = static_cast<int>(target.getIntWidth());
  program_.files.push_back(file_name_);
  types_.lower(context.VoidTy);  // the type that a default TypeId names; a file without declarations has it, too
  ExposedVariables(exposed_).TraverseDecl(context.getTranslationUnitDecl());
}

// ---- places in the source -----------------------------------------------------------------------------------------------
std::uint32_t Unit::file_index(const std::string& name) {
  for (std::uint32_t i = 0; i < program_.files.size(); ++i)
    if (program_.files[i] == name) return i;
  program_.files.push_back(name);
  return static_cast<std::uint32_t>(program_.files.size() - 1);
}

Origin Unit::origin(clang::SourceRange range, std::string_view ast_kind) {
  Origin result;
  result.ast_kind = program_.intern_ast_kind(ast_kind);
  if (range.isInvalid()) return result;
  const clang::SourceManager& sources = context_.getSourceManager();
  clang::SourceLocation first = sources.getExpansionLoc(range.getBegin());
  clang::SourceLocation last = sources.getExpansionRange(range.getEnd()).getEnd();
  auto [begin_file, begin] = sources.getDecomposedLoc(first);
  auto [end_file, end] = sources.getDecomposedLoc(last);
  unsigned length = clang::Lexer::MeasureTokenLength(last, sources, context_.getLangOpts());
  if (begin_file == sources.getMainFileID()) {
    result.begin = map_.begin_point(begin);
    result.end = end_file == begin_file ? map_.end_point(end + length) : result.begin;
    return result;
  }
  result.file = file_index(sources.getFilename(first).str());
  result.begin = {static_cast<int>(sources.getLineNumber(begin_file, begin)), static_cast<int>(sources.getColumnNumber(begin_file, begin))};
  result.end = {static_cast<int>(sources.getLineNumber(end_file, end)), static_cast<int>(sources.getColumnNumber(end_file, end) + length)};
  return result;
}

Origin Unit::clause_origin(const ContractClause& clause) {
  Origin result;
  result.ast_kind = program_.intern_ast_kind("Contract");
  result.begin = map_.point(clause.begin);
  result.end = map_.point(clause.end);
  return result;
}

SourceRange Unit::range(clang::SourceLocation location) { return program_.range(origin(clang::SourceRange(location), "")); }
std::string Unit::place(clang::SourceLocation location) { return range(location).to_string(); }

void Unit::refuse(clang::SourceLocation location, const std::string& construct) {
  std::string entry = place(location) + ": " + construct;
  if (unsupported_seen_.insert(entry).second) unsupported_.push_back(std::move(entry));
}

void Unit::contract_error(SourceRange where, std::string message, std::string remedy) {
  if (!error_) error_ = Error{ErrorKind::kInput, std::move(message), std::move(remedy), std::move(where)};
}

// ---- functions ----------------------------------------------------------------------------------------------------------
bool Unit::is_users(const clang::Decl* decl) const { return !context_.getSourceManager().isInSystemHeader(decl->getLocation()); }

FunctionId Unit::function(const clang::FunctionDecl* decl) {
  const clang::FunctionDecl* key = decl->getCanonicalDecl();
  if (auto known = functions_.find(key); known != functions_.end()) return known->second;
  FunctionId id{static_cast<std::uint32_t>(program_.functions.size())};
  functions_.emplace(key, id);
  Function function;
  const clang::FunctionDecl* definition = decl->getDefinition();
  function.name = decl->getNameAsString();
  function.has_body = definition != nullptr;
  function.origin = origin(definition ? definition : decl);
  program_.functions.push_back(std::move(function));
  pending_.push_back(definition ? definition : decl);
  return id;
}

void Unit::lower_all() {
  for (const clang::Decl* decl : context_.getTranslationUnitDecl()->decls()) {
    if (!is_users(decl)) continue;
    if (const auto* function_decl = llvm::dyn_cast<clang::FunctionDecl>(decl); function_decl && function_decl->isThisDeclarationADefinition())
      function(function_decl);
    else if (const auto* variable = llvm::dyn_cast<clang::VarDecl>(decl); variable && !global(variable))
      unsupported_seen_.insert(why_);  // reported once; functions that use it are refused
  }
  lower_pending();
}

// Lowering a function may ask for further ones (static inline functions of headers), so the list grows while it is worked off.
void Unit::lower_pending() {
  for (std::size_t next = 0; next < pending_.size(); ++next) {
    const clang::FunctionDecl* decl = pending_[next];
    FunctionId id = functions_.at(decl->getCanonicalDecl());
    Function function = std::move(program_.functions[id.value]);
    FunctionLowering lowering(*this, function, decl);
    if (function.has_body) lowering.lower();
    else lowering.lower_declaration();
    program_.functions[id.value] = std::move(function);
  }
}

// ---- globals ------------------------------------------------------------------------------------------------------------
std::string Unit::global_name(const clang::VarDecl* decl) const {
  const auto* owner = llvm::dyn_cast_or_null<clang::FunctionDecl>(decl->getParentFunctionOrMethod());
  if (owner && decl->isStaticLocal()) return fmt::format("{}.{}", owner->getName().str(), decl->getName().str());
  return decl->getName().str();
}

std::optional<std::uint32_t> Unit::global(const clang::VarDecl* decl) {
  const clang::VarDecl* key = decl->getCanonicalDecl();
  if (auto known = globals_.find(key); known != globals_.end()) {
    if (!known->second) why_ = refused_globals_[key];
    return known->second;
  }
  const clang::VarDecl* definition = decl->getDefinition();
  for (const clang::VarDecl* redeclared : decl->redecls())  // `int x;` at file scope defines x unless something else does
    if (!definition && redeclared->isThisDeclarationADefinition() == clang::VarDecl::TentativeDefinition) definition = redeclared;
  auto give_up = [&](const std::string& why) -> std::optional<std::uint32_t> {
    why_ = why;
    refuse(decl->getLocation(), why);
    refused_globals_[key] = why;
    globals_[key] = std::nullopt;
    return std::nullopt;
  };
  const clang::VarDecl* complete = definition ? definition : decl->getMostRecentDecl();
  if (decl->getTLSKind() != clang::VarDecl::TLS_None) return give_up(fmt::format("thread-local variable '{}'", decl->getName().str()));
  std::optional<TypeId> type = types_.lower(complete->getType());
  if (!type) return give_up(types_.why());
  if (!definition) return give_up(fmt::format("variable '{}', which is defined in another file", decl->getName().str()));
  std::uint32_t index = static_cast<std::uint32_t>(program_.globals.size());
  Variable variable;
  variable.name = global_name(definition);
  variable.type = *type;
  variable.origin = origin(definition);
  variable.is_const = context_.getBaseElementType(definition->getType()).isConstQualified();
  program_.globals.push_back(std::move(variable));
  globals_[key] = index;  // before the initialiser: a struct may hold its own address
  const clang::Expr* initialiser = definition->getAnyInitializer();
  if (!initialiser) return index;
  Function scratch;  // collects a refusal; the initialiser of a global has no locals
  FunctionLowering lowering(*this, scratch, nullptr);
  Block assignments;
  if (!lowering.lower_global_initialiser(*build::variable({true, index}, *type, origin(initialiser)), initialiser, assignments) ||
      !scratch.locals.empty())
    return give_up(fmt::format("initialiser of '{}'", definition->getName().str()));
  build::append(program_.initialise, std::move(assignments));
  return index;
}

std::uint32_t Unit::constant_object(std::string_view prefix, TypeId type, Origin origin) {
  std::string key = fmt::format("{} {}", prefix, type.value);
  bool shared = prefix == "$zero";  // all zeros of one type are the same object
  if (auto known = strings_.find(key); shared && known != strings_.end()) return known->second;
  std::uint32_t index = unnamed_global(type, origin, true);
  program_.globals[index].name = fmt::format("{}{}", prefix, ++numbers_[std::string(prefix)]);
  if (shared) strings_[key] = index;
  return index;
}

std::uint32_t Unit::unnamed_global(TypeId type, Origin origin, bool is_const) {
  Variable variable;
  variable.name = fmt::format("$literal{}", program_.globals.size() + 1);
  variable.type = type;
  variable.origin = origin;
  variable.is_const = is_const;
  program_.globals.push_back(std::move(variable));
  return static_cast<std::uint32_t>(program_.globals.size() - 1);
}

std::uint32_t Unit::string_literal(const clang::StringLiteral* literal) {
  TypeId type = *types_.lower(literal->getType());
  std::string key = fmt::format("string {} {}", type.value, literal->getBytes().str());
  if (auto known = strings_.find(key); known != strings_.end()) return known->second;
  Origin at = origin(literal);
  std::uint32_t index = constant_object("$string", type, at);
  strings_[key] = index;
  set_string(*build::variable({true, index}, type, at), literal, at, program_.initialise);
  return index;
}

// Only characters other than 0 are written: the target holds zeros.
void Unit::set_string(const Place& target, const clang::StringLiteral* literal, Origin origin, Block& out) {
  const Type& array = program_.types[target.type.value];
  TypeId element = array.element;
  std::uint64_t count = array.count;
  bool is_signed = program_.types[element.value].is_signed;
  int width = program_.types[element.value].width;
  for (std::uint64_t i = 0; i < std::min<std::uint64_t>(count, literal->getLength()); ++i) {
    std::int64_t unit = static_cast<std::int64_t>(literal->getCodeUnit(i));
    if (unit == 0) continue;
    if (is_signed && width < 64 && (unit >> (width - 1)) != 0) unit -= std::int64_t{1} << width;
    auto index = build::constant(static_cast<std::int64_t>(i), types_.pointer_difference_type(), origin);
    PlacePtr cell = build::element(clone(target), std::move(index), element, origin);
    out.push_back(build::assign(std::move(cell), build::constant(unit, element, origin), origin));
  }
}

Result<Lowered> Unit::finish() {
  for (const auto& [callee, call] : clause_calls_)
    if (!is_pure(program_, callee))
      contract_error(call, fmt::format("clause calls '{}', which is not pure", program_.function(callee).name),
                     "a contract may call functions that write only their own locals");
  if (error_) return fail(*error_);
  number_statements(program_);
  if (Status valid = validate(program_); !valid) return fail(valid.error());
  Lowered lowered;
  lowered.program = std::move(program_);
  lowered.unsupported = std::move(unsupported_);
  return lowered;
}

}  // namespace assay::lowering
