#include "analysis/claims/circuit_examples.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "base/version.h"

namespace assay::analysis {
namespace {

constexpr double kLargestResidual = 0.05;
constexpr int kMostSteps = 80;
constexpr std::size_t kDiscoveryExamples = 256;
constexpr int kPartnerAttempts = 200;

bool collect(const Domain& domain, Tokens& prefix, std::size_t most, std::vector<Tokens>& found) {
  if (domain.scored(prefix)) {
    if (found.size() == most) return false;
    found.push_back(prefix);
  }
  Tokens next;
  domain.children(prefix, nullptr, next);
  for (const TokenId token : next) {
    prefix.push_back(token);
    const bool fits = collect(domain, prefix, most, found);
    prefix.pop_back();
    if (!fits) return false;
  }
  return true;
}

/// An input with the network's own answers: tokens, where they are read, and what they are.
struct Answered {
  Tokens input, tokens;
  std::vector<std::int32_t> positions;
  std::vector<circuits::Answer> answers;
};

/// Feeds the network's answers back, one answer of all inputs at a time.
Result<std::vector<Answered>> answer_all(circuits::Network& network, const Task& task, const Domain& domain, const std::vector<Tokens>& inputs) {
  std::vector<Answered> all(inputs.size());
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    all[i].input = inputs[i];
    all[i].tokens = task.sequence(inputs[i]);
    open.push_back(i);
  }
  while (!open.empty()) {
    std::vector<Tokens> sequences;
    std::vector<std::vector<std::int32_t>> positions;
    for (const std::size_t i : open) {
      sequences.push_back(all[i].tokens);
      positions.push_back({static_cast<std::int32_t>(all[i].tokens.size()) - 1});
    }
    auto answers = network.answers(sequences, positions, task.output.readout);
    if (!answers) return fail(answers.error());
    std::vector<std::size_t> still;
    for (std::size_t k = 0; k < open.size(); ++k) {
      Answered& one = all[open[k]];
      one.positions.push_back(positions[k][0]);
      one.answers.push_back((*answers)[k][0]);
      const bool more = domain.spec().scored == Scored::kAnswer && static_cast<int>(one.answers.size()) < domain.spec().answers && one.answers.back().token >= 0 &&
                        !(domain.spec().until && one.answers.back().token == *domain.spec().until);
      if (!more) continue;
      one.tokens.push_back(one.answers.back().token);
      still.push_back(open[k]);
    }
    open = std::move(still);
  }
  return all;
}

/// Same length, differs in one token of the input where the partner is "slot".
bool may_be_partner(const Task& task, const Answered& base, const Answered& other) {
  if (base.tokens.size() != other.tokens.size() || base.positions != other.positions) return false;
  bool differs = false;
  for (std::size_t k = 0; k < base.answers.size(); ++k) differs |= !base.answers[k].same_choice(other.answers[k]);
  if (!differs || task.partner == Partner::kRandom) return differs;
  int changed = 0;
  for (std::size_t i = 0; i < base.input.size(); ++i) changed += base.input[i] != other.input[i] ? 1 : 0;
  return changed == 1;
}

/// One pass over the pool, ended by the second possible partner.
bool has_another_partner(const Task& task, const std::vector<Answered>& all, const std::vector<std::size_t>& pool, const Answered& base, const Answered& chosen) {
  return std::any_of(pool.begin(), pool.end(), [&](std::size_t at) { return &all[at] != &chosen && may_be_partner(task, base, all[at]); });
}

circuits::Example example_of(const Task& task, const Answered& base, const Answered& partner) {
  circuits::Example example;
  example.clean = base.tokens;
  example.corrupted = partner.tokens;
  example.positions = base.positions;
  for (std::size_t k = 0; k < base.answers.size(); ++k) {
    const bool differs = !base.answers[k].same_choice(partner.answers[k]);
    if (task.output.is_set()) {
      example.correct_set.push_back(base.answers[k].set);
      example.incorrect_set.push_back(partner.answers[k].set);
    } else {
      example.correct.push_back(base.answers[k].token);
      example.incorrect.push_back(differs ? partner.answers[k].token : -1);
    }
  }
  return example;
}

}  // namespace

