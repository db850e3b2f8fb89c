// Link 1: the circuit alone behaves like the model (faithfulness), nothing outside stands in for it (completeness), nothing in it is
// superfluous (minimality). Each ablation is normalised by its own empty circuit: f = (m(C) - m(empty)) / (m(M) - m(empty)).
//
// Source: Wang et al. 2022 (IOI), Hanna et al. 2024 (EAP-IG), Mueller et al. 2025 (MIB). Test: tests/analysis/circuit_claims_test.cpp
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "analysis/claims/circuit_examples.h"
#include "analysis/claims/interchange.h"

namespace assay::analysis {
namespace {

using circuits::Ablation;

constexpr double kFaithful = 0.9;
constexpr double kCompletenessBound = 0.3;
constexpr double kMinimalEffect = 0.001;
constexpr std::size_t kFaithfulnessExamples = 2'048;
constexpr std::size_t kRemovalRuns = 40'000;  ///< examples times circuits
constexpr std::size_t kSubsets = 10;
constexpr int kBootstraps = 1'000;

struct Measured {
  std::vector<std::vector<double>> metric;  // [circuit][example]
  std::vector<double> same;                 // share of examples whose answer stays, per circuit
  double total(std::size_t circuit) const { return std::accumulate(metric[circuit].begin(), metric[circuit].end(), 0.0); }
};

/// Everything that one claim about a circuit needs.
struct Setting {
  circuits::Network* network = nullptr;
  FoundCircuit found;
  ExampleSet set;
  std::vector<bool> full, empty;
};

Result<Setting> prepare(ClaimContext& context, const ClaimSpec& claim, std::size_t most, ClaimResult& result) {
  Result<circuits::Network*> network = context.network();
  if (!network) return fail(network.error());
  Setting setting;
  setting.network = *network;
  Result<FoundCircuit> found = circuit_of(context, **network);
  if (!found) return fail(found.error());
  setting.found = std::move(*found);
  Result<ExampleSet> set = make_examples(context, **network, context.hypothesis.domain_of(claim), most, claim.seed);
  if (!set) return fail(set.error());
  setting.set = std::move(*set);
  setting.full.assign(setting.found.circuit.kept.size(), true);
  setting.empty.assign(setting.found.circuit.kept.size(), false);
  const std::size_t size = setting.found.circuit.size();
  result.subject = fmt::format("circuit of {} of {} edges, found by {}", size, setting.full.size(), context.hypothesis.circuit->file.empty() ? context.hypothesis.circuit->method : "file");
  result.semantics = "float32-as-run";
  result.details["edges"] = size;
  result.details["examples"] = setting.set.examples.size();
  result.details["whole_domain"] = setting.set.whole_domain;
  result.details["without_partner"] = setting.set.without_partner;
  result.details["seed"] = claim.seed;
  if (setting.found.residual) result.details["integration_residual"] = *setting.found.residual;
  result.assumptions.push_back("the metric is the logit difference between the network's answer and its partner's answer");
  if (setting.set.without_partner > 0) result.assumptions.push_back(fmt::format("{} inputs have no partner with another answer and are left out", setting.set.without_partner));
  return setting;
}

Result<Measured> measure(ClaimContext& context, const Setting& setting, const std::vector<std::vector<bool>>& kept, Ablation ablation) {
  circuits::EvaluationOptions options;
  options.ablation = ablation;
  options.readout = context.hypothesis.task.output.readout;
  Result<std::vector<circuits::CircuitScores>> scores = setting.network->evaluate(setting.set.examples, kept, options, context.session);
  if (!scores) return fail(scores.error());
  Measured measured;
  for (const circuits::CircuitScores& each : *scores) {
    measured.metric.push_back(each.metric);
    measured.same.push_back(each.same_answer.empty() ? 0 : static_cast<double>(std::count(each.same_answer.begin(), each.same_answer.end(), true)) / static_cast<double>(each.same_answer.size()));
  }
  return measured;
}

double normalised(double value, double full, double empty) { return std::abs(full - empty) < 1e-9 ? std::numeric_limits<double>::quiet_NaN() : (value - empty) / (full - empty); }

/// 95 % bootstrap interval of the normalised metric of circuit 2; 0 is the full network, 1 the empty circuit.
Interval bootstrap(const Measured& measured, std::uint64_t seed) {
  const std::size_t n = measured.metric[0].size();
  std::mt19937_64 random(seed);
  std::vector<double> values;
  for (int b = 0; b < kBootstraps; ++b) {
    double full = 0, empty = 0, circuit = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t at = random() % n;
      full += measured.metric[0][at], empty += measured.metric[1][at], circuit += measured.metric[2][at];
    }
    values.push_back(normalised(circuit, full, empty));
  }
  std::sort(values.begin(), values.end());
  return {values[kBootstraps / 40], values[kBootstraps - 1 - kBootstraps / 40]};
}

class Faithfulness : public ClaimKind {
 public:
  std::string_view name() const override { return "faithfulness"; }
  int link() const override { return 1; }

