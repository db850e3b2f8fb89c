// `assay evaluate CIRCUIT --task TASK`: faithfulness, completeness and minimality of a circuit, CPR and CMD of its scores; overlap and ROC
// against a reference. Test: tests/cli/circuit_commands_test.cpp
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "analysis/claims/circuit_search.h"
#include "analysis/claims/spans.h"
#include "circuits/evaluation/evaluation.h"
#include "cli/circuit_task.h"
#include "cli/command.h"
#include "cli/evaluation_text.h"

namespace assay::cli {
namespace {

using nlohmann::json;

constexpr double kLeastEffect = 0.001;  ///< of a removed edge, as in the claim

json number(double value) { return std::isfinite(value) ? json(value) : json(); }

json estimate(const circuits::Estimate& e, const circuits::Sampling& sampling) {
  json out = {{"value", number(e.value)}};
  if (!sampling.everything) out["interval95"] = {number(e.low), number(e.high)};
  return out;
}

class EvaluateCommand : public Command {
 public:
  CLI::App* declare(CLI::App& app) override {
    CLI::App* verb = app.add_subcommand(
        "evaluate", "Faithfulness, completeness and minimality of a circuit, CPR and CMD of its scores; overlap and ROC against a reference");
    verb->add_option("circuit", circuit_, "circuit file (EAP-IG/MIB JSON)")->required();
    verb->add_option("--task", options_.task, "task file")->required();
    verb->add_option("--reference", reference_, "circuit file to compare with");
    verb->add_option("--subsets", sets_.subsets, "seeded node sets for completeness, besides every single node")
        ->check(CLI::Range(0, 100000))
        ->capture_default_str();
    nodes_ =
        verb->add_option("--nodes", sets_.nodes, "single nodes drawn for completeness; 0: all (default: 64 of a circuit with more than 256 edges)")
            ->check(CLI::Range(0, 1000000));
    verb->add_option(
            "--edges", edges_,
            "edges removed for minimality: so many of least |score| and so many drawn (default: all, but 64 of a circuit with more than 256)")
        ->check(CLI::Range(1, 100000000));
    verb->add_option("--random", random_, "random circuits of the same size beside faithfulness")->check(CLI::Range(0, 10000))->capture_default_str();
    options_.declare(*verb);
    ablation_ = verb->get_option("--ablation");
    metric_ = verb->get_option("--metric");
    verb->footer(
        "Examples:\n  assay evaluate circuit.json --task zoo/addition/addition.task.toml\n"
        "  assay evaluate circuit.json --task zoo/addition/addition.task.toml --reference other.json --ablation mean --format json");
    return verb;
  }

  int run(const Common& common, Session& session) override {
    Result<circuits::Circuit> circuit = circuits::read_circuit(circuit_);
    if (!circuit) return report(circuit.error());
    std::optional<circuits::Circuit> reference;
    if (!reference_.empty()) {
      Result<circuits::Circuit> read = circuits::read_circuit(reference_);
      if (!read) return report(read.error());
      reference = std::move(*read);
    }
    if (Status s = take_over(circuit->provenance); !s) return report(s.error());
    CircuitTask task;
    if (Status s = task.open(options_, session); !s) return report(s.error());
    if (Status s = fits(*circuit, circuit_, task); !s) return report(s.error());
    if (reference)
      if (Status s = fits(*reference, reference_, task); !s) return report(s.error());
    if (reference && reference->graph.nodes != circuit->graph.nodes)
      return report({ErrorKind::kInput, fmt::format("{} and {} are circuits of different graphs", circuit_, reference_),
                     "compare circuits that tell the same positions apart"});
    const Result<analysis::CircuitView> view = analysis::view_for(task.network(), circuit->graph.shape.spans, task.task(), task.set());
    if (!view) return report(view.error());
    json result = heading(task, *circuit);
    if (Status s = measure(*view->network, task, *circuit, result, session); !s) return report(s.error());
    if (reference)
      if (Status s = compare(*circuit, *reference, result); !s) return report(s.error());
    session.progress.finish();
    fmt::print("{}", common.json() ? result.dump(1) + "\n" : evaluation_text(result));
    return 0;
  }

