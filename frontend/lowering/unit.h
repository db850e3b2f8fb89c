// One translation unit on its way into the IR: what all its functions share (types, globals, string literals, places in the source).
//
// Test: tests/frontend/lowering_test.cpp
#pragma once

#include <clang/AST/ASTContext.h>
#include <clang/AST/Decl.h>
#include <clang/AST/Expr.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "frontend/lowering/contracts.h"
#include "frontend/lowering/lowering.h"
#include "frontend/lowering/source_map.h"
#include "frontend/lowering/types.h"
#include "frontend/program/program.h"

namespace assay::lowering {

class Unit {
 public:
  Unit(clang::ASTContext& context, const SourceMap& map, const std::vector<ContractClause>& clauses, std::string file_name);

  /// Lowers every function that is defined in the user's files and everything these use.
  void lower_all();
  /// The finished program with what was refused; the first contract error, if any.
  Result<Lowered> finish();

  clang::ASTContext& context() { return context_; }
  program::Program& program() { return program_; }
  TypeTable& types() { return types_; }
  const std::vector<ContractClause>& clauses() const { return clauses_; }
  /// Variables whose address is taken anywhere in the file, so that pointers may reach them.
  const std::set<const clang::VarDecl*>& exposed() const { return exposed_; }

  program::Origin origin(clang::SourceRange range, std::string_view ast_kind);
  program::Origin origin(const clang::Stmt* node) { return origin(node->getSourceRange(), node->getStmtClassName()); }
  program::Origin origin(const clang::Decl* node) { return origin(node->getSourceRange(), std::string(node->getDeclKindName()) + "Decl"); }
  program::Origin clause_origin(const ContractClause& clause);
  /// `file:line:column` of a position.
  std::string place(clang::SourceLocation location);
  SourceRange range(clang::SourceLocation location);

  program::FunctionId function(const clang::FunctionDecl* decl);
  /// A global, static local or extern variable; nothing if its type or initialiser is refused (then why() says so).
  std::optional<std::uint32_t> global(const clang::VarDecl* decl);
  /// The const array that holds a string literal.
  std::uint32_t string_literal(const clang::StringLiteral* literal);
  /// A const global `prefix`N whose contents `fill` assigns.
  std::uint32_t constant_object(std::string_view prefix, program::TypeId type, program::Origin origin);
  /// A compound literal at file scope is a global object without a name.
  std::uint32_t unnamed_global(program::TypeId type, program::Origin origin, bool is_const);
  void set_string(const program::Place& target, const clang::StringLiteral* literal, program::Origin origin, program::Block& out);

  void refuse(clang::SourceLocation location, const std::string& construct);
  /// A contract calls this function, so it must change nothing; finish() checks.
  void needs_purity(program::FunctionId callee, clang::SourceLocation call) { clause_calls_.emplace_back(callee, range(call)); }
  void contract_error(SourceRange where, std::string message, std::string remedy = {});
  const std::string& why() const { return why_; }
  std::vector<program::Stmt>& initialise() { return program_.initialise; }

 private:
  std::uint32_t file_index(const std::string& name);
  void lower_pending();
  bool is_users(const clang::Decl* decl) const;
  std::string global_name(const clang::VarDecl* decl) const;

  clang::ASTContext& context_;
  const SourceMap& map_;
  const std::vector<ContractClause>& clauses_;
  std::string file_name_;
  program::Program program_;
  TypeTable types_;
  std::map<const clang::FunctionDecl*, program::FunctionId> functions_;
  std::vector<const clang::FunctionDecl*> pending_;
  std::map<const clang::VarDecl*, std::optional<std::uint32_t>> globals_;
  std::map<const clang::VarDecl*, std::string> refused_globals_;
  std::map<std::string, std::uint32_t> strings_;
  std::set<const clang::VarDecl*> exposed_;
  std::map<std::string, int> numbers_;
  std::vector<std::string> unsupported_;
  std::set<std::string> unsupported_seen_;
  std::vector<std::pair<program::FunctionId, SourceRange>> clause_calls_;
  std::optional<Error> error_;
  std::string why_;
};

}  // namespace assay::lowering
