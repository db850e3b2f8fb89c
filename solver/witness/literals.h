// An input of a function as C: declarations that a person can paste. Test: tests/solver/witness_test.cpp
#pragma once

#include <string>
#include <vector>

#include "frontend/program/interpreter.h"

namespace assay::solver {

/// `-2147483647 - 1`, `4294967295u`, `7`: an integer constant expression of the type, in parentheses where an operator needs them.
std::string integer_literal(const program::Type& type, std::int64_t value);

/// Scalar leaves of one value of the type, in declaration order.
std::size_t leaf_count(const program::Program& program, program::TypeId type);

/// Braced initialiser (or plain literal) of one value of `type`; takes its leaves from `cells` starting at `next`.
std::string initialiser(const program::Program& program, program::TypeId type, const std::vector<program::Scalar>& cells, std::size_t& next);

/// Name of parameter `index`, or `argument<index>` where it has none.
std::string parameter_name(const program::Function& function, std::size_t index);

/// How C writes that parameter `index` points where its argument says, which shares an array: "a - 1", "(unsigned int *)a + 2".
std::string shared_pointer(const program::Program& program, const program::Function& function, const std::vector<program::Argument>& arguments,
                           std::size_t index, const std::string& name_of_array);

/// One line per argument: "int a[2] = {0, -1}", "int n = 2", "int *p = 0", "int *q = a", "int *r = (int [2]){0, -1} + 1".
std::vector<std::string> argument_literals(const program::Program& program, const program::Function& function,
                                           const std::vector<program::Argument>& arguments);

}  // namespace assay::solver
