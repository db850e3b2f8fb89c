// `assay patch TASK`: activation patching of every head and MLP, exactly, whole or at each named position.
// Test: tests/cli/circuit_commands_test.cpp
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "analysis/claims/circuit_search.h"
#include "analysis/claims/spans.h"
#include "cli/circuit_task.h"
#include "cli/command.h"

namespace assay::cli {
namespace {

using circuits::NodeEffects;
using nlohmann::json;

class PatchCommand : public Command {
 public:
  CLI::App* declare(CLI::App& app) override {
    CLI::App* verb = app.add_subcommand("patch", "Activation patching: what every head and MLP is worth on a task, by exact runs");
    verb->add_option("task", options_.task, "task file")->required();
    verb->add_flag("--spans", by_span_, "patch each of the task's [positions] by itself");
    verb->add_flag("--restore", restore_,
                   "put clean values into corrupted runs (is the node enough?) instead of ablated ones into clean runs (is it needed?)");
    verb->add_option("--top", top_, "nodes to print, those with the largest effects")->check(CLI::Range(1, 1'000'000))->capture_default_str();
    options_.declare(*verb);
    verb->footer(
        "Examples:\n  assay patch zoo/addition/addition.task.toml\n"
        "  assay patch zoo/smollm2/loop_comparison/found_on.task.toml --spans --restore --examples 16 --format json > effects.json");
    return verb;
  }

  int run(const Common& common, Session& session) override {
    CircuitTask task;
    if (Status s = task.open(options_, session); !s) return report(s.error());
    std::vector<circuits::Span> spans;
    if (by_span_) {
      Result<std::vector<circuits::Span>> named = analysis::spans_of(task.task(), task.set());
      if (!named) return report(named.error());
      spans = std::move(*named);
    }
    const Result<analysis::CircuitView> view = analysis::view_for(task.network(), spans, task.task(), task.set());
    if (!view) return report(view.error());
    circuits::NodePatchingOptions patching{options_.metric_kind(), options_.ablation_kind(), task.task().output.readout, restore_};
    Result<NodeEffects> found = view->network->patch_nodes(task.set().under(options_.ablation_kind()), patching, session);
    session.progress.finish();
    if (!found) return report(found.error());
    columns_.clear();
    for (const circuits::Span& span : spans) columns_.push_back(span.name);
    if (columns_.empty()) columns_.push_back("effect");
    if (common.json()) fmt::print("{}\n", as_json(task, *found).dump(1));
    else print_text(task, *found);
    return 0;
  }

 private:
  CircuitOptions options_;
  bool by_span_ = false, restore_ = false;
  std::size_t top_ = 20;
  std::vector<std::string> columns_;

  static double largest(const std::vector<double>& effects) {
    double size = 0;
    for (const double effect : effects) size = std::max(size, std::abs(effect));
    return size;
  }

  /// Nodes, those with the largest effect at any position first.
  static std::vector<std::size_t> ranked(const NodeEffects& found) {
    std::vector<std::size_t> order(found.nodes.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return largest(found.effects[a]) > largest(found.effects[b]); });
    return order;
  }

  json as_json(const CircuitTask& task, const NodeEffects& found) const {
    json nodes = json::array();
    for (const std::size_t node : ranked(found)) {
      json effects = json::object();
      for (std::size_t s = 0; s < columns_.size(); ++s) effects[columns_[s]] = analysis::finite(found.effects[node][s]);
      nodes.push_back({{"node", found.nodes[node]}, {"effects", std::move(effects)}});
    }
    return {{"task", task.task().name},
            {"ablation", options_.ablation},
            {"metric", options_.metric},
            {"direction", restore_ ? "restore" : "remove"},
            {"examples", task.set().under(options_.ablation_kind()).size()},
            {"whole_domain", task.set().whole_domain},
            {"total_effect", found.total_effect},
            {"nodes", std::move(nodes)}};
  }

  void print_text(const CircuitTask& task, const NodeEffects& found) const {
    fmt::print("{}: every node patched, {} ablation, {}, {} examples{}\n", task.task().name, options_.ablation, options_.metric,
               task.set().under(options_.ablation_kind()).size(), task.set().whole_domain ? " (the whole domain)" : " (a sample)");
    fmt::print("total effect {:.6g} over all examples; shares of it, {}\n", found.total_effect,
               restore_ ? "positive: the clean value brings the answer back into the corrupted run" : "positive: without it the answer suffers");
    const auto share = [&](double effect) { return found.total_effect == 0 ? "-" : fmt::format("{:.4f}", effect / found.total_effect); };
    std::string heading = fmt::format("  {:<10}", "node");
    for (const std::string& column : columns_) heading += fmt::format("  {:>{}}", column, width(column));
    fmt::print("{}\n", heading);
    const std::vector<std::size_t> order = ranked(found);
    for (std::size_t i = 0; i < std::min(top_, order.size()); ++i) {
      std::string line = fmt::format("  {:<10}", found.nodes[order[i]]);
      for (std::size_t s = 0; s < columns_.size(); ++s) line += fmt::format("  {:>{}}", share(found.effects[order[i]][s]), width(columns_[s]));
      fmt::print("{}\n", line);
    }
    if (order.size() > top_) fmt::print("{} more nodes with smaller effects (--top)\n", order.size() - top_);
  }

  static std::size_t width(const std::string& column) { return std::max<std::size_t>(8, column.size()); }
};

}  // namespace

std::unique_ptr<Command> patch_command() { return std::make_unique<PatchCommand>(); }

}  // namespace assay::cli