  Status check(ClaimContext& context, const ClaimSpec& claim, ClaimResult& result) const override {
    Result<Setting> setting = prepare(context, claim, claim.samples > 0 ? claim.samples : kFaithfulnessExamples, result);
    if (!setting) return fail(setting.error());
    const double threshold = claim.threshold.value_or(kFaithful);
    const bool declared = !claim.ablations.empty();
    const std::vector<Ablation> ablations = declared ? claim.ablations : std::vector<Ablation>{Ablation::kResample, Ablation::kMeanPositional, Ablation::kZero};
    std::vector<std::string> holding, failing, straddling;
    std::string numbers;
    for (const Ablation ablation : ablations) {
      const std::string called(name_of(ablation));
      Result<Measured> measured = measure(context, *setting, {setting->full, setting->empty, setting->found.circuit.kept}, ablation);
      if (!measured) return fail(measured.error());
      const double f = normalised(measured->total(2), measured->total(0), measured->total(1));
      const bool whole = setting->set.whole_domain;
      const Interval interval = whole ? Interval{f, f} : bootstrap(*measured, claim.seed);
      const auto n = static_cast<double>(setting->set.examples.size());
      Tally same{static_cast<std::uint64_t>(n), static_cast<std::uint64_t>(std::llround(measured->same[2] * n))};
      const Interval share = whole ? Interval{same.rate(), same.rate()} : wilson(same);
      Json entry = {{"faithfulness", std::isfinite(f) ? Json(f) : Json()}, {"same_answer", measured->same[2]}, {"empty_same_answer", measured->same[1]},
                    {"full", measured->total(0) / n}, {"empty", measured->total(1) / n}, {"circuit", measured->total(2) / n}};
      if (!whole && std::isfinite(f)) entry["interval95"] = {interval.low, interval.high};
      if (!whole) entry["same_answer_interval95"] = {share.low, share.high};
      result.details["ablations"][called] = entry;
      const bool holds = std::isfinite(f) && interval.low >= threshold && share.low >= threshold;
      const bool fails = !std::isfinite(f) || interval.high < threshold || share.high < threshold;
      (holds ? holding : fails ? failing : straddling).push_back(called);
      numbers += fmt::format("{}{} {:.3f}, answers {:.1f} %", numbers.empty() ? "" : "; ", called, f, 100 * measured->same[2]);
    }
    result.details["threshold"] = threshold;
    result.details["holds_under"] = holding;
    conclude(declared, holding, failing, straddling, setting->set.whole_domain, result);
    result.summary += numbers;
    if (result.outcome == Outcome::kFails) result.witness = {{"ablations", result.details["ablations"]}, {"threshold", threshold}};
    return {};
  }