Result<ExampleSet> make_examples(ClaimContext& context, circuits::Network& network, const Domain& domain, std::size_t most, std::uint64_t seed) {
  const Task& task = context.hypothesis.task;
  ExampleSet set;
  std::vector<Tokens> inputs;
  Tokens prefix;
  set.whole_domain = domain.size_bound() <= 1e7 && collect(domain, prefix, most, inputs);
  if (!set.whole_domain) {
    inputs.clear();
    std::set<Tokens> seen;
    for (std::uint64_t i = 0; i < 20 * most && inputs.size() < most; ++i) {
      Tokens random = domain.random_input(seed * 7'919 + i);
      if (domain.scored(random) && seen.insert(random).second) inputs.push_back(std::move(random));
    }
  }
  Result<std::vector<Answered>> answered = answer_all(network, task, domain, inputs);
  if (!answered) return fail(answered.error());
  std::map<std::size_t, std::vector<std::size_t>> by_length;
  for (std::size_t i = 0; i < answered->size(); ++i) by_length[(*answered)[i].tokens.size()].push_back(i);
  std::mt19937_64 random(task.seed * 1'000'003 + seed);
  set.every_pair = set.whole_domain;
  for (const Answered& base : *answered) {
    const std::vector<std::size_t>& pool = by_length[base.tokens.size()];
    const Answered* partner = nullptr;
    for (int attempt = 0; attempt < kPartnerAttempts && partner == nullptr; ++attempt) {
      const Answered& candidate = (*answered)[pool[random() % pool.size()]];
      if (may_be_partner(task, base, candidate)) partner = &candidate;
    }
    for (std::size_t k = 0; k < pool.size() && partner == nullptr; ++k)
      if (may_be_partner(task, base, (*answered)[pool[k]])) partner = &(*answered)[pool[k]];
    if (partner == nullptr) {
      ++set.without_partner;
      continue;
    }
    set.every_pair = set.every_pair && !has_another_partner(task, *answered, pool, base, *partner);
    set.examples.push_back(example_of(task, base, *partner));
  }
  if (set.examples.empty()) return input_error("no input has a partner of the same length with another answer", "widen the domain, or use counterfactual partner = \"random\"");
  return set;
}

namespace {

Json describe(const FoundCircuit& found, const std::string& method) {
  const circuits::Circuit& circuit = found.circuit;
  Json edges = Json::array();
  for (std::size_t e = 0; e < circuit.kept.size(); ++e)
    if (circuit.kept[e])
      edges.push_back({{"edge", circuit.graph.edge_name(e)}, {"from", circuit.graph.nodes[circuit.graph.edges[e].source]}, {"to", circuit.graph.nodes[circuit.graph.edges[e].destination]},
                       {"input", circuit.graph.edges[e].input == 0 ? std::string() : std::string(1, circuit.graph.edges[e].input)},
                       {"score", circuit.scores.empty() || std::isnan(circuit.scores[e]) ? Json() : Json(circuit.scores[e])}});
  return {{"nodes", circuit.graph.nodes}, {"edges", edges}, {"graph_edges", circuit.graph.edges.size()}, {"method", method}, {"ablation", circuit.provenance.ablation},
          {"metric", circuit.provenance.metric}, {"steps", found.steps}, {"integration_residual", found.residual ? Json(*found.residual) : Json()}, {"rescored_exactly", found.rescored},
          {"examples", found.examples}, {"whole_domain", found.whole_domain}};
}

Status discover(ClaimContext& context, circuits::Network& network, const CircuitSpec& spec, FoundCircuit& found) {
  const Domain& domain = context.hypothesis.domain ? *context.hypothesis.domain : context.hypothesis.task.domain;
  const std::size_t most = spec.examples > 0 ? static_cast<std::size_t>(spec.examples) : kDiscoveryExamples;
  Result<ExampleSet> set = make_examples(context, network, domain, most, spec.seed);
  if (!set) return fail(set.error());
  found.examples = set->examples.size();
  found.whole_domain = set->whole_domain;
  circuits::DiscoveryOptions options;
  options.method = spec.method;
  options.steps = spec.steps;
  options.threshold = spec.threshold;
  options.ablation = spec.ablation;
  options.readout = context.hypothesis.task.output.readout;
  context.session.progress.stage("discover circuit by " + spec.method, 0);
  Result<circuits::DiscoveryResult> result = network.discover(set->examples, options, context.session);
  while (result && result->integration_residual && *result->integration_residual > kLargestResidual && options.steps * 2 <= kMostSteps) {
    options.steps *= 2;
    context.session.progress.note(fmt::format("integration residual {:.3f}: {} steps", *result->integration_residual, options.steps));
    result = network.discover(set->examples, options, context.session);
  }
  if (!result) return fail(result.error());
  found.steps = options.steps;
  found.residual = result->integration_residual;
  found.circuit.graph = network.graph();
  found.circuit.scores = result->scores;
  found.circuit.kept = spec.edges > 0 || result->kept.empty() ? circuits::select_top(network.graph(), result->scores, static_cast<std::size_t>(spec.edges), true) : result->kept;
  if (found.residual && *found.residual > kLargestResidual) {
    options.method = "exact";
    for (std::uint32_t e = 0; e < found.circuit.kept.size(); ++e)
      if (found.circuit.kept[e]) options.edges.push_back(e);
    Result<circuits::DiscoveryResult> exact = network.discover(set->examples, options, context.session);
    if (!exact) return fail(exact.error());
    for (const std::uint32_t e : options.edges) found.circuit.scores[e] = exact->scores[e];
    found.rescored = true;
  }
  found.circuit.provenance = {network.info().hash, context.hypothesis.task.hash, spec.method, std::string(name_of(spec.ablation)), "logit-difference", std::string(assay_version()), {}, spec.seed};
  return {};
}

}  // namespace

circuits::Ablation own_ablation(const Hypothesis& hypothesis, const FoundCircuit& found) {
  using circuits::Ablation;
  for (const Ablation ablation : {Ablation::kResample, Ablation::kMean, Ablation::kMeanPositional, Ablation::kZero})
    if (found.circuit.provenance.ablation == name_of(ablation)) return ablation;
  return hypothesis.circuit ? hypothesis.circuit->ablation : Ablation::kResample;
}

Result<FoundCircuit> circuit_of(ClaimContext& context, circuits::Network& network) {
  const Hypothesis& hypothesis = context.hypothesis;
  if (!hypothesis.circuit)
    return input_error("a claim about the circuit needs [circuit]", "name its file, or say how to find it", SourceRange{hypothesis.file, {}, {}});
  FoundCircuit found;
  if (const auto known = context.store.circuits.find(hypothesis.hash); known != context.store.circuits.end()) {
    found = *known->second;
  } else if (!hypothesis.circuit->file.empty()) {
    Result<circuits::Circuit> circuit = circuits::read_circuit(hypothesis.circuit->file);
    if (!circuit) return fail(circuit.error());
    if (circuit->graph.edges.size() != network.graph().edges.size())
      return input_error(fmt::format("{} has {} edges, the network {}", hypothesis.circuit->file, circuit->graph.edges.size(), network.graph().edges.size()), "use the circuit of this network");
    found.circuit = std::move(*circuit);
  } else if (Status status = discover(context, network, *hypothesis.circuit, found); !status) {
    return fail(status.error());
  }
  context.store.circuits[hypothesis.hash] = std::make_shared<FoundCircuit>(found);
  context.report["circuit"] = describe(found, hypothesis.circuit->file.empty() ? hypothesis.circuit->method : "stated");
  return found;
}

std::vector<std::uint32_t> inner_nodes(const circuits::CircuitGraph& graph, const std::vector<bool>& kept) {
  std::set<std::uint32_t> nodes;
  for (std::size_t e = 0; e < kept.size(); ++e)
    if (kept[e]) {
      nodes.insert(graph.edges[e].source);
      nodes.insert(graph.edges[e].destination);
    }
  nodes.erase(0);
  nodes.erase(static_cast<std::uint32_t>(graph.nodes.size()) - 1);
  return {nodes.begin(), nodes.end()};
}

std::vector<bool> without_nodes(const circuits::CircuitGraph& graph, std::vector<bool> kept, const std::vector<std::uint32_t>& nodes) {
  for (std::size_t e = 0; e < kept.size(); ++e)
    for (const std::uint32_t node : nodes)
      if (graph.edges[e].source == node || graph.edges[e].destination == node) kept[e] = false;
  return kept;
}

}  // namespace assay::analysis
