#include "frontend/concepts/view.h"

namespace assay::concepts {

using namespace program;

const Stmt* Site::loop() const {
  for (auto at = parents.rbegin(); at != parents.rend(); ++at)
    if ((*at)->kind == StmtKind::kLoop) return *at;
  return nullptr;
}

FunctionView::FunctionView(const Program& p, const Function& f) : program(p), function(f) {
  std::vector<const Stmt*> parents;
  collect(f.body, parents, false);
  std::map<std::uint32_t, int> writes;
  for (const Site& site : sites) {
    auto written = assigned(*site.stmt);
    if (!written || written->global || !f.locals[written->index].is_temporary) continue;
    temporaries_[written->index] = site.stmt->value.get();
    ++writes[written->index];
  }
  for (auto [index, count] : writes)
    if (count > 1) temporaries_.erase(index);
  name_call_results();
}

// `n * $1` reads better as `n * factorial(n - 1)`; inner calls come first in the source order of the IR.
void FunctionView::name_call_results() {
  names_.name = function.name;
  names_.parameter_count = function.parameter_count;
  names_.locals = function.locals;
  for (const Site& site : sites) {
    const Stmt& stmt = *site.stmt;
    if (stmt.kind != StmtKind::kCall || !stmt.place || stmt.place->kind != PlaceKind::kVariable || stmt.place->variable.global) continue;
    Variable& result = names_.locals[stmt.place->variable.index];
    if (!result.is_temporary) continue;
    std::string arguments;
    for (const ExprPtr& argument : stmt.arguments) arguments += (arguments.empty() ? "" : ", ") + text(*argument);
    result.name = "result_of_call_" + std::to_string(stmt.id) + "_";
    result.is_temporary = false;
    call_results_[result.name] = (stmt.callee ? program.function(*stmt.callee).name : stmt.name) + "(" + arguments + ")";
  }
}

std::string FunctionView::with_calls(std::string text) const {
  for (const auto& [name, call] : call_results_)
    for (std::size_t at; (at = text.find(name)) != std::string::npos;) text.replace(at, name.size(), call);
  return text;
}

void FunctionView::collect(const Block& block, std::vector<const Stmt*>& parents, bool in_step) {
  for (std::size_t i = 0; i < block.size(); ++i) {
    const Stmt& stmt = block[i];
    sites.push_back({&stmt, &block, i, parents, in_step});
    parents.push_back(&stmt);
    if (stmt.loop) collect(stmt.loop->condition_prelude, parents, in_step);
    collect(stmt.body, parents, in_step);
    collect(stmt.else_body, parents, in_step);
    if (stmt.loop) collect(stmt.loop->step, parents, true);
    parents.pop_back();
  }
}

const Expr& FunctionView::resolve(const Expr& e) const {
  const Expr* at = &e;
  for (int hops = 0; hops < 16; ++hops) {
    if (at->kind == ExprKind::kConvert && program.type(at->type).is_integer() && at->a) {
      at = at->a.get();
    } else if (at->kind == ExprKind::kLoad && at->place->kind == PlaceKind::kVariable && !at->place->variable.global) {
      auto known = temporaries_.find(at->place->variable.index);
      if (known == temporaries_.end()) return *at;
      at = known->second;
    } else {
      return *at;
    }
  }
  return *at;
}

std::optional<std::int64_t> FunctionView::constant(const Expr& e) const {
  const Expr& inner = resolve(e);
  if (inner.kind == ExprKind::kConstant) return inner.value;
  if (inner.kind == ExprKind::kUnary && inner.unary_op == UnaryOp::kNegate)
    if (const Expr& operand = resolve(*inner.a); operand.kind == ExprKind::kConstant) return -operand.value;
  return std::nullopt;
}

std::optional<VariableId> FunctionView::loaded(const Expr& e) const {
  const Expr& inner = resolve(e);
  if (inner.kind != ExprKind::kLoad || inner.place->kind != PlaceKind::kVariable) return std::nullopt;
  return inner.place->variable;
}

bool FunctionView::same(const Place& a, const Place& b) const {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case PlaceKind::kVariable: return a.variable == b.variable;
    case PlaceKind::kDeref: return same(*a.pointer, *b.pointer);
    case PlaceKind::kElement: return same(*a.base, *b.base) && same(*a.index, *b.index);
    case PlaceKind::kField: return a.field == b.field && same(*a.base, *b.base);
  }
  return false;
}

bool FunctionView::same(const Expr& left, const Expr& right) const {
  const Expr &a = resolve(left), &b = resolve(right);
  if (a.kind != b.kind || a.value != b.value) return false;
  if (a.kind == ExprKind::kUnary && a.unary_op != b.unary_op) return false;
  if ((a.kind == ExprKind::kBinary || a.kind == ExprKind::kPointerCompare) && a.binary_op != b.binary_op) return false;
  if ((a.place != nullptr) != (b.place != nullptr) || (a.place && !same(*a.place, *b.place))) return false;
  auto same_child = [&](const ExprPtr& x, const ExprPtr& y) { return (!x && !y) || (x && y && same(*x, *y)); };
  return same_child(a.a, b.a) && same_child(a.b, b.b) && same_child(a.c, b.c);
}

bool FunctionView::reads(const Expr& e, VariableId variable) const {
  bool found = false;
  each_part(e, [&](const Expr& part) {
    auto read = loaded(part);
    found = found || (read && *read == variable);
  });
  return found;
}

std::optional<VariableId> FunctionView::assigned(const Stmt& stmt) {
  bool writes = stmt.kind == StmtKind::kAssign || stmt.kind == StmtKind::kCall;
  if (!writes || !stmt.place || stmt.place->kind != PlaceKind::kVariable || (stmt.kind == StmtKind::kAssign && !stmt.value)) return std::nullopt;
  if (stmt.kind == StmtKind::kCall) return std::nullopt;
  return stmt.place->variable;
}

