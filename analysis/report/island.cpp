#include "analysis/report/island.h"

#include <algorithm>
#include <cmath>

#include "analysis/report/circuit_layout.h"
#include "analysis/report/rule_links.h"

namespace assay::analysis {
namespace {

constexpr std::size_t kLongestPattern = 1024;
constexpr std::int64_t kMostHeads = 256;  ///< and layers

std::int64_t integer(const Json& object, const char* name) {
  return object.is_object() && object.contains(name) && object[name].is_number_integer() ? object[name].get<std::int64_t>() : -1;
}

/// Keeps each different value once.
class Shared {
 public:
  template <class Make>
  Json index(const std::string& key, const Make& make) {
    const auto [at, added] = known_.try_emplace(key, values.size());
    if (added) values.push_back(make());
    return at->second;
  }
  Json values = Json::array();

 private:
  std::map<std::string, std::size_t> known_;
};

/// Row-major numbers in thousandths, a list per row, without zeros at its end; null if it is no square pattern of numbers.
Json compact_pattern(const Json& pattern, std::int64_t size) {
  if (size < 1 || static_cast<std::size_t>(size) > kLongestPattern || !pattern.is_array() || pattern.size() != static_cast<std::size_t>(size * size))
    return {};
  Json rows = Json::array();
  for (std::int64_t r = 0; r < size; ++r) {
    std::vector<int> row;
    for (std::int64_t c = 0; c < size; ++c) {
      const Json& number = pattern[static_cast<std::size_t>(r * size + c)];
      const double value = number.is_number() ? number.get<double>() : 0;
      row.push_back(static_cast<int>(std::lround(std::clamp(value, 0.0, 1.0) * 1000)));
    }
    while (!row.empty() && row.back() == 0) row.pop_back();
    rows.push_back(row);
  }
  return rows;
}

/// Patterns of one listed input as [layer][head].
Json patterns_of(const Json& attention, std::size_t input) {
  Json layers = Json::array();
  for (const Json& entry : attention) {
    const std::int64_t layer = integer(entry, "layer"), head = integer(entry, "head");
    if (integer(entry, "input") != static_cast<std::int64_t>(input) || layer < 0 || head < 0 || layer >= kMostHeads || head >= kMostHeads) continue;
    const Json rows = compact_pattern(entry.value("pattern", Json()), integer(entry, "size"));
    if (!rows.is_null()) layers[static_cast<std::size_t>(layer)][static_cast<std::size_t>(head)] = rows;
  }
  return layers;
}

Json share_patterns(const Json& hypothesis, std::size_t number, Shared& patterns) {
  const Json attention = hypothesis.value("attention", Json()), inputs = hypothesis.value("inputs", Json()),
             network = hypothesis.value("network", Json());
  if (!attention.is_array() || !inputs.is_array()) return Json::array();
  // Without a network's hash nothing says that two hypotheses look at the same network.
  const std::string whose = network.is_object() && network.contains("hash") ? network["hash"].dump() : "hypothesis " + std::to_string(number);
  Json indices = Json::array();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const bool any =
        std::any_of(attention.begin(), attention.end(), [&](const Json& entry) { return integer(entry, "input") == static_cast<std::int64_t>(i); });
    const std::string key = whose + inputs[i].value("tokens", Json()).dump() + inputs[i]["symbols"].dump();
    indices.push_back(any ? patterns.index(key, [&] { return patterns_of(attention, i); }) : Json());
  }
  return indices;
}

}  // namespace

/// What the sites of aligned variables and the lines of the program stand for in the graph.
void add_links(Json& hypothesis) {
  const Json links = rule_links(hypothesis), network = hypothesis.value("network", Json()), circuit = hypothesis.value("circuit", Json());
  if (hypothesis.contains("program") && hypothesis["program"].is_object()) hypothesis["program"]["links"] = links;
  if (!hypothesis.contains("alignments") || !hypothesis["alignments"].is_object()) return;
  for (Json& alignment : hypothesis["alignments"])
    if (alignment.is_object()) alignment["nodes"] = nodes_of_alignment(alignment, network, circuit);
}

Json make_island(const ResultFile& result) {
  Json hypotheses = Json::array();
  Shared layouts, patterns;
  const Json& all = result.json["hypotheses"];
  for (std::size_t i = 0; i < all.size(); ++i) {
    Json hypothesis = all[i];
    const Json circuit = hypothesis.value("circuit", Json()), network = hypothesis.value("network", Json());
    const std::string key = circuit.is_object() ? circuit["edges"].dump() + circuit["nodes"].dump() : network.dump();
    hypothesis["layout"] = layouts.index(key, [&] {
      Result<Json> layout = lay_out_circuit(circuit, network);
      return layout ? *layout : Json{{"note", layout.error().message}};
    });
    hypothesis["attention"] = share_patterns(all[i], i, patterns);
    hypothesis.erase("attention_rows");  // the page of the decision shows them
    add_links(hypothesis);
    hypotheses.push_back(std::move(hypothesis));
  }
  return {{"hypotheses", hypotheses}, {"layouts", layouts.values}, {"patterns", patterns.values}};
}

}  // namespace assay::analysis
