// From a model of a refuted obligation to a counterexample that people can read, build and run.
//
// Steps: shrink the input while the interpreter still sees the same failure (fewer elements first, then smaller absolute values);
// print it as C; write a self-contained repro.c; compile that in the sandbox under ASan + UBSan and compare. The witness says what each
// replay showed; a replay that contradicts the solver is Replay::kDisagreed, which callers must turn into an internal error.
//
//   Result<Witness> witness = build_witness({.program = &p, .function = f, .arguments = model, .check = CheckKind::kSignedOverflow, .where = w},
//   options, session);
//
// Cost: some hundred interpreter runs and one compilation (about .5 s). Test: tests/solver/witness_test.cpp
#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "base/session.h"
#include "solver/verdict.h"

namespace assay::solver {

struct WitnessRequest {
  const program::Program* program = nullptr;  ///< the code under check; in equivalence the implementation
  program::FunctionId function;
  const program::Program* reference = nullptr;  ///< equivalence only
  program::FunctionId reference_function;
  std::vector<program::Argument> arguments;        ///< from the solver's model
  std::optional<program::CheckKind> check;         ///< the violated check; absent in equivalence
  SourceRange where;                               ///< of the violated check
  SemanticsMode mode = SemanticsMode::kUbIsError;  ///< set by build_witness from the options
  bool compare_globals = false;                    ///< equivalence: a difference in a global that both programs have is the failure, too
};

Result<Witness> build_witness(const WitnessRequest& request, const SolverOptions& options, Session& session);

}  // namespace assay::solver
