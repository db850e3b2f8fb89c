#include "analysis/claims/circuit_search.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/claims/spans.h"
#include "base/version.h"
#include "circuits/evaluation/runs.h"

namespace assay::analysis {
namespace {

using circuits::Ablation;
using circuits::DiscoveryOptions;
using circuits::DiscoveryResult;
using circuits::IntegrationRule;

constexpr int kMostSteps = 80;
constexpr std::size_t kDiscoveryExamples = 256;

std::string_view name_of(IntegrationRule rule) { return rule == IntegrationRule::kMidpoint ? "midpoint" : "left"; }

class Search {
 public:
  Search(circuits::Network& network, const ExampleSet& set, const CircuitSearchOptions& options, Session& session)
      : network_(network), examples_(set.under(options.discovery.ablation)), options_(options), discovery_(options.discovery), session_(session) {
    found_.examples = examples_.size();
    found_.whole_domain = set.whole_domain;
  }

  Result<FoundCircuit> run() {
    Result<DiscoveryResult> scored = scores();
    if (!scored) return fail(scored.error());
    found_.total_effect = scored->total_effect;
    found_.circuit.graph = network_.graph();
    edges_ = options_.edges;
    if (Status chosen = options_.sizes.empty() ? Status() : choose_size(*scored); !chosen) return fail(chosen.error());
    found_.circuit.kept = select(*scored);
    found_.circuit.scores = std::move(scored->scores);
    found_.selected = found_.circuit.size();
    if (Status status = rescore(); !status) return fail(status.error());
    if (Status status = eliminate(); !status) return fail(status.error());
    set_provenance();
    return std::move(found_);
  }

 private:
  circuits::Network& network_;
  const std::vector<circuits::Example>& examples_;
  const CircuitSearchOptions& options_;
  DiscoveryOptions discovery_;  ///< as used last
  std::size_t edges_ = 0;       ///< said or chosen
  Session& session_;
  FoundCircuit found_;

  Result<DiscoveryResult> attempt() {
    Result<DiscoveryResult> result = network_.discover(examples_, discovery_, session_);
    if (!result) return result;
    found_.forward_passes += result->forward_passes;
    found_.backward_passes += result->backward_passes;
    if (result->integration_residual) found_.integration.push_back({discovery_.steps, discovery_.rule, *result->integration_residual});
    return result;
  }

  bool residual_too_large() const { return !found_.integration.empty() && found_.integration.back().residual > kLargestResidual; }

  Result<DiscoveryResult> scores() {
    Result<DiscoveryResult> result = attempt();
    while (result && residual_too_large() && discovery_.steps * 2 <= kMostSteps) {
      discovery_.steps *= 2;
      discovery_.rule = IntegrationRule::kMidpoint;
      session_.progress.note(fmt::format("integration residual {:.3f}: {} steps at midpoints", found_.integration.back().residual, discovery_.steps));
      result = attempt();
    }
    return result;
  }

  std::vector<bool> select(const DiscoveryResult& scored) const {
    if (edges_ == 0 && !scored.kept.empty()) return scored.kept;
    if (options_.greedy) return circuits::select_greedy(network_.graph(), scored.scores, edges_, !options_.by_sign);
    return circuits::select_top(network_.graph(), scored.scores, edges_, !options_.by_sign);
  }

  circuits::EvaluationOptions evaluation() const { return {discovery_.metric, discovery_.ablation, discovery_.readout, discovery_.batch}; }

  /// Leaves in edges_ the first size that carries the decision. Sizes are run a few at a time, since a small one often does.
  Status choose_size(const DiscoveryResult& scored) {
    constexpr std::size_t kTogether = 4;
    for (std::size_t first = 0; first < options_.sizes.size(); first += kTogether) {
      if (session_.cancelled()) return fail({ErrorKind::kCancelled, "interrupted while the number of edges was chosen", "run the command again", {}});
      const std::span<const std::size_t> sizes = std::span(options_.sizes).subspan(first, std::min(kTogether, options_.sizes.size() - first));
      std::vector<std::vector<bool>> circuits;
      for (const std::size_t size : sizes) edges_ = size, circuits.push_back(select(scored));
      std::vector<std::size_t> left;
      for (const std::vector<bool>& kept : circuits) left.push_back(static_cast<std::size_t>(std::count(kept.begin(), kept.end(), true)));
      session_.progress.stage(fmt::format("what {} edges carry", fmt::join(left, ", ")), 0);
      const auto carried = circuits::carried_by(network_, examples_, std::move(circuits), evaluation(), session_);
      if (!carried) return fail(carried.error());
      for (std::size_t i = 0; i < sizes.size(); ++i) {
        const auto [f, same] = (*carried)[i];
        edges_ = sizes[i];
        found_.sizes.push_back({edges_, left[i], f, same});
        if (f >= options_.carry && f <= 2 - options_.carry && same >= options_.carry) return {};
      }
    }
    return fail({ErrorKind::kBudget,
                 fmt::format("no circuit of the stated sizes carries {} of the difference, at most {}, and of the decisions: {}", options_.carry,
                             2 - options_.carry, sizes_text(found_.sizes)),
                 "state other sizes, or carry less",
                 {}});
  }

