#include <algorithm>

#include "frontend/concepts/induction.h"
#include "frontend/concepts/recognisers.h"

namespace assay::concepts {

using namespace program;

namespace {

/// for (i = 0; i < n; i++): runs while i < n.
class LoopBound : public Recogniser {
 public:
  std::vector<std::pair<std::string, std::string>> kinds() const override { return {{"loop-bound", "the comparison that ends a loop"}}; }
  void find(const FunctionView& view, std::vector<Concept>& out) const override {
    std::vector<LoopControl> controls = loop_controls(view);
    for (const Site& site : view.sites) {  // while (s[i]): the data ends the loop
      auto is_here = [&](const LoopControl& control) { return control.site->stmt == site.stmt; };
      if (site.stmt->kind != StmtKind::kLoop || !site.stmt->loop->condition || std::any_of(controls.begin(), controls.end(), is_here)) continue;
      const Expr& condition = *site.stmt->loop->condition;
      if (view.constant(condition)) continue;
      std::string test = view.text(condition);
      out.push_back(view.make("loop-bound", test, test, "the loop runs while " + test + " holds", condition.origin, *site.stmt));
    }
    for (const LoopControl& control : controls) {
      std::string variable = view.name(control.variable);
      std::string bound = control.bound ? view.text(*control.bound) : "0";
      std::string detail = variable + " " + symbol(control.comparison) + " " + bound;
      bool is_pointer = control.bound && view.resolve(*control.bound).kind == ExprKind::kNull;
      out.push_back(view.make("loop-bound", variable, is_pointer ? variable + " != NULL" : detail,
                              "the loop runs while " + detail + reach(control.comparison), control.test->origin, *control.site->stmt));
    }
  }

 private:
  static std::string reach(BinaryOp comparison) {
    switch (comparison) {
      case BinaryOp::kLess:
      case BinaryOp::kGreater: return ": the bound itself is left out";
      case BinaryOp::kLessEqual:
      case BinaryOp::kGreaterEqual: return ": the bound itself is included";
      default: return "";
    }
  }
};

}  // namespace

std::unique_ptr<Recogniser> loop_bound() { return std::make_unique<LoopBound>(); }

}  // namespace assay::concepts
