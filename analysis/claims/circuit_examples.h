// The circuit of a hypothesis and the examples it is judged on.
//
// An example is a scored input with the network's own answers fed back, and a counterfactual partner of the same length with another
// answer ([counterfactual] in the task). Whole domain where it is small, else a seeded sample. Test: tests/analysis/circuit_claims_test.cpp
#pragma once

#include "analysis/claims/claim.h"

namespace assay::analysis {

struct ExampleSet {
  std::vector<circuits::Example> examples;
  bool whole_domain = false;
  bool every_pair = false;            ///< the whole domain, and each input has one possible partner only: nothing was drawn
  std::uint64_t without_partner = 0;  ///< inputs whose answer no partner changes: left out
};

Result<ExampleSet> make_examples(ClaimContext& context, circuits::Network& network, const Domain& domain, std::size_t most, std::uint64_t seed);

struct FoundCircuit {
  circuits::Circuit circuit;
  std::optional<double> residual;   ///< eap-ig: |sum of attributions - total effect| / |total effect|
  int steps = 0;
  bool rescored = false;            ///< the kept edges were scored again by exact patching
  std::size_t examples = 0;
  bool whole_domain = false;
};

/// What the circuit was found under: its file's provenance, else the hypothesis.
circuits::Ablation own_ablation(const Hypothesis& hypothesis, const FoundCircuit& found);

/// The stated file, or discovered; the same for all claims of a hypothesis. Fills the report's "circuit".
Result<FoundCircuit> circuit_of(ClaimContext& context, circuits::Network& network);

/// Nodes (by index) that a circuit's edges touch, input and logits left out.
std::vector<std::uint32_t> inner_nodes(const circuits::CircuitGraph& graph, const std::vector<bool>& kept);
/// `kept` without the edges that touch one of `nodes`.
std::vector<bool> without_nodes(const circuits::CircuitGraph& graph, std::vector<bool> kept, const std::vector<std::uint32_t>& nodes);

}  // namespace assay::analysis
