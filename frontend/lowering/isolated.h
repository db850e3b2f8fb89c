// Source text that nobody here wrote -> program IR, parsed in a process of its own inside the sandbox.
//
// `assay-lower` reads the text, runs lower_source() and answers one JSON object with the program in its text form; this side reads that as
// untrusted input. So code that makes Clang crash, grow or run on ends the child alone, and an #include finds no file of the host
// outside the tool chain.
//
//   Result<Lowered> lowered = lower_isolated(generation, "sample.c");
//   lowered.error().message  "sample.c:3:5: error: use of undeclared identifier 'k'"
//
// Cost: .1 s more than lower_source(). Test: tests/frontend/lowering_isolated_test.cpp
#pragma once

#include <string>

#include "base/result.h"
#include "base/session.h"
#include "frontend/lowering/lowering.h"
#include "frontend/program/source_facts.h"

namespace assay::lowering {

struct IsolationLimits {
  double wall_seconds = 20;
  std::uint64_t memory_mb = 2048;  ///< address space; Clang's libraries alone take a quarter of it
};

/// Errors as lower_source(), and: kBudget when the child ran out of time or memory or crashed; kInput where no sandbox can be made.
/// Options with folders or a compilation database are an input error: hostile code sees no files.
Result<Lowered> lower_isolated(const std::string& text, const std::string& file_name, const SourceOptions& options = {},
                               const IsolationLimits& limits = {}, const Session* session = nullptr);

/// source_facts() in such a child.
Result<program::SourceFacts> source_facts_isolated(const std::string& text, const std::string& file_name, const std::string& function,
                                                   const SourceOptions& options = {}, const IsolationLimits& limits = {},
                                                   const Session* session = nullptr);

/// What `assay-lower` does with the request on its stdin; the answer for its stdout.
std::string answer_lowering_request(const std::string& request);

}  // namespace assay::lowering
