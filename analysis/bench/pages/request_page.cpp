#include "analysis/bench/pages/request_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analysis/bench/pages/code_view.h"
#include "analysis/bench/pages/html.h"
#include "analysis/bench/pages/meaning_view.h"
#include "analysis/bench/pages/site_view.h"
#include "analysis/bench/pages/variation_view.h"
#include "analysis/bench/pages/verdict_view.h"

namespace assay::analysis::bench {
namespace {

std::string navigation(const Json& tasks, std::size_t task) {
  std::string html = "<nav aria-label=\"Requests\"><a href=\"index.html\" rel=\"up\">Summary</a>";
  if (task > 0) html += fmt::format(" <a href=\"{}\" rel=\"prev\">← {}</a>", request_page_name(task - 1), shown(text_of(tasks[task - 1], "id")));
  if (task + 1 < tasks.size())
    html += fmt::format(" <a href=\"{}\" rel=\"next\">{} →</a>", request_page_name(task + 1), shown(text_of(tasks[task + 1], "id")));
  return html + "</nav>\n";
}

std::string facts(const Json& task) {
  std::string html = "<dl class=\"facts\">";
  const auto add = [&](std::string_view name, const std::string& value) { html += fmt::format("<dt>{}</dt><dd>{}</dd>", name, value); };
  if (!text_of(task, "family").empty()) add("family", shown(text_of(task, "family")));
  std::string attributes;
  for (const Json& entry : task["attributes"])
    attributes += fmt::format("<span class=\"attribute\">{} = {}</span> ", shown(entry[0].get<std::string>()), shown(entry[1].get<std::string>()));
  if (!attributes.empty()) add("attributes", attributes);
  if (!text_of(task, "split").empty()) add("split", shown(text_of(task, "split") == "held_out" ? "held out" : text_of(task, "split")));
  add("function", fmt::format("<code>{}</code>, {}", shown(text_of(task, "function")), shown(text_of(task, "standard"))));
  return html + "</dl>\n";
}

/// What an answer is measured by, beside the answers.
std::string request_aside(const Json& task) {
  std::string html = "<aside><section><h2>Request</h2>\n" + facts(task) + "<h3>Prompt</h3>\n<pre class=\"prompt\" tabindex=\"0\">" +
                     shown(text_of(task, "prompt")) + "</pre></section>\n<section>";
  if (!task["contract"].empty()) {
    html += "<h3>Contract</h3>\n<pre>";
    for (const Json& clause : task["contract"]) html += shown(clause.get<std::string>()) + "\n";
    html += "</pre>\n";
  }
  std::string reference = text_of(task, "reference_body");
  if (reference.empty())
    return html + "<h3>Reference</h3><p class=\"quiet\">none: answers are tested, and not compared with one</p></section></aside>\n";
  if (reference[0] == '\n') reference.erase(0, 1);
  return html + "<h3>Body of the reference</h3>\n<div class=\"scroll source\" tabindex=\"0\" role=\"region\" aria-label=\"Body of the reference\">" +
         code_view({.text = reference, .prompt_bytes = 0, .tokens = {}, .marks = {}, .missteps = {}}) + "</div></section></aside>\n";
}

/// Tokens of the first sample that wrote the answer, at their places in the judged text; those behind its end are left out.
std::vector<CodeToken> tokens_of(const Json& sample, const std::string& text, std::size_t prompt) {
  const std::string& answer = text_of(sample, "answer");
  std::vector<CodeToken> tokens;
  for (const Json& entry : sample["tokens"]) {
    const auto begin = entry["begin"].get<std::size_t>(), end = entry["end"].get<std::size_t>();
    if (begin >= end || end > answer.size() || prompt > text.size() || begin >= text.size() - prompt) continue;
    const std::size_t last = std::min(prompt + end, text.size());
    if (text.compare(prompt + begin, last - prompt - begin, answer, begin, last - prompt - begin) != 0) continue;
    CodeToken& token = tokens.emplace_back(CodeToken{prompt + begin, last, std::exp(entry["log_probability"].get<double>()), {}});
    for (const Json& other : entry["alternatives"]) token.alternatives.emplace_back(other[0].get<std::string>(), other[1].get<double>());
  }
  return tokens;
}

/// Those of the first sample that wrote the answer; a site lies in the judged text, which begins with the answer.
std::vector<CodeSite> sites_of(const Json& sample, const std::string& text, std::size_t prompt) {
  std::vector<CodeSite> sites;
  if (!sample.contains("sites")) return sites;
  for (const Json& site : sample["sites"]) {
    const auto begin = site["begin"].get<std::size_t>(), end = site["end"].get<std::size_t>();
    if (prompt + end <= text.size()) sites.push_back({prompt + begin, prompt + end, site_title(site), site_overtaken(site, sample)});
  }
  return sites;
}

std::string concept_list(const Json& concepts) {
  if (concepts.empty()) return "<p class=\"note\">No concept was recognised in this code.</p>\n";
  std::string rows;
  for (std::size_t c = 0; c < concepts.size(); ++c)
    rows += fmt::format("<tr data-concept=\"{0}\"><th scope=\"row\">{0}</th><td>{1}</td><td>{2}</td><td class=\"number\">{3}:{4}</td></tr>\n", c + 1,
                        shown(text_of(concepts[c], "kind")), shown(text_of(concepts[c], "explanation")), concepts[c]["begin"][0].get<std::size_t>(),
                        concepts[c]["begin"][1].get<std::size_t>());
  return "<div class=\"scroll\"><table class=\"concepts\"><caption>Concepts in the code</caption><thead><tr><th scope=\"col\">mark</th><th "
         "scope=\"col\">concept</th><th scope=\"col\">meaning</th><th scope=\"col\">place</th></tr></thead><tbody>\n" +
         rows + "</tbody></table></div>\n";
}

std::string legend(bool has_tokens, std::size_t sample) {
  std::string html = "Lines with a bar are the model's. ";
  if (!has_tokens) return html + "No probabilities of tokens are known.";
  return html + fmt::format(
                    "Tokens of sample {}: <span class=\"token doubtful\">below 50 %</span> <span class=\"token unlikely\">below 20 %</span> "
                    "<span class=\"token rare\">below 5 %</span>.",
                    sample + 1);
}

AnswerCode code_of(const Json& answer, const Json& sample, const std::string& prompt) {
  const Json& judgement = answer["judgement"];
  AnswerCode code{.text = text_of(answer, "text"), .prompt_bytes = prompt.size(), .tokens = {}, .marks = {}, .missteps = {}};
  if (!code.text.starts_with(prompt)) code.prompt_bytes = 0;
  else code.tokens = tokens_of(sample, code.text, prompt.size()), code.sites = sites_of(sample, code.text, prompt.size());
  for (const Json& mark : judgement["concepts"]) {
    const Json &begin = mark["begin"], &end = mark["end"];
    code.marks.push_back({byte_at(code.text, begin[0].get<std::size_t>(), begin[1].get<std::size_t>()),
                          byte_at(code.text, end[0].get<std::size_t>(), end[1].get<std::size_t>())});
  }
  if (answer.contains("wrong_decision"))
    for (const Json& token : answer["wrong_decision"]["tokens"])
      code.missteps.push_back({token["begin"].get<std::size_t>(), token["end"].get<std::size_t>()});
  const Json& safety = judgement["safety"];
  if (text_of(safety, "grade") == "refuted" && safety.contains("line")) code.failing_line = safety["line"].get<std::size_t>();
  return code;
}

std::string site_legend(const AnswerCode& code) {
  if (code.sites.empty()) return {};
  return " A line above: <span class=\"site\">a decision site</span>; <span class=\"site overtaken\">in red</span> where something else that is "
         "valid "
         "there was more probable.";
}

std::string written_by(const std::vector<std::size_t>& samples, std::size_t total) {
  if (total == 1) return {};
  std::string numbers;
  for (const std::size_t sample : samples) numbers += fmt::format("{}{}", numbers.empty() ? "" : ", ", sample + 1);
  return fmt::format("<span class=\"quiet\">written by {} of {} samples ({})</span>", samples.size(), total, numbers);
}

std::string answer_article(const Json& run, std::size_t number, const std::string& prompt, const std::string& prefix) {
  static const Json kNoSample = {{"answer", ""}, {"tokens", Json::array()}};
  const Json &answer = run["answers"][number], &judgement = answer["judgement"];
  const std::vector<std::size_t> samples = samples_of(run, number);
  const std::size_t first = samples.empty() ? 0 : samples[0];
  const Json& sample = samples.empty() ? kNoSample : run["samples"][first];
  const AnswerCode code = code_of(answer, sample, prompt);
  std::string html = fmt::format("<article class=\"code-answer\" id=\"{}{}\">\n<h3>Answer {} {} {}</h3>\n", prefix, number, number + 1,
                                 badge(text_of(judgement, "label")), written_by(samples, run["samples"].size()));
  if (passes_tests(judgement) && (text_of(judgement, "label") == "wrong" || text_of(judgement, "label") == "unsafe"))
    html += fmt::format("<p class=\"alarm\">Passes all tests, and is {}.</p>\n", text_of(judgement, "label"));
  html += fmt::format(
      "<figure class=\"source\"><figcaption>{}</figcaption>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" "
      "aria-label=\"Answer {} as written\">{}</div></figure>\n",
      legend(!code.tokens.empty(), first) + site_legend(code), number + 1, code_view(code));
  html += verdict_table(answer) + evidence(answer) + concept_list(judgement["concepts"]);
  if (samples.empty()) return html + "</article>\n";
  return html + fmt::format("<p class=\"note\">Sample {}: log-probability {:.2f}, ended by {}.</p>\n</article>\n", first + 1,
                            sample["log_probability"].get<double>(),
                            text_of(sample, "finish").empty() ? "its file" : shown(text_of(sample, "finish")));
}

std::string model_section(const Json& document, std::size_t number, std::size_t task) {
  const Json& model = document["models"][number];
  std::string html = fmt::format("<section class=\"model\" id=\"m{}\"><h2>{}", number, shown(name_of_model(model)));
  if (is_skipped(model)) return html + fmt::format("</h2>\n<p class=\"quiet\">skipped: {}</p></section>\n", shown(text_of(model, "skipped")));
  const Json& run = model["tasks"][task];
  html += " " + badges(tally_of(run)) + "</h2>\n";
  const std::string prefix = fmt::format("m{}a", number);
  if (run["answers"].empty()) html += "<p class=\"quiet\">no answer</p>\n";
  html += meaning_view(run, prefix) + variation_view(document, number, task);
  const std::string& prompt = text_of(document["tasks"][task], "prompt");
  for (std::size_t answer = 0; answer < run["answers"].size(); ++answer) html += answer_article(run, answer, prompt, prefix);
  return html + "</section>\n";
}

}  // namespace

std::string request_page(const Json& document, std::size_t task) {
  const Json &tasks = document["tasks"], &models = document["models"];
  const std::string top = navigation(tasks, task) + fmt::format("<h1>Request {}</h1>\n", shown(text_of(tasks[task], "id")));
  std::string body = "<div class=\"request\">\n" + request_aside(tasks[task]) + "<div class=\"answers\">\n";
  for (std::size_t m = 0; m < models.size(); ++m) body += model_section(document, m, task);
  body += "</div></div>\n";
  return page_of(text_of(tasks[task], "id") + " · Assay bench", top, body);
}

}  // namespace assay::analysis::bench