std::optional<Update> FunctionView::update(const Stmt& stmt) const {
  auto target = assigned(stmt);
  if (!target || is_temporary(*target)) return std::nullopt;
  const Expr& value = resolve(*stmt.value);
  bool moves_pointer = value.kind == ExprKind::kPointerAdd;
  if (value.kind != ExprKind::kBinary && !moves_pointer) return std::nullopt;
  BinaryOp op = moves_pointer ? BinaryOp::kAdd : value.binary_op;
  bool commutes = op == BinaryOp::kAdd || op == BinaryOp::kMultiply || op == BinaryOp::kBitAnd || op == BinaryOp::kBitOr || op == BinaryOp::kBitXor;
  auto left = loaded(*value.a), right = loaded(*value.b);
  if (left && *left == *target && !reads(*value.b, *target)) return Update{*target, op, value.b.get()};
  if (commutes && right && *right == *target && !reads(*value.a, *target)) return Update{*target, op, value.a.get()};
  return std::nullopt;
}

bool FunctionView::is_written_in(const Stmt& loop, VariableId variable) const {
  for (const Site& site : sites) {
    bool inside = false;
    for (const Stmt* parent : site.parents) inside = inside || parent == &loop;
    if (!inside || !site.stmt->place) continue;
    const Place* root = site.stmt->place.get();
    while (root->base) root = root->base.get();
    if (root->kind == PlaceKind::kVariable && root->variable == variable) return true;
  }
  return false;
}

std::string FunctionView::text(const Expr& e) const { return with_calls(print_c(program, names_, resolve(e))); }
std::string FunctionView::text(const Place& place) const { return with_calls(print_c(program, names_, place)); }
std::string FunctionView::name(VariableId id) const { return program.variable(function, id).name; }
bool FunctionView::is_temporary(VariableId id) const { return program.variable(function, id).is_temporary; }

Concept FunctionView::make(std::string kind, std::string subject, std::string detail, std::string explanation, Origin origin,
                           const Stmt& stmt) const {
  Concept found;
  found.kind = std::move(kind);
  found.function = function.name;
  found.subject = std::move(subject);
  found.detail = std::move(detail);
  found.explanation = std::move(explanation);
  if (origin.ast_kind < program.ast_kinds.size()) found.ast_kind = program.ast_kinds[origin.ast_kind];
  found.range = program.range(origin);
  found.statement = stmt.id;
  return found;
}

void each_part(const Place& place, const std::function<void(const Expr&)>& visit) {
  if (place.pointer) each_part(*place.pointer, visit);
  if (place.index) each_part(*place.index, visit);
  if (place.base) each_part(*place.base, visit);
}

void each_part(const Expr& e, const std::function<void(const Expr&)>& visit) {
  visit(e);
  if (e.place) each_part(*e.place, visit);
  for (const ExprPtr* child : {&e.a, &e.b, &e.c})
    if (*child) each_part(**child, visit);
}

void each_expression(const Stmt& stmt, const std::function<void(const Expr&)>& visit) {
  if (stmt.place) each_part(*stmt.place, visit);
  if (stmt.value) each_part(*stmt.value, visit);
  for (const ExprPtr& argument : stmt.arguments) each_part(*argument, visit);
  if (stmt.loop && stmt.loop->condition) each_part(*stmt.loop->condition, visit);
}

void each_place(const Stmt& stmt, const std::function<void(const Place&)>& visit) {
  std::function<void(const Place&)> down = [&](const Place& place) {
    visit(place);
    if (place.base) down(*place.base);
  };
  if (stmt.place) down(*stmt.place);
  each_expression(stmt, [&](const Expr& e) {
    if (e.place) down(*e.place);
  });
}

namespace {

void flatten(const Expr& e, ExprKind kind, std::vector<const Expr*>& out) {
  if (e.kind != kind) return out.push_back(&e);
  flatten(*e.a, kind, out);
  flatten(*e.b, kind, out);
}

}  // namespace

std::vector<const Expr*> conjuncts(const Expr& e) {
  std::vector<const Expr*> parts;
  flatten(e, ExprKind::kLogicalAnd, parts);
  return parts;
}

std::vector<const Expr*> disjuncts(const Expr& e) {
  std::vector<const Expr*> parts;
  flatten(e, ExprKind::kLogicalOr, parts);
  return parts;
}

bool is_comparison(const Expr& e) { return (e.kind == ExprKind::kBinary || e.kind == ExprKind::kPointerCompare) && e.binary_op >= BinaryOp::kEqual; }

BinaryOp flipped(BinaryOp op) {
  switch (op) {
    case BinaryOp::kLess: return BinaryOp::kGreater;
    case BinaryOp::kLessEqual: return BinaryOp::kGreaterEqual;
    case BinaryOp::kGreater: return BinaryOp::kLess;
    case BinaryOp::kGreaterEqual: return BinaryOp::kLessEqual;
    default: return op;
  }
}

BinaryOp negated(BinaryOp op) {
  switch (op) {
    case BinaryOp::kLess: return BinaryOp::kGreaterEqual;
    case BinaryOp::kLessEqual: return BinaryOp::kGreater;
    case BinaryOp::kGreater: return BinaryOp::kLessEqual;
    case BinaryOp::kGreaterEqual: return BinaryOp::kLess;
    case BinaryOp::kEqual: return BinaryOp::kNotEqual;
    case BinaryOp::kNotEqual: return BinaryOp::kEqual;
    default: return op;
  }
}

}  // namespace assay::concepts
