#include "analysis/decision/decision_page.h"

#include <fmt/format.h>

#include "analysis/bench/pages/html.h"
#include "analysis/bench/pages/verdict_view.h"
#include "analysis/decision/assets.h"
#include "analysis/page/page.h"

namespace assay::analysis {
namespace {

using bench::shown;

std::string row_of(const HypothesisResult& hypothesis, const ClaimResult& claim) {
  const std::string expected = !claim.expect ? "" : claim.as_expected() ? "as expected" : "expected " + *claim.expect;
  return fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td class=\"summary\">{}</td><td class=\"{}\">{}</td></tr>\n",
                     shown(claim.id), shown(hypothesis.name), bench::badge(name_of(claim.grade())), shown(claim.summary),
                     claim.as_expected() ? "good" : "bad", shown(expected));
}

std::string claims(const std::optional<SiteDocument>& site) {
  if (!site) return {};
  std::string rows;
  for (const HypothesisResult* hypothesis : site->hypotheses)
    for (const ClaimResult& claim : hypothesis->claims) rows += row_of(*hypothesis, claim);
  if (rows.empty()) return {};
  return "<section id=\"claims\"><h2>What is claimed about the circuit and the rule</h2>\n<div class=\"scroll\"><table "
         "class=\"claims\"><thead><tr><th "
         "scope=\"col\">claim</th><th scope=\"col\">hypothesis</th><th scope=\"col\">grade</th><th scope=\"col\">finding</th><th "
         "scope=\"col\">expectation</th></tr></thead><tbody>\n" +
         rows + "</tbody></table></div></section>\n";
}

/// Verdict and evidence of every answer; the script shows those of the answer at hand.
std::string verdicts(const std::vector<Json>& answers) {
  std::string html;
  for (std::size_t a = 0; a < answers.size(); ++a)
    html +=
        fmt::format("<div class=\"verdict-of\" id=\"v{}\" hidden>\n{}{}</div>\n", a, bench::verdict_table(answers[a]), bench::evidence(answers[a]));
  return html;
}

std::string documents(const std::optional<SiteDocument>& site, const std::vector<BenchDocument>& benches) {
  std::string html = "<section id=\"documents\"><h2>Where this comes from</h2>\n<dl>";
  if (site)
    for (const HypothesisResult* hypothesis : site->hypotheses)
      html += fmt::format("<dt>verified</dt><dd><code>{}</code></dd>", shown(hypothesis->file));
  for (const BenchDocument& bench : benches) {
    html += fmt::format("<dt>generated and judged</dt><dd><code>{}</code>", shown(bench::text_of(bench.json, "source")));
    if (!bench.predictions.empty())
      html += fmt::format("; {} predictions written before, SHA-256 <code>{}</code>", bench.predictions.size(),
                          shown(bench::text_of(bench.json["predictions"], "sha256")));
    html += "</dd>";
  }
  return html + "</dl></section>\n";
}

std::string title_of(const std::optional<SiteDocument>& site, const std::vector<BenchDocument>& benches) {
  if (site) return "Decision " + site->task;
  return benches.empty() ? "Decision" : "Decisions of " + bench::text_of(benches[0].json, "source");
}

constexpr std::string_view kParts =
    "<noscript><p class=\"verdict bad\">Code, attention, graph and doses are built by a script; the claims below need none.</p></noscript>\n"
    "<div id=\"choice\" class=\"toolbar\"></div>\n<div id=\"story\" role=\"status\"></div>\n<section id=\"attention\"></section>\n"
    "<section id=\"sides\"></section>\n<div class=\"pair\"><section id=\"repair\"></section>\n<section id=\"verdict\"><h2>Verdict of what was "
    "written</h2>\n";
constexpr std::string_view kRuleAndGraph =
    "</section></div>\n<div class=\"pair rule-and-graph\"><section id=\"rule\"></section>\n<section id=\"graph\"></section></div>\n";

}  // namespace

Result<std::string> decision_page(const std::optional<SiteDocument>& site, const std::vector<BenchDocument>& benches) {
  Result<Decision> decision = join_decision(site, benches);
  if (!decision) return fail(decision.error());
  const std::string title = title_of(site, benches);
  decision->island["title"] = bench::visible(title);
  std::string html = "<a class=\"skip\" href=\"#main\">Skip to the content</a>\n<header><h1>" + shown(title) +
                     "</h1><button type=\"button\" id=\"theme\">theme</button></header>\n<main id=\"main\">\n";
  html += kParts;
  html += verdicts(decision->answers) + std::string(kRuleAndGraph) + claims(site) + documents(site, benches) + "</main>\n";
  html += "<script type=\"application/json\" id=\"result\">" + escape_island(decision->island) + "</script>\n";
  return frame(decision_assets(), bench::visible(title), html);
}

}  // namespace assay::analysis