 private:
  CircuitOptions options_;
  circuits::CompletenessOptions sets_;
  int random_ = 20;
  std::size_t edges_ = 0;
  std::string circuit_, reference_;
  CLI::Option *ablation_ = nullptr, *metric_ = nullptr, *nodes_ = nullptr;

  /// A circuit is one under an ablation and a metric: those of its file hold unless the command line says otherwise.
  Status take_over(const circuits::CircuitProvenance& from) {
    if (Status status = take_over(*ablation_, from.ablation, {"resample", "mean", "mean-positional", "zero"}, options_.ablation); !status)
      return status;
    return take_over(*metric_, from.metric, {"logit-difference", "kl", "probability", "accuracy"}, options_.metric);
  }

  Status take_over(const CLI::Option& option, const std::string& recorded, const std::vector<std::string>& known, std::string& value) const {
    if (option.count() > 0 || recorded.empty()) return {};
    if (std::find(known.begin(), known.end(), recorded) == known.end())
      return input_error(fmt::format("{}: the circuit was found under '{}', which is not known here", circuit_, recorded),
                         fmt::format("pass {} with one of: {}", option.get_name(), fmt::join(known, ", ")));
    value = recorded;
    return {};
  }

  static Status fits(const circuits::Circuit& circuit, const std::string& path, const CircuitTask& task) {
    if (Status status = analysis::check_circuit(circuit, path, task.network()); !status) return status;
    const std::string &found_in = circuit.provenance.model_hash, &present = task.network().info().hash;
    if (found_in.empty() || found_in == present) return {};
    return input_error(fmt::format("{}: the circuit was found in a network with hash {}; the task's network has {}", path, found_in, present),
                       "use a circuit of this task's network, or remove the hash from its file");
  }

  json heading(const CircuitTask& task, const circuits::Circuit& circuit) const {
    const circuits::Ablation ablation = options_.ablation_kind();
    return {{"task", task.task().name},
            {"circuit", circuit_},
            {"edges", circuit.size()},
            {"graph_edges", circuit.graph.edges.size()},
            {"examples", task.set().under(ablation).size()},
            {"whole_domain", task.set().whole_domain},
            {"ablation", options_.ablation},
            {"metric", options_.metric},
            {"against", analysis::metric_under(ablation, task.task())}};
  }

  Status measure(circuits::Network& network, const CircuitTask& task, const circuits::Circuit& circuit, json& result, Session& session) {
    circuits::EvaluationOptions evaluation;
    evaluation.ablation = options_.ablation_kind();
    evaluation.metric = options_.metric_kind();
    evaluation.readout = task.task().output.readout;
    sets_.seed = options_.seed;
    if (circuit.size() > circuits::kLargeCircuit && nodes_->count() == 0) sets_.nodes = circuits::kOfLargeCircuit;
    const circuits::Sampling sampling{task.set().everything(evaluation.ablation), options_.seed};
    const auto& examples = task.set().under(evaluation.ablation);
    const auto faithful = circuits::faithfulness(network, examples, circuit.kept, evaluation, sampling, random_, session);
    if (!faithful) return fail(faithful.error());
    add(*faithful, sampling, result);
    result["faithfulness"]["insensitive"] = faithful->insensitive(evaluation);
    const auto gaps = circuits::completeness(network, examples, circuit.kept, evaluation, sets_, sampling, session);
    if (!gaps) return fail(gaps.error());
    add(*gaps, circuit.graph, sampling, result);
    const circuits::Removals removals{edges_to_remove(circuit), circuits::inner_nodes_of(circuit.graph, circuit.kept)};
    const auto effects = circuits::minimality(network, examples, circuit.kept, removals, kLeastEffect, evaluation, sampling, session);
    if (!effects) return fail(effects.error());
    result["minimality"] = rows(effects->edges, "edge", sampling, [&](std::uint32_t edge) { return circuit.graph.edge_name(edge); });
    result["node_minimality"] = rows(effects->nodes, "node", sampling, [&](std::uint32_t node) { return circuit.graph.nodes[node]; });
    result["nodes"] = removals.nodes.size();
    if (std::all_of(circuit.scores.begin(), circuit.scores.end(), [](double score) { return std::isnan(score); })) return {};
    const auto curve = circuits::faithfulness_curve(network, examples, circuit.scores, evaluation, sampling, session);
    if (!curve) return fail(curve.error());
    add(*curve, sampling, result);
    return {};
  }

