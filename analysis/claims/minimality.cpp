// Nothing in the circuit is superfluous: each kept edge, removed alone, changes the normalised metric by at least the threshold.
//
// An edge is judged by its effect on the summed metric; the largest change on one input is printed beside it, for edges that matter on few.
// Cost: 3 + kept edges circuits on every example, per ablation. Source: Wang et al. 2022, with edges for nodes.
// Test: tests/analysis/circuit_claims_test.cpp
#include <fmt/format.h>

#include <algorithm>

#include "analysis/claims/circuit_claims.h"

namespace assay::analysis {
namespace {

using circuits::EdgeEffect;

constexpr double kLeastEffect = 0.001;

Json rows_of(const std::vector<EdgeEffect>& effects, const circuits::CircuitGraph& graph, bool everything) {
  Json rows = Json::array();
  for (const EdgeEffect& each : effects) {
    const Json effect = to_json(each.effect, everything);
    rows.push_back({{"edge", graph.edge_name(each.edge)},
                    {"effect", effect["value"]},
                    {"largest_on_one_input", each.largest_on_one_example},
                    {"same_answer", each.same_answer}});
    if (!everything) rows.back()["interval95"] = effect["interval95"];
  }
  return rows;
}

std::vector<EdgeEffect> superfluous_of(std::vector<EdgeEffect> effects, double threshold) {
  std::erase_if(effects, [&](const EdgeEffect& each) { return !each.idle(threshold); });
  std::stable_sort(effects.begin(), effects.end(),
                   [](const EdgeEffect& a, const EdgeEffect& b) { return std::abs(a.effect.value) < std::abs(b.effect.value); });
  return effects;
}

Json witness_of(const std::vector<EdgeEffect>& superfluous, const circuits::CircuitGraph& graph) {
  Json list = Json::array();
  for (const EdgeEffect& each : superfluous) list.push_back({{"edge", graph.edge_name(each.edge)}, {"effect", finite(each.effect.value)}});
  return {{"superfluous", list}};
}

class MinimalityClaim : public CircuitClaim {
 public:
  std::string_view name() const override { return "minimality"; }

 protected:
  std::size_t circuits_to_run(const circuits::Circuit& circuit, const ClaimSpec&) const override { return 3 + circuit.size(); }
  std::string vacuous(const circuits::Circuit& circuit) const override { return circuit.size() == 0 ? "the circuit has no edge" : ""; }
  void declare(const ClaimSpec& claim, ClaimResult& result) const override { result.details["threshold"] = claim.threshold.value_or(kLeastEffect); }

  Result<Judgement> judge(const CircuitTrial& trial) const override {
    const auto effects = circuits::minimality(trial.network, trial.examples, trial.circuit.kept, trial.evaluation, trial.sampling, trial.session);
    if (!effects) return fail(effects.error());
    const circuits::CircuitGraph& graph = trial.circuit.graph;
    const double threshold = trial.claim.threshold.value_or(kLeastEffect);
    Judgement judgement;
    judgement.everything = trial.sampling.everything;
    judgement.numbers = {{"removals", rows_of(*effects, graph, judgement.everything)}};
    if (!effects->front().effect.defined()) {
      judgement.state = Judgement::State::kUndefined;
      return judgement;
    }
    const std::vector<EdgeEffect> superfluous = superfluous_of(*effects, threshold);
    const auto mattering = std::count_if(effects->begin(), effects->end(), [&](const EdgeEffect& each) { return each.matters(threshold); });
    const std::size_t straddling = effects->size() - static_cast<std::size_t>(mattering) - superfluous.size();
    if (!superfluous.empty()) {
      judgement.state = Judgement::State::kFails;
      judgement.text = fmt::format("{} of {} edges have an effect below {}, first {} ({:.2g})", superfluous.size(), effects->size(), threshold,
                                   graph.edge_name(superfluous[0].edge), superfluous[0].effect.value);
      judgement.witness = witness_of(superfluous, graph);
    } else if (straddling > 0) {
      judgement.text = fmt::format("the intervals of {} of {} edges straddle an effect of {}", straddling, effects->size(), threshold);
    } else {
      judgement.state = Judgement::State::kHolds;
      judgement.text = fmt::format("each of {} edges has an effect of at least {}", effects->size(), threshold);
    }
    return judgement;
  }
};

}  // namespace

std::unique_ptr<ClaimKind> minimality() { return std::make_unique<MinimalityClaim>(); }

}  // namespace assay::analysis
