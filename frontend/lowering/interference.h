// Could these statements change the value of that expression? Decides which operands must be saved before later operands run.
// Test: tests/frontend/lowering_order_test.cpp
#pragma once

#include <set>

#include "frontend/program/program.h"

namespace assay::lowering {

/// `exposed` are the locals that pointers may reach. Errs on the side of yes.
bool may_change(const program::Function& function, const std::set<std::uint32_t>& exposed, const program::Expr& value,
                const program::Block& statements);
bool may_change(const program::Function& function, const std::set<std::uint32_t>& exposed, const program::Place& place,
                const program::Block& statements);

}  // namespace assay::lowering
