#include "frontend/concepts/recognisers.h"

namespace assay::concepts {

using namespace program;

namespace {

/// if (a[i] > best) best = a[i];   best = a[i] > best ? a[i] : best;
class RunningExtreme : public Recogniser {
 public:
  std::vector<std::pair<std::string, std::string>> kinds() const override {
    return {{"running-maximum", "a variable that keeps the largest value seen"},
            {"running-minimum", "a variable that keeps the smallest value seen"}};
  }
  void find(const FunctionView& view, std::vector<Concept>& out) const override {
    for (const Site& site : view.sites) {
      const Stmt& stmt = *site.stmt;
      if (stmt.kind == StmtKind::kIf && stmt.else_body.empty() && !stmt.body.empty()) {
        for (const Expr* part : conjuncts(*stmt.value))
          for (const Stmt& assignment : stmt.body)
            if (assignment.kind == StmtKind::kAssign) compare(view, *part, assignment, *assignment.value, stmt, out);
      } else if (stmt.kind == StmtKind::kAssign && view.resolve(*stmt.value).kind == ExprKind::kConditional) {
        choice(view, stmt, out);
      }
    }
  }

 private:
  static void compare(const FunctionView& view, const Expr& condition, const Stmt& assignment, const Expr& value, const Stmt& at,
                      std::vector<Concept>& out) {
    auto kept = FunctionView::assigned(assignment);
    const Expr& test = view.resolve(condition);
    if (!kept || view.is_temporary(*kept) || !is_comparison(test) || test.kind == ExprKind::kPointerCompare) return;
    auto left = view.loaded(*test.a), right = view.loaded(*test.b);
    BinaryOp comparison = test.binary_op;  // candidate comparison kept
    const Expr* candidate = test.a.get();
    if (left && *left == *kept) {
      comparison = flipped(comparison);
      candidate = test.b.get();
    } else if (!right || !(*right == *kept)) {
      return;
    }
    if (!view.same(*candidate, value) || view.constant(*candidate)) return;
    report(view, *kept, *candidate, comparison, at, out);
  }

  static void choice(const FunctionView& view, const Stmt& stmt, std::vector<Concept>& out) {
    auto kept = FunctionView::assigned(stmt);
    const Expr& chosen = view.resolve(*stmt.value);
    const Expr& test = view.resolve(*chosen.a);
    if (!kept || view.is_temporary(*kept) || !is_comparison(test) || test.kind == ExprKind::kPointerCompare) return;
    auto keeps = [&](const Expr& e) {
      auto read = view.loaded(e);
      return read && *read == *kept;
    };
    bool taken_if_true = keeps(*chosen.c), taken_if_false = keeps(*chosen.b);
    if (taken_if_true == taken_if_false) return;
    const Expr& value = taken_if_true ? *chosen.b : *chosen.c;
    BinaryOp comparison = taken_if_true ? test.binary_op : negated(test.binary_op);
    if (view.same(*test.a, value) && keeps(*test.b)) report(view, *kept, value, comparison, stmt, out);
    else if (view.same(*test.b, value) && keeps(*test.a)) report(view, *kept, value, flipped(comparison), stmt, out);
  }

  static void report(const FunctionView& view, VariableId kept, const Expr& candidate, BinaryOp comparison, const Stmt& at,
                     std::vector<Concept>& out) {
    bool larger = comparison == BinaryOp::kGreater || comparison == BinaryOp::kGreaterEqual;
    if (!larger && comparison != BinaryOp::kLess && comparison != BinaryOp::kLessEqual) return;
    std::string name = view.name(kept), value = view.text(candidate);
    bool ties = comparison == BinaryOp::kGreaterEqual || comparison == BinaryOp::kLessEqual;
    out.push_back(view.make(larger ? "running-maximum" : "running-minimum", name, value + " " + symbol(comparison) + " " + name,
                            name + " keeps the " + (larger ? "largest " : "smallest ") + value + " seen" +
                                (ties ? ", the last one of equals" : ", the first one of equals"),
                            at.origin, at));
  }
};

}  // namespace

std::unique_ptr<Recogniser> running_extreme() { return std::make_unique<RunningExtreme>(); }

}  // namespace assay::concepts
