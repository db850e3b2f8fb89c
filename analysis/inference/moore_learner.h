// Learns the smallest Moore machine that answers as a network does on every word of a finite, prefix-closed domain.
//
// Idea: L* (Angluin 1987) with the counterexample analysis of Rivest and Schapire (1993). The membership oracle is the network; the
// equivalence oracle is exhaustive: it compares the hypothesis with the network on the whole token tree. States are pairwise told apart
// by an output on a stated suffix, so no machine with fewer states answers these queries as the network does.
//
//   MooreMachine machine = *learn_moore_machine(2, network_answer, first_disagreement, {});
//
// Words outside the domain answer kOutside, which counts as an answer of its own: the machine then also knows the domain, and its
// transitions there lead to a sink that the C printer leaves out. Words that are too short to be asked about answer kUnasked; a start
// state of that kind is merged with a state that goes on in the same way, since any answer would do there.
// Cost: O(states * symbols * suffixes) queries, asked in batches. Test: tests/analysis/moore_learner_test.cpp
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace assay::analysis {

using Word = std::vector<int>;  ///< symbol indices from 0
inline constexpr std::int64_t kOutside = std::numeric_limits<std::int64_t>::min();
inline constexpr std::int64_t kUnasked = kOutside + 1;

struct MooreMachine {
  int symbols = 0;
  std::vector<std::int64_t> output;    ///< per state; state 0 is the start
  std::vector<std::vector<int>> next;  ///< [state][symbol]
  std::vector<Word> access;            ///< per state: the shortest word that the learner reached it with
  int run(std::span<const int> word) const;
  std::int64_t answer(std::span<const int> word) const { return output[static_cast<std::size_t>(run(word))]; }
  /// The state whose output is kOutside, or -1.
  int sink() const;
};

/// The answer after each word, or kOutside, or kUnasked; an error ends the learning (for example a word longer than the position table).
using MembershipOracle = std::function<Result<std::vector<std::int64_t>>(const std::vector<Word>&)>;
/// The first word (shortest, then smallest) on which machine and network differ, or nothing.
using EquivalenceOracle = std::function<Result<std::optional<Word>>(const MooreMachine&)>;

struct LearnerOptions {
  int most_states = 256;  ///< more: a budget error that says so; no answer is a legal answer
  int most_rounds = 400;
};

struct LearnedMachine {
  MooreMachine machine;
  std::vector<Word> suffixes;  ///< tell every two states apart
  std::size_t membership_queries = 0;
  int rounds = 0;
};

Result<LearnedMachine> learn_moore_machine(int symbols, const MembershipOracle& membership, const EquivalenceOracle& equivalence,
                                           const LearnerOptions& options);

}  // namespace assay::analysis
