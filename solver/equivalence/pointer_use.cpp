#include "solver/equivalence/pointer_use.h"

#include <set>

namespace assay::solver {

using program::Block;
using program::Clause;
using program::Expr;
using program::ExprKind;
using program::Place;
using program::PlaceKind;
using program::Stmt;

bool is_null_constant(const Expr& expr) {
  return expr.kind == ExprKind::kNull || (expr.kind == ExprKind::kConvert && expr.a && is_null_constant(*expr.a));
}

namespace {

class Walk {
 public:
  explicit Walk(const program::Program& program) : program_(program) {}

  PointerUse run(program::FunctionId entry) {
    function(entry);
    return use_;
  }

 private:
  void function(program::FunctionId id) {
    if (!seen_.insert(id.value).second) return;
    const program::Function& function = program_.function(id);
    for (const std::vector<Clause>* clauses : {&function.requires_, &function.ensures})
      for (const Clause& clause : *clauses) visit(clause);
    visit(function.ghost_entry);
    visit(function.body);
  }
  void visit(const Clause& clause) {
    visit(clause.prelude);
    visit(*clause.condition);
  }
  void visit(const Block& block) {
    for (const Stmt& stmt : block) visit(stmt);
  }
  void visit(const Stmt& stmt) {
    if (stmt.place) {
      use_.writes = use_.writes || through_pointer(*stmt.place);
      visit(*stmt.place);
    }
    if (stmt.value) visit(*stmt.value);
    for (const auto& argument : stmt.arguments) visit(*argument);
    if (stmt.callee) function(*stmt.callee);
    visit(stmt.body);
    visit(stmt.else_body);
    if (!stmt.loop) return;
    visit(stmt.loop->condition_prelude);
    if (stmt.loop->condition) visit(*stmt.loop->condition);
    visit(stmt.loop->step);
    for (const Clause& clause : stmt.loop->invariants) visit(clause);
  }
  static bool through_pointer(const Place& place) { return place.kind == PlaceKind::kDeref || (place.base && through_pointer(*place.base)); }
  void visit(const Place& place) {
    if (place.pointer) visit(*place.pointer);
    if (place.base) visit(*place.base);
    if (place.index) visit(*place.index);
  }
  void visit(const Expr& expr) {
    const bool two_pointers = expr.kind == ExprKind::kPointerCompare && !is_null_constant(*expr.a) && !is_null_constant(*expr.b);
    use_.compares = use_.compares || two_pointers || expr.kind == ExprKind::kPointerDifference;
    if (expr.place) visit(*expr.place);
    for (const auto* part : {&expr.a, &expr.b, &expr.c})
      if (*part) visit(**part);
  }

  const program::Program& program_;
  PointerUse use_;
  std::set<std::uint32_t> seen_;
};

}  // namespace

PointerUse pointer_use(const program::Program& program, program::FunctionId function) { return Walk(program).run(function); }

}  // namespace assay::solver
