// What drives a loop: its control variable with initial value, bound and step. Shared by the recognisers of loops.
#pragma once

#include <optional>
#include <vector>

#include "frontend/concepts/view.h"

namespace assay::concepts {

/// One comparison of a loop's condition that involves a variable which the loop changes.
struct LoopControl {
  const Site* site = nullptr;  ///< of the loop
  VariableId variable;
  program::BinaryOp comparison = program::BinaryOp::kLess;  ///< variable comparison bound
  const Expr* test = nullptr;
  const Expr* bound = nullptr;  ///< null: the variable itself is the test (while (n))
  const Stmt* step = nullptr;   ///< the statement that moves the variable, if there is exactly one
  std::optional<Update> update;
};

std::vector<LoopControl> loop_controls(const FunctionView& view);
/// The last assignment to `variable` before the statement at `site`, in its block or one around it, with nothing but straight-line code between.
const Stmt* assignment_before(const FunctionView& view, const Site& site, VariableId variable);

}  // namespace assay::concepts
