#include <map>

#include "frontend/concepts/recognisers.h"

namespace assay::concepts {

using namespace program;

namespace {

/// found = 0; ... found = 1; ... if (found): only 0 and 1 are ever stored, at least one of each, and the variable is tested.
class Flag : public Recogniser {
 public:
  std::vector<std::pair<std::string, std::string>> kinds() const override { return {{"flag", "a variable that only holds 0 or 1 and is tested"}}; }
  void find(const FunctionView& view, std::vector<Concept>& out) const override {
    struct Record {
      bool zero = false, one = false, other = false;
      const Stmt* first = nullptr;
    };
    std::map<VariableId, Record> records;
    for (const Site& site : view.sites) {
      if (!site.stmt->place) continue;
      const Place* root = site.stmt->place.get();
      while (root->base) root = root->base.get();
      if (root->kind != PlaceKind::kVariable || view.is_temporary(root->variable)) continue;
      Record& record = records[root->variable];
      auto written = FunctionView::assigned(*site.stmt);
      std::int64_t value = written ? view.constant(*site.stmt->value).value_or(kOther) : kOther;
      if (!record.first) record.first = site.stmt;
      record.zero = record.zero || value == 0;
      record.one = record.one || value == 1;
      record.other = record.other || value < 0 || value > 1;
    }
    for (const auto& [variable, record] : records) {
      if (record.other || !record.zero || !record.one || !tested(view, variable)) continue;
      if (!variable.global && variable.index < view.function.parameter_count) continue;
      std::string name = view.name(variable);
      out.push_back(view.make("flag", name, "0 or 1", name + " remembers whether something has happened", record.first->origin, *record.first));
    }
  }

 private:
  static constexpr std::int64_t kOther = -1;

  // As a condition of its own, negated, compared with a constant, or returned.
  static bool tested(const FunctionView& view, VariableId variable) {
    for (const Site& site : view.sites) {
      const Expr* condition = site.stmt->kind == StmtKind::kLoop ? site.stmt->loop->condition.get() : site.stmt->value.get();
      bool tests = site.stmt->kind == StmtKind::kIf || site.stmt->kind == StmtKind::kLoop || site.stmt->kind == StmtKind::kReturn;
      if (condition && tests && view.reads(*condition, variable)) return true;
    }
    return false;
  }
};

}  // namespace

std::unique_ptr<Recogniser> flag() { return std::make_unique<Flag>(); }

}  // namespace assay::concepts
