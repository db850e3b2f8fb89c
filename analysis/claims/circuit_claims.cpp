// Link 1: the circuit alone behaves like the model (faithfulness), nothing outside stands in for it (completeness), nothing in it is
// superfluous (minimality). Each ablation is normalised by its own empty circuit: f = (m(C) - m(empty)) / (m(M) - m(empty)).
//
// Resample ablation runs an input with one drawn partner: a sample even where every input of the domain was run (`exact`). A statistic of a
// sample is judged by its whole 95 % bootstrap interval; where full and empty score the same, nothing is normalised and nothing holds.
//
// Source: Wang et al. 2022 (IOI), Hanna et al. 2024 (EAP-IG), Mueller et al. 2025 (MIB). Test: tests/analysis/circuit_claims_test.cpp
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
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
  result.details["every_pair"] = setting.set.every_pair;
  result.details["seed"] = claim.seed;
  if (setting.found.residual) result.details["integration_residual"] = *setting.found.residual;
  result.assumptions.push_back("the metric is the logit difference between the network's answer and its partner's answer; the partner is drawn by the seed");
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

/// Was everything run that the statistic speaks about? Inputs without a partner are outside of what was run.
bool exact(const ExampleSet& set, Ablation ablation) {
  return set.whole_domain && set.without_partner == 0 && (ablation != Ablation::kResample || set.every_pair);
}

EvidenceKind evidence_of(const ExampleSet& set, Ablation ablation) { return exact(set, ablation) ? EvidenceKind::kEnumeration : EvidenceKind::kSample; }

/// A statistic of the summed metrics of all circuits; circuit 0 is the full network, 1 the empty one.
using Statistic = std::function<double(const std::vector<double>& totals, std::size_t k)>;

/// Each statistic's value alone where everything was run, else its 95 % bootstrap interval over the examples. Not finite: from -inf to inf.
std::vector<Interval> intervals(const Measured& measured, bool everything, std::uint64_t seed, std::size_t count, const Statistic& statistic) {
  const std::size_t n = measured.metric[0].size(), circuits = measured.metric.size();
  const int rounds = everything ? 1 : kBootstraps;
  std::mt19937_64 random(seed);
  std::vector<std::vector<double>> values(count);
  for (int b = 0; b < rounds; ++b) {
    std::vector<double> totals(circuits);
    for (std::size_t i = 0; i < n; ++i) {
      const std::size_t at = everything ? i : random() % n;
      for (std::size_t c = 0; c < circuits; ++c) totals[c] += measured.metric[c][at];
    }
    for (std::size_t k = 0; k < count; ++k) values[k].push_back(statistic(totals, k));
  }
  std::vector<Interval> all;
  for (std::vector<double>& each : values) {
    if (!std::all_of(each.begin(), each.end(), [](double value) { return std::isfinite(value); })) {
      all.push_back({-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()});
      continue;
    }
    std::sort(each.begin(), each.end());
    all.push_back(everything ? Interval{each[0], each[0]} : Interval{each[kBootstraps / 40], each[kBootstraps - 1 - kBootstraps / 40]});
  }
  return all;
}

/// Nothing can be normalised: says so as the claim's outcome.
bool undefined(const Measured& measured, ClaimResult& result) {
  if (std::isfinite(normalised(0, measured.total(0), measured.total(1)))) return false;
  result.outcome = Outcome::kUndecided;
  result.evidence = EvidenceKind::kNone;
  result.summary = "undefined: the full network and the empty circuit have the same metric, so nothing can be normalised";
  return true;
}

Json finite(double value) { return std::isfinite(value) ? Json(value) : Json(); }
Json to_json(const Interval& interval) { return {finite(interval.low), finite(interval.high)}; }

class Faithfulness : public ClaimKind {
 public:
  std::string_view name() const override { return "faithfulness"; }
  int link() const override { return 1; }

