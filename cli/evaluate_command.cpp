// `assay evaluate CIRCUIT --task TASK`: faithfulness, completeness and minimality of a circuit; overlap and ROC against a reference.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "circuits/evaluation/evaluation.h"
#include "cli/circuit_task.h"
#include "cli/command.h"

namespace assay::cli {
namespace {

using nlohmann::json;

class EvaluateCommand : public Command {
 public:
  CLI::App* declare(CLI::App& app) override {
    CLI::App* verb = app.add_subcommand("evaluate", "Faithfulness, completeness and minimality of a circuit; overlap and ROC against a reference");
    verb->add_option("circuit", circuit_, "circuit file (EAP-IG/MIB JSON)")->required();
    verb->add_option("--task", options_.task, "task file")->required();
    verb->add_option("--reference", reference_, "circuit file to compare with");
    verb->add_option("--subsets", sets_.subsets, "seeded node sets for completeness, besides every single node")->check(CLI::Range(0, 100000))->capture_default_str();
    options_.declare(*verb);
    verb->footer("Examples:\n  assay evaluate circuit.json --task zoo/addition/addition.task.toml\n"
                 "  assay evaluate circuit.json --task zoo/addition/addition.task.toml --reference other.json --ablation mean --format json");
    return verb;
  }

  int run(const Common& common, Session& session) override {
    Result<circuits::Circuit> circuit = circuits::read_circuit(circuit_);
    if (!circuit) return report(circuit.error());
    CircuitTask task;
    if (Status s = task.open(options_, session); !s) return report(s.error());
    if (Status s = fits(*circuit, circuit_, task); !s) return report(s.error());
    circuits::EvaluationOptions evaluation;
    evaluation.ablation = options_.ablation_kind();
    evaluation.metric = options_.metric_kind();
    evaluation.readout = task.task().output.readout;
    sets_.seed = options_.seed;
    const auto& examples = task.examples().examples;
    const auto faithful = circuits::faithfulness(task.network(), examples, circuit->kept, evaluation, session);
    if (!faithful) return report(faithful.error());
    const auto gaps = circuits::completeness(task.network(), examples, circuit->kept, evaluation, sets_, session);
    if (!gaps) return report(gaps.error());
    const auto effects = circuits::minimality(task.network(), examples, circuit->kept, evaluation, session);
    if (!effects) return report(effects.error());
    json result = summary(task, *circuit, *faithful, *gaps, *effects);
    if (!reference_.empty())
      if (Status s = compare(task, *circuit, result); !s) return report(s.error());
    session.progress.finish();
    if (common.json()) fmt::print("{}\n", result.dump(1));
    else print_text(result);
    return 0;
  }

 private:
  CircuitOptions options_;
  circuits::CompletenessOptions sets_;
  std::string circuit_, reference_;

  static Status fits(const circuits::Circuit& circuit, const std::string& path, const CircuitTask& task) {
    const circuits::CircuitGraph& graph = task.network().graph();
    if (circuit.graph.edges.size() == graph.edges.size() && circuit.graph.nodes == graph.nodes) return {};
    return input_error(fmt::format("{}: a graph of {} nodes and {} edges; the network has {} and {}", path, circuit.graph.nodes.size(), circuit.graph.edges.size(),
                                   graph.nodes.size(), graph.edges.size()),
                       "use a circuit of this task's network");
  }

