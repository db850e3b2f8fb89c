// Finding a circuit: scores by a discovery method, the integration residual within its limit, the best edges, and those without effect out.
//
//   Result<FoundCircuit> found = find_circuit(network, task, set, {.edges = 40, .prune = 0.001}, session);
//
// eap-ig: the scores of the edges that leave `input` should sum to what the ablation of everything costs. Where the difference is above 5 %,
// the steps are doubled, at midpoints, until it is not, or until 80 steps; if that is not enough either, the kept edges are scored again by exact
// patching; with spans by running the network without each of them. `integration` records each try. Then, with `prune`, greedy
// backward elimination (circuits/evaluation/elimination.cpp) takes out the edges whose removal, tried on the same examples, changes the normalised
// metric by less than that. With `sizes` the number of edges is not said but chosen, on the same examples and before anything is judged on others:
// the fewest that carry `carry` of the difference, and at most 2 - carry of it, and keep as large a share of the decisions. Cost: that of the method
// per try, one circuit run per kept edge for rescoring, a few per kept edge for `prune`, one per size. Test:
// tests/analysis/circuit_claims_test.cpp
#pragma once

#include "analysis/claims/circuit_examples.h"
#include "circuits/evaluation/evaluation.h"

namespace assay::analysis {

inline constexpr double kLargestResidual = 0.05;
inline constexpr double kCarry = 0.9;

struct CircuitSearchOptions {
  circuits::DiscoveryOptions discovery;
  std::size_t edges = 0;           ///< how many to keep; 0: all that acdc kept
  std::vector<std::size_t> sizes;  ///< ascending, instead of `edges`: the first of them whose circuit carries the decision on the examples
  double carry = kCarry;           ///< what that takes: f from `carry` to 2 - carry, and such a share of the answers that stay
  bool greedy = false;             ///< grown from the logits instead of the best anywhere
  bool by_sign = false;            ///< edges are ranked by score, so that those whose removal helps stay out; else by |score|
  double prune = 0;                ///< smallest normalised effect of an edge that stays; 0: no elimination
  std::uint64_t seed = 1;
  bool spans = false;  ///< tell the task's positions apart
};

struct IntegrationTry {
  int steps = 0;
  circuits::IntegrationRule rule = circuits::IntegrationRule::kLeft;
  double residual = 0;  ///< |sum of attributions - total effect| / |total effect|
};

struct SizeTry {
  std::size_t asked = 0, edges = 0;  ///< edges of best score, and those of them on a path from input to logits
  double faithfulness = 0, same_answer = 0;
};

struct FoundCircuit {
  circuits::Circuit circuit;
  std::vector<IntegrationTry> integration;  ///< eap-ig: as asked first, as used last; empty otherwise
  std::vector<SizeTry> sizes;               ///< up to the one that carries the decision; empty where the number of edges was said
  bool rescored = false;                    ///< the kept edges were scored again by exact patching
  std::size_t selected = 0;                 ///< edges before the elimination
  std::size_t elimination_passes = 0, elimination_runs = 0;
  double total_effect = 0;
  std::uint64_t forward_passes = 0, backward_passes = 0;  ///< of all tries
  std::size_t examples = 0;
  bool whole_domain = false;
};

/// With options.spans the positions of `task` are told apart. Error where none of options.sizes carries the decision: each with what it carries.
Result<FoundCircuit> find_circuit(circuits::Network& network, const Task& task, ExampleSet& set, const CircuitSearchOptions& options,
                                  Session& session);

/// Is the circuit one of this network? With or without spans.
Status check_circuit(const circuits::Circuit& circuit, const std::string& file, const circuits::Network& network);

/// A number for JSON: null where it is not finite.
Json finite(double value);
/// steps, rule and residual of each try, and whether exact patching replaced the scores; null where nothing was integrated.
Json describe_integration(const FoundCircuit& found);
/// "integration residual 24.1 % with 5 steps (left), 1.2 % with 10 steps (midpoint)"; empty where nothing was integrated.
std::string integration_text(const FoundCircuit& found);

/// As numbers for JSON; null where the number of edges was said.
Json describe_sizes(const FoundCircuit& found);
/// "250 edges carry .412 and keep 62.5 % of the decisions; 500 ..."
std::string sizes_text(const std::vector<SizeTry>& sizes);

/// What the circuit was found under: its file's provenance, else the hypothesis.
circuits::Ablation own_ablation(const Hypothesis& hypothesis, const FoundCircuit& found);

/// The stated file, or discovered; the same for all claims of a hypothesis. Fills the report's "circuit".
Result<FoundCircuit> circuit_of(ClaimContext& context, circuits::Network& network);

}  // namespace assay::analysis
