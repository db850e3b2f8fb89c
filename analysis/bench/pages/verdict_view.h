// What is known about one answer, in words: verdicts with reasons, tests, and a counterexample that can be compiled and run.
// Test: tests/analysis/bench_pages_test.cpp
#pragma once

#include <string>

#include "analysis/bench/judgement.h"

namespace assay::analysis::bench {

/// A table of safety, meaning, tests and random runs. `answer` as in the document.
std::string verdict_table(const Json& answer);
/// The compiler's words, the construct that is not modelled, counterexamples and a difference on a random input; empty where there is nothing to
/// tell.
std::string evidence(const Json& answer);

}  // namespace assay::analysis::bench
