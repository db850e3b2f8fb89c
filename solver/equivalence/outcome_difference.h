// Where two executions over the same inputs can be told apart: one claim for each returned cell, memory cell, global and printed piece.
// State is compared cell by cell, never as an aggregate: solvers decide many small equalities far faster than one large one.
// Test: tests/solver/equivalence_test.cpp
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "solver/semantics/world.h"

namespace assay::solver {

struct Claim {
  std::string name;  ///< "return value", "a[2]", "signed-overflow at f.c:3:9"
  Term violated;
  bool undefined = false;  ///< the implementation does something undefined (rather than something else)
  bool replayed = true;    ///< a replay shows it: results, memory and text, but neither globals nor preconditions nor how a program ends
  bool printed = false;    ///< one printed piece against the one at the same place: pieces in another order may still be the same text
};

struct Differences {
  std::vector<Claim> claims;
  std::string unsupported;  ///< what cannot be compared; empty: everything is
  std::vector<std::string> assumptions;
};

/// `reference` and `implementation` share one ground; claims hold under the implementation's domain.
Differences differences(const program::Program& reference_program, const World& reference, const program::Program& implementation_program,
                        const World& implementation);

}  // namespace assay::solver
