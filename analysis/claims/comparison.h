// The network's recorded answers against a program, on every scored prefix, on all threads.
//
//   Comparison comparison = *compare(domain, outputs, labels, session);
//   comparison.disagreements == 0
//
// Counts and witness are the same on any thread count. Cost: one run of the program per scored prefix, two where it is not defined.
// Test: tests/analysis/comparison_test.cpp
#pragma once

#include "analysis/claims/network_outputs.h"
#include "analysis/results/claim_result.h"
#include "analysis/tasks/labels.h"

namespace assay::analysis {

struct Disagreement {
  Tokens prefix;
  circuits::Answer network;
  Label program;
};

struct Comparison {
  std::uint64_t scored = 0;                      ///< answers compared
  std::uint64_t inputs = 0;                      ///< of these, first answers
  std::uint64_t disagreements = 0;               ///< answers that differ, ties of the network and undefined program runs included
  std::uint64_t undefined = 0;                   ///< of these, runs of the program without a plain return
  std::uint64_t ties = 0;                        ///< of these, ties of the network
  std::optional<Disagreement> first;             ///< the smallest: shortest, then first in the order of the domain
  std::optional<std::string> endless;            ///< the program does not end on `first`; the comparison stopped there, the counts go so far
  std::map<std::int64_t, std::uint64_t> values;  ///< how often the program gave each value (at most 1,000 different ones)
};

/// `labels` must belong to `domain`.
Result<Comparison> compare(const Domain& domain, const NetworkOutputs& outputs, const Labels& labels, Session& session);

/// The witness as JSON: input, network answer, program answer; and whether a fresh full forward pass and run agree with it.
struct WitnessReport {
  Json json;
  Replay replay = Replay::kNotRun;
};
Result<WitnessReport> report_witness(circuits::Network& network, const Labels& labels, const Disagreement& witness);

}  // namespace assay::analysis
