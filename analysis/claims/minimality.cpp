// Nothing in the circuit is superfluous: each kept edge, and each node with all its edges, removed alone, changes the normalised metric by at least
// the threshold.
//
// Nodes are removed one and all. So are the edges of a circuit of at most 256; of a larger one the 64 with the least |score| and 64 drawn from the
// others, or as many as `edges` says: the headline then says how many of how many. Verdicts about a sample of inputs are those of a paired test with
// Holm's correction (circuits/evaluation/paired_test.h): one superfluous edge or node refutes the claim, and it holds when all that were removed
// matter. An edge is judged by its effect on the summed metric; the largest change on one input is printed beside it, for edges that matter on few.
// Cost: 3 + removals circuits on every example, per ablation. Source: Wang et al. 2022, with edges beside nodes.
// Test: tests/analysis/circuit_claims_test.cpp
#include <fmt/format.h>

#include <algorithm>

#include "analysis/claims/circuit_claims.h"

namespace assay::analysis {
namespace {

using circuits::Circuit;
using circuits::RemovalEffect;
using Verdict = RemovalEffect::Verdict;

constexpr double kLeastEffect = 0.001;

/// Which edges and nodes a claim removes.
struct Plan {
  circuits::Removals removals;
  std::size_t weakest = 0, drawn = 0;  ///< 0, 0: every kept edge
  bool sampled() const { return weakest + drawn > 0; }
};

Plan plan_of(const Circuit& circuit, const ClaimSpec& claim) {
  Plan plan;
  plan.removals.nodes = circuits::inner_nodes_of(circuit.graph, circuit.kept);
  const std::size_t asked = claim.most_edges.value_or(circuit.size() > circuits::kLargeCircuit ? circuits::kOfLargeCircuit : circuit.size());
  if (circuit.size() <= 2 * asked) {
    plan.removals.edges = circuits::kept_edges(circuit.kept);
    return plan;
  }
  circuits::EdgeSample sample = circuits::sample_edges(circuit, asked, claim.seed);
  plan.weakest = sample.weakest.size();
  plan.drawn = sample.drawn.size();
  plan.removals.edges = std::move(sample.weakest);
  plan.removals.edges.insert(plan.removals.edges.end(), sample.drawn.begin(), sample.drawn.end());
  return plan;
}

std::string_view name_of(Verdict verdict) { return verdict == Verdict::kMatters ? "matters" : verdict == Verdict::kIdle ? "superfluous" : "open"; }

std::size_t count_of(const std::vector<RemovalEffect>& effects, Verdict verdict) {
  return static_cast<std::size_t>(std::count_if(effects.begin(), effects.end(), [&](const RemovalEffect& each) { return each.verdict == verdict; }));
}

using Names = std::function<std::string(std::uint32_t)>;

Json rows_of(const std::vector<RemovalEffect>& effects, const char* what, const Names& name, bool everything) {
  Json rows = Json::array();
  for (const RemovalEffect& each : effects) {
    const Json effect = to_json(each.effect, everything);
    rows.push_back({{what, name(each.index)},
                    {"effect", effect["value"]},
                    {"largest_on_one_input", each.largest_on_one_example},
                    {"same_answer", each.same_answer},
                    {"verdict", name_of(each.verdict)}});
    if (everything) continue;
    rows.back()["interval95"] = effect["interval95"];
    rows.back()["p_matters"] = each.test.matters;
    rows.back()["p_superfluous"] = each.test.idle;
  }
  return rows;
}

Json counts_of(const std::vector<RemovalEffect>& effects) {
  return {{"removed", effects.size()},
          {"matter", count_of(effects, Verdict::kMatters)},
          {"superfluous", count_of(effects, Verdict::kIdle)},
          {"open", count_of(effects, Verdict::kOpen)}};
}

/// The superfluous ones, least effect first.
Json superfluous_of(std::vector<RemovalEffect> effects, const char* what, const Names& name) {
  std::erase_if(effects, [](const RemovalEffect& each) { return each.verdict != Verdict::kIdle; });
  std::stable_sort(effects.begin(), effects.end(),
                   [](const RemovalEffect& a, const RemovalEffect& b) { return std::abs(a.effect.value) < std::abs(b.effect.value); });
  Json list = Json::array();
  for (const RemovalEffect& each : effects) list.push_back({{what, name(each.index)}, {"effect", finite(each.effect.value)}});
  return list;
}

class MinimalityClaim : public CircuitClaim {
 public:
  std::string_view name() const override { return "minimality"; }

