// One function on its way into the IR.
//
// Idea. Statements are appended to the current block; expressions come back as pure IR. An expression with side effects first appends
// the statements that do its work, then comes back as what is left to compute, usually the load of a temporary:
//
//   return a[i++] + f(x);     $1 = i; i = $1 + 1; $2 = f(x); return a[$1] + $2;
//
// Order: operands are evaluated from left to right, as Clang does (C leaves it open). A pure operand that a later operand could change is
// saved in a temporary first. Conflicts that C calls undefined are found by sequence.h.
// What is not modelled goes to refuse(): the function keeps no body, lowering goes on to list the remaining refused constructs.
//
// Tests: tests/frontend/lowering_test.cpp, lowering_order_test.cpp, tests/golden/lowering/*.c
#pragma once

#include <clang/AST/Expr.h>
#include <clang/AST/Stmt.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "frontend/lowering/build.h"
#include "frontend/lowering/sequence.h"
#include "frontend/lowering/unit.h"

namespace assay::lowering {

/// Consumers walk expressions recursively.
inline constexpr int kMaxExpressionDepth = 1000;

class FunctionLowering {
 public:
  FunctionLowering(Unit& unit, program::Function& function, const clang::FunctionDecl* decl);

  void lower();
  /// A function that is declared only: its types, so that calls to it stay typed.
  void lower_declaration();
  /// Lowers the initialiser of a global into `out`; false: refused.
  bool lower_global_initialiser(const program::Place& target, const clang::Expr* initialiser, program::Block& out);

  bool refused() const { return !function_.refusal.empty(); }
  bool is_cxx() const { return unit_.context().getLangOpts().CPlusPlus != 0; }

 private:
  using Expr = program::Expr;
  using ExprPtr = program::ExprPtr;
  using PlacePtr = program::PlacePtr;
  using Place = program::Place;
  using Stmt = program::Stmt;
  using Block = program::Block;
  using Origin = program::Origin;
  using TypeId = program::TypeId;
  using VariableId = program::VariableId;

  // function.cpp
  void declare_parameters();
  void lower_body();
  void add_implicit_return();
  void end_without_value();
  ExprPtr refuse(const clang::Stmt* node, const std::string& construct);
  ExprPtr refuse_at(clang::SourceLocation location, const std::string& construct);
  PlacePtr refuse_place(const clang::Expr* node, const std::string& construct);
  PlacePtr stand_in(const clang::Expr* node);
  TypeId type_of(clang::QualType type, clang::SourceLocation location);
  TypeId type_of(const clang::Expr* e) { return type_of(e->getType(), e->getExprLoc()); }
  Origin origin(const clang::Stmt* node) { return unit_.origin(node); }
  std::uint32_t add_local(program::Variable variable);
  VariableId new_temporary(TypeId type, Origin origin);
  ExprPtr load_variable(VariableId id, TypeId type, Origin origin);
  PlacePtr variable_place(VariableId id, TypeId type, Origin origin);
  /// Saves a value in a temporary and returns its load.
  ExprPtr save(ExprPtr value, Origin origin);
  void keep(ExprPtr& earlier, const Block& later);
  void keep(Place& earlier, const Block& later);
  ExprPtr integer_constant(const llvm::APSInt& value, TypeId type, Origin origin);
  void emit(Stmt stmt) { out_->push_back(std::move(stmt)); }

  // statements.cpp
  void statement(const clang::Stmt* node);
  void flattened(const clang::Stmt* node);
  Block scoped(const clang::Stmt* node);
  void declaration(const clang::DeclStmt* node);
  void local_variable(const clang::VarDecl* variable, const clang::DeclStmt* node);
  void if_statement(const clang::IfStmt* node);
  void for_statement(const clang::ForStmt* node);
  void while_statement(const clang::WhileStmt* node);
  void do_statement(const clang::DoStmt* node);
  void return_statement(const clang::ReturnStmt* node);
  void loop_condition(const clang::Expr* condition, program::Loop& loop);
  void loop_body(const clang::Stmt* body, Stmt& loop);
  bool assert_statement(const clang::IfStmt* node);

  // switches.cpp
  void switch_statement(const clang::SwitchStmt* node);
  const clang::Stmt* switch_labels(const clang::Stmt* node, TypeId type, std::uint32_t start, Stmt& out, std::size_t& seen);
  void hoist_switch_declarations(const clang::CompoundStmt* body);

  // expressions.cpp
  ExprPtr value(const clang::Expr* e);
  ExprPtr value_of_kind(const clang::Expr* e);
  void effect(const clang::Expr* e);
  ExprPtr condition(const clang::Expr* e);
  ExprPtr cast(const clang::CastExpr* e);
  ExprPtr pointer_cast(const clang::CastExpr* e);
  ExprPtr unary(const clang::UnaryOperator* e);
  ExprPtr binary(const clang::BinaryOperator* e);
  ExprPtr logical(const clang::BinaryOperator* e);
  ExprPtr branch_value(const clang::Expr* e);
  ExprPtr conditional(const clang::AbstractConditionalOperator* e);
  void conditional_effect(const clang::AbstractConditionalOperator* e);
  ExprPtr truth(ExprPtr value, Origin origin);
  ExprPtr member_of_value(const clang::MemberExpr* e);
  ExprPtr statement_expression(const clang::StmtExpr* e, bool used);
  ExprPtr constant_value(const clang::Expr* e);
  ExprPtr materialised(const clang::Expr* e);
  std::pair<ExprPtr, ExprPtr> operands(const clang::Expr* left, const clang::Expr* right);