  Status check(ClaimContext& context, const ClaimSpec& claim, ClaimResult& result) const override {
    Result<Setting> setting = prepare(context, claim, claim.samples > 0 ? claim.samples : kFaithfulnessExamples, result);
    if (!setting) return fail(setting.error());
    // Declared ablations must all hold; without any, the one that the circuit was found under decides and the others are printed.
    const std::vector<Ablation> deciding = !claim.ablations.empty() ? claim.ablations : std::vector<Ablation>{own_ablation(context.hypothesis, setting->found)};
    std::vector<Ablation> shown = deciding;
    for (const Ablation other : {Ablation::kResample, Ablation::kMeanPositional, Ablation::kZero})
      if (claim.ablations.empty() && other != deciding[0]) shown.push_back(other);
    Verdict verdict;
    std::string numbers;
    for (const Ablation ablation : shown) {
      const bool decides = std::find(deciding.begin(), deciding.end(), ablation) != deciding.end();
      if (Status status = under(context, claim, *setting, ablation, decides, verdict, numbers, result); !status) return status;
    }
    result.details["threshold"] = claim.threshold.value_or(kFaithful);
    result.details["holds_under"] = verdict.holding;
    conclude(verdict, result);
    result.summary += numbers;
    if (result.outcome == Outcome::kFails) result.witness = {{"ablations", result.details["ablations"]}, {"threshold", result.details["threshold"]}};
    return {};
  }

 private:
  struct Verdict {
    std::vector<std::string> deciding, holding, failing, straddling, others_not_holding;
    bool everything = true;  ///< under every deciding ablation
  };

  static Status under(ClaimContext& context, const ClaimSpec& claim, const Setting& setting, Ablation ablation, bool decides, Verdict& verdict, std::string& numbers, ClaimResult& result) {
    const double threshold = claim.threshold.value_or(kFaithful);
    const std::string called(name_of(ablation));
    Result<Measured> measured = measure(context, setting, {setting.full, setting.empty, setting.found.circuit.kept}, ablation);
    if (!measured) return fail(measured.error());
    const double f = normalised(measured->total(2), measured->total(0), measured->total(1));
    const bool everything = exact(setting.set, ablation);
    const auto ratio = [](const std::vector<double>& totals, std::size_t) { return normalised(totals[2], totals[0], totals[1]); };
    const Interval interval = intervals(*measured, everything, claim.seed, 1, ratio)[0];
    const auto n = static_cast<double>(setting.set.examples.size());
    const Tally same{static_cast<std::uint64_t>(n), static_cast<std::uint64_t>(std::llround(measured->same[2] * n))};
    const Interval share = everything ? Interval{same.rate(), same.rate()} : wilson(same);
    Json entry = {{"faithfulness", finite(f)}, {"same_answer", measured->same[2]}, {"empty_same_answer", measured->same[1]}, {"evidence", name_of(evidence_of(setting.set, ablation))},
                  {"full", measured->total(0) / n}, {"empty", measured->total(1) / n}, {"circuit", measured->total(2) / n}};
    if (!everything) entry["interval95"] = to_json(interval), entry["same_answer_interval95"] = to_json(share);
    result.details["ablations"][called] = entry;
    // Too much is no better than too little: 0.9 asks for 0.9 to 1.1.
    const double most = 2 - threshold;
    const bool holds = std::isfinite(f) && interval.low >= threshold && interval.high <= most && share.low >= threshold;
    const bool fails = std::isfinite(f) && (interval.high < threshold || interval.low > most || share.high < threshold);
    if (holds) verdict.holding.push_back(called);
    if (decides) {
      verdict.deciding.push_back(called);
      verdict.everything = verdict.everything && everything;
      if (!holds) (fails ? verdict.failing : verdict.straddling).push_back(called);
    } else if (!holds) {
      verdict.others_not_holding.push_back(called);
    }
    numbers += std::isfinite(f) ? fmt::format("{}{} {:.3f}, answers {:.1f} %", numbers.empty() ? "" : "; ", called, f, 100 * measured->same[2])
                                : fmt::format("{}{} undefined (full and empty have the same metric)", numbers.empty() ? "" : "; ", called);
    return {};
  }

