#include <set>

#include "frontend/concepts/recognisers.h"

namespace assay::concepts {

using namespace program;

namespace {

/// a[i], a[n - 1], p[i + 1]: which element is meant. Constant indices name a fixed element and stay silent.
class IndexExpression : public Recogniser {
 public:
  std::vector<std::pair<std::string, std::string>> kinds() const override {
    return {{"index", "the expression that chooses an element of an array"}};
  }
  void find(const FunctionView& view, std::vector<Concept>& out) const override {
    for (const Site& site : view.sites) {
      std::set<std::string> seen;  // a[i] += 1 reads and writes one element
      each_place(*site.stmt, [&](const Place& place) {
        const Expr* index = index_of(place);
        if (!index || view.constant(*index)) return;
        std::string element = view.text(place), text = view.text(*index);
        if (!seen.insert(element).second) return;
        out.push_back(view.make("index", element, text, "element " + text + " of the array", place.origin, *site.stmt));
      });
    }
  }

 private:
  static const Expr* index_of(const Place& place) {
    if (place.kind == PlaceKind::kElement) return place.index.get();
    if (place.kind == PlaceKind::kDeref && place.pointer->kind == ExprKind::kPointerAdd) return place.pointer->b.get();
    return nullptr;
  }
};

}  // namespace

std::unique_ptr<Recogniser> index_expression() { return std::make_unique<IndexExpression>(); }

}  // namespace assay::concepts
