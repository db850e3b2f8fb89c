#include "frontend/lowering/interference.h"

namespace assay::lowering {

using namespace program;

namespace {

struct Writes {
  std::set<VariableId> variables;
  bool memory = false;  // through a pointer, or by a call
};

const Place* root_of(const Place* place) {
  while (place->kind == PlaceKind::kElement || place->kind == PlaceKind::kField) place = place->base.get();
  return place;
}

void add_write(const Place& place, Writes& writes) {
  const Place* root = root_of(&place);
  if (root->kind == PlaceKind::kVariable) writes.variables.insert(root->variable);
  else writes.memory = true;
}

void collect(const Block& block, Writes& writes) {
  for (const Stmt& stmt : block) {
    if (stmt.place) add_write(*stmt.place, writes);
    if (stmt.kind == StmtKind::kCall) writes.memory = true;
    collect(stmt.body, writes);
    collect(stmt.else_body, writes);
    if (stmt.loop) {
      collect(stmt.loop->condition_prelude, writes);
      collect(stmt.loop->step, writes);
    }
  }
}

struct Reader {
  const Function& function;
  const std::set<std::uint32_t>& exposed;
  const Writes& writes;

  bool variable(VariableId id) const {
    if (writes.variables.count(id) > 0) return true;
    return writes.memory && (id.global || exposed.count(id.index) > 0);
  }
  // The object that a place names; `read` says if its content counts, too.
  bool place(const Place& node, bool read) const {
    switch (node.kind) {
      case PlaceKind::kVariable: return read && variable(node.variable);
      case PlaceKind::kDeref: return expression(*node.pointer) || (read && (writes.memory || !writes.variables.empty()));
      case PlaceKind::kElement: return expression(*node.index) || place(*node.base, read);
      case PlaceKind::kField: return place(*node.base, read);
    }
    return true;
  }
  bool expression(const Expr& node) const {
    if (node.place && place(*node.place, node.kind == ExprKind::kLoad)) return true;
    for (const ExprPtr* child : {&node.a, &node.b, &node.c})
      if (*child && expression(**child)) return true;
    return false;
  }
};

}  // namespace

bool may_change(const Function& function, const std::set<std::uint32_t>& exposed, const Expr& value, const Block& statements) {
  Writes writes;
  collect(statements, writes);
  return Reader{function, exposed, writes}.expression(value);
}

bool may_change(const Function& function, const std::set<std::uint32_t>& exposed, const Place& target, const Block& statements) {
  Writes writes;
  collect(statements, writes);
  return Reader{function, exposed, writes}.place(target, false);
}

}  // namespace assay::lowering
