// The C program that runs an answer beside its reference on random inputs of the contract; random_runs.h runs it.
//
//   reference.c   the reference, its names changed so that an answer with the same helpers links beside it
//   answer.c      the answer
//   harness.c     draws inputs, turns away those that the contract's clauses, compiled as C, do not admit, calls both on copies, compares
//
// Numbers that a clause compares a parameter with only steer what is drawn; which inputs are run is decided by the clauses themselves. Most
// inputs are small: ends of a range and numbers near 0 are drawn more often than others, and the first three quarters of the runs stay within
// +-1000 where the contract sets no limit, so that loops are short. Lines that begin with `mark` are the program's report:
//
//   MARK i int n = 3            input of the first difference, a line for each parameter
//   MARK g returns 4            what the answer did on it;  MARK e: what the reference did
//   MARK x 2                    ended early, in the reference (1), in the answer (2) or elsewhere (0)
//   MARK c 5000 7312 1          runs, inputs drawn, differences;  MARK d: the end was reached
//
// Test: tests/analysis/bench_random_runs_test.cpp
#pragma once

#include <map>
#include <string>

#include "analysis/bench/lowered_code.h"

namespace assay::analysis::bench {

struct HarnessOptions {
  std::string mark;  ///< an answer cannot know it
  std::uint64_t runs = 0, most_drawn = 0, seed = 1;
  int cpu_seconds = 10;  ///< then it ends by itself
};

/// Sources by name. Errors of kind kUnsupported name the parameter that cannot be drawn.
Result<std::map<std::string, std::string>> random_harness(const CodeTask& task, const LoweredCode& reference, const std::string& answer,
                                                          const HarnessOptions& options);

}  // namespace assay::analysis::bench
