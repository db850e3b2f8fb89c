// Runs an answer's tests: compiled natively and run in the sandbox, without sanitizers, as its users would.
//
// Each test case prints a line with a mark that the answer cannot know, so that an answer which prints, exits or replaces main() passes
// nothing by it. A crash or an endless loop fails the test that it happens in and those behind it.
// Cost: one compilation and one run, about .3 s. Test: tests/analysis/bench_judge_test.cpp
#pragma once

#include "analysis/bench/code_task.h"
#include "base/session.h"
#include "frontend/program/program.h"

namespace assay::analysis::bench {

struct TestCount {
  int passed = 0, total = 0;
  std::string first_failure;  ///< "sum({1, 2}, 2) gave 4, expected 3"; empty if all passed
  bool all_passed() const { return passed == total; }
  bool operator==(const TestCount&) const = default;
};

/// A test whose call returned and gave something else than the reference: a refutation by itself.
struct FailedTest {
  std::string call, got, expected;  ///< "sum({1, 2}, 2)", "gave 4", "gives 3"
};

struct TestRun {
  bool compiled = false;
  std::string compiler_output;  ///< its first lines
  TestCount visible, hidden;
  std::optional<FailedTest> refuted_by;  ///< the first such test
};

/// Standard and language of a task's sources, warnings off.
std::vector<std::string> compile_flags(const CodeTask& task);

/// `reference` and `function` give the parameters' types; without them only `test_source` can be run.
/// `seconds`: for all tests of the answer together.
Result<TestRun> run_tests(const CodeTask& task, const std::string& text, const program::Program* reference, const program::Function* function,
                          double seconds, const Session& session);

}  // namespace assay::analysis::bench
