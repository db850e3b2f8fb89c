// Writes a Moore machine as readable C: an enum of states, a loop over the symbols, a switch with one case per state.
//
// The program point `step` stands at the end of the loop's body, so that `<function>.step.state[i]` is the state after symbol i.
// Test: tests/analysis/moore_learner_test.cpp
#pragma once

#include <string>
#include <vector>

#include "analysis/inference/moore_learner.h"

namespace assay::analysis {

struct MachineNames {
  std::string function = "answer";
  std::vector<std::string> symbols;  ///< for comments, per symbol
  std::vector<std::int64_t> values;  ///< the integer that stands for each symbol in the C array
  int shortest = 0, longest = 0;     ///< of the words that are asked, for the contract
  /// Words for an output, for example "{a, <eos>}"; may be empty.
  std::function<std::string(std::int64_t)> describe;
};

/// `int FUNCTION(const int *s, int n)`: the output after s[0] .. s[n-1].
std::string machine_to_c(const MooreMachine& machine, const MachineNames& names);

}  // namespace assay::analysis