  Status rescore() {
    if (!residual_too_large()) return {};
    const std::vector<std::uint32_t> edges = circuits::kept_edges(found_.circuit.kept);
    if (edges.empty()) return {};
    const Result<std::vector<double>> exact = options_.spans ? scores_by_removal(edges) : exact_scores(edges);
    if (!exact) return fail(exact.error());
    for (std::size_t i = 0; i < edges.size(); ++i) found_.circuit.scores[edges[i]] = (*exact)[i];
    found_.rescored = true;
    return {};
  }

  Result<std::vector<double>> exact_scores(const std::vector<std::uint32_t>& edges) {
    DiscoveryOptions exact = discovery_;
    exact.method = "exact";
    exact.edges = edges;
    const Result<DiscoveryResult> result = network_.discover(examples_, exact, session_);
    if (!result) return fail(result.error());
    found_.forward_passes += result->forward_passes;
    std::vector<double> scores;
    for (const std::uint32_t edge : edges) scores.push_back(result->scores[edge]);
    return scores;
  }

  /// The same numbers where the method "exact" does not tell positions apart: what the metric, summed over the examples, falls by without the edge.
  Result<std::vector<double>> scores_by_removal(const std::vector<std::uint32_t>& edges) {
    constexpr std::size_t kTogether = 64;
    std::vector<double> scores;
    for (std::size_t first = 0; first < edges.size(); first += kTogether) {
      if (session_.cancelled()) return fail({ErrorKind::kCancelled, "interrupted while kept edges were scored exactly", "run the command again", {}});
      session_.progress.stage(fmt::format("exact effect of kept edges, {} of {} done", first, edges.size()), 0);
      std::vector<std::vector<bool>> circuits;
      for (std::size_t i = first; i < std::min(first + kTogether, edges.size()); ++i) {
        circuits.emplace_back(found_.circuit.kept.size(), true);
        circuits.back()[edges[i]] = false;
      }
      const std::size_t removals = circuits.size();
      const auto runs = circuits::run_circuits(network_, examples_, std::move(circuits), evaluation(), session_);
      if (!runs) return fail(runs.error());
      for (std::size_t i = 0; i < removals; ++i) scores.push_back((runs->mean(runs->full()) - runs->mean(i)) * static_cast<double>(runs->examples()));
    }
    return scores;
  }

  Status eliminate() {
    if (options_.prune <= 0) return {};
    auto rest = circuits::eliminate(network_, examples_, found_.circuit.kept, options_.prune, evaluation(), session_);
    if (!rest) return fail(rest.error());
    found_.circuit.kept = std::move(rest->kept);
    found_.elimination_passes = rest->passes;
    found_.elimination_runs = rest->evaluations;
    return {};
  }

