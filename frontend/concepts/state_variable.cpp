// switch (state) { case 0: state = 1; break; ... } or if (state == 0) state = 1; else if (state == 1) ..., inside a loop.
//
// A transition goes from each constant that the variable is compared with to each constant that is stored where the comparison holds;
// `other` stands for the values that no earlier comparison names. What is stored whatever the present value is no transition.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

#include "frontend/concepts/recognisers.h"

namespace assay::concepts {

using namespace program;

namespace {

/// The constants for which a condition on `state` holds, as texts; `exact` where it fails for all others.
struct StateTest {
  VariableId state;
  std::vector<std::string> values;
  bool equal = true;  ///< false: it holds for all values but these
  bool exact = true;
};

std::optional<StateTest> comparison_with_constant(const FunctionView& view, const Expr& e) {
  if (!is_comparison(e) || (e.binary_op != BinaryOp::kEqual && e.binary_op != BinaryOp::kNotEqual)) return std::nullopt;
  for (auto [variable, other] : {std::pair{e.a.get(), e.b.get()}, {e.b.get(), e.a.get()}}) {
    const auto state = view.loaded(*variable);
    const auto value = view.constant(*other);
    if (state && value) return StateTest{*state, {std::to_string(*value)}, e.binary_op == BinaryOp::kEqual, true};
  }
  return std::nullopt;
}

/// s == 1;  s != 1;  s == 1 || s == 2;  one of these && anything.
std::optional<StateTest> state_test(const FunctionView& view, const Expr& condition) {
  const std::vector<const Expr*> parts = conjuncts(condition);
  for (const Expr* part : parts) {
    std::optional<StateTest> test;
    for (const Expr* alternative : disjuncts(*part)) {
      const auto one = comparison_with_constant(view, *alternative);
      const bool joins = one && (!test || (test->state == one->state && test->equal && one->equal));
      if (!joins) {
        test.reset();
        break;
      }
      if (test) test->values.push_back(one->values.front());
      else test = one;
    }
    if (!test) continue;
    test->exact = parts.size() == 1;
    return test;
  }
  return std::nullopt;
}

/// Collects the transitions of one variable.
class Transitions {
 public:
  Transitions(const FunctionView& view, VariableId state) : view_(view), state_(state) {}

  void collect(const Stmt& stmt, const std::vector<std::string>& from) {
    if (const auto written = FunctionView::assigned(stmt); written && *written == state_) return add(*stmt.value, from);
    if (stmt.kind == StmtKind::kSwitch) {
      if (const auto tested = view_.loaded(*stmt.value); tested && *tested == state_) return collect_cases(stmt);
    } else if (stmt.kind == StmtKind::kIf) {
      const auto test = state_test(view_, view_.resolve(*stmt.value));
      if (test && test->state == state_) {
        collect(stmt.body, test->equal ? test->values : kOthers);
        return collect(stmt.else_body, !test->exact ? from : test->equal ? kOthers : test->values);
      }
    }
    collect(stmt.body, from);
    collect(stmt.else_body, from);
  }

  const std::vector<std::string>& found() const { return found_; }

 private:
  inline static const std::vector<std::string> kOthers{"other"};

  /// Up to what leaves the block.
  void collect(const Block& block, const std::vector<std::string>& from, std::size_t start = 0) {
    for (std::size_t at = start; at < block.size(); ++at) {
      const StmtKind kind = block[at].kind;
      if (kind == StmtKind::kBreak || kind == StmtKind::kReturn || kind == StmtKind::kContinue) return;
      collect(block[at], from);
    }
  }

  // From the label to the break that ends its statements.
  void collect_cases(const Stmt& stmt) {
    for (const SwitchCase& label : stmt.cases) {
      std::vector<std::string> from;
      for (const std::int64_t value : label.values) from.push_back(std::to_string(value));
      if (label.is_default) from.push_back(kOthers.front());
      collect(stmt.body, from, label.start);
    }
  }

  void add(const Expr& e, const std::vector<std::string>& from) {
    const Expr& value = view_.resolve(e);
    if (value.kind == ExprKind::kConditional) {
      add(*value.b, from);
      add(*value.c, from);
    } else if (const auto known = view_.constant(value)) {
      for (const std::string& present : from) {
        std::string transition = fmt::format("{}->{}", present, *known);
        if (std::find(found_.begin(), found_.end(), transition) == found_.end()) found_.push_back(std::move(transition));
      }
    }
  }

  const FunctionView& view_;
  VariableId state_;
  std::vector<std::string> found_;
};

class StateVariable : public Recogniser {
 public:
  std::vector<std::pair<std::string, std::string>> kinds() const override {
    return {{"state-variable", "a variable whose next value is chosen by comparing its present one with constants"}};
  }

  void find(const FunctionView& view, std::vector<Concept>& out) const override {
    struct Machine {
      const Stmt *loop, *first;
      VariableId state;
      Transitions transitions;
    };
    std::vector<Machine> machines;
    for (const Site& site : view.sites) {
      const auto state = tested(view, *site.stmt);
      if (!state || !site.loop() || inside_its_test(view, site, *state)) continue;
      const auto same = [&](const Machine& each) { return each.loop == site.loop() && each.state == *state; };
      auto machine = std::find_if(machines.begin(), machines.end(), same);
      if (machine == machines.end()) {
        machines.push_back({site.loop(), site.stmt, *state, Transitions(view, *state)});
        machine = std::prev(machines.end());
      }
      machine->transitions.collect(*site.stmt, {});
    }
    for (const Machine& machine : machines) {
      const std::vector<std::string>& found = machine.transitions.found();
      // One `if` that stores one constant is a latch; `flag` reports those.
      if (found.size() < (machine.first->kind == StmtKind::kSwitch ? 1U : 2U)) continue;
      const std::string name = view.name(machine.state);
      out.push_back(view.make("state-variable", name, fmt::format("{}", fmt::join(found, ", ")),
                              fmt::format("{} is a state with {} transition{}", name, found.size(), found.size() == 1 ? "" : "s"),
                              machine.first->origin, *machine.first));
    }
  }

 private:
  static std::optional<VariableId> tested(const FunctionView& view, const Stmt& stmt) {
    if (stmt.kind == StmtKind::kSwitch) return view.loaded(*stmt.value);
    if (stmt.kind != StmtKind::kIf) return std::nullopt;
    const auto test = state_test(view, view.resolve(*stmt.value));
    return test ? std::optional(test->state) : std::nullopt;
  }

  static bool inside_its_test(const FunctionView& view, const Site& site, VariableId state) {
    for (auto at = site.parents.rbegin(); at != site.parents.rend() && *at != site.loop(); ++at)
      if (tested(view, **at) == state) return true;
    return false;
  }
};

}  // namespace

std::unique_ptr<Recogniser> state_variable() { return std::make_unique<StateVariable>(); }

}  // namespace assay::concepts
