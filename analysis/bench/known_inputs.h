// Inputs of a task that are known before anything is searched: its tests, and counterexamples of answers to it.
//
//   std::vector<Input> inputs = known_inputs(task, {&judgement});
//
// Test: tests/analysis/bench_meaning_test.cpp
#pragma once

#include <cstddef>
#include <vector>

#include "analysis/bench/judgement.h"

namespace assay::analysis::bench {

using Input = std::vector<program::Argument>;

/// Visible tests, hidden ones, then what the judgements have found, in their order.
std::vector<Input> known_inputs(const CodeTask& task, const std::vector<const Judgement*>& judgements);

/// How large an input is.
std::size_t cells_in(const Input& input);

}  // namespace assay::analysis::bench
