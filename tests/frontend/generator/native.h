// Runs generated programs natively, under AddressSanitizer and UndefinedBehaviorSanitizer, and compares with the interpreter.
//
// Many programs make one translation unit; its main() forks once per run, so that a sanitizer's abort ends that run only. The programs are
// written by our own generator (loops are counted, the only library calls are printf and assert), hence they run without the sandbox.
// Cost: about 60 ms per program, most of it compiling.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "frontend/program/interpreter.h"
#include "tests/frontend/generator/generator.h"

namespace assay::generator {

/// What one native run wrote (standard output and sanitizer report) and how it ended.
struct NativeOutcome {
  std::string text;
  int status = 0;  ///< as from waitpid
};

/// Outcomes by program, then by input.
Result<std::vector<std::vector<NativeOutcome>>> run_natively(const std::vector<GeneratedProgram>& programs);

/// How a pair of runs compares; `disagreement` is empty when they agree.
struct Comparison {
  enum class Class { kValue, kUndefined, kUnseen, kOutside } what = Class::kValue;
  std::string disagreement;
};
/// kValue: both return, same value, arrays and output. kUndefined: both report the same kind of undefined behaviour.
/// kUnseen: the interpreter stops at a kind that sanitizers do not surely detect. kOutside: the input violates the precondition.
Comparison compare(const GeneratedProgram& program, const program::RunResult& run, const NativeOutcome& native);

/// What a native run that returns writes after the program's own output.
std::string expected_text(const program::RunResult& run);

}  // namespace assay::generator