 protected:
  std::size_t circuits_to_run(const Circuit& circuit, const ClaimSpec& claim) const override {
    const Plan plan = plan_of(circuit, claim);
    return 3 + plan.removals.edges.size() + plan.removals.nodes.size();
  }
  std::string vacuous(const Circuit& circuit) const override { return circuit.size() == 0 ? "the circuit has no edge" : ""; }

  void declare(const Circuit& circuit, const ClaimSpec& claim, ClaimResult& result) const override {
    const Plan plan = plan_of(circuit, claim);
    result.details["threshold"] = claim.threshold.value_or(kLeastEffect);
    result.details["nodes_removed"] = plan.removals.nodes.size();
    result.details["edges_removed"] = plan.removals.edges.size();
    result.details["weakest_edges"] = plan.weakest;
    result.details["drawn_edges"] = plan.drawn;
    result.assumptions.push_back("one edge or one node is removed at a time, never several");
    if (plan.sampled()) result.assumptions.push_back(sampled(plan, circuit) + "; nothing is said of the others");
  }

  Result<Judgement> judge(const CircuitTrial& trial) const override {
    const Plan plan = plan_of(trial.circuit, trial.claim);
    const double threshold = trial.claim.threshold.value_or(kLeastEffect);
    const auto found = circuits::minimality(trial.network, trial.examples, trial.circuit.kept, plan.removals, threshold, trial.evaluation,
                                            trial.sampling, trial.session);
    if (!found) return fail(found.error());
    const circuits::CircuitGraph& graph = trial.circuit.graph;
    const Names edge_name = [&](std::uint32_t edge) { return graph.edge_name(edge); },
                node_name = [&](std::uint32_t node) { return graph.nodes[node]; };
    const bool everything = trial.sampling.everything;
    Judgement judgement;
    judgement.everything = everything && !plan.sampled();
    judgement.numbers = {{"removals", rows_of(found->edges, "edge", edge_name, everything)},
                         {"node_removals", rows_of(found->nodes, "node", node_name, everything)},
                         {"edges", counts_of(found->edges)},
                         {"nodes", counts_of(found->nodes)}};
    if (!everything) judgement.numbers["correction"] = "Holm, .05 for all edges and .05 for all nodes";
    if (!found->edges.front().effect.defined()) {
      judgement.state = Judgement::State::kUndefined;
      return judgement;
    }
    const Json edges = superfluous_of(found->edges, "edge", edge_name), nodes = superfluous_of(found->nodes, "node", node_name);
    conclude(*found, edges, nodes, threshold, judgement);
    if (plan.sampled()) judgement.text += fmt::format(" ({})", sampled(plan, trial.circuit));
    return judgement;
  }

 private:
  static std::string sampled(const Plan& plan, const Circuit& circuit) {
    const std::string weakest = plan.weakest > 0 ? fmt::format("the {} of least |score| and ", plan.weakest) : "";
    return fmt::format("edges: {}{} drawn by the seed, of {}", weakest, plan.drawn, circuit.size());
  }

  static void conclude(const circuits::Minimality& found, const Json& edges, const Json& nodes, double threshold, Judgement& judgement) {
    const std::size_t all = found.edges.size() + found.nodes.size();
    const std::size_t open = count_of(found.edges, Verdict::kOpen) + count_of(found.nodes, Verdict::kOpen);
    if (!edges.empty() || !nodes.empty()) {
      const Json& first = edges.empty() ? nodes[0] : edges[0];
      judgement.state = Judgement::State::kFails;
      judgement.text =
          fmt::format("{} of {} edges and {} of {} nodes have an effect below {}, first {} ({:.2g})", edges.size(), found.edges.size(), nodes.size(),
                      found.nodes.size(), threshold, first[edges.empty() ? "node" : "edge"].get<std::string>(), first["effect"].get<double>());
      judgement.witness = {{"superfluous", edges}, {"superfluous_nodes", nodes}};
    } else if (open > 0) {
      judgement.text = fmt::format("{} of {} edges and nodes are neither above nor below an effect of {}", open, all, threshold);
    } else {
      judgement.state = Judgement::State::kHolds;
      judgement.text = fmt::format("each of {} edges and {} nodes has an effect of at least {}", found.edges.size(), found.nodes.size(), threshold);
    }
  }
};

}  // namespace

std::unique_ptr<ClaimKind> minimality() { return std::make_unique<MinimalityClaim>(); }

}  // namespace assay::analysis