  /// Of a large circuit some of the weakest and some drawn.
  std::vector<std::uint32_t> edges_to_remove(const circuits::Circuit& circuit) const {
    const std::size_t of_each = edges_ > 0 ? edges_ : circuit.size() > circuits::kLargeCircuit ? circuits::kOfLargeCircuit : circuit.size();
    if (circuit.size() <= 2 * of_each) return circuits::kept_edges(circuit.kept);
    circuits::EdgeSample sample = circuits::sample_edges(circuit, of_each, options_.seed);
    sample.weakest.insert(sample.weakest.end(), sample.drawn.begin(), sample.drawn.end());
    return sample.weakest;
  }

  static void add(const circuits::Faithfulness& found, const circuits::Sampling& sampling, json& result) {
    result["faithfulness"] = {
        {"normalised", estimate(found.normalised, sampling)},
        {"circuit", found.circuit},
        {"full", found.full},
        {"empty", found.empty},
        {"same_answer", estimate(found.same_answer, sampling)},
        {"empty_same_answer", found.empty_same_answer},
        {"random_circuits", {{"circuits", found.control.circuits}, {"as_good", found.control.as_good}, {"nearest", number(found.control.nearest)}}}};
  }

  static void add(const std::vector<circuits::NodeSetGap>& gaps, const circuits::CircuitGraph& graph, const circuits::Sampling& sampling,
                  json& result) {
    json sets = json::array();
    for (const circuits::NodeSetGap& each : gaps) {
      json nodes = json::array();
      for (const std::uint32_t node : each.nodes) nodes.push_back(graph.nodes[node]);
      sets.push_back({{"nodes", nodes},
                      {"circuit", number(each.circuit)},
                      {"network", number(each.network)},
                      {"gap", estimate(each.gap, sampling)},
                      {"circuit_same_answer", each.circuit_same_answer},
                      {"network_same_answer", each.network_same_answer}});
    }
    result["completeness"] = sets;
  }

  template <class Name>
  static json rows(const std::vector<circuits::RemovalEffect>& effects, const char* what, const circuits::Sampling& sampling, const Name& name) {
    json all = json::array();
    for (const circuits::RemovalEffect& each : effects)
      all.push_back({{what, name(each.index)},
                     {"effect", estimate(each.effect, sampling)},
                     {"largest_on_one_example", each.largest_on_one_example},
                     {"same_answer", each.same_answer}});
    return all;
  }

  static void add(const circuits::FaithfulnessCurve& curve, const circuits::Sampling& sampling, json& result) {
    json points = json::array();
    for (std::size_t i = 0; i < curve.edges.size(); ++i)
      points.push_back({{"fraction", circuits::FaithfulnessCurve::kFractions[i]},
                        {"edges", curve.edges[i]},
                        {"by_score", number(curve.by_score[i])},
                        {"by_size", number(curve.by_size[i])}});
    result["curve"] = {{"points", points}, {"cpr", estimate(curve.cpr, sampling)}, {"cmd", estimate(curve.cmd, sampling)}};
  }

  Status compare(const circuits::Circuit& circuit, const circuits::Circuit& reference, json& result) const {
    const auto shared = circuits::overlap(circuit.kept, reference.kept);
    if (!shared) return fail(shared.error());
    const auto curve = circuits::roc(circuit.scores, reference.kept, true);  // a reference of all edges or none has no curve
    json points = json::array();
    if (curve)
      for (const circuits::RocPoint& point : curve->points) points.push_back({point.false_positive_rate, point.true_positive_rate});
    result["reference"] = {{"circuit", reference_},
                           {"precision", shared->precision()},
                           {"recall", shared->recall()},
                           {"jaccard", shared->jaccard()},
                           {"hamming", shared->only_circuit + shared->only_reference},
                           {"roc_area", curve ? json(curve->area) : json()},
                           {"roc", points}};
    return {};
  }
};

}  // namespace

std::unique_ptr<Command> evaluate_command() { return std::make_unique<EvaluateCommand>(); }

}  // namespace assay::cli
