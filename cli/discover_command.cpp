// `assay discover TASK`: scores the edges of a network on a task and writes the circuit in the EAP-IG/MIB layout.
// Test: tests/cli/circuit_commands_test.cpp
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "analysis/claims/circuit_search.h"
#include "cli/circuit_task.h"
#include "cli/command.h"

namespace assay::cli {
namespace {

using analysis::FoundCircuit;

constexpr std::size_t kLeastEdges = 20;  // of a small graph 5 % are a few edges without a path from input to logits

std::vector<std::size_t> kept_by_score(const circuits::Circuit& circuit) {
  std::vector<std::size_t> kept;
  for (std::size_t edge = 0; edge < circuit.kept.size(); ++edge)
    if (circuit.kept[edge]) kept.push_back(edge);
  const auto size = [&](std::size_t edge) { return std::isnan(circuit.scores[edge]) ? -1.0 : std::abs(circuit.scores[edge]); };
  std::stable_sort(kept.begin(), kept.end(), [&](std::size_t a, std::size_t b) { return size(a) > size(b); });
  return kept;
}

class DiscoverCommand : public Command {
 public:
  CLI::App* declare(CLI::App& app) override {
    CLI::App* verb = app.add_subcommand("discover", "Find the circuit behind a task; writes it as EAP-IG/MIB JSON");
    verb->add_option("task", options_.task, "task file")->required();
    verb->add_option("--method", search_.discovery.method, "exact, eap, eap-ig or acdc")->capture_default_str();
    verb->add_option("--steps", search_.discovery.steps, "integration steps of eap-ig; raised while the integration residual is above 5 %")
        ->capture_default_str();
    verb->add_option("--rule", rule_, "where eap-ig takes its steps: left (k/m, as EAP-IG's code) or midpoint")
        ->check(CLI::IsMember({"left", "midpoint"}))
        ->capture_default_str();
    verb->add_option("--threshold", search_.discovery.threshold, "tau of acdc, in the metric's unit per example")->capture_default_str();
    verb->add_option("--edges", search_.edges,
                     "edges to keep, by |score| (default: 5 % of the graph without --spans, at least 20; acdc: what it kept)");
    verb->add_option("--sizes", search_.sizes,
                     "instead of --edges, numbers of edges, ascending: the first of which the circuit carries the decision on these examples")
        ->delimiter(',')
        ->check(CLI::Range(std::size_t{1}, std::size_t{100'000'000}))
        ->excludes("--edges");
    verb->add_option("--carry", search_.carry, "what that takes: F to 2 - F of the difference, and F of the decisions")
        ->check(CLI::Range(0.0, 1.0))
        ->needs("--sizes")
        ->capture_default_str();
    verb->add_flag("--greedy", search_.greedy, "grow the circuit from the logits instead of taking the best edges everywhere");
    verb->add_flag("--signed", search_.by_sign, "rank edges by score instead of |score|: those whose removal helps stay out");
    verb->add_option("--prune", search_.prune, "then remove edges one by one whose removal changes the normalised metric by less than this")
        ->check(CLI::Range(0.0, 1.0));
    verb->add_option("--out", out_, "circuit file to write")->capture_default_str();
    verb->add_flag("--kept-only", kept_only_,
                   "leave the edges outside of the circuit out of the file: of a language model they take megabytes (with --spans always)");
    verb->add_flag(
        "--spans", search_.spans,
        "tell the task's [positions], or the parts of its syntax, apart: an edge says where it is read and for which queries; eap and eap-ig only");
    options_.declare(*verb);
    verb->footer(
        "Examples:\n  assay discover zoo/addition/addition.task.toml --edges 40\n"
        "  assay discover zoo/addition/addition.task.toml --sizes 10,20,40,80 --carry 0.95\n"
        "  assay discover zoo/dyck3/dyck3.task.toml --method acdc --threshold 0.05 --metric kl --out dyck3.circuit.json");
    return verb;
  }

