#include "frontend/lowering/purity.h"

#include <set>

namespace assay::lowering {

using namespace program;

namespace {

class Purity {
 public:
  explicit Purity(const Program& program) : program_(program) {}
  bool function(FunctionId id) {
    if (!seen_.insert(id).second) return true;  // a recursive call adds no effect of its own
    const Function& callee = program_.function(id);
    return callee.has_body && block(callee.body);
  }

 private:
  bool block(const Block& statements) {
    for (const Stmt& stmt : statements)
      if (!statement(stmt)) return false;
    return true;
  }
  bool statement(const Stmt& stmt) {
    if (stmt.place && !writes_local(*stmt.place)) return false;
    bool library = stmt.kind == StmtKind::kCall && !stmt.callee;
    if (library && stmt.name != "abs" && stmt.name != "labs" && stmt.name != "llabs") return false;
    if (stmt.callee && !function(*stmt.callee)) return false;
    if (stmt.loop && (!block(stmt.loop->condition_prelude) || !block(stmt.loop->step))) return false;
    return block(stmt.body) && block(stmt.else_body);
  }
  static bool writes_local(const Place& place) {
    const Place* root = &place;
    while (root->base) root = root->base.get();
    return root->kind == PlaceKind::kVariable && !root->variable.global;
  }

  const Program& program_;
  std::set<FunctionId> seen_;
};

}  // namespace

bool is_pure(const Program& program, FunctionId function) { return Purity(program).function(function); }

}  // namespace assay::lowering
