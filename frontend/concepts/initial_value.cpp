#include <algorithm>

#include "frontend/concepts/induction.h"
#include "frontend/concepts/recognisers.h"

namespace assay::concepts {

using namespace program;

namespace {

/// The value with which a loop's variable, or one that the loop updates, enters it.
class InitialValue : public Recogniser {
 public:
  std::vector<std::pair<std::string, std::string>> kinds() const override {
    return {{"initial-value", "the value with which a loop's variable or accumulator starts"}};
  }
  void find(const FunctionView& view, std::vector<Concept>& out) const override {
    std::vector<const Stmt*> seen;
    auto report = [&](const Site& loop, VariableId variable) {
      const Stmt* start = assignment_before(view, loop, variable);
      if (!start || std::find(seen.begin(), seen.end(), start) != seen.end()) return;
      seen.push_back(start);
      std::string name = view.name(variable), value = view.text(*start->value);
      out.push_back(view.make("initial-value", name, value, name + " starts at " + value, start->origin, *start));
    };
    for (const LoopControl& control : loop_controls(view)) report(*control.site, control.variable);
    for (const Site& site : view.sites) {
      const Stmt* loop = site.loop();
      auto update = view.update(*site.stmt);
      auto written = FunctionView::assigned(*site.stmt);
      bool chosen = written && !view.is_temporary(*written) && is_choice(view, site);
      if (!loop || (!update && !chosen)) continue;
      for (const Site& outer : view.sites)
        if (outer.stmt == loop) report(outer, update ? update->variable : *written);
    }
  }

 private:
  /// if (c) x = ...;   x = c ? ... : x;
  static bool is_choice(const FunctionView& view, const Site& site) {
    if (!site.parents.empty() && site.parents.back()->kind == StmtKind::kIf) return true;
    return view.resolve(*site.stmt->value).kind == ExprKind::kConditional && view.reads(*site.stmt->value, *FunctionView::assigned(*site.stmt));
  }
};

}  // namespace

std::unique_ptr<Recogniser> initial_value() { return std::make_unique<InitialValue>(); }

}  // namespace assay::concepts
