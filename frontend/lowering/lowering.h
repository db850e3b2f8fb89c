// C source text -> program IR, through Clang's libtooling. The one seam between Clang and Assay.
//
// Contracts are comments (`//@ requires`, `//@ ensures`, `//@ invariant`, `//@ assert`, `//@ label`) and the __CPROVER_ names. An
// in-memory overlay of the file turns them into calls of declared builtins in the scope where they stand, with #line marks, so
// Clang parses and types them; spans are mapped back to the source as written.
//
// A function that contains an unsupported construct keeps has_body = false and its `refusal`; the rest of the file is usable.
// Test: tests/frontend/lowering_test.cpp and tests/golden/lowering/*.c
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "frontend/program/program.h"

namespace assay::lowering {

struct SourceOptions {
  std::string standard = "c17";           ///< --std
  std::string target;                     ///< --target triple; empty: x86_64-unknown-linux-gnu
  std::vector<std::string> include_dirs;  ///< -I
  std::vector<std::string> definitions;   ///< -D NAME or NAME=VALUE
  std::string compilation_database;       ///< -p: folder of compile_commands.json; excludes the four above
};

/// Clang's own text for each diagnostic, `file:line:column: error: ...`.
struct Diagnostic {
  bool is_error = false;
  SourceRange where;
  std::string message;
};

struct Lowered {
  program::Program program;
  std::vector<Diagnostic> warnings;
  std::vector<std::string> unsupported;  ///< each refused construct with its place, for `assay coverage`
  std::vector<std::string> flags;        ///< the command line Clang saw, for the report
};

/// Errors: kInput with Clang's messages if the file does not parse. Refused functions are not errors (see Function::refusal).
Result<Lowered> lower_file(const std::string& path, const SourceOptions& options = {});
Result<Lowered> lower_source(const std::string& text, const std::string& file_name, const SourceOptions& options = {});

}  // namespace assay::lowering
