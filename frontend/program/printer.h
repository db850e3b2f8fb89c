// Turns the IR back into C that compiles without warnings and behaves the same.
// Test: tests/frontend/printer_test.cpp compiles what it prints and compares runs.
#pragma once

#include <string>

#include "frontend/program/program.h"

namespace assay::program {

/// A whole translation unit (types, globals, functions that `entry` reaches), C17.
std::string print_c(const Program& program, FunctionId entry);
std::string print_c(const Program& program);
/// One expression, for messages and reports.
std::string print_c(const Program& program, const Function& function, const Expr& expr);
std::string print_c(const Program& program, const Function& function, const Place& place);
/// C spelling of a declaration: "int (*p)[3]".
std::string print_declaration(const Program& program, TypeId type, const std::string& name);
/// "<="
std::string symbol(BinaryOp op);

}  // namespace assay::program
