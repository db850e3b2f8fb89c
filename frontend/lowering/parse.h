// One run of Clang over an overlay: command line, virtual files, diagnostics at places of the original.
//
// The run has a thread of its own with a large stack, since Clang's parser and our walk recurse with the nesting of the source.
// Test: tests/frontend/lowering_test.cpp, lowering_hostile_test.cpp
#pragma once

#include <clang/AST/ASTContext.h>

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "frontend/lowering/lowering.h"
#include "frontend/lowering/overlay.h"

namespace assay::lowering {

/// "c++20", "gnu++17"
bool is_cxx_standard(std::string_view standard);

/// The arguments for Clang, without the file name. Errors: kInput for a compilation database that is missing or lacks the file.
Result<std::vector<std::string>> clang_arguments(const SourceOptions& options, const std::string& file_name);

struct ParseOutcome {
  std::vector<Diagnostic> diagnostics;
  bool parsed = false;  ///< `use` has been called
};

/// Parses the overlay and calls `use` with the tree if there was no error.
ParseOutcome parse(const Overlay& overlay, const std::string& file_name, const std::vector<std::string>& arguments,
                   const std::function<void(clang::ASTContext&)>& use);

}  // namespace assay::lowering
