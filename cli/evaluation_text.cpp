#include "cli/evaluation_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "circuits/evaluation/evaluation.h"

namespace assay::cli {
namespace {

using nlohmann::json;

/// "0.9312 (0.9105 to 0.9480)", without the interval where nothing was sampled, "undefined" where there is no number.
std::string number(const json& estimate) {
  if (estimate["value"].is_null()) return "undefined";
  std::string text = fmt::format("{:.4f}", estimate["value"].get<double>());
  if (estimate.contains("interval95") && estimate["interval95"][0].is_number())
    text += fmt::format(" ({:.4f} to {:.4f})", estimate["interval95"][0].get<double>(), estimate["interval95"][1].get<double>());
  return text;
}

/// |value| of an estimate, for the extremes; what is undefined counts as 0.
double size(const json& estimate) { return estimate["value"].is_null() ? 0 : std::abs(estimate["value"].get<double>()); }

std::string heading(const json& result) {
  return fmt::format("{}: {} of {} edges, {} ablation, {}, {} examples{}\n", result["circuit"].get<std::string>(), result["edges"].get<std::size_t>(),
                     result["graph_edges"].get<std::size_t>(), result["ablation"].get<std::string>(), result["metric"].get<std::string>(),
                     result["examples"].get<std::size_t>(), result["whole_domain"].get<bool>() ? " (the whole domain)" : " (a sample)");
}

std::string faithfulness(const json& f) {
  if (f["insensitive"].get<bool>())
    return fmt::format("faithfulness  not reported: the contrast moves the logit difference by {:.3f} on average, less than {}\n",
                       f["full"].get<double>() - f["empty"].get<double>(), circuits::kSmallestContrast);
  const json& random = f["random_circuits"];
  std::string text = fmt::format("faithfulness  {}; the answer stays on {:.2f} % of the examples", number(f["normalised"]),
                                 100 * f["same_answer"]["value"].get<double>());
  if (random["circuits"].get<int>() > 0)
    text += fmt::format("; {} of {} random circuits of this size do as well", random["as_good"].get<int>(), random["circuits"].get<int>());
  return text + "\n";
}

std::string completeness(const json& sets, std::size_t nodes) {
  if (sets.empty()) return "completeness  no inner node to remove\n";
  const json& worst = *std::max_element(sets.begin(), sets.end(), [](const json& a, const json& b) { return size(a["gap"]) < size(b["gap"]); });
  const auto single = static_cast<std::size_t>(std::count_if(sets.begin(), sets.end(), [](const json& set) { return set["nodes"].size() == 1; }));
  return fmt::format("completeness  largest gap {} over {} node sets{}, at {}\n", number(worst["gap"]), sets.size(),
                     single < nodes ? fmt::format(" ({} of {} single nodes drawn)", single, nodes) : "", worst["nodes"].dump());
}

std::string least_node(const json& nodes) {
  if (nodes.empty()) return "\n";
  const json& least =
      *std::min_element(nodes.begin(), nodes.end(), [](const json& a, const json& b) { return size(a["effect"]) < size(b["effect"]); });
  return fmt::format("; of {} nodes {}, {}\n", nodes.size(), number(least["effect"]), least["node"].get<std::string>());
}

std::string minimality(const json& edges, std::size_t kept, const json& nodes) {
  if (edges.empty()) return "minimality    no edge to remove\n";
  const json& least =
      *std::min_element(edges.begin(), edges.end(), [](const json& a, const json& b) { return size(a["effect"]) < size(b["effect"]); });
  return fmt::format("minimality    least effect {} of {} edges{}, {}", number(least["effect"]), edges.size(),
                     edges.size() < kept ? fmt::format(" (of {}: those of least |score| and drawn ones)", kept) : "",
                     least["edge"].get<std::string>()) +
         least_node(nodes);
}

std::string reference(const json& r) {
  return fmt::format(
      "against {}: precision {:.3f}, recall {:.3f}, Jaccard {:.3f}, {} edges in one only, ROC area {}\n", r["circuit"].get<std::string>(),
      r["precision"].get<double>(), r["recall"].get<double>(), r["jaccard"].get<double>(), r["hamming"].get<std::size_t>(),
      r["roc_area"].is_null() ? "undefined (the reference keeps all edges or none)" : fmt::format("{:.3f}", r["roc_area"].get<double>()));
}

}  // namespace

std::string evaluation_text(const json& result) {
  std::string text = heading(result) + faithfulness(result["faithfulness"]) +
                     completeness(result["completeness"], result["nodes"].get<std::size_t>()) +
                     minimality(result["minimality"], result["edges"].get<std::size_t>(), result["node_minimality"]);
  if (result.contains("curve")) text += fmt::format("scores        CPR {}, CMD {}\n", number(result["curve"]["cpr"]), number(result["curve"]["cmd"]));
  if (result.contains("reference")) text += reference(result["reference"]);
  return text;
}

}  // namespace assay::cli
