// What is known about one answer, in words: verdicts with reasons, tests, and a counterexample that can be compiled and run.
// Test: tests/analysis/bench_pages_test.cpp
#pragma once

#include <string>

#include "analysis/bench/judgement.h"

namespace assay::analysis::bench {

/// A table of safety, meaning and tests. `judgement` as in the document.
std::string verdict_table(const Json& judgement);
/// The compiler's words, the construct that is not modelled, and the counterexamples; empty where there is nothing to tell.
std::string evidence(const Json& judgement);

}  // namespace assay::analysis::bench
