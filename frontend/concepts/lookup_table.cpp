#include <set>

#include "frontend/concepts/recognisers.h"

namespace assay::concepts {

using namespace program;

namespace {

/// days[month] with a const array.
class LookupTable : public Recogniser {
 public:
  std::vector<std::pair<std::string, std::string>> kinds() const override {
    return {{"lookup-table", "a constant array that is read at a computed index"}};
  }
  void find(const FunctionView& view, std::vector<Concept>& out) const override {
    for (const Site& site : view.sites) {
      std::set<std::string> seen;
      each_expression(*site.stmt, [&](const Expr& e) {
        if (e.kind != ExprKind::kLoad || e.place->kind != PlaceKind::kElement) return;
        const Place* root = e.place.get();
        bool computed = false;
        for (; root->base; root = root->base.get()) computed = computed || (root->index && !view.constant(*root->index));
        if (!computed || root->kind != PlaceKind::kVariable || !view.program.variable(view.function, root->variable).is_const) return;
        std::string element = view.text(*e.place);
        if (!seen.insert(element).second) return;
        std::uint64_t rows = view.program.type(root->type).count;
        out.push_back(view.make("lookup-table", view.name(root->variable), element,
                                element + " is read from a table of " + std::to_string(rows) + (rows == 1 ? " entry" : " entries"), e.origin,
                                *site.stmt));
      });
    }
  }
};

}  // namespace

std::unique_ptr<Recogniser> lookup_table() { return std::make_unique<LookupTable>(); }

}  // namespace assay::concepts
