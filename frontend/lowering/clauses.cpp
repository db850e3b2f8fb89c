#include <clang/AST/RecursiveASTVisitor.h>
#include <fmt/format.h>

#include "frontend/lowering/function.h"

namespace assay::lowering {

using namespace program;

namespace {

/// The first expression that changes something.
class EffectFinder : public clang::RecursiveASTVisitor<EffectFinder> {
 public:
  const clang::Expr* found = nullptr;
  bool VisitBinaryOperator(clang::BinaryOperator* e) {
    if (e->isAssignmentOp() && !found) found = e;
    return true;
  }
  bool VisitUnaryOperator(clang::UnaryOperator* e) {
    if (e->isIncrementDecrementOp() && !found) found = e;
    return true;
  }
};

}  // namespace

const ContractClause* FunctionLowering::clause_of(const clang::Stmt* node, const clang::CallExpr** call) const {
  *call = llvm::dyn_cast<clang::CallExpr>(node);
  const clang::FunctionDecl* callee = *call ? (*call)->getDirectCallee() : nullptr;
  if (!callee || !callee->getDeclName().isIdentifier() || callee->getName() != llvm::StringRef(kClauseCall)) return nullptr;
  clang::Expr::EvalResult number;
  if ((*call)->getNumArgs() == 0 || !(*call)->getArg(0)->EvaluateAsInt(number, unit_.context())) return nullptr;
  std::uint64_t index = number.Val.getInt().getLimitedValue();
  return index < unit_.clauses().size() ? &unit_.clauses()[index] : nullptr;
}

// The clauses at the start of a function's or loop's body belong to the whole of it; the rest of the body comes back.
std::vector<const clang::Stmt*> FunctionLowering::without_leading(const clang::CompoundStmt* body, bool of_function,
                                                                  std::vector<Clause>* invariants) {
  std::vector<const clang::Stmt*> rest;
  bool leading = true;
  for (const clang::Stmt* child : body->body()) {
    const clang::CallExpr* call = nullptr;
    const ContractClause* clause = leading ? clause_of(child, &call) : nullptr;
    if (clause && of_function &&
        (clause->kind == ClauseKind::kRequires || clause->kind == ClauseKind::kEnsures || clause->kind == ClauseKind::kUnsupported))
      contract_clause(*clause, call);
    else if (clause && invariants && clause->kind == ClauseKind::kInvariant) invariants->push_back(lower_clause(*clause, call));
    else {
      leading = leading && clause && clause->kind == ClauseKind::kLabel;
      rest.push_back(child);
    }
  }
  return rest;
}

void FunctionLowering::contract_clause(const ContractClause& clause, const clang::CallExpr* call) {
  if (clause.kind == ClauseKind::kUnsupported) {
    refuse(call, fmt::format("contract clause {}", clause.text));
    return;
  }
  Clause lowered = lower_clause(clause, call);
  (clause.kind == ClauseKind::kRequires ? function_.requires_ : function_.ensures).push_back(std::move(lowered));
}

Clause FunctionLowering::lower_clause(const ContractClause& clause, const clang::CallExpr* call) {
  Clause lowered;
  lowered.text = clause.text;
  lowered.origin = unit_.clause_origin(clause);
  const clang::Expr* e = call->getArg(1)->IgnoreParens();
  reject_effects(e, clause);
  if (!e->getType()->isScalarType()) {
    unit_.contract_error(unit_.program().range(lowered.origin), fmt::format("condition of type '{}'", e->getType().getAsString()),
                         "write a condition that is an integer or a pointer");
    lowered.condition = build::constant(0, unit_.types().int_type(), lowered.origin);
    return lowered;
  }
  const ContractClause* outer = in_clause_;
  in_clause_ = &clause;
  if (full_expression(call->getArg(1))) {
    OutputScope scope(*this, lowered.prelude);
    lowered.condition = condition(call->getArg(1));
  }
  in_clause_ = outer;
  if (!lowered.condition) lowered.condition = build::constant(0, unit_.types().int_type(), lowered.origin);
  return lowered;
}

void FunctionLowering::reject_effects(const clang::Expr* e, const ContractClause& clause) {
  EffectFinder finder;
  finder.TraverseStmt(const_cast<clang::Expr*>(e));  // the visitor wants non-const and only reads
  if (!finder.found) return;
  unit_.contract_error(unit_.range(finder.found->getExprLoc()), fmt::format("clause '{}' changes a variable", clause.text),
                       "a contract only describes; remove the assignment");
}

// A clause between statements.
bool FunctionLowering::clause_call(const clang::CallExpr* e) {
  const clang::CallExpr* call = nullptr;
  const ContractClause* clause = clause_of(e, &call);
  if (!clause) return false;
  SourceRange where = unit_.program().range(unit_.clause_origin(*clause));
  Origin at = unit_.clause_origin(*clause);
  switch (clause->kind) {
    case ClauseKind::kRequires:
    case ClauseKind::kEnsures:
      unit_.contract_error(where, "requires or ensures after the first statement", "move it before the function, or to the start of its body");
      return true;
    case ClauseKind::kInvariant:
      unit_.contract_error(where, "invariant outside the start of a loop's body", "make it the first thing inside the loop's braces");
      return true;
    case ClauseKind::kUnsupported: refuse(e, fmt::format("contract clause {}", clause->text)); return true;
    case ClauseKind::kLabel: {
      bool is_name = !clause->text.empty() &&
                     clause->text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string::npos;
      if (!is_name) unit_.contract_error(where, fmt::format("label '{}' is not a name", clause->text), "use letters, digits and underscores");
      else if (!labels_.insert(clause->text).second)
        unit_.contract_error(where, fmt::format("label '{}' appears twice in '{}'", clause->text, function_.name),
                             "give each program point its own name");
      Stmt label = build::statement(StmtKind::kLabel, at);
      label.name = clause->text;
      emit(std::move(label));
      return true;
    }
    case ClauseKind::kAssert:
    case ClauseKind::kAssume: break;
  }
  Clause lowered = lower_clause(*clause, call);
  build::append(*out_, std::move(lowered.prelude));
  Stmt stmt = build::statement(clause->kind == ClauseKind::kAssert ? StmtKind::kAssert : StmtKind::kAssume, at);
  stmt.value = std::move(lowered.condition);
  if (clause->kind == ClauseKind::kAssert) stmt.name = clause->text;
  emit(std::move(stmt));
  return true;
}

// old(e): the value at entry, kept in a ghost variable.
ExprPtr FunctionLowering::old_value(const clang::Expr* operand) {
  Block entry;
  ExprPtr kept;
  {
    OutputScope scope(*this, entry);
    kept = value(operand);
  }
  Origin at = origin(operand);
  Variable ghost;
  ghost.name = fmt::format("$old{}", ++ghosts_);
  ghost.type = kept->type;
  ghost.origin = at;
  ghost.is_ghost = true;
  TypeId ghost_type = kept->type;
  VariableId id{false, add_local(std::move(ghost))};
  build::append(function_.ghost_entry, std::move(entry));
  function_.ghost_entry.push_back(build::declare(id, at));
  function_.ghost_entry.push_back(build::assign(variable_place(id, ghost_type, at), std::move(kept), at));
  return load_variable(id, ghost_type, at);
}

VariableId FunctionLowering::result_variable(Origin origin) {
  if (!function_.result) {
    Variable result;
    result.name = "result";
    result.type = function_.return_type;
    result.origin = origin;
    result.is_ghost = true;
    function_.result = add_local(std::move(result));
  }
  return {false, *function_.result};
}

}  // namespace assay::lowering
