// Nothing outside the circuit stands in for it: without any single node of the circuit, and without seeded sets K of its nodes, circuit and model
// stay within a bound of each other, |m(C without K) - m(M without K)| / |m(M) - m(empty)| <= bound.
//
// Of a circuit with more than 256 edges 64 single nodes are drawn, or as many as `nodes` says: the headline then says how many of how many.
// The sets are a sample even where the inputs are not, so the evidence is one. Cost: 2 + 2 (nodes + sets) circuits on every example, per ablation.
// Source: Wang et al. 2022. Test: tests/analysis/circuit_claims_test.cpp
#include <fmt/format.h>

#include <algorithm>

#include "analysis/claims/circuit_claims.h"

namespace assay::analysis {
namespace {

using circuits::NodeSetGap;

constexpr double kBound = 0.3;
constexpr int kSubsets = 10;

/// Single nodes that are removed, of how many.
struct Singles {
  std::size_t removed = 0, all = 0;
  std::string text() const { return removed < all ? fmt::format("{} of {} single nodes, drawn by the seed,", removed, all) : "every single node"; }
};

Singles singles_of(const circuits::Circuit& circuit, const ClaimSpec& claim) {
  const std::size_t all = circuits::inner_nodes_of(circuit.graph, circuit.kept).size();
  return {std::min(all, claim.most_nodes.value_or(circuit.size() > circuits::kLargeCircuit ? circuits::kOfLargeCircuit : all)), all};
}

std::string names_of(const std::vector<std::uint32_t>& nodes, const circuits::CircuitGraph& graph) {
  std::string names;
  for (const std::uint32_t node : nodes) names += (names.empty() ? "" : " ") + graph.nodes[node];
  return names;
}

Json rows_of(const std::vector<NodeSetGap>& gaps, const circuits::CircuitGraph& graph, bool everything) {
  Json rows = Json::array();
  for (const NodeSetGap& each : gaps) {
    const Json gap = to_json(each.gap, everything);
    rows.push_back({{"removed", names_of(each.nodes, graph)},
                    {"circuit", finite(each.circuit)},
                    {"network", finite(each.network)},
                    {"gap", gap["value"]},
                    {"circuit_same_answer", each.circuit_same_answer},
                    {"network_same_answer", each.network_same_answer}});
    if (!everything) rows.back()["interval95"] = gap["interval95"];
  }
  return rows;
}

class CompletenessClaim : public CircuitClaim {
 public:
  std::string_view name() const override { return "completeness"; }

 protected:
  std::size_t circuits_to_run(const circuits::Circuit& circuit, const ClaimSpec& claim) const override {
    return 2 + 2 * (singles_of(circuit, claim).removed + kSubsets);
  }

  std::string vacuous(const circuits::Circuit& circuit) const override {
    return circuits::inner_nodes_of(circuit.graph, circuit.kept).empty() ? "the circuit has no inner node to remove" : "";
  }

  void declare(const circuits::Circuit& circuit, const ClaimSpec& claim, ClaimResult& result) const override {
    const Singles singles = singles_of(circuit, claim);
    result.details["bound"] = claim.bound.value_or(kBound);
    result.details["nodes_removed"] = singles.removed;
    result.details["nodes"] = singles.all;
    result.assumptions.push_back(fmt::format("{} of the circuit and up to {} seeded subsets; not every subset", singles.text(), kSubsets));
  }

  Result<Judgement> judge(const CircuitTrial& trial) const override {
    const Singles singles = singles_of(trial.circuit, trial.claim);
    const circuits::CompletenessOptions sets{kSubsets, trial.claim.seed, singles.removed};
    const auto gaps =
        circuits::completeness(trial.network, trial.examples, trial.circuit.kept, trial.evaluation, sets, trial.sampling, trial.session);
    if (!gaps) return fail(gaps.error());
    const circuits::CircuitGraph& graph = trial.circuit.graph;
    const double bound = trial.claim.bound.value_or(kBound);
    Judgement judgement;
    judgement.numbers = {{"removals", rows_of(*gaps, graph, trial.sampling.everything)}};
    const NodeSetGap& worst =
        *std::max_element(gaps->begin(), gaps->end(), [](const NodeSetGap& a, const NodeSetGap& b) { return a.gap.value < b.gap.value; });
    if (!worst.gap.defined()) {
      judgement.state = Judgement::State::kUndefined;
      return judgement;
    }
    const std::string where = names_of(worst.nodes, graph);
    judgement.text = fmt::format("largest gap {:.3f} (bound {}) of {} removals, without {}", worst.gap.value, bound, gaps->size(), where);
    if (singles.removed < singles.all) judgement.text += fmt::format(" ({} of {} single nodes, drawn)", singles.removed, singles.all);
    const bool fails = std::any_of(gaps->begin(), gaps->end(), [&](const NodeSetGap& each) { return each.gap.low > bound; });
    const bool holds = std::all_of(gaps->begin(), gaps->end(), [&](const NodeSetGap& each) { return each.gap.high <= bound; });
    judgement.state = fails ? Judgement::State::kFails : holds ? Judgement::State::kHolds : Judgement::State::kOpen;
    if (fails) judgement.witness = {{"removed", where}, {"gap", worst.gap.value}};
    return judgement;
  }
};

}  // namespace

std::unique_ptr<ClaimKind> completeness() { return std::make_unique<CompletenessClaim>(); }

}  // namespace assay::analysis
