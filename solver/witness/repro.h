// Writes repro.c: one self-contained file that shows the failure natively, and the command that builds it.
//
// For undefined behaviour the file is the original source (read again from disk) followed by a main that calls the function; where that
// cannot be had, and for postconditions, assertions and equivalence, the code is printed from the IR. Arrays behind pointers lie in
// memory that AddressSanitizer guards on both sides. Test: tests/solver/witness_test.cpp
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/sandbox.h"
#include "solver/witness/witness.h"

namespace assay::solver {

struct Repro {
  std::string source;
  std::vector<std::string> flags;
  Sanitizers sanitizers = Sanitizers::kAddressAndUndefined;
  std::string command;  ///< builds and runs repro.c
};

/// Code for this target runs natively here: the same widths, the same `char`, and a processor and system of this kind.
bool runs_here(const program::Target& target);

/// In equivalence, the lines that repro.c prints before the two answers.
inline constexpr std::string_view kReferenceMark = "@reference";
inline constexpr std::string_view kImplementationMark = "@implementation";

/// The original file with a main behind it; nothing when the source cannot be read or the check needs the IR (see above).
std::optional<Repro> repro_from_source(const WitnessRequest& request);
Result<Repro> repro_from_ir(const WitnessRequest& request);

}  // namespace assay::solver
