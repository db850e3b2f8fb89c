#include "frontend/concepts/recognisers.h"

namespace assay::concepts {

using namespace program;

namespace {

/// A function that calls itself, and the returns that end the descent.
class Recursion : public Recogniser {
 public:
  std::vector<std::pair<std::string, std::string>> kinds() const override {
    return {{"recursion", "a call of the function by itself"}, {"base-case", "a return that ends a recursion"}};
  }
  void find(const FunctionView& view, std::vector<Concept>& out) const override {
    bool recursive = false;
    for (const Site& site : view.sites) {
      if (!calls_itself(view, *site.stmt)) continue;
      recursive = true;
      std::string arguments;
      for (const auto& argument : site.stmt->arguments) arguments += (arguments.empty() ? "" : ", ") + view.text(*argument);
      out.push_back(view.make("recursion", view.function.name, arguments,
                              view.function.name + " calls itself with " + (arguments.empty() ? "no arguments" : arguments), site.stmt->origin,
                              *site.stmt));
    }
    for (const Site& site : view.sites)
      if (recursive && site.stmt->kind == StmtKind::kReturn) base_case(view, site, out);
  }

 private:
  static bool calls_itself(const FunctionView& view, const Stmt& stmt) {
    return stmt.kind == StmtKind::kCall && stmt.callee && &view.program.function(*stmt.callee) == &view.function;
  }
  static bool contains_call(const FunctionView& view, const Stmt& stmt) {
    if (calls_itself(view, stmt)) return true;
    for (const Block* block : {&stmt.body, &stmt.else_body})
      for (const Stmt& inner : *block)
        if (contains_call(view, inner)) return true;
    return false;
  }
  // A return under a condition, before any call of the function in its own branch.
  static void base_case(const FunctionView& view, const Site& site, std::vector<Concept>& out) {
    const Stmt* condition = nullptr;
    for (const Stmt* parent : site.parents)
      if (parent->kind == StmtKind::kIf) condition = parent;
    if (!condition) return;
    for (std::size_t i = 0; i < site.index; ++i)
      if (contains_call(view, (*site.block)[i])) return;
    std::string when = view.text(*condition->value);
    out.push_back(
        view.make("base-case", view.function.name, when, "the recursion ends here under the condition " + when, site.stmt->origin, *site.stmt));
  }
};

}  // namespace

std::unique_ptr<Recogniser> recursion() { return std::make_unique<Recursion>(); }

}  // namespace assay::concepts
