#include "frontend/concepts/induction.h"

namespace assay::concepts {

using namespace program;

namespace {

bool is_inside(const Site& site, const Stmt& loop) {
  for (const Stmt* parent : site.parents)
    if (parent == &loop) return true;
  return false;
}

void find_step(const FunctionView& view, LoopControl& control) {
  int writes = 0;
  for (const Site& site : view.sites) {
    auto written = FunctionView::assigned(*site.stmt);
    if (!written || !(*written == control.variable) || !is_inside(site, *control.site->stmt)) continue;
    ++writes;
    control.step = site.stmt;
    control.update = view.update(*site.stmt);
  }
  if (writes == 1 && control.update) return;
  control.step = nullptr;
  control.update.reset();
}

}  // namespace

std::vector<LoopControl> loop_controls(const FunctionView& view) {
  std::vector<LoopControl> controls;
  for (const Site& site : view.sites) {
    if (site.stmt->kind != StmtKind::kLoop || !site.stmt->loop->condition) continue;
    for (const Expr* part : conjuncts(*site.stmt->loop->condition)) {
      const Expr& test = view.resolve(*part);
      LoopControl control;
      control.site = &site;
      control.test = part;
      if (is_comparison(test)) {
        auto left = view.loaded(*test.a), right = view.loaded(*test.b);
        bool by_left = left && view.is_written_in(*site.stmt, *left), by_right = right && view.is_written_in(*site.stmt, *right);
        if (!by_left && !by_right) continue;
        control.variable = by_left ? *left : *right;
        control.comparison = by_left ? test.binary_op : flipped(test.binary_op);
        control.bound = by_left ? test.b.get() : test.a.get();
      } else {
        auto tested = view.loaded(test);
        if (!tested || !view.is_written_in(*site.stmt, *tested)) continue;
        control.variable = *tested;
        control.comparison = BinaryOp::kNotEqual;
      }
      find_step(view, control);
      controls.push_back(control);
    }
  }
  return controls;
}

const Stmt* assignment_before(const FunctionView& view, const Site& site, VariableId variable) {
  const Block* block = site.block;
  std::size_t index = site.index;
  std::size_t depth = site.parents.size();
  for (;;) {
    while (index > 0) {
      const Stmt& before = (*block)[--index];
      auto written = FunctionView::assigned(before);
      if (written && *written == variable) return &before;
      if (view.is_written_in(before, variable)) return nullptr;
    }
    if (depth == 0 || site.parents[depth - 1]->kind == StmtKind::kLoop) return nullptr;
    const Stmt* parent = site.parents[--depth];
    const Site* outer = nullptr;
    for (const Site& candidate : view.sites)
      if (candidate.stmt == parent) outer = &candidate;
    if (!outer) return nullptr;
    block = outer->block;
    index = outer->index;
  }
}

}  // namespace assay::concepts
