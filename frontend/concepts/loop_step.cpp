#include <algorithm>

#include "frontend/concepts/induction.h"
#include "frontend/concepts/recognisers.h"

namespace assay::concepts {

using namespace program;

namespace {

/// i++ is up by 1, i -= 2 is down by 2.
class LoopStep : public Recogniser {
 public:
  std::vector<std::pair<std::string, std::string>> kinds() const override { return {{"loop-step", "direction and step of a loop's variable"}}; }
  void find(const FunctionView& view, std::vector<Concept>& out) const override {
    std::vector<const Stmt*> seen;
    for (const LoopControl& control : loop_controls(view)) {
      if (!control.step || std::find(seen.begin(), seen.end(), control.step) != seen.end()) continue;
      seen.push_back(control.step);
      std::string how = direction(view, *control.update);
      std::string variable = view.name(control.variable);
      out.push_back(view.make("loop-step", variable, how, variable + " moves " + how + " in each iteration", control.step->origin, *control.step));
    }
  }

 private:
  static std::string direction(const FunctionView& view, const Update& update) {
    auto constant = view.constant(*update.operand);
    std::string amount = constant ? std::to_string(*constant < 0 ? -*constant : *constant) : view.text(*update.operand);
    bool down = constant && *constant < 0;
    switch (update.op) {
      case BinaryOp::kAdd: return (down ? "down by " : "up by ") + amount;
      case BinaryOp::kSubtract: return (down ? "up by " : "down by ") + amount;
      default: return "by " + symbol(update.op) + " " + amount;
    }
  }
};

}  // namespace

std::unique_ptr<Recogniser> loop_step() { return std::make_unique<LoopStep>(); }

}  // namespace assay::concepts
