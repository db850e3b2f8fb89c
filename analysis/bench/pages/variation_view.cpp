#include "analysis/bench/pages/variation_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/bench/pages/attribute_map.h"
#include "analysis/bench/pages/html.h"

namespace assay::analysis::bench {
namespace {

/// Stayed and changed, as the pair's `meaning` says; neither where it is undecided or there is none.
bool stayed(const Json& pair) { return pair["comparable"].get<bool>() && text_of(pair, "meaning") == "same"; }
bool changed(const Json& pair) { return pair["comparable"].get<bool>() && text_of(pair, "meaning") == "different"; }
bool is_against(const Json& pair) { return pair["must_change"].get<bool>() ? stayed(pair) : changed(pair); }

std::string verdict(const Json& pair) {
  const bool must_change = pair["must_change"].get<bool>();
  if (changed(pair)) return must_change ? "<span class=\"good\">changed, as it must</span>" : "<span class=\"bad\">changed, and must not</span>";
  if (stayed(pair)) return must_change ? "<span class=\"bad\">the same, and must change</span>" : "<span class=\"good\">the same, as it must</span>";
  if (!pair["comparable"].get<bool>()) return "<span class=\"quiet\">an answer is broken or not modelled</span>";
  return fmt::format("<span class=\"quiet\">undecided: {}</span>",
                     shown(pair.contains("reason") && pair["reason"].is_string() ? text_of(pair, "reason") : ""));
}

std::string link(const Json& tasks, std::size_t task, std::size_t model) {
  return fmt::format("<a href=\"{}#m{}\">{}</a>", request_page_name(task), model, shown(text_of(tasks[task], "id")));
}

std::string witness_cells(const Json& pair) {
  if (!changed(pair)) return "<td></td><td></td><td></td>";
  std::string input;
  for (const Json& line : pair["input"]) input += (input.empty() ? "" : "; ") + line.get<std::string>();
  return fmt::format("<td><code>{}</code></td><td><code>{}</code></td><td><code>{}</code></td>", shown(input), shown(text_of(pair, "first_answer")),
                     shown(text_of(pair, "second_answer")));
}

std::string pair_row(const Json& tasks, const Json& pair, std::size_t model) {
  const std::string detail = text_of(pair, "detail").empty() ? "" : fmt::format(" <span class=\"quiet\">{}</span>", shown(text_of(pair, "detail")));
  return fmt::format("<tr><th scope=\"row\">{}{}</th><td>{} → {}</td><td>{}</td>{}</tr>\n", shown(text_of(pair, "kind")), detail,
                     link(tasks, pair["base"].get<std::size_t>(), model), link(tasks, pair["task"].get<std::size_t>(), model), verdict(pair),
                     witness_cells(pair));
}

const Json& pairs_of(const Json& model) {
  static const Json kNone = Json::array();
  return model.contains("variations") ? model["variations"] : kNone;
}

std::string against_cell(const Json& document, std::size_t model, const std::string& kind, std::uint64_t count) {
  if (count == 0) return "0";
  std::vector<std::size_t> requests;
  for (const Json& pair : pairs_of(document["models"][model]))
    if (text_of(pair, "kind") == kind && is_against(pair)) requests.push_back(pair["base"].get<std::size_t>());
  std::sort(requests.begin(), requests.end());
  requests.erase(std::unique(requests.begin(), requests.end()), requests.end());
  return fmt::format("<details class=\"cell\"><summary><span class=\"bad\">{}</span></summary>{}</details>", count,
                     request_links(document, model, requests));
}

}  // namespace

std::string variation_view(const Json& document, std::size_t model, std::size_t task) {
  std::string rows;
  for (const Json& pair : pairs_of(document["models"][model]))
    if (pair["base"] == task || pair["task"] == task) rows += pair_row(document["tasks"], pair, model);
  if (rows.empty()) return {};
  return "<section class=\"variations\"><h3>Variations of the request</h3>\n<div class=\"scroll\"><table><caption>First answers to two requests that "
         "differ in one thing, compared on every input of the contract</caption><thead><tr><th scope=\"col\">change</th><th scope=\"col\">requests"
         "</th><th scope=\"col\">meaning</th><th scope=\"col\">input</th><th scope=\"col\">first answer</th><th scope=\"col\">second "
         "answer</th></tr></thead><tbody>\n" +
         rows + "</tbody></table></div></section>\n";
}

std::string variation_table(const Json& document, std::size_t index) {
  const Json& model = document["models"][index];
  if (!model.contains("variation_counts") || model["variation_counts"].empty()) return {};
  std::string rows;
  for (const Json& entry : model["variation_counts"]) {
    const auto count = [&](const char* name) { return entry[name].get<std::uint64_t>(); };
    rows += fmt::format(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td "
        "class=\"number\">{}</td><td class=\"number\">{}</td></tr>\n",
        shown(text_of(entry, "kind")), entry["must_change"].get<bool>() ? "must change" : "must stay", count("pairs"), count("as_it_must"),
        against_cell(document, index, text_of(entry, "kind"), count("against")), count("undecided"), count("without_meaning"));
  }
  return "<div class=\"scroll\"><table><caption>What a change of the request does to the meaning of the code</caption><thead><tr><th scope=\"col\">"
         "change</th><th scope=\"col\">meaning</th><th scope=\"col\" class=\"number\">pairs</th><th scope=\"col\" class=\"number\">as it "
         "must</th><th "
         "scope=\"col\" class=\"number\">against</th><th scope=\"col\" class=\"number\">undecided</th><th scope=\"col\" class=\"number\">without "
         "meaning</th></tr></thead><tbody>\n" +
         rows + "</tbody></table></div>\n";
}

}  // namespace assay::analysis::bench