  static void conclude(const Verdict& verdict, ClaimResult& result) {
    if (!verdict.failing.empty()) {
      result.outcome = Outcome::kFails;
      result.evidence = EvidenceKind::kWitness;
      result.summary = fmt::format("not under {}: ", fmt::join(verdict.failing, ", "));
    } else if (!verdict.straddling.empty()) {
      result.outcome = Outcome::kUndecided;
      result.evidence = EvidenceKind::kSample;
      result.summary = fmt::format("undecided under {}: ", fmt::join(verdict.straddling, ", "));
    } else {
      result.outcome = Outcome::kHolds;
      result.evidence = verdict.everything ? EvidenceKind::kEnumeration : EvidenceKind::kSample;
      if (!verdict.others_not_holding.empty()) result.summary = fmt::format("holds under {} only: ", fmt::join(verdict.holding, " and "));
    }
  }
};

/// Examples such that examples x circuits stays affordable.
std::size_t affordable(std::size_t circuits) { return std::clamp<std::size_t>(kRemovalRuns / std::max<std::size_t>(circuits, 1), 64, 2'048); }

Ablation first_ablation(const ClaimSpec& claim, const Hypothesis& hypothesis, const FoundCircuit& found) {
  return !claim.ablations.empty() ? claim.ablations[0] : own_ablation(hypothesis, found);
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
    const Ablation ablation = first_ablation(claim, context.hypothesis, setting->found);
    Result<Measured> measured = measure(context, *setting, circuits, ablation);
    if (!measured) return fail(measured.error());
    const double bound = claim.bound.value_or(kCompletenessBound);
    result.details["bound"] = bound;
    result.details["ablation"] = name_of(ablation);
    result.assumptions.push_back(fmt::format("every single node of the circuit and {} seeded subsets; not every subset", removals.size() - nodes.size()));
    if (removals.empty()) {
      result.outcome = Outcome::kVacuous;
      result.summary = "the circuit has no inner node to remove";
      return {};
    }
    if (undefined(*measured, result)) return {};
    judge(*measured, exact(setting->set, ablation), claim.seed, graph, removals, bound, result);
    result.summary += fmt::format("; {} removals, {} ablation", removals.size(), name_of(ablation));
    return {};
  }

 private:
  static void judge(const Measured& measured, bool everything, std::uint64_t seed, const circuits::CircuitGraph& graph, const std::vector<std::vector<std::uint32_t>>& removals, double bound,
                    ClaimResult& result) {
    const double full = measured.total(0), empty = measured.total(1);
    const auto gap_of = [](const std::vector<double>& totals, std::size_t k) {
      return std::abs(normalised(totals[2 + 2 * k], totals[0], totals[1]) - normalised(totals[3 + 2 * k], totals[0], totals[1]));
    };
    const std::vector<Interval> gaps = intervals(measured, everything, seed, removals.size(), gap_of);
    double worst = -1;
    std::string worst_at;
    bool holds = true, fails = false;
    Json rows = Json::array();
    for (std::size_t k = 0; k < removals.size(); ++k) {
      std::string names;
      for (const std::uint32_t node : removals[k]) names += (names.empty() ? "" : " ") + graph.nodes[node];
      const double inside = normalised(measured.total(2 + 2 * k), full, empty), whole = normalised(measured.total(3 + 2 * k), full, empty);
      const double gap = std::abs(inside - whole);
      rows.push_back({{"removed", names}, {"circuit", finite(inside)}, {"network", finite(whole)}, {"gap", finite(gap)}});
      if (!everything) rows.back()["interval95"] = to_json(gaps[k]);
      holds = holds && gaps[k].high <= bound;
      fails = fails || gaps[k].low > bound;
      if (!(gap <= worst)) worst = gap, worst_at = names;
    }
    result.details["removals"] = rows;
    result.outcome = fails ? Outcome::kFails : holds ? Outcome::kHolds : Outcome::kUndecided;
    result.evidence = fails ? EvidenceKind::kWitness : EvidenceKind::kSample;  // the subsets are a sample even where the inputs are not
    result.summary = fmt::format("{}largest gap {:.3f} (bound {}), without {}", fails || holds ? "" : "an interval straddles the bound: ", worst, bound, worst_at);
    if (fails) result.witness = {{"removed", worst_at}, {"gap", worst}};
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
    const Ablation ablation = first_ablation(claim, context.hypothesis, setting->found);
    Result<Measured> measured = measure(context, *setting, circuits, ablation);
    if (!measured) return fail(measured.error());
    result.details["threshold"] = claim.threshold.value_or(kMinimalEffect);
    result.details["ablation"] = name_of(ablation);
    if (edges.empty()) {
      result.outcome = Outcome::kVacuous;
      result.summary = "the circuit has no edge";
      return {};
    }
    if (undefined(*measured, result)) return {};
    judge(*measured, setting->set, ablation, claim, circuit, edges, result);
    result.summary += fmt::format(", {} ablation", name_of(ablation));
    return {};
  }

 private:
  static void judge(const Measured& measured, const ExampleSet& set, Ablation ablation, const ClaimSpec& claim, const circuits::Circuit& circuit, const std::vector<std::size_t>& edges,
                    ClaimResult& result) {
    const double threshold = claim.threshold.value_or(kMinimalEffect), full = measured.total(0), empty = measured.total(1);
    const bool everything = exact(set, ablation);
    const auto effect_of = [](const std::vector<double>& totals, std::size_t k) { return normalised(totals[2], totals[0], totals[1]) - normalised(totals[3 + k], totals[0], totals[1]); };
    const std::vector<Interval> effects = intervals(measured, everything, claim.seed, edges.size(), effect_of);
    std::vector<std::pair<double, std::string>> superfluous;
    std::size_t straddling = 0;
    Json rows = Json::array();
    for (std::size_t k = 0; k < edges.size(); ++k) {
      // An edge is judged by its effect on the summed metric; the largest change on one input is printed beside it, for edges that matter on few.
      double largest = 0;
      for (std::size_t i = 0; i < measured.metric[2].size(); ++i) largest = std::max(largest, std::abs(measured.metric[2][i] - measured.metric[3 + k][i]));
      const double effect = normalised(measured.total(2), full, empty) - normalised(measured.total(3 + k), full, empty);
      const std::string edge = circuit.graph.edge_name(edges[k]);
      rows.push_back({{"edge", edge}, {"effect", finite(effect)}, {"largest_on_one_input", largest}, {"answers_kept", measured.same[3 + k]}});
      if (!everything) rows.back()["interval95"] = to_json(effects[k]);
      const bool matters = effects[k].low >= threshold || effects[k].high <= -threshold;
      const bool idle = effects[k].low > -threshold && effects[k].high < threshold;
      if (idle) superfluous.emplace_back(std::abs(effect), edge);
      straddling += matters || idle ? 0 : 1;
    }
    std::sort(superfluous.begin(), superfluous.end());
    result.details["removals"] = rows;
    if (superfluous.empty()) {
      result.outcome = straddling == 0 ? Outcome::kHolds : Outcome::kUndecided;
      result.evidence = straddling == 0 ? evidence_of(set, ablation) : EvidenceKind::kSample;
      result.summary = straddling == 0 ? fmt::format("each of {} edges matters (effect at least {})", edges.size(), threshold)
                                       : fmt::format("the intervals of {} of {} edges straddle an effect of {}", straddling, edges.size(), threshold);
      return;
    }
    result.outcome = Outcome::kFails;
    result.evidence = EvidenceKind::kWitness;
    result.summary = fmt::format("{} of {} edges have an effect below {}, first {} ({:.2g})", superfluous.size(), edges.size(), threshold, superfluous[0].second, superfluous[0].first);
    Json list = Json::array();
    for (const auto& [effect, edge] : superfluous) list.push_back({{"edge", edge}, {"effect", finite(effect)}});
    result.witness = {{"superfluous", list}};
  }
};

}  // namespace

std::unique_ptr<ClaimKind> faithfulness() { return std::make_unique<Faithfulness>(); }
std::unique_ptr<ClaimKind> completeness() { return std::make_unique<Completeness>(); }
std::unique_ptr<ClaimKind> minimality() { return std::make_unique<Minimality>(); }

}  // namespace assay::analysis
