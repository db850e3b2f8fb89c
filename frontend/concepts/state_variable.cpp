#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "frontend/concepts/recognisers.h"

namespace assay::concepts {

using namespace program;

namespace {

/// A switch inside a loop over a variable to which its own cases assign constants.
class StateVariable : public Recogniser {
 public:
  std::vector<std::pair<std::string, std::string>> kinds() const override {
    return {{"state-variable", "a variable whose next value is chosen by a switch on its present one"}};
  }
  void find(const FunctionView& view, std::vector<Concept>& out) const override {
    for (const Site& site : view.sites) {
      const Stmt& stmt = *site.stmt;
      if (stmt.kind != StmtKind::kSwitch || !site.loop()) continue;
      auto state = view.loaded(*stmt.value);
      if (!state) continue;
      std::vector<std::string> transitions;
      for (std::size_t i = 0; i < stmt.cases.size(); ++i) case_transitions(view, stmt, i, *state, transitions);
      if (transitions.empty()) continue;
      std::string name = view.name(*state);
      out.push_back(view.make("state-variable", name, fmt::format("{}", fmt::join(transitions, ", ")),
                              fmt::format("{} is a state with {} transition{}", name, transitions.size(), transitions.size() == 1 ? "" : "s"),
                              stmt.origin, stmt));
    }
  }

 private:
  static void values(const FunctionView& view, const Expr& e, std::vector<std::string>& out) {
    const Expr& value = view.resolve(e);
    if (auto known = view.constant(value)) {
      out.push_back(std::to_string(*known));
    } else if (value.kind == ExprKind::kConditional) {
      values(view, *value.b, out);
      values(view, *value.c, out);
    }
  }

  static void targets(const FunctionView& view, const Block& block, VariableId state, std::vector<std::string>& out) {
    for (const Stmt& stmt : block) {
      auto written = FunctionView::assigned(stmt);
      if (written && *written == state) values(view, *stmt.value, out);
      targets(view, stmt.body, state, out);
      targets(view, stmt.else_body, state, out);
    }
  }

  // From the label to the break that ends its statements.
  static void case_transitions(const FunctionView& view, const Stmt& stmt, std::size_t index, VariableId state, std::vector<std::string>& out) {
    const SwitchCase& label = stmt.cases[index];
    std::vector<std::string> to;
    for (std::size_t at = label.start; at < stmt.body.size(); ++at) {
      const Stmt& one = stmt.body[at];
      if (one.kind == StmtKind::kBreak || one.kind == StmtKind::kReturn || one.kind == StmtKind::kContinue) break;
      auto written = FunctionView::assigned(one);
      if (written && *written == state) values(view, *one.value, to);
      targets(view, one.body, state, to);
      targets(view, one.else_body, state, to);
    }
    auto add = [&](std::string transition) {
      if (std::find(out.begin(), out.end(), transition) == out.end()) out.push_back(std::move(transition));
    };
    for (const std::string& target : to) {
      for (std::int64_t from : label.values) add(fmt::format("{}->{}", from, target));
      if (label.is_default) add(fmt::format("other->{}", target));
    }
  }
};

}  // namespace

std::unique_ptr<Recogniser> state_variable() { return std::make_unique<StateVariable>(); }

}  // namespace assay::concepts