  int run(const Common& common, Session& session) override {
    CircuitTask task;
    options_.must_reach = true;
    if (Status s = task.open(options_, session); !s) return report(s.error());
    search_.discovery.rule = rule_ == "midpoint" ? circuits::IntegrationRule::kMidpoint : circuits::IntegrationRule::kLeft;
    search_.discovery.ablation = options_.ablation_kind();
    search_.discovery.metric = options_.metric_kind();
    search_.discovery.readout = task.task().output.readout;
    search_.seed = options_.seed;
    if (!std::is_sorted(search_.sizes.begin(), search_.sizes.end()))
      return report({ErrorKind::kUsage, fmt::format("--sizes {} is not ascending", fmt::join(search_.sizes, ",")), "list the smallest first"});
    if (search_.edges == 0 && search_.sizes.empty() && search_.discovery.method != "acdc")
      search_.edges = std::max(kLeastEdges, task.network().graph().edges.size() / 20);
    Result<FoundCircuit> found = analysis::find_circuit(task.network(), task.task(), task.set(), search_, session);
    session.progress.finish();
    if (!found) return report(found.error());
    if (found->circuit.size() == 0) return report(nothing_left(*found));
    found->circuit.provenance.task_hash = task.task().hash;
    found->circuit.provenance.metric = options_.metric;
    if (Status s =
            circuits::write_circuit(out_, found->circuit, kept_only_ || search_.spans ? circuits::WrittenEdges::kKept : circuits::WrittenEdges::kAll);
        !s)
      return report(s.error());
    if (common.json()) fmt::print("{}\n", as_json(task, *found).dump(1));
    else print_text(task, *found);
    return 0;
  }

 private:
  CircuitOptions options_;
  analysis::CircuitSearchOptions search_;
  std::string rule_ = "left";
  std::string out_ = "circuit.json";
  bool kept_only_ = false;

  /// A circuit without edges explains nothing: which limit left none.
  Error nothing_left(const FoundCircuit& found) const {
    if (found.selected > 0)
      return {ErrorKind::kInput, fmt::format("none of the {} selected edges is left after pruning", found.selected),
              fmt::format("lower --prune, which is {}", search_.prune)};
    if (search_.edges == 0)
      return {ErrorKind::kInput, fmt::format("{} keeps no edge", search_.discovery.method),
              fmt::format("lower --threshold, which is {}, or say how many --edges to keep", search_.discovery.threshold)};
    return {ErrorKind::kInput, fmt::format("of the best {} edges none lies on a path from input to logits", search_.edges), "raise --edges"};
  }

  nlohmann::json as_json(const CircuitTask& task, const FoundCircuit& found) const {
    const circuits::Circuit& circuit = found.circuit;
    nlohmann::json edges = nlohmann::json::array();
    for (const std::size_t edge : kept_by_score(circuit))
      edges.push_back({{"edge", circuit.graph.edge_name(edge)}, {"score", analysis::finite(circuit.scores[edge])}});
    const std::optional<analysis::FirstChoices>& first = task.first_choices();
    return {{"task", task.task().name},
            {"first_choices", first ? nlohmann::json{{"prompts", first->prompts}, {"reached", first->reached}} : nlohmann::json()},
            {"method", search_.discovery.method},
            {"ablation", options_.ablation},
            {"metric", options_.metric},
            {"examples", found.examples},
            {"whole_domain", found.whole_domain},
            {"total_effect", found.total_effect},
            {"integration", analysis::describe_integration(found)},
            {"forward_passes", found.forward_passes},
            {"backward_passes", found.backward_passes},
            {"graph_edges", circuit.graph.edges.size()},
            {"selected_edges", found.selected},
            {"sizes", analysis::describe_sizes(found)},
            {"edges", edges},
            {"circuit", out_}};
  }

  void print_text(const CircuitTask& task, const FoundCircuit& found) const {
    const circuits::Circuit& circuit = found.circuit;
    fmt::print("{}: {} of {} edges by {}, {} ablation, {}, {} examples{}\n", task.task().name, circuit.size(), circuit.graph.edges.size(),
               search_.discovery.method, options_.ablation, options_.metric, found.examples,
               found.whole_domain ? " (the whole domain)" : " (a sample)");
    if (task.first_choices()) fmt::print("{}\n", analysis::to_text(task.task(), *task.first_choices()));
    fmt::print("total effect {:.6g} over all examples; positive scores: removing the edge hurts\n", found.total_effect);
    if (const std::string text = analysis::integration_text(found); !text.empty()) fmt::print("{}\n", text);
    if (!found.sizes.empty()) fmt::print("{}\n", analysis::sizes_text(found.sizes));
    if (found.elimination_passes > 0)
      fmt::print("{} of {} selected edges removed, since their removal changes the normalised metric by less than {}\n",
                 found.selected - circuit.size(), found.selected, search_.prune);
    for (const std::size_t edge : kept_by_score(circuit)) fmt::print("  {:<28} {:>12.6g}\n", circuit.graph.edge_name(edge), circuit.scores[edge]);
    const auto connected = circuits::prune(circuit.graph, circuit.kept);
    const auto loose = circuit.size() - static_cast<std::size_t>(std::count(connected.begin(), connected.end(), true));
    if (loose > 0) fmt::print("{} of these edges lie on no path from input to logits\n", loose);
    fmt::print("written: {}\n", out_);
  }
};

}  // namespace

std::unique_ptr<Command> discover_command() { return std::make_unique<DiscoverCommand>(); }

}  // namespace assay::cli
