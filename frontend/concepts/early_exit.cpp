#include "frontend/concepts/recognisers.h"

namespace assay::concepts {

using namespace program;

namespace {

/// break or return under a condition inside a loop: the loop may end before its bound.
class EarlyExit : public Recogniser {
 public:
  std::vector<std::pair<std::string, std::string>> kinds() const override {
    return {{"early-exit", "a break or return that ends a loop before its bound"}};
  }
  void find(const FunctionView& view, std::vector<Concept>& out) const override {
    for (const Site& site : view.sites) {
      bool is_return = site.stmt->kind == StmtKind::kReturn;
      if ((!is_return && site.stmt->kind != StmtKind::kBreak) || !site.loop()) continue;
      const Stmt* condition = nullptr;
      bool leaves_switch = false;
      for (auto at = site.parents.rbegin(); at != site.parents.rend() && (*at)->kind != StmtKind::kLoop; ++at) {
        if ((*at)->kind == StmtKind::kIf && !condition) condition = *at;
        leaves_switch = leaves_switch || ((*at)->kind == StmtKind::kSwitch && !is_return);
      }
      if (leaves_switch) continue;
      std::string when = condition ? view.text(*condition->value) : "always";
      out.push_back(view.make("early-exit", is_return ? "return" : "break", when,
                              std::string(is_return ? "return" : "break") + " leaves the loop when " + when, site.stmt->origin, *site.stmt));
    }
  }
};

}  // namespace

std::unique_ptr<Recogniser> early_exit() { return std::make_unique<EarlyExit>(); }

}  // namespace assay::concepts
