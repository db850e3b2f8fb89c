#include "frontend/concepts/induction.h"
#include "frontend/concepts/recognisers.h"

namespace assay::concepts {

using namespace program;

namespace {

/// s += a[i] in a loop that s does not drive.
class Accumulator : public Recogniser {
 public:
  std::vector<std::pair<std::string, std::string>> kinds() const override {
    return {{"accumulator", "a variable that a loop combines with a value in each iteration, and the operator"}};
  }
  void find(const FunctionView& view, std::vector<Concept>& out) const override {
    std::vector<LoopControl> controls = loop_controls(view);
    for (const Site& site : view.sites) {
      auto update = view.update(*site.stmt);
      if (!update || !site.loop() || site.in_step) continue;
      bool drives = false;
      for (const LoopControl& control : controls) drives = drives || (control.variable == update->variable && control.site->stmt == site.loop());
      if (drives || view.program.type(site.stmt->place->type).is_pointer()) continue;
      std::string name = view.name(update->variable), operand = view.text(*update->operand);
      bool counts = update->op == BinaryOp::kAdd && view.constant(*update->operand) == 1;
      out.push_back(view.make("accumulator", name, symbol(update->op) + " " + operand,
                              counts ? name + " counts" : name + " accumulates " + operand + " with " + symbol(update->op), site.stmt->origin,
                              *site.stmt));
    }
  }
};

}  // namespace

std::unique_ptr<Recogniser> accumulator() { return std::make_unique<Accumulator>(); }

}  // namespace assay::concepts
