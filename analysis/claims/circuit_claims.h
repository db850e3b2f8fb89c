// Link 1: the circuit alone behaves like the model (faithfulness), and so does the code that follows from its decision (semantic faithfulness);
// nothing outside stands in for it (completeness), nothing in it is superfluous (minimality). circuits/evaluation computes the numbers; a claim
// judges them.
//
// Every claim is judged under each ablation, each normalised by its own empty circuit. The declared ablations must all hold; without any, the one
// that the circuit was found under decides, and resample, mean per position and zero are printed beside it. A claim that does not hold under all
// that were run names in its headline those under which it does, and one that was asked under fewer than three says so. Resample runs an input with
// one drawn partner: a sample even where every input of the domain was run. A statistic of a sample is judged by its whole 95 % interval; where full
// and empty score the same, nothing is normalised and nothing holds.
//
// To add a claim about circuits: one class with judge(), one line in registry.cpp.
// Sources: Wang et al. 2022 (IOI), Hanna et al. 2024 (EAP-IG), Mueller et al. 2025 (MIB). Test: tests/analysis/circuit_claims_test.cpp
#pragma once

#include <string>
#include <vector>

#include "analysis/claims/circuit_search.h"

namespace assay::analysis {

/// What one claim finds out under one ablation.
struct Judgement {
  enum class State { kHolds, kFails, kOpen, kUndefined, kVacuous } state = State::kOpen;
  bool everything = false;        ///< nothing was sampled
  bool insensitive = false;       ///< undefined, because the contrast hardly moves the metric
  std::string text;               ///< the numbers in a few words
  Json numbers = Json::object();  ///< goes to details.ablations
  Json witness;                   ///< of a failure
};

/// Everything that one judgement needs.
struct CircuitTrial {
  circuits::Network& network;
  const circuits::Circuit& circuit;
  const std::vector<circuits::Example>& examples;
  circuits::EvaluationOptions evaluation;
  circuits::Sampling sampling;
  bool decides = true;  ///< the claim hangs on this ablation; others are printed beside it
  const ClaimSpec& claim;
  ClaimContext& context;
  Session& session;
};

class CircuitClaim : public ClaimKind {
 public:
  int link() const final { return 1; }
  Status check(ClaimContext& context, const ClaimSpec& claim, ClaimResult& result) const final;

 protected:
  /// Circuits that judge() runs, so that the default sample stays affordable.
  virtual std::size_t circuits_to_run(const circuits::Circuit& circuit, const ClaimSpec& claim) const = 0;
  /// Why there is nothing to check, or empty.
  virtual std::string vacuous(const circuits::Circuit& circuit) const = 0;
  /// Thresholds and assumptions.
  virtual void declare(const circuits::Circuit& circuit, const ClaimSpec& claim, ClaimResult& result) const = 0;
  virtual Result<Judgement> judge(const CircuitTrial& trial) const = 0;
  /// Are the ablations that do not decide printed beside those that do?
  virtual bool prints_other_ablations() const { return true; }
};

/// {"value", "interval95"}, without the interval where nothing was sampled.
Json to_json(const circuits::Estimate& estimate, bool everything);

}  // namespace assay::analysis
