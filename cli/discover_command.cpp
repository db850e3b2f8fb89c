// `assay discover TASK`: scores the edges of a network on a task and writes the circuit in the EAP-IG/MIB layout.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "base/version.h"
#include "cli/circuit_task.h"
#include "cli/command.h"

namespace assay::cli {
namespace {

class DiscoverCommand : public Command {
 public:
  CLI::App* declare(CLI::App& app) override {
    CLI::App* verb = app.add_subcommand("discover", "Find the circuit behind a task; writes it as EAP-IG/MIB JSON");
    verb->add_option("task", options_.task, "task file")->required();
    verb->add_option("--method", discovery_.method, "exact, eap, eap-ig or acdc")->capture_default_str();
    verb->add_option("--steps", discovery_.steps, "integration steps of eap-ig")->capture_default_str();
    verb->add_option("--threshold", discovery_.threshold, "tau of acdc, in the metric's unit per example")->capture_default_str();
    verb->add_option("--edges", edges_, "edges to keep, by |score| (default: 5 %; acdc: what it kept)");
    verb->add_flag("--greedy", greedy_, "grow the circuit from the logits instead of taking the best edges everywhere");
    verb->add_option("--out", out_, "circuit file to write")->capture_default_str();
    options_.declare(*verb);
    verb->footer("Examples:\n  assay discover zoo/addition/addition.task.toml --edges 40\n"
                 "  assay discover zoo/dyck3/dyck3.task.toml --method acdc --threshold 0.05 --metric kl --out dyck3.circuit.json");
    return verb;
  }

  int run(const Common& common, Session& session) override {
    CircuitTask task;
    if (Status s = task.open(options_, session); !s) return report(s.error());
    discovery_.ablation = options_.ablation_kind();
    discovery_.metric = options_.metric_kind();
    discovery_.readout = task.task().output.readout;
    Result<circuits::DiscoveryResult> found = task.network().discover(task.examples().examples, discovery_, session);
    session.progress.finish();
    if (!found) return report(found.error());
    const circuits::Circuit circuit = select(task, *found);
    if (Status s = circuits::write_circuit(out_, circuit); !s) return report(s.error());
    if (common.json()) fmt::print("{}\n", as_json(task, circuit, *found).dump(1));
    else print_text(task, circuit, *found);
    return 0;
  }

 private:
  CircuitOptions options_;
  circuits::DiscoveryOptions discovery_;
  std::size_t edges_ = 0;
  bool greedy_ = false;
  std::string out_ = "circuit.json";

  circuits::Circuit select(const CircuitTask& task, const circuits::DiscoveryResult& found) const {
    circuits::Circuit circuit;
    circuit.graph = task.network().graph();
    circuit.scores = found.scores;
    const std::size_t count = edges_ > 0 ? edges_ : std::max<std::size_t>(1, circuit.graph.edges.size() / 20);
    if (edges_ == 0 && !found.kept.empty()) circuit.kept = found.kept;
    else if (greedy_) circuit.kept = circuits::select_greedy(circuit.graph, found.scores, count, true);
    else circuit.kept = circuits::select_top(circuit.graph, found.scores, count, true);
    circuit.provenance = {task.network().info().hash, task.task().hash, discovery_.method, options_.ablation, options_.metric, std::string(assay_version()),
                          {{"examples", std::to_string(task.examples().examples.size())}}, options_.seed};
    if (discovery_.method == "eap-ig") circuit.provenance.options["steps"] = std::to_string(discovery_.steps);
    if (discovery_.method == "acdc") circuit.provenance.options["threshold"] = fmt::format("{}", discovery_.threshold);
    if (edges_ > 0 || found.kept.empty()) circuit.provenance.options["selection"] = fmt::format("{} {}", greedy_ ? "greedy" : "top", count);
    return circuit;
  }

  nlohmann::json as_json(const CircuitTask& task, const circuits::Circuit& circuit, const circuits::DiscoveryResult& found) const {
    nlohmann::json edges = nlohmann::json::array();
    for (const std::size_t edge : kept_by_score(circuit)) edges.push_back({{"edge", circuit.graph.edge_name(edge)}, {"score", circuit.scores[edge]}});
    return {{"task", task.task().name},
            {"method", discovery_.method},
            {"ablation", options_.ablation},
            {"metric", options_.metric},
            {"examples", task.examples().examples.size()},
            {"whole_domain", task.examples().whole_domain},
            {"total_effect", found.total_effect},
            {"integration_residual", found.integration_residual ? nlohmann::json(*found.integration_residual) : nlohmann::json()},
            {"forward_passes", found.forward_passes},
            {"backward_passes", found.backward_passes},
            {"graph_edges", circuit.graph.edges.size()},
            {"edges", edges},
            {"circuit", out_}};
  }

  static std::vector<std::size_t> kept_by_score(const circuits::Circuit& circuit) {
    std::vector<std::size_t> kept;
    for (std::size_t edge = 0; edge < circuit.kept.size(); ++edge)
      if (circuit.kept[edge]) kept.push_back(edge);
    const auto size = [&](std::size_t edge) { return std::isnan(circuit.scores[edge]) ? -1.0 : std::abs(circuit.scores[edge]); };
    std::stable_sort(kept.begin(), kept.end(), [&](std::size_t a, std::size_t b) { return size(a) > size(b); });
    return kept;
  }

  void print_text(const CircuitTask& task, const circuits::Circuit& circuit, const circuits::DiscoveryResult& found) const {
    fmt::print("{}: {} of {} edges by {}, {} ablation, {}, {} examples{}\n", task.task().name, circuit.size(), circuit.graph.edges.size(), discovery_.method,
               options_.ablation, options_.metric, task.examples().examples.size(), task.examples().whole_domain ? " (the whole domain)" : " (a sample)");
    fmt::print("total effect {:.6g} over all examples; positive scores: removing the edge hurts\n", found.total_effect);
    if (found.integration_residual)
      fmt::print("integration residual {:.2f} %{}\n", 100 * *found.integration_residual, *found.integration_residual > 0.05 ? ": above 5 %, raise --steps" : "");
    for (const std::size_t edge : kept_by_score(circuit)) fmt::print("  {:<28} {:>12.6g}\n", circuit.graph.edge_name(edge), circuit.scores[edge]);
    const auto connected = circuits::prune(circuit.graph, circuit.kept);
    const auto loose = circuit.size() - static_cast<std::size_t>(std::count(connected.begin(), connected.end(), true));
    if (loose > 0) fmt::print("{} of these edges lie on no path from input to logits: lower --threshold\n", loose);
    fmt::print("written: {}\n", out_);
  }
};

}  // namespace

std::unique_ptr<Command> discover_command() { return std::make_unique<DiscoverCommand>(); }

}  // namespace assay::cli
