#include <set>

#include "frontend/concepts/recognisers.h"

namespace assay::concepts {

using namespace program;

namespace {

/// Conditions that keep a later operation defined: p != NULL, n > 0, d != 0, i < n.
class Guard : public Recogniser {
 public:
  std::vector<std::pair<std::string, std::string>> kinds() const override {
    return {{"guard-null", "a test that a pointer is not null"},
            {"guard-empty", "a test for an empty range or a length without elements"},
            {"guard-zero-divisor", "a test that a divisor is not zero"},
            {"guard-bounds", "a test that an index lies inside its array"}};
  }
  void find(const FunctionView& view, std::vector<Concept>& out) const override {
    Uses uses = collect(view);
    for (const Site& site : view.sites) {
      if (site.stmt->kind == StmtKind::kIf) condition(view, uses, *site.stmt->value, *site.stmt, true, out);
      each_expression(*site.stmt, [&](const Expr& e) {
        if (e.kind == ExprKind::kConditional) condition(view, uses, *e.a, *site.stmt, true, out);
        if ((e.kind == ExprKind::kLogicalAnd || e.kind == ExprKind::kLogicalOr) && site.stmt->kind != StmtKind::kIf)
          condition(view, uses, *e.a, *site.stmt, false, out);
      });
    }
  }

 private:
  struct Uses {
    std::set<VariableId> divisors, indices, bounds, pointers;
  };

  static Uses collect(const FunctionView& view) {
    Uses uses;
    auto add = [&](const Expr& e, std::set<VariableId>& to) {
      each_part(e, [&](const Expr& part) {
        if (auto read = view.loaded(part)) to.insert(*read);
      });
    };
    for (const Site& site : view.sites) {
      each_expression(*site.stmt, [&](const Expr& e) {
        if (e.kind == ExprKind::kBinary && (e.binary_op == BinaryOp::kDivide || e.binary_op == BinaryOp::kRemainder))
          if (auto divisor = view.loaded(*e.b)) uses.divisors.insert(*divisor);
      });
      each_place(*site.stmt, [&](const Place& place) {
        if (place.kind == PlaceKind::kElement) add(*place.index, uses.indices);
        if (place.kind == PlaceKind::kDeref && place.pointer->kind == ExprKind::kPointerAdd) add(*place.pointer->b, uses.indices);
      });
      if (site.stmt->kind == StmtKind::kLoop && site.stmt->loop->condition)
        if (const Expr& test = view.resolve(*site.stmt->loop->condition); is_comparison(test)) {
          add(*test.a, uses.bounds);
          add(*test.b, uses.bounds);
        }
    }
    return uses;
  }

  static void condition(const FunctionView& view, const Uses& uses, const Expr& whole, const Stmt& stmt, bool branches, std::vector<Concept>& out) {
    for (const Expr* either : disjuncts(whole))
      for (const Expr* part : conjuncts(*either)) one(view, uses, *part, stmt, branches, out);
  }

  static void one(const FunctionView& view, const Uses& uses, const Expr& part, const Stmt& stmt, bool branches, std::vector<Concept>& out) {
    const Expr& test = view.resolve(part);
    auto report = [&](const char* kind, const Expr& subject, const std::string& why) {
      out.push_back(view.make(kind, view.text(subject), view.text(part), why, part.origin, stmt));
    };
    if (test.kind == ExprKind::kPointerCompare) {
      bool null_right = view.resolve(*test.b).kind == ExprKind::kNull, null_left = view.resolve(*test.a).kind == ExprKind::kNull;
      if (null_left || null_right) report("guard-null", null_right ? *test.a : *test.b, "null is handled apart before the pointer is used");
      return;
    }
    const Expr* subject = nullptr;
    const Expr* limit = nullptr;
    BinaryOp comparison = BinaryOp::kNotEqual;
    if (test.kind == ExprKind::kUnary && test.unary_op == UnaryOp::kLogicalNot) subject = test.a.get();
    else if (view.loaded(test)) subject = &test;
    else if (is_comparison(test)) {
      bool left = view.loaded(*test.a).has_value() && !(view.constant(*test.a));
      bool index_right =
          !left || (view.loaded(*test.b) && uses.indices.count(*view.loaded(*test.b)) > 0 && uses.indices.count(*view.loaded(*test.a)) == 0);
      subject = index_right ? test.b.get() : test.a.get();
      limit = index_right ? test.a.get() : test.b.get();
      comparison = index_right ? flipped(test.binary_op) : test.binary_op;
    }
    auto variable = subject ? view.loaded(*subject) : std::nullopt;
    if (!variable) return;
    auto constant = limit ? view.constant(*limit) : std::optional<std::int64_t>(0);
    bool equality = comparison == BinaryOp::kEqual || comparison == BinaryOp::kNotEqual;
    bool to_zero = constant && (*constant == 0 || (*constant == 1 && !equality));
    if (to_zero && equality && uses.divisors.count(*variable) > 0) return report("guard-zero-divisor", *subject, "a zero divisor is handled apart");
    if (!equality && uses.indices.count(*variable) > 0 && (constant || limit))
      return report("guard-bounds", *subject, "the index is compared with the array's bounds");
    if (branches && to_zero && uses.bounds.count(*variable) > 0) report("guard-empty", *subject, "the empty case is handled apart");
  }
};

}  // namespace

std::unique_ptr<Recogniser> guard() { return std::make_unique<Guard>(); }

}  // namespace assay::concepts
