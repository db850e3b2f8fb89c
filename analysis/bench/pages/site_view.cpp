#include "analysis/bench/pages/site_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "analysis/bench/pages/html.h"

namespace assay::analysis::bench {
namespace {

constexpr std::size_t kMostLines = 8;

std::string line_of(const Json& alternative) {
  const std::string value = in_quotes(text_of(alternative, "value"));
  if (alternative["probability"].is_null()) return fmt::format("{}: not compared ({})", value, text_of(alternative, "why"));
  return fmt::format("{} · {}{}", percent(alternative["probability"].get<double>()), value, alternative.value("shared", false) ? " and others" : "");
}

}  // namespace

std::string site_title(const Json& site) {
  const std::string written = in_quotes(text_of(site, "written"));
  std::string title = site["probability"].is_null() ? written : fmt::format("written: {} · {}", percent(site["probability"].get<double>()), written);
  title += fmt::format("\n{} · {}", text_of(site, "kind"), text_of(site, "ast"));
  if (!site["concept"].is_null()) title += " · " + text_of(site, "concept");
  std::vector<const Json*> alternatives;
  for (const Json& alternative : site["alternatives"]) alternatives.push_back(&alternative);
  const auto probability = [](const Json* a) { return (*a)["probability"].is_null() ? -1 : (*a)["probability"].get<double>(); };
  std::stable_sort(alternatives.begin(), alternatives.end(), [&](const Json* a, const Json* b) { return probability(a) > probability(b); });
  for (std::size_t a = 0; a < std::min(kMostLines, alternatives.size()); ++a) title += "\n" + line_of(*alternatives[a]);
  if (alternatives.size() > kMostLines) title += fmt::format("\nand {} more", alternatives.size() - kMostLines);
  return title;
}

bool site_overtaken(const Json& site, const Json& sample) {
  const Json& alternatives = site["alternatives"];
  return std::any_of(alternatives.begin(), alternatives.end(), [&](const Json& a) {
    return !a["probability"].is_null() &&
           a["probability"].get<double>() > std::exp(sample["tokens"][a["at"].get<std::size_t>()]["log_probability"].get<double>());
  });
}

}  // namespace assay::analysis::bench
