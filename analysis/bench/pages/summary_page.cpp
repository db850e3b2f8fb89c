#include "analysis/bench/pages/summary_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/bench/pages/html.h"
#include "analysis/bench/pages/model_section.h"

namespace assay::analysis::bench {
namespace {

std::string counted(std::uint64_t number, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", number, number == 1 ? one : many);
}

/// What running the code says against the solver: nothing on this page can be trusted before it is explained.
std::string disagreements(const Json& lines) {
  if (lines.empty()) return {};
  std::string html =
      "<div class=\"alarm\" role=\"alert\"><strong>Internal disagreement</strong>: running the code contradicts a verdict. Please report it.<ul>";
  for (const Json& line : lines) html += "<li>" + shown(line.get<std::string>()) + "</li>";
  return html + "</ul></div>\n";
}

std::string top(const Json& document) {
  const Json &models = document["models"], &tasks = document["tasks"];
  const auto variations = static_cast<std::uint64_t>(std::count_if(tasks.begin(), tasks.end(), is_variation));
  std::string html =
      fmt::format("<h1>Assay bench</h1>\n<p class=\"counts\"><code>{}</code>: {}{}, {}</p>\n", shown(text_of(document, "source")),
                  counted(tasks.size() - variations, "request", "requests"),
                  variations > 0 ? " and " + counted(variations, "variation", "variations") : "", counted(models.size(), "model", "models"));
  html += disagreements(document["disagreements"]) + "<div class=\"headlines\">\n";
  for (std::size_t m = 0; m < models.size(); ++m) html += model_headline(document, m);
  return html + "</div>\n";
}

/// Labels of all models' samples in one word each, for the filter.
std::string labels_of(const Json& document, std::size_t task) {
  std::string labels;
  for (const Label label : kWorstFirst)
    for (const Json& model : document["models"])
      if (!is_skipped(model) && tally_of(model["tasks"][task]).of(label) > 0) {
        labels += (labels.empty() ? "" : " ") + std::string(name_of(label));
        break;
      }
  return labels;
}

std::string request_row(const Json& document, std::size_t index, bool has_attributes, bool has_split) {
  const Json& task = document["tasks"][index];
  std::string attributes;
  for (const Json& entry : task["attributes"])
    attributes += fmt::format("<span class=\"attribute\">{} = {}</span> ", shown(entry[0].get<std::string>()), shown(entry[1].get<std::string>()));
  std::string html = fmt::format("<tr data-labels=\"{}\"><th scope=\"row\"><a href=\"{}\">{}</a></th><td><code>{}</code></td>",
                                 labels_of(document, index), request_page_name(index), shown(text_of(task, "id")), shown(text_of(task, "function")));
  if (has_attributes) html += fmt::format("<td>{}</td><td class=\"attributes\">{}</td>", shown(text_of(task, "family")), attributes);
  if (has_split) html += fmt::format("<td>{}</td>", shown(text_of(task, "split") == "held_out" ? "held out" : text_of(task, "split")));
  for (const Json& model : document["models"]) {
    const std::string cell = is_skipped(model) ? "<span class=\"quiet\">skipped</span>" : badges(tally_of(model["tasks"][index]));
    html += "<td>" + (cell.empty() ? "<span class=\"quiet\">no sample</span>" : cell) + "</td>";
  }
  return html + "</tr>\n";
}

/// Does any request have a text of that name, or a list that is not empty?
bool any_has(const Json& tasks, const char* name) {
  for (const Json& task : tasks)
    if (task[name].is_string() ? !text_of(task, name).empty() : !task[name].empty()) return true;
  return false;
}

std::string request_table(const Json& document) {
  const Json& tasks = document["tasks"];
  const bool has_attributes = any_has(tasks, "family") || any_has(tasks, "attributes"), has_split = any_has(tasks, "split");
  std::string html =
      "<section id=\"requests\"><h2>Requests</h2>\n<div class=\"toolbar\" role=\"search\" hidden><fieldset class=\"chips\" "
      "id=\"labels\"><legend>Show "
      "requests with</legend></fieldset>\n<label>Find <input id=\"find\" type=\"search\" placeholder=\"name, family, attribute\"></label> <span "
      "id=\"shown\" role=\"status\"></span></div>\n<div class=\"scroll\"><table class=\"requests\"><caption>Labels of the samples of each "
      "request</caption><thead><tr><th scope=\"col\">request</th><th scope=\"col\">function</th>";
  if (has_attributes) html += "<th scope=\"col\">family</th><th scope=\"col\">attributes</th>";
  if (has_split) html += "<th scope=\"col\">split</th>";
  for (const Json& model : document["models"]) html += fmt::format("<th scope=\"col\">{}</th>", shown(name_of_model(model)));
  html += "</tr></thead><tbody>\n";
  for (std::size_t t = 0; t < tasks.size(); ++t) html += request_row(document, t, has_attributes, has_split);
  return html + "</tbody></table></div></section>\n";
}

bool any_sampled(const Json& document) {
  for (const Json& model : document["models"])
    if (is_skipped(model) || !text_of(model, "hash").empty()) return true;
  return false;
}

std::string method(const Json& document) {
  std::string html = "<section><h2>How</h2>\n<dl>";
  const auto add = [&](std::string_view name, const std::string& value) { html += fmt::format("<dt>{}</dt><dd>{}</dd>", name, value); };
  const Json &sampling = document["sampling"], &proof = document["verification"];
  if (any_sampled(document)) {
    add("sampling", fmt::format("{} for each request, temperature {:g}, top-p {:g}, seed {}, at most {} tokens",
                                counted(sampling["samples"].get<std::uint64_t>(), "sample", "samples"), sampling["temperature"].get<double>(),
                                sampling["top_p"].get<double>(), sampling["seed"].get<std::uint64_t>(), sampling["max_tokens"].get<std::uint64_t>()));
    std::string stops;
    for (const Json& stop : sampling["stop"]) stops += fmt::format("<code>{}</code> ", shown(in_quotes(stop.get<std::string>())));
    if (!stops.empty()) add("an answer ends at", stops);
  }
  add("verification",
      fmt::format("{} solver units for each query, {}, {} behind a pointer without a length", proof["rlimit"].get<std::uint64_t>(),
                  !proof.contains("bound") || proof["bound"].is_null() ? std::string("no bound on loops")
                                                                       : fmt::format("loops to {} iterations", proof["bound"].get<std::uint64_t>()),
                  counted(proof["elements"].get<std::uint64_t>(), "element", "elements")));
  if (const std::uint64_t runs = proof["random_runs"].get<std::uint64_t>(); runs > 0)
    add("random inputs", fmt::format("{} for each proved answer, seed {}", runs, proof["random_seed"].get<std::uint64_t>()));
  html += "</dl>\n";
  if (!document["rules"].empty()) {
    html += "<h3>What was taken off the completions</h3>\n<ul>";
    for (const Json& rule : document["rules"]) html += "<li>" + shown(rule.get<std::string>()) + "</li>";
    html += "</ul>\n";
  }
  return html + "</section>\n";
}

constexpr std::string_view kLabelMeanings =
    "<details class=\"more\"><summary>What the labels mean</summary><dl class=\"meaning\">"
    "<dt><span class=\"badge proved\">proved</span></dt><dd>safe, and the same as the reference, on every input of the contract</dd>"
    "<dt><span class=\"badge bounded\">bounded</span></dt><dd>the same, up to a stated bound</dd>"
    "<dt><span class=\"badge wrong\">wrong</span></dt><dd>another result than the reference's, on an input that is shown</dd>"
    "<dt><span class=\"badge unsafe\">unsafe</span></dt><dd>undefined behaviour on an input of the contract, which is shown</dd>"
    "<dt><span class=\"badge undecided\">undecided</span></dt><dd>a budget ran out</dd>"
    "<dt><span class=\"badge unsupported\">unsupported</span></dt><dd>a construct that is not modelled</dd>"
    "<dt><span class=\"badge broken\">broken</span></dt><dd>does not parse or compile, or is no function of that name</dd></dl></details>\n";

}  // namespace

std::string summary_page(const Json& document) {
  std::string body(kLabelMeanings);
  for (std::size_t m = 0; m < document["models"].size(); ++m)
    if (!is_skipped(document["models"][m])) body += model_section(document, m);
  return page_of("Assay bench: " + text_of(document, "source"), top(document), body + request_table(document) + method(document));
}

}  // namespace assay::analysis::bench