 private:
  static void conclude(bool declared, const std::vector<std::string>& holding, const std::vector<std::string>& failing, const std::vector<std::string>& straddling, bool whole, ClaimResult& result) {
    const bool all = failing.empty() && straddling.empty();
    const EvidenceKind evidence = whole ? EvidenceKind::kEnumeration : EvidenceKind::kSample;
    if (all || (!declared && !holding.empty())) {
      result.outcome = Outcome::kHolds;
      result.evidence = evidence;
      if (!all) result.summary = fmt::format("under {} ablation only: ", fmt::join(holding, " and "));
    } else if (!failing.empty() && (declared || straddling.empty())) {
      result.outcome = Outcome::kFails;
      result.evidence = EvidenceKind::kWitness;
      result.summary = fmt::format("not under {}: ", fmt::join(failing, ", "));
    } else {
      result.outcome = Outcome::kUndecided;
      result.evidence = EvidenceKind::kSample;
      result.summary = fmt::format("the interval straddles the threshold under {}: ", fmt::join(straddling, ", "));
    }
  }
};

/// Examples such that examples x circuits stays affordable.
std::size_t affordable(std::size_t circuits) { return std::clamp<std::size_t>(kRemovalRuns / std::max<std::size_t>(circuits, 1), 64, 2'048); }

Ablation first_ablation(const ClaimSpec& claim, const Hypothesis& hypothesis) {
  return !claim.ablations.empty() ? claim.ablations[0] : hypothesis.circuit ? hypothesis.circuit->ablation : Ablation::kResample;
}

class Completeness : public ClaimKind {
 public:
  std::string_view name() const override { return "completeness"; }
  int link() const override { return 1; }

  Status check(ClaimContext& context, const ClaimSpec& claim, ClaimResult& result) const override {
    Result<circuits::Network*> network = context.network();
    if (!network) return fail(network.error());
    Result<Setting> setting = prepare(context, claim, claim.samples > 0 ? claim.samples : affordable(2 * ((*network)->graph().nodes.size() + kSubsets)), result);
    if (!setting) return fail(setting.error());
    const circuits::CircuitGraph& graph = setting->found.circuit.graph;
    const std::vector<std::uint32_t> nodes = inner_nodes(graph, setting->found.circuit.kept);
    std::vector<std::vector<std::uint32_t>> removals;
    for (const std::uint32_t node : nodes) removals.push_back({node});
    std::mt19937_64 random(claim.seed);
    for (std::size_t k = 0; k < kSubsets && nodes.size() > 2; ++k) {
      std::vector<std::uint32_t> subset;
      for (const std::uint32_t node : nodes)
        if (random() % 2 == 0) subset.push_back(node);
      if (subset.size() > 1) removals.push_back(subset);
    }
    std::vector<std::vector<bool>> circuits = {setting->full, setting->empty};
    for (const std::vector<std::uint32_t>& removal : removals) {
      circuits.push_back(without_nodes(graph, setting->found.circuit.kept, removal));
      circuits.push_back(without_nodes(graph, setting->full, removal));
    }
    const Ablation ablation = first_ablation(claim, context.hypothesis);
    Result<Measured> measured = measure(context, *setting, circuits, ablation);
    if (!measured) return fail(measured.error());
    const double bound = claim.bound.value_or(kCompletenessBound), full = measured->total(0), empty = measured->total(1);
    double worst = 0;
    std::string worst_at = "nothing";
    Json rows = Json::array();
    for (std::size_t k = 0; k < removals.size(); ++k) {
      std::string names;
      for (const std::uint32_t node : removals[k]) names += (names.empty() ? "" : " ") + graph.nodes[node];
      const double inside = normalised(measured->total(2 + 2 * k), full, empty), whole = normalised(measured->total(3 + 2 * k), full, empty);
      const double gap = std::isfinite(inside) ? std::abs(inside - whole) : 1;
      rows.push_back({{"removed", names}, {"circuit", inside}, {"network", whole}, {"gap", gap}});
      if (gap > worst) worst = gap, worst_at = names;
    }
    result.details["removals"] = rows;
    result.details["bound"] = bound;
    result.details["ablation"] = name_of(ablation);
    result.assumptions.push_back(fmt::format("every single node of the circuit and {} seeded subsets; not every subset", removals.size() - nodes.size()));
    if (removals.empty()) {
      result.outcome = Outcome::kVacuous;
      result.summary = "the circuit has no inner node to remove";
      return {};
    }
    result.outcome = worst <= bound ? Outcome::kHolds : Outcome::kFails;
    result.evidence = worst <= bound ? EvidenceKind::kSample : EvidenceKind::kWitness;  // the subsets are a sample even where the inputs are not
    result.summary = fmt::format("largest gap {:.3f} (bound {}), without {}; {} removals, {} ablation", worst, bound, worst_at, removals.size(), name_of(ablation));
    if (result.outcome == Outcome::kFails) result.witness = {{"removed", worst_at}, {"gap", worst}};
    return {};
  }
};

class Minimality : public ClaimKind {
 public:
  std::string_view name() const override { return "minimality"; }
  int link() const override { return 1; }

  Status check(ClaimContext& context, const ClaimSpec& claim, ClaimResult& result) const override {
    const std::size_t expected = context.hypothesis.circuit && context.hypothesis.circuit->edges > 0 ? static_cast<std::size_t>(context.hypothesis.circuit->edges) : 100;
    Result<Setting> setting = prepare(context, claim, claim.samples > 0 ? claim.samples : affordable(expected), result);
    if (!setting) return fail(setting.error());
    const circuits::Circuit& circuit = setting->found.circuit;
    std::vector<std::vector<bool>> circuits = {setting->full, setting->empty, circuit.kept};
    std::vector<std::size_t> edges;
    for (std::size_t e = 0; e < circuit.kept.size(); ++e)
      if (circuit.kept[e]) {
        edges.push_back(e);
        circuits.push_back(circuit.kept);
        circuits.back()[e] = false;
      }
    const Ablation ablation = first_ablation(claim, context.hypothesis);
    Result<Measured> measured = measure(context, *setting, circuits, ablation);
    if (!measured) return fail(measured.error());
    const double threshold = claim.threshold.value_or(kMinimalEffect), full = measured->total(0), empty = measured->total(1);
    std::vector<std::pair<double, std::string>> superfluous;
    Json rows = Json::array();
    for (std::size_t k = 0; k < edges.size(); ++k) {
      // The largest effect on any example counts too: an edge that matters on few inputs is not superfluous.
      double largest = 0;
      for (std::size_t i = 0; i < measured->metric[2].size(); ++i) largest = std::max(largest, std::abs(measured->metric[2][i] - measured->metric[3 + k][i]));
      const double effect = normalised(measured->total(2), full, empty) - normalised(measured->total(3 + k), full, empty);
      const std::string edge = circuit.graph.edge_name(edges[k]);
      rows.push_back({{"edge", edge}, {"effect", std::isfinite(effect) ? Json(effect) : Json()}, {"largest_on_one_input", largest}, {"answers_kept", measured->same[3 + k]}});
      if (!(std::abs(effect) >= threshold)) superfluous.emplace_back(std::abs(effect), edge);
    }
    std::sort(superfluous.begin(), superfluous.end());
    result.details["removals"] = rows;
    result.details["threshold"] = threshold;
    result.details["ablation"] = name_of(ablation);
    if (edges.empty()) {
      result.outcome = Outcome::kVacuous;
      result.summary = "the circuit has no edge";
      return {};
    }
    if (superfluous.empty()) {
      result.outcome = Outcome::kHolds;
      result.evidence = setting->set.whole_domain ? EvidenceKind::kEnumeration : EvidenceKind::kSample;
      result.summary = fmt::format("each of {} edges matters (effect at least {}), {} ablation", edges.size(), threshold, name_of(ablation));
      return {};
    }
    result.outcome = Outcome::kFails;
    result.evidence = EvidenceKind::kWitness;
    result.summary = fmt::format("{} of {} edges have an effect below {}, first {} ({:.2g}), {} ablation", superfluous.size(), edges.size(), threshold, superfluous[0].second, superfluous[0].first,
                                 name_of(ablation));
    Json list = Json::array();
    for (const auto& [effect, edge] : superfluous) list.push_back({{"edge", edge}, {"effect", std::isfinite(effect) ? Json(effect) : Json()}});
    result.witness = {{"superfluous", list}};
    return {};
  }
};

}  // namespace

std::unique_ptr<ClaimKind> faithfulness() { return std::make_unique<Faithfulness>(); }
std::unique_ptr<ClaimKind> completeness() { return std::make_unique<Completeness>(); }
std::unique_ptr<ClaimKind> minimality() { return std::make_unique<Minimality>(); }

}  // namespace assay::analysis
