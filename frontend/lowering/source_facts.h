// Tokens, variables and first error of a function's source text, which may be broken or end anywhere.
//
//   SourceFacts facts = *source_facts("int f(int n) { int s = n;  return s + ", "f.c", "f", {});
//   facts.variables[1].name == "s";   facts.refused_at == the text's size          // only its end is missing
//
// Clang's parser recovers from errors, so that variables are known whose statements it gave up. It reads from left to right: when it reports an
// error, the tokens read so far decide that there is one, and no text that begins with them is C.
// Cost: one parse. Test: tests/frontend/source_facts_test.cpp
#pragma once

#include <string>

#include "base/result.h"
#include "frontend/lowering/lowering.h"
#include "frontend/program/source_facts.h"

namespace assay::lowering {

/// Errors: kInput for options that Clang does not take.
Result<program::SourceFacts> source_facts(const std::string& text, const std::string& file_name, const std::string& function,
                                          const SourceOptions& options);

}  // namespace assay::lowering