  void set_provenance() {
    circuits::CircuitProvenance& from = found_.circuit.provenance;
    from.model_hash = network_.info().hash;
    from.method = options_.discovery.method;
    from.ablation = analysis::name_of(discovery_.ablation);
    from.version = assay_version();
    from.seed = options_.seed;
    from.options["examples"] = std::to_string(examples_.size());
    if (from.method == "eap-ig") {
      from.options["steps"] = std::to_string(discovery_.steps);
      from.options["rule"] = name_of(discovery_.rule);
      if (!found_.integration.empty()) from.options["integration_residual"] = fmt::format("{:.4f}", found_.integration.back().residual);
    }
    if (from.method == "acdc") from.options["threshold"] = fmt::format("{}", discovery_.threshold);
    if (edges_ > 0)
      from.options["selection"] = fmt::format("{} {}{}", options_.greedy ? "greedy" : "top", edges_, options_.by_sign ? " by sign" : "");
    if (!options_.sizes.empty()) from.options["carry"] = fmt::format("{}", options_.carry);
    if (options_.prune > 0) from.options["prune"] = fmt::format("{}", options_.prune);
    if (found_.rescored) from.options["rescored"] = "exact";
  }
};

Json describe_edges(const circuits::Circuit& circuit) {
  const circuits::CircuitGraph& graph = circuit.graph;
  Json edges = Json::array();
  for (std::size_t e = 0; e < circuit.kept.size(); ++e) {
    if (!circuit.kept[e]) continue;
    const circuits::CircuitEdge& edge = graph.edges[e];
    edges.push_back({{"edge", graph.edge_name(e)},
                     {"from", graph.nodes[edge.source]},
                     {"to", graph.nodes[edge.destination]},
                     {"input", edge.input == 0 ? std::string() : std::string(1, edge.input)},
                     {"score", circuit.scores.empty() ? Json() : finite(circuit.scores[e])}});
  }
  return edges;
}

/// All nodes; of a graph with spans, which has thousands, those of the circuit.
std::vector<std::string> shown_nodes(const circuits::Circuit& circuit) {
  if (circuit.graph.shape.spans.empty()) return circuit.graph.nodes;
  std::set<std::uint32_t> inside;
  for (std::size_t e = 0; e < circuit.kept.size(); ++e)
    if (circuit.kept[e]) inside.insert({circuit.graph.edges[e].source, circuit.graph.edges[e].destination});
  std::vector<std::string> names;
  for (const std::uint32_t node : inside) names.push_back(circuit.graph.nodes[node]);
  return names;
}

Json describe(const FoundCircuit& found, const std::string& method) {
  const circuits::Circuit& circuit = found.circuit;
  const bool integrated = !found.integration.empty();
  Json json = {{"nodes", shown_nodes(circuit)},
               {"edges", describe_edges(circuit)},
               {"graph_edges", circuit.graph.edges.size()},
               {"method", method},
               {"ablation", circuit.provenance.ablation},
               {"metric", circuit.provenance.metric},
               {"steps", integrated ? found.integration.back().steps : 0},
               {"integration_residual", integrated ? Json(found.integration.back().residual) : Json()},
               {"integration", describe_integration(found)},
               {"rescored_exactly", found.rescored},
               {"examples", found.examples},
               {"whole_domain", found.whole_domain}};
  if (!found.sizes.empty()) json["sizes"] = describe_sizes(found);
  for (const circuits::Span& span : circuit.graph.shape.spans) json["spans"].push_back(span.name);
  if (found.elimination_passes > 0)
    json["elimination"] = {{"selected", found.selected}, {"passes", found.elimination_passes}, {"circuits_run", found.elimination_runs}};
  return json;
}

Result<FoundCircuit> discover(ClaimContext& context, circuits::Network& network, const CircuitSpec& spec) {
  const Hypothesis& hypothesis = context.hypothesis;
  const std::size_t most = spec.examples > 0 ? static_cast<std::size_t>(spec.examples) : kDiscoveryExamples;
  Result<ExampleSet> set = make_examples(context, network, hypothesis.domain ? *hypothesis.domain : hypothesis.task.domain, most, spec.seed);
  if (!set) return fail(set.error());
  CircuitSearchOptions options;
  options.discovery.method = spec.method;
  options.discovery.steps = spec.steps;
  options.discovery.rule = spec.rule;
  options.discovery.threshold = spec.threshold;
  options.discovery.ablation = spec.ablation;
  options.discovery.readout = hypothesis.task.output.readout;
  options.edges = static_cast<std::size_t>(spec.edges);
  options.sizes = spec.sizes;
  options.carry = spec.carry;
  options.prune = spec.prune;
  options.seed = spec.seed;
  options.spans = spec.spans;
  options.by_sign = spec.by_sign;
  context.session.progress.stage("discover circuit by " + spec.method, 0);
  Result<FoundCircuit> found = find_circuit(network, hypothesis.task, *set, options, context.session);
  if (!found) return found;
  found->circuit.provenance.task_hash = hypothesis.task.hash;
  found->circuit.provenance.metric = "logit-difference";
  return found;
}

/// What the file says of the residual that its search was left with.
void take_integration(FoundCircuit& found) {
  const auto& said = found.circuit.provenance.options;
  const auto residual = said.find("integration_residual"), steps = said.find("steps"), rule = said.find("rule");
  if (residual == said.end() || steps == said.end() || rule == said.end()) return;
  const Json value = Json::parse(residual->second, nullptr, false), count = Json::parse(steps->second, nullptr, false);
  if (!value.is_number() || !count.is_number_integer()) return;
  const bool midpoint = rule->second == name_of(IntegrationRule::kMidpoint);
  found.integration.push_back({count.get<int>(), midpoint ? IntegrationRule::kMidpoint : IntegrationRule::kLeft, value.get<double>()});
  found.rescored = said.contains("rescored");
}

Result<FoundCircuit> read_stated(const std::string& file, const circuits::Network& network) {
  Result<circuits::Circuit> circuit = circuits::read_circuit(file);
  if (!circuit) return fail(circuit.error());
  if (Status status = check_circuit(*circuit, file, network); !status) return fail(status.error());
  FoundCircuit found;
  found.circuit = std::move(*circuit);
  found.selected = found.circuit.size();
  take_integration(found);
  return found;
}

}  // namespace

Result<FoundCircuit> find_circuit(circuits::Network& network, const Task& task, ExampleSet& set, const CircuitSearchOptions& options,
                                  Session& session) {
  std::vector<circuits::Span> spans;
  if (options.spans) {
    Result<std::vector<circuits::Span>> named = spans_of(task, set);
    if (!named) return fail(named.error());
    spans = std::move(*named);
  }
  const Result<CircuitView> view = view_for(network, spans, task, set);
  if (!view) return fail(view.error());
  Result<FoundCircuit> found = Search(*view->network, set, options, session).run();
  if (found && options.spans) found->circuit.provenance.options["spans"] = task.spans_by_syntax ? "syntax" : "positions";
  return found;
}

Status check_circuit(const circuits::Circuit& circuit, const std::string& file, const circuits::Network& network) {
  const circuits::GraphShape &shape = circuit.graph.shape, &present = network.graph().shape;
  if (shape.layers == present.layers && shape.heads == present.heads && shape.has_mlp == present.has_mlp &&
      shape.parallel_attention_mlp == present.parallel_attention_mlp)
    return {};
  const auto text = [](const circuits::GraphShape& s) {
    return fmt::format("{} layers of {} heads{}", s.layers, s.heads, s.has_mlp ? "" : " without MLPs");
  };
  return input_error(fmt::format("{}: a graph of {}; the network has {}", file, text(shape), text(present)), "use a circuit of this task's network");
}

Json finite(double value) { return std::isfinite(value) ? Json(value) : Json(); }

Json describe_integration(const FoundCircuit& found) {
  if (found.integration.empty()) return {};
  Json tries = Json::array();
  for (const IntegrationTry& each : found.integration)
    tries.push_back({{"steps", each.steps}, {"rule", name_of(each.rule)}, {"residual", each.residual}});
  return {{"tries", tries}, {"limit", kLargestResidual}, {"rescored_exactly", found.rescored}};
}

std::string integration_text(const FoundCircuit& found) {
  std::string text;
  for (const IntegrationTry& each : found.integration)
    text += fmt::format("{} {:.2f} % with {} steps ({})", text.empty() ? "integration residual" : ",", 100 * each.residual, each.steps,
                        name_of(each.rule));
  return found.rescored ? text + "; the kept edges are scored by exact patching" : text;
}

Json describe_sizes(const FoundCircuit& found) {
  Json sizes;
  for (const SizeTry& each : found.sizes)
    sizes.push_back(
        {{"asked", each.asked}, {"edges", each.edges}, {"faithfulness", finite(each.faithfulness)}, {"same_answer", finite(each.same_answer)}});
  return sizes;
}

std::string sizes_text(const std::vector<SizeTry>& sizes) {
  std::string text;
  for (const SizeTry& each : sizes)
    text += fmt::format("{}{} edges carry {:.3f} and keep {:.1f} % of the decisions", text.empty() ? "" : "; ", each.edges, each.faithfulness,
                        100 * each.same_answer);
  return text;
}

Ablation own_ablation(const Hypothesis& hypothesis, const FoundCircuit& found) {
  for (const Ablation ablation : {Ablation::kResample, Ablation::kMean, Ablation::kMeanPositional, Ablation::kZero})
    if (found.circuit.provenance.ablation == analysis::name_of(ablation)) return ablation;
  return hypothesis.circuit ? hypothesis.circuit->ablation : Ablation::kResample;
}

Result<FoundCircuit> circuit_of(ClaimContext& context, circuits::Network& network) {
  const Hypothesis& hypothesis = context.hypothesis;
  if (!hypothesis.circuit)
    return input_error("a claim about the circuit needs [circuit]", "name its file, or say how to find it", SourceRange{hypothesis.file, {}, {}});
  const CircuitSpec& spec = *hypothesis.circuit;
  std::shared_ptr<FoundCircuit>& known = context.store.circuits[hypothesis.hash];
  if (!known) {
    Result<FoundCircuit> found = spec.file.empty() ? discover(context, network, spec) : read_stated(spec.file, network);
    if (!found) return fail(found.error());
    known = std::make_shared<FoundCircuit>(std::move(*found));
  }
  context.report["circuit"] = describe(*known, spec.file.empty() ? spec.method : "stated");
  return *known;
}

}  // namespace assay::analysis
