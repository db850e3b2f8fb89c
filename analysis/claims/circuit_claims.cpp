#include "analysis/claims/circuit_claims.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/claims/spans.h"

namespace assay::analysis {
namespace {

using circuits::Ablation;
using State = Judgement::State;

constexpr std::size_t kCircuitRuns = 40'000;  ///< examples times circuits, where the claim does not say how many examples
constexpr std::size_t kAblations = 3;         ///< resample, mean, zero: a claim that fewer were asked of says so
constexpr std::size_t kFewestExamples = 64, kMostExamples = 2'048;

std::size_t affordable(std::size_t circuits) { return std::clamp(kCircuitRuns / std::max<std::size_t>(circuits, 1), kFewestExamples, kMostExamples); }

void describe(const ClaimContext& context, const ClaimSpec& claim, const FoundCircuit& found, const ExampleSet& set, ClaimResult& result) {
  const CircuitSpec& spec = *context.hypothesis.circuit;
  result.subject = fmt::format("circuit of {} of {} edges, found by {}", found.circuit.size(), found.circuit.kept.size(),
                               spec.file.empty() ? spec.method : "file");
  result.semantics = "float32-as-run";
  result.details["edges"] = found.circuit.size();
  result.details["examples"] = set.unpaired.size();
  result.details["whole_domain"] = set.whole_domain;
  result.details["without_partner"] = set.without_partner;
  result.details["every_pair"] = set.every_pair;
  result.details["seed"] = claim.seed;
  if (!found.integration.empty()) {
    result.details["integration_residual"] = found.integration.back().residual;
    result.details["integration"] = describe_integration(found);
  }
  result.assumptions.push_back(fmt::format("under resample the metric is the {}, and the seed draws the partner; under mean and zero, the {}",
                                           metric_under(Ablation::kResample, context.hypothesis.task),
                                           metric_under(Ablation::kZero, context.hypothesis.task)));
  if (set.without_partner > 0)
    result.assumptions.push_back(fmt::format("{} inputs have no partner with another answer: {}", set.without_partner,
                                             context.hypothesis.domain_of(claim).spec().prompts ? "they are left out" : "resample leaves them out"));
}

/// Those that decide come first.
struct Ablations {
  std::vector<Ablation> all;
  std::size_t deciding = 0;
};

Ablations ablations_of(const ClaimSpec& claim, const Hypothesis& hypothesis, const FoundCircuit& found, bool others) {
  if (!claim.ablations.empty()) return {claim.ablations, claim.ablations.size()};
  Ablations ablations{{own_ablation(hypothesis, found)}, 1};
  for (const Ablation other : {Ablation::kResample, Ablation::kMeanPositional, Ablation::kZero})
    if (others && other != ablations.all[0]) ablations.all.push_back(other);
  return ablations;
}

/// The judgements of one claim, as they become its result.
class Verdict {
 public:
  void add(std::string name, bool decides, Judgement judgement) {
    (judgement.state == State::kHolds ? holding_ : not_holding_).push_back(name);
    if (decides && judgement.state == State::kFails) failing_.push_back(name);
    if (decides && (judgement.state == State::kOpen || judgement.state == State::kUndefined)) open_.push_back(name);
    if (decides && judgement.state == State::kVacuous) vacuous_.push_back(name);
    undefined_ = undefined_ || (decides && judgement.state == State::kUndefined);
    everything_ = everything_ && (!decides || judgement.everything);
    numbers_ += fmt::format("{}{} {}", numbers_.empty() ? "" : "; ", name, judgement.text);
    if (decides && judgement.state == State::kFails) witness_[name] = std::move(judgement.witness);
    details_[name] = std::move(judgement.numbers);
  }

  void conclude(ClaimResult& result) const {
    result.details["ablations"] = details_;
    result.details["holds_under"] = holding_;
    if (!failing_.empty()) {
      result.outcome = Outcome::kFails;
      result.evidence = EvidenceKind::kWitness;
      result.witness = witness_;
      result.summary = fmt::format("not under {}: ", fmt::join(failing_, ", "));
    } else if (!open_.empty()) {
      result.outcome = Outcome::kUndecided;
      result.evidence = undefined_ ? EvidenceKind::kNone : EvidenceKind::kSample;
      result.summary = fmt::format("undecided under {}: ", fmt::join(open_, ", "));
    } else if (!vacuous_.empty()) {
      result.outcome = Outcome::kVacuous;
    } else {
      result.outcome = Outcome::kHolds;
      result.evidence = everything_ ? EvidenceKind::kEnumeration : EvidenceKind::kSample;
      if (!not_holding_.empty()) result.summary = fmt::format("holds under {} only: ", fmt::join(holding_, " and "));
      else if (holding_.size() < kAblations) result.summary = fmt::format("asked under {} alone: ", fmt::join(holding_, " and "));
    }
    result.summary += numbers_;
  }

 private:
  std::vector<std::string> holding_, not_holding_, failing_, open_, vacuous_;
  bool undefined_ = false, everything_ = true;
  std::string numbers_;
  Json details_ = Json::object(), witness_ = Json::object();
};

Judgement undefined(Judgement judgement) {
  if (judgement.insensitive) return judgement;
  judgement.state = State::kUndefined;
  judgement.text = "undefined (the full network and the empty circuit have the same metric)";
  return judgement;
}

}  // namespace

Status CircuitClaim::check(ClaimContext& context, const ClaimSpec& claim, ClaimResult& result) const {
  Result<circuits::Network*> network = context.network();
  if (!network) return fail(network.error());
  Result<FoundCircuit> found = circuit_of(context, **network);
  if (!found) return fail(found.error());
  const circuits::Circuit& circuit = found->circuit;
  const std::size_t most = claim.samples > 0 ? claim.samples : affordable(circuits_to_run(circuit, claim));
  Result<ExampleSet> set = make_examples(context, **network, context.hypothesis.domain_of(claim), most, claim.seed);
  if (!set) return fail(set.error());
  const Result<CircuitView> view = view_for(**network, circuit.graph.shape.spans, context.hypothesis.task, *set);
  if (!view) return fail(view.error());
  describe(context, claim, *found, *set, result);
  declare(circuit, claim, result);
  if (const std::string why = vacuous(circuit); !why.empty()) {
    result.outcome = Outcome::kVacuous;
    result.summary = why;
    return {};
  }
  const Ablations ablations = ablations_of(claim, context.hypothesis, *found, prints_other_ablations());
  Verdict verdict;
  for (std::size_t i = 0; i < ablations.all.size(); ++i) {
    const Ablation ablation = ablations.all[i];
    circuits::EvaluationOptions evaluation;
    evaluation.ablation = ablation;
    evaluation.readout = context.hypothesis.task.output.readout;
    const circuits::Sampling sampling{set->everything(ablation), claim.seed};
    const bool decides = i < ablations.deciding;
    Result<Judgement> judgement =
        judge({*view->network, circuit, set->under(ablation), evaluation, sampling, decides, claim, context, context.session});
    if (!judgement) return fail(judgement.error());
    judgement->numbers["metric"] = metric_under(ablation, context.hypothesis.task);
    verdict.add(std::string(name_of(ablation)), decides,
                judgement->state == State::kUndefined ? undefined(std::move(*judgement)) : std::move(*judgement));
  }
  verdict.conclude(result);
  return {};
}

Json to_json(const circuits::Estimate& estimate, bool everything) {
  Json json = {{"value", finite(estimate.value)}};
  if (!everything) json["interval95"] = {finite(estimate.low), finite(estimate.high)};
  return json;
}

}  // namespace assay::analysis
