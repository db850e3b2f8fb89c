#include "frontend/program/program.h"

#include <algorithm>

namespace assay::program {

namespace {

template <class Pointer>
Pointer clone_or_null(const Pointer& pointer) {
  return pointer ? clone(*pointer) : nullptr;
}

std::vector<Clause> clone_clauses(const std::vector<Clause>& clauses) {
  std::vector<Clause> copies;
  copies.reserve(clauses.size());
  for (const Clause& clause : clauses) copies.push_back(clone(clause));
  return copies;
}

std::unique_ptr<Loop> clone_loop(const Loop& loop) {
  auto copy = std::make_unique<Loop>();
  copy->form = loop.form;
  copy->condition_prelude = clone(loop.condition_prelude);
  copy->condition = clone_or_null(loop.condition);
  copy->step = clone(loop.step);
  copy->invariants = clone_clauses(loop.invariants);
  copy->id = loop.id;
  return copy;
}

/// Walks one function in source order.
class Numbering {
 public:
  void function(Function& function) {
    clauses(function.requires_);
    block(function.ghost_entry);
    block(function.body);
    clauses(function.ensures);
  }
  void block(Block& block) {
    for (Stmt& stmt : block) statement(stmt);
  }

 private:
  void clauses(std::vector<Clause>& clauses) {
    for (Clause& clause : clauses) block(clause.prelude);
  }
  void statement(Stmt& stmt) {
    stmt.id = next_statement_++;
    if (stmt.loop) {
      stmt.loop->id = next_loop_++;
      clauses(stmt.loop->invariants);
      block(stmt.loop->condition_prelude);
    }
    block(stmt.body);
    block(stmt.else_body);
    if (stmt.loop) block(stmt.loop->step);
  }

  std::uint32_t next_statement_ = 0;
  std::uint32_t next_loop_ = 0;
};

}  // namespace

TypeId Program::intern(Type type) {
  const auto found = std::find(types.begin(), types.end(), type);
  if (found != types.end()) return {static_cast<std::uint32_t>(found - types.begin())};
  types.push_back(std::move(type));
  return {static_cast<std::uint32_t>(types.size() - 1)};
}

std::uint32_t Program::intern_ast_kind(std::string_view kind) {
  const auto found = std::find(ast_kinds.begin(), ast_kinds.end(), kind);
  if (found != ast_kinds.end()) return static_cast<std::uint32_t>(found - ast_kinds.begin());
  ast_kinds.emplace_back(kind);
  return static_cast<std::uint32_t>(ast_kinds.size() - 1);
}

std::optional<FunctionId> Program::find(std::string_view function_name) const {
  for (std::size_t i = 0; i < functions.size(); ++i)
    if (functions[i].name == function_name) return FunctionId{static_cast<std::uint32_t>(i)};
  return std::nullopt;
}

SourceRange Program::range(const Origin& origin) const {
  SourceRange range;
  if (origin.file < files.size()) range.file = files[origin.file];
  range.begin = origin.begin;
  range.end = origin.end;
  return range;
}

void number_statements(Program& program) {
  Numbering().block(program.initialise);
  for (Function& function : program.functions) Numbering().function(function);
}

ExprPtr clone(const Expr& expr) {
  auto copy = std::make_unique<Expr>();
  copy->kind = expr.kind;
  copy->type = expr.type;
  copy->origin = expr.origin;
  copy->value = expr.value;
  copy->unary_op = expr.unary_op;
  copy->binary_op = expr.binary_op;
  copy->place = clone_or_null(expr.place);
  copy->a = clone_or_null(expr.a);
  copy->b = clone_or_null(expr.b);
  copy->c = clone_or_null(expr.c);
  return copy;
}

PlacePtr clone(const Place& place) {
  auto copy = std::make_unique<Place>();
  copy->kind = place.kind;
  copy->type = place.type;
  copy->origin = place.origin;
  copy->variable = place.variable;
  copy->pointer = clone_or_null(place.pointer);
  copy->base = clone_or_null(place.base);
  copy->index = clone_or_null(place.index);
  copy->field = place.field;
  return copy;
}

Stmt clone(const Stmt& stmt) {
  Stmt copy;
  copy.kind = stmt.kind;
  copy.origin = stmt.origin;
  copy.id = stmt.id;
  copy.variable = stmt.variable;
  copy.place = clone_or_null(stmt.place);
  copy.value = clone_or_null(stmt.value);
  copy.callee = stmt.callee;
  for (const ExprPtr& argument : stmt.arguments) copy.arguments.push_back(clone_or_null(argument));
  copy.body = clone(stmt.body);
  copy.else_body = clone(stmt.else_body);
  if (stmt.loop) copy.loop = clone_loop(*stmt.loop);
  copy.cases = stmt.cases;
  copy.name = stmt.name;
  copy.tags = stmt.tags;
  return copy;
}

Block clone(const Block& block) {
  Block copy;
  copy.reserve(block.size());
  for (const Stmt& stmt : block) copy.push_back(clone(stmt));
  return copy;
}

Clause clone(const Clause& clause) {
  Clause copy;
  copy.prelude = clone(clause.prelude);
  copy.condition = clone_or_null(clause.condition);
  copy.text = clause.text;
  copy.origin = clause.origin;
  return copy;
}

Function clone(const Function& function) {
  Function copy;
  copy.name = function.name;
  copy.return_type = function.return_type;
  copy.parameter_count = function.parameter_count;
  copy.locals = function.locals;
  copy.body = clone(function.body);
  copy.has_body = function.has_body;
  copy.refusal = function.refusal;
  copy.requires_ = clone_clauses(function.requires_);
  copy.ensures = clone_clauses(function.ensures);
  copy.ghost_entry = clone(function.ghost_entry);
  copy.result = function.result;
  copy.origin = function.origin;
  return copy;
}

Program clone(const Program& program) {
  Program copy;
  copy.target = program.target;
  copy.types = program.types;
  copy.globals = program.globals;
  copy.initialise = clone(program.initialise);
  for (const Function& function : program.functions) copy.functions.push_back(clone(function));
  copy.files = program.files;
  copy.ast_kinds = program.ast_kinds;
  return copy;
}

}  // namespace assay::program
