// The versioned text form of a program: children, caches, golden tests and bug reports use it.
//
// read_text(write_text(p)) equals p (property test). The first line is `assay-ir 2`; another version is an input error.
// Everything read is untrusted: sizes and indices are checked, errors carry line and column.
// Test: tests/frontend/program_text_test.cpp, fuzzed by tests/frontend/fuzz_program_text.cpp
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "frontend/program/program.h"

namespace assay::program {

std::string write_text(const Program& program);
Result<Program> read_text(std::string_view text, std::string_view file_name = "<text>");

/// Checks that types fit, indices exist, break and continue have a target, ... : what every consumer may rely on.
Status validate(const Program& program);

}  // namespace assay::program