  // places.cpp
  PlacePtr place(const clang::Expr* e);
  PlacePtr place_of_kind(const clang::Expr* e);
  PlacePtr named_place(const clang::DeclRefExpr* e);
  PlacePtr subscript(const clang::ArraySubscriptExpr* e);
  PlacePtr member(const clang::MemberExpr* e);
  PlacePtr compound_literal(const clang::CompoundLiteralExpr* e);
  ExprPtr decay(PlacePtr array, Origin origin);
  ExprPtr address_of(const clang::Expr* e, const clang::Expr* operand);
  ExprPtr pointer_add(ExprPtr pointer, ExprPtr offset, Origin origin);
  ExprPtr pointer_offset(ExprPtr offset, bool negate, Origin origin);

  // side_effects.cpp
  ExprPtr assignment(const clang::BinaryOperator* e, bool used);
  ExprPtr compound_assignment(const clang::CompoundAssignOperator* e, bool used);
  ExprPtr increment(const clang::UnaryOperator* e, bool used);
  ExprPtr stepped(ExprPtr value, clang::QualType type, bool up, const clang::Expr* e);
  ExprPtr store(PlacePtr place, ExprPtr value, bool used, Origin origin);
  void check_sequence(const clang::Expr* e);
  /// Prepares the checks of sequencing; false: nested too deeply, and refused.
  bool full_expression(const clang::Expr* e);

  // calls.cpp
  ExprPtr call(const clang::CallExpr* e, bool used);
  std::optional<ExprPtr> special_call(const clang::CallExpr* e, const clang::FunctionDecl* callee, bool used);
  ExprPtr ordinary_call(const clang::CallExpr* e, const clang::FunctionDecl* callee, bool used);
  ExprPtr builtin_call(const clang::CallExpr* e, const std::string& name, bool used);
  std::vector<ExprPtr> arguments(const clang::CallExpr* e);
  ExprPtr emit_call(Stmt call, const clang::CallExpr* e, bool used);
  static const clang::CallExpr* failed_assert(const clang::Stmt* node);
  void emit_assert(const clang::Expr* condition, const clang::CallExpr* failure, Origin origin);

  // initialisers.cpp
  void initialise(const Place& target, const clang::Expr* initialiser, bool zeroed);
  void initialise_list(const Place& target, const clang::InitListExpr* list, bool zeroed);
  void zero(const Place& target, Origin origin);
  void copy_constant(const Place& target, const clang::Expr* initialiser);
  std::uint64_t leaves(TypeId type) const;
  PlacePtr element_of(const Place& array, std::uint64_t index, Origin origin);
  PlacePtr field_of(const Place& record, std::uint32_t index, Origin origin);

  // clauses.cpp
  bool clause_call(const clang::CallExpr* e);
  const ContractClause* clause_of(const clang::Stmt* node, const clang::CallExpr** call) const;
  program::Clause lower_clause(const ContractClause& clause, const clang::CallExpr* call);
  std::vector<const clang::Stmt*> without_leading(const clang::CompoundStmt* body, bool of_function, std::vector<program::Clause>* invariants);
  void contract_clause(const ContractClause& clause, const clang::CallExpr* call);
  ExprPtr old_value(const clang::Expr* operand);
  VariableId result_variable(Origin origin);
  void reject_effects(const clang::Expr* e, const ContractClause& clause);

  const program::Type& type(TypeId id) const { return unit_.program().types[id.value]; }

  Unit& unit_;
  program::Function& function_;
  const clang::FunctionDecl* decl_;
  Block* out_ = nullptr;
  std::map<const clang::VarDecl*, std::uint32_t> locals_;
  std::map<const clang::OpaqueValueExpr*, VariableId> opaque_;
  std::map<const clang::Expr*, SequenceConflict> conflicts_;
  std::set<std::string> labels_;
  std::set<std::uint32_t> exposed_;  // locals that pointers may reach
  bool in_initialiser_of_global_ = false;
  const ContractClause* in_clause_ = nullptr;
  int temporaries_ = 0;
  int ghosts_ = 0;
  int depth_ = 0;
  int nesting_ = 0;

  friend class OutputScope;
};

/// Redirects emitted statements into another block for as long as it lives.
class OutputScope {
 public:
  OutputScope(FunctionLowering& lowering, program::Block& block) : lowering_(lowering), saved_(lowering.out_) { lowering.out_ = &block; }
  ~OutputScope() { lowering_.out_ = saved_; }
  OutputScope(const OutputScope&) = delete;
  OutputScope& operator=(const OutputScope&) = delete;

 private:
  FunctionLowering& lowering_;
  program::Block* saved_;
};

}  // namespace assay::lowering