  json summary(const CircuitTask& task, const circuits::Circuit& circuit, const circuits::Faithfulness& faithful, const std::vector<circuits::NodeSetGap>& gaps,
               const std::vector<circuits::EdgeEffect>& effects) const {
    const circuits::CircuitGraph& graph = task.network().graph();
    json sets = json::array(), edges = json::array();
    for (const circuits::NodeSetGap& gap : gaps) {
      json nodes = json::array();
      for (const std::uint32_t node : gap.nodes) nodes.push_back(graph.nodes[node]);
      sets.push_back({{"nodes", nodes}, {"gap", gap.gap}});
    }
    for (const circuits::EdgeEffect& effect : effects) edges.push_back({{"edge", graph.edge_name(effect.edge)}, {"effect", effect.effect}});
    return {{"task", task.task().name},
            {"circuit", circuit_},
            {"edges", circuit.size()},
            {"graph_edges", graph.edges.size()},
            {"examples", task.examples().examples.size()},
            {"whole_domain", task.examples().whole_domain},
            {"ablation", options_.ablation},
            {"metric", options_.metric},
            {"faithfulness",
             {{"normalised", faithful.normalised ? json(*faithful.normalised) : json()},
              {"circuit", faithful.circuit},
              {"full", faithful.full},
              {"empty", faithful.empty},
              {"same_answer", faithful.same_answer}}},
            {"completeness", sets},
            {"minimality", edges}};
  }

  Status compare(const CircuitTask& task, const circuits::Circuit& circuit, json& result) const {
    const Result<circuits::Circuit> reference = circuits::read_circuit(reference_);
    if (!reference) return fail(reference.error());
    if (Status s = fits(*reference, reference_, task); !s) return s;
    const auto shared = circuits::overlap(circuit.kept, reference->kept);
    if (!shared) return fail(shared.error());
    const auto curve = circuits::roc(circuit.scores, reference->kept, true);  // a reference of all edges or none has no curve
    json points = json::array();
    if (curve)
      for (const circuits::RocPoint& point : curve->points) points.push_back({point.false_positive_rate, point.true_positive_rate});
    result["reference"] = {{"circuit", reference_},           {"precision", shared->precision()}, {"recall", shared->recall()},
                           {"jaccard", shared->jaccard()}, {"roc_area", curve ? json(curve->area) : json()},          {"roc", points}};
    return {};
  }

  static void print_text(const json& result) {
    const json& f = result["faithfulness"];
    fmt::print("{}: {} of {} edges, {} ablation, {}, {} examples{}\n", result["circuit"].get<std::string>(), result["edges"].get<std::size_t>(),
               result["graph_edges"].get<std::size_t>(), result["ablation"].get<std::string>(), result["metric"].get<std::string>(), result["examples"].get<std::size_t>(),
               result["whole_domain"].get<bool>() ? " (the whole domain)" : " (a sample)");
    fmt::print("faithfulness {}; the answer stays on {:.2f} % of the examples\n", f["normalised"].is_null() ? "undefined" : fmt::format("{:.4f}", f["normalised"].get<double>()),
               100 * f["same_answer"].get<double>());
    const auto by = [](const char* key, bool absolute) {
      return [key, absolute](const json& a, const json& b) {
        const double x = a[key].get<double>(), y = b[key].get<double>();
        return absolute ? std::abs(x) < std::abs(y) : x < y;
      };
    };
    if (const json& sets = result["completeness"]; !sets.empty()) {
      const json& worst = *std::max_element(sets.begin(), sets.end(), by("gap", false));
      fmt::print("completeness: largest gap {:.4f} over {} node sets, at {}\n", worst["gap"].get<double>(), sets.size(), worst["nodes"].dump());
    }
    if (const json& edges = result["minimality"]; !edges.empty()) {
      const json& least = *std::min_element(edges.begin(), edges.end(), by("effect", true));
      fmt::print("minimality: least effect {:.5f} of {} edges, {}\n", least["effect"].get<double>(), edges.size(), least["edge"].get<std::string>());
    }
    if (result.contains("reference")) {
      const json& r = result["reference"];
      fmt::print("against {}: precision {:.3f}, recall {:.3f}, Jaccard {:.3f}, ROC area {}\n", r["circuit"].get<std::string>(), r["precision"].get<double>(),
                 r["recall"].get<double>(), r["jaccard"].get<double>(),
                 r["roc_area"].is_null() ? "undefined (the reference keeps all edges or none)" : fmt::format("{:.3f}", r["roc_area"].get<double>()));
    }
  }
};

}  // namespace

std::unique_ptr<Command> evaluate_command() { return std::make_unique<EvaluateCommand>(); }

}  // namespace assay::cli
