#include "frontend/concepts/recognisers.h"

namespace assay::concepts {

using namespace program;

namespace {

/// Each value that the function can return, with the condition of its branch. A function with a single return stays silent.
class ReturnValue : public Recogniser {
 public:
  std::vector<std::pair<std::string, std::string>> kinds() const override {
    return {{"return-case", "one of several values that a function returns"}};
  }
  void find(const FunctionView& view, std::vector<Concept>& out) const override {
    std::size_t returns = 0;
    for (const Site& site : view.sites) returns += site.stmt->kind == StmtKind::kReturn && site.stmt->value;
    for (const Site& site : view.sites) {
      const Stmt& stmt = *site.stmt;
      if (stmt.kind != StmtKind::kReturn || !stmt.value) continue;
      const Expr& value = view.resolve(*stmt.value);
      if (value.kind == ExprKind::kConditional) {
        report(view, *value.b, "if " + view.text(*value.a), stmt, out);
        report(view, *value.c, "unless " + view.text(*value.a), stmt, out);
      } else if (returns > 1) {
        report(view, value, when(view, site), stmt, out);
      }
    }
  }

 private:
  static std::string when(const FunctionView& view, const Site& site) {
    for (std::size_t i = site.parents.size(); i > 0; --i) {
      const Stmt& parent = *site.parents[i - 1];
      if (parent.kind == StmtKind::kSwitch) return "by a case of switch (" + view.text(*parent.value) + ")";
      if (parent.kind != StmtKind::kIf) continue;
      const Stmt* inside = i < site.parents.size() ? site.parents[i] : site.stmt;
      bool in_else = !parent.else_body.empty() && inside >= parent.else_body.data() && inside < parent.else_body.data() + parent.else_body.size();
      return (in_else ? "unless " : "if ") + view.text(*parent.value);
    }
    return "otherwise";
  }
  static void report(const FunctionView& view, const Expr& value, const std::string& when, const Stmt& stmt, std::vector<Concept>& out) {
    std::string text = view.text(value);
    out.push_back(view.make("return-case", text, when, "returns " + text + " " + when, value.origin, stmt));
  }
};

}  // namespace

std::unique_ptr<Recogniser> return_value() { return std::make_unique<ReturnValue>(); }

}  // namespace assay::concepts
