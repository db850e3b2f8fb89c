// bench.json, the only source of the bench's reports, and the table of the terminal.
//
// The document is the same bytes on every run but for its member "timing". Layout: docs/formats.md, "Bench result".
// Test: tests/analysis/bench_run_test.cpp
#pragma once

#include "analysis/bench/policies.h"
#include "analysis/bench/statistics.h"

namespace assay::analysis::bench {

inline constexpr int kBenchVersion = 1;

struct BenchReport {
  std::string source;  ///< suite or file of completions
  std::vector<CodeTask> tasks;
  Sampling sampling;
  VerificationBudget budget;
  BenchRun run;
  std::vector<std::string> rules;  ///< completions: what was stripped, with counts
  std::optional<ScoredPredictions> predictions = {};
  std::vector<std::vector<PolicyScore>> policies = {};  ///< by model; fewer or empty where there is nothing to choose between
};

Json to_json(const BenchReport& report);
/// Per model: labels, tests against proofs, pass@k, splits, choices, cost.
std::string to_table(const BenchReport& report);
/// A line for each answer of which a replay, a native test or a run on a random input contradicts the solver: our own mistakes.
std::vector<std::string> disagreements(const BenchReport& report);
/// 5 if there are disagreements; else 0: what answers are like is what the report says, not an outcome of the command.
int exit_code(const BenchReport& report);

}  // namespace assay::analysis::bench
