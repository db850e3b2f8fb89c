#include "frontend/concepts/recognisers.h"

namespace assay::concepts {

using namespace program;

namespace {

/// t = a; a = b; b = t;
class Swap : public Recogniser {
 public:
  std::vector<std::pair<std::string, std::string>> kinds() const override { return {{"swap", "two places exchange their values"}}; }
  void find(const FunctionView& view, std::vector<Concept>& out) const override {
    for (const Site& site : view.sites) {
      if (site.index + 2 >= site.block->size()) continue;
      const Stmt &keep = *site.stmt, &second = (*site.block)[site.index + 1], &third = (*site.block)[site.index + 2];
      if (!assigns(keep) || !assigns(second) || !assigns(third)) continue;
      const Expr &a = view.resolve(*keep.value), &b = view.resolve(*second.value), &t = view.resolve(*third.value);
      auto kept = FunctionView::assigned(keep);
      if (!kept || a.kind != ExprKind::kLoad || b.kind != ExprKind::kLoad || t.kind != ExprKind::kLoad) continue;
      bool back = t.place->kind == PlaceKind::kVariable && t.place->variable == *kept;
      if (!back || !view.same(*a.place, *second.place) || !view.same(*b.place, *third.place)) continue;
      std::string first = view.text(*second.place), other = view.text(*third.place);
      Origin origin = keep.origin;
      origin.end = third.origin.end;
      out.push_back(
          view.make("swap", first + ", " + other, "through " + view.name(*kept), first + " and " + other + " exchange their values", origin, keep));
    }
  }

 private:
  static bool assigns(const Stmt& stmt) { return stmt.kind == StmtKind::kAssign && stmt.value && stmt.place; }
};

}  // namespace

std::unique_ptr<Recogniser> swap() { return std::make_unique<Swap>(); }

}  // namespace assay::concepts
