// Helpers of the solver's tests: C text in, verdicts out.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <vector>

#include "base/session.h"
#include "frontend/lowering/lowering.h"
#include "solver/checks/check.h"
#include "solver/equivalence/equivalence.h"

namespace assay::solver {

inline Session& test_session() {
  static Progress silent;
  static const std::atomic<bool> stop{false};
  static Session session{silent, stop};
  return session;
}

inline SolverOptions without_native_replay() {
  SolverOptions options;
  options.replay_natively = false;
  return options;
}

inline program::Program lower(const std::string& source) {
  Result<lowering::Lowered> lowered = lowering::lower_source(source, "test.c");
  EXPECT_TRUE(lowered) << lowered.error().to_string();
  return lowered ? std::move(lowered->program) : program::Program{};
}

inline std::vector<Verdict> check(const std::string& source, const std::string& function = "f",
                                  const SolverOptions& options = without_native_replay()) {
  const program::Program program = lower(source);
  const std::optional<program::FunctionId> id = program.find(function);
  EXPECT_TRUE(id) << "no function " << function;
  if (!id) return {};
  Result<std::vector<Verdict>> verdicts = check_function(program, *id, options, test_session());
  EXPECT_TRUE(verdicts) << verdicts.error().to_string();
  return verdicts ? *verdicts : std::vector<Verdict>{};
}

/// Grade of the only verdict of that kind, or of the worst one.
inline Grade grade_of_check(const std::vector<Verdict>& verdicts, program::CheckKind kind) {
  std::optional<Grade> worst;
  for (const Verdict& verdict : verdicts)
    if (verdict.check == kind) worst = worst ? weakest(*worst, verdict.grade()) : verdict.grade();
  EXPECT_TRUE(worst) << "no obligation " << program::info(kind).id;
  return worst.value_or(Grade::kUnknown);
}

inline Verdict equiv(const std::string& source, const std::string& reference = "f", const std::string& implementation = "g",
                     const SolverOptions& options = without_native_replay()) {
  const program::Program program = lower(source);
  Result<Verdict> verdict = refines(program, *program.find(reference), program, *program.find(implementation), options, test_session());
  EXPECT_TRUE(verdict) << verdict.error().to_string();
  return verdict ? *verdict : Verdict{};
}

}  // namespace assay::solver
