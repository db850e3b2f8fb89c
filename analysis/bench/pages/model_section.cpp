#include "analysis/bench/pages/model_section.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "analysis/bench/pages/attribute_map.h"
#include "analysis/bench/pages/html.h"
#include "analysis/bench/pages/variation_view.h"

namespace assay::analysis::bench {
namespace {

/// A table in a frame that scrolls; `head`: names of columns, with a "#" before those of numbers.
std::string table(std::string_view caption, const std::vector<std::string>& head, const std::string& rows) {
  std::string html = fmt::format("<div class=\"scroll\"><table><caption>{}</caption><thead><tr>", caption);
  for (const std::string& name : head)
    html +=
        name[0] == '#' ? fmt::format("<th scope=\"col\" class=\"number\">{}</th>", name.substr(1)) : fmt::format("<th scope=\"col\">{}</th>", name);
  return html + "</tr></thead><tbody>\n" + rows + "</tbody></table></div>\n";
}

std::string interval(const Json& estimate) {
  return fmt::format("{:.1f} to {:.1f} %", 100 * estimate.at("low").get<double>(), 100 * estimate.at("high").get<double>());
}

/// The value as a bar, its interval as a line.
std::string meter(const Json& estimate, std::string_view kind) {
  const double low = 100 * estimate.at("low").get<double>(), high = 100 * estimate.at("high").get<double>();
  return fmt::format(
      "<span class=\"meter\" aria-hidden=\"true\"><span class=\"fill {}\" style=\"width:{:.1f}%\"></span><span class=\"whisker\" "
      "style=\"left:{:.1f}%;width:{:.1f}%\"></span></span>",
      kind, 100 * estimate.at("value").get<double>(), low, high - low);
}

std::string estimate_cell(const Json& estimate, std::string_view kind) {
  if (estimate.value("requests", 1) == 0) return "<td class=\"quiet\">no tests</td>";
  return fmt::format("<td>{}<strong>{}</strong> <span class=\"quiet\">{}</span></td>", meter(estimate, kind),
                     percent(estimate.at("value").get<double>()), interval(estimate));
}

std::string pass_table(const Json& summary) {
  std::string rows;
  for (const Json& entry : summary.at("pass_at_k"))
    rows += fmt::format("<tr><th scope=\"row\">pass@{}</th>{}{}</tr>\n", entry.at("k").get<std::uint64_t>(),
                        estimate_cell(entry.at("tests"), "tests"), estimate_cell(entry.at("proof"), "proved"));
  return rows.empty() ? ""
                      : table("Share of requests answered by one of k samples, with intervals of 95 %", {"samples", "by tests", "by proof"}, rows);
}

std::string choice_table(const Json& summary, std::uint64_t samples) {
  if (samples < 2 || summary.at("choices").empty()) return {};
  std::string rows;
  for (const Json& choice : summary.at("choices")) {
    const auto count = [&](const char* name) { return choice.at(name).get<std::uint64_t>(); };
    rows += fmt::format(
        "<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}"
        "</td></tr>\n",
        shown(text_of(choice, "rule")), count("requests"), count("proved"), count("wrong"), count("unsafe"));
  }
  return table("One sample of each request, chosen by a rule", {"chosen by", "#requests", "#proved", "#wrong", "#unsafe"}, rows);
}

std::string policy_table(const Json& model) {
  if (!model.contains("policies")) return {};
  std::string rows;
  for (const Json& policy : model["policies"]) {
    rows += fmt::format("<tr><th scope=\"row\">{}</th>", shown(text_of(policy, "policy")));
    for (const char* count : {"requests", "taken", "proved", "failed", "tokens"})
      rows += fmt::format("<td class=\"number\">{}</td>", policy.at(count).get<std::uint64_t>());
    rows += fmt::format("<td class=\"number\">{:.2f}</td></tr>\n", policy.at("proved_per_1000_tokens").get<double>());
  }
  return table("Policies for writing: samples given up at a token, or taken",
               {"policy", "#requests", "#taken", "#proved", "#failed", "#tokens", "#proved per 1,000 tokens"}, rows);
}

std::string split_table(const Json& document, std::size_t model) {
  std::map<std::string, Tally> splits;
  for (std::size_t t = 0; t < document["tasks"].size(); ++t) {
    if (is_variation(document["tasks"][t])) continue;
    Tally& split = splits[text_of(document["tasks"][t], "split")];
    const Json& run = document["models"][model]["tasks"][t];
    for (const Json& sample : run["samples"]) split.add(label_of_answer(run["answers"][sample["answer_id"].get<std::size_t>()]));
  }
  if (splits.size() < 2) return {};
  std::string rows;
  for (const auto& [name, tally] : splits)
    rows += fmt::format("<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td><td>{}</td><td class=\"wide\">{}</td></tr>\n",
                        name == "held_out" ? "held out of training"
                        : name == "seen"   ? "seen in training"
                                           : shown(name.empty() ? "none" : name),
                        tally.samples,
                        tally.samples == 0 ? "–" : percent(static_cast<double>(tally.of(Label::kProved)) / static_cast<double>(tally.samples)),
                        bar(tally));
  return table("Samples by split", {"split", "#samples", "proved", "labels"}, rows);
}

std::string facts(const Json& model) {
  std::string html = "<dl>";
  const auto add = [&](std::string_view name, const std::string& value) { html += fmt::format("<dt>{}</dt><dd>{}</dd>", name, value); };
  if (text_of(model, "hash").empty()) return "<p class=\"note\">The answers came from a file: nothing is known about the model.</p>\n";
  const Json& tokenizer = model.at("tokenizer");
  add("weights", fmt::format("{} parameters, {}", model.at("parameters").get<std::uint64_t>(), shown(text_of(model, "processing"))));
  add("hash", fmt::format("<code>{}</code>", shown(text_of(model, "hash"))));
  add("file", fmt::format("<code>{}</code>", shown(text_of(model, "path"))));
  add("tokenizer", fmt::format("{}, <code>{}</code>", shown(text_of(tokenizer, "kind")), shown(text_of(tokenizer, "hash"))));
  add("beginning of text", tokenizer.at("adds_bos").get<bool>() ? "a token is added before the prompt" : "no token is added before the prompt");
  add("chat template", tokenizer.at("chat_template_applied").get<bool>() ? "applied" : "not applied: the model continues the prompt");
  add("written", fmt::format("{} tokens", model.at("tokens").get<std::uint64_t>()));
  if (const double cost = model.at("summary").at("tokens_per_proved").get<double>(); cost > 0)
    add("cost", fmt::format("{:.0f} tokens for each function that is proved", cost));
  return html + "</dl>\n";
}

/// Tests that an answer passes though it is wrong or unsafe.
struct Deceived {
  std::string_view tests;
  bool (*passes)(const Json& judgement);
};
constexpr Deceived kAllTests{"the tests", passes_tests}, kVisibleTests{"only the visible tests", passes_only_visible_tests};

/// Samples that pass these tests and have this label, and their requests.
std::string alarm(const Json& document, std::size_t model, const Deceived& deceived, Label label) {
  std::vector<std::size_t> requests;
  std::uint64_t samples = 0;
  for (std::size_t t = 0; t < document["tasks"].size(); ++t) {
    if (is_variation(document["tasks"][t])) continue;
    const Json& run = document["models"][model]["tasks"][t];
    for (const Json& sample : run["samples"]) {
      const Json& answer = run["answers"][sample["answer_id"].get<std::size_t>()];
      if (label_of_answer(answer) != label || !deceived.passes(answer["judgement"])) continue;
      ++samples;
      if (requests.empty() || requests.back() != t) requests.push_back(t);
    }
  }
  const std::string_view verb = samples == 1 ? "sample passes" : "samples pass";
  const std::string text = fmt::format("<strong>{}</strong> {} {} but {} <em class=\"{}\">{}</em>", samples, verb, deceived.tests,
                                       samples == 1 ? "is" : "are", name_of(label), name_of(label));
  if (requests.empty()) return "<p class=\"alarm none\">" + text + "</p>\n";
  return fmt::format("<details class=\"alarm {}\"><summary>{}</summary>{}</details>\n", name_of(label), text,
                     request_links(document, model, requests));
}

Tally tally_of_model(const Json& tasks, const Json& model) {
  Tally all;
  for (std::size_t t = 0; t < tasks.size(); ++t) {
    if (is_variation(tasks[t])) continue;
    const Json& run = model["tasks"][t];
    for (const Json& sample : run["samples"]) all.add(label_of_answer(run["answers"][sample["answer_id"].get<std::size_t>()]));
  }
  return all;
}

std::string disagreeing(std::uint64_t count, std::string_view one, std::string_view many) {
  if (count == 0) return fmt::format("no {}", one);
  return fmt::format("<span class=\"bad\">{} {}</span>", count, count == 1 ? one : many);
}

/// Verdicts that were checked by running the code.
std::string cross_checks(const Json& checks) {
  const auto count = [&](const char* name) { return checks[name].get<std::uint64_t>(); };
  const std::uint64_t replayed = count("replays_agreed") + count("replays_disagreed"), found = replayed + count("replays_not_run");
  std::string html;
  if (found > 0)
    html += fmt::format("<dt>counterexamples</dt><dd>{} of {} replayed, {}</dd>", replayed, found,
                        disagreeing(count("replays_disagreed"), "disagreement", "disagreements"));
  if (const std::uint64_t answers = count("random_answers"); answers > 0) {
    html += fmt::format("<dt>random inputs</dt><dd>{} runs of {} proved {} beside the reference, {}", count("random_runs"), answers,
                        answers == 1 ? "answer" : "answers", disagreeing(count("random_differences"), "difference", "differences"));
    if (const std::uint64_t fewer = answers - std::min(answers, count("random_complete")); fewer > 0)
      html += fmt::format("; {} of them on fewer inputs than asked for", fewer);
    html += "</dd>";
  }
  return html.empty() ? "" : "<h3>Checked by running the code</h3>\n<dl class=\"checks\">" + html + "</dl>\n";
}

/// "13 of 16": what is predicted or has failed, and how much of it is both.
std::string hits_of(std::uint64_t hits, std::uint64_t others) { return hits + others == 0 ? "–" : fmt::format("{} of {}", hits, hits + others); }

/// Failures that were predicted before the model wrote anything.
std::string prediction_table(const Json& model) {
  if (!model.contains("prediction")) return {};
  const Json& score = model["prediction"];
  const auto count = [](const Json& json, const char* name) { return json.at(name).get<std::uint64_t>(); };
  std::string rows;
  for (const Json& each : score.at("predictors"))
    rows += fmt::format("<tr><th scope=\"row\">{}</th><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>\n", shown(text_of(each, "name")),
                        hits_of(count(each, "hits"), count(each, "false_alarms")), hits_of(count(each, "hits"), count(each, "misses")));
  const std::string caption = fmt::format(
      "Failures predicted before anything was written: {} of {} samples reach the decision, {} decide as the rule says; {} failed, {} of them with "
      "the "
      "demanded token",
      count(score, "reached"), count(score, "samples"), count(score, "decided_as_ruled"), count(score, "failed"), count(score, "failed_elsewhere"));
  return table(caption, {"predicted by", "#predicted that failed", "#failed that were predicted"}, rows);
}

/// What each dose of each repair of the model changed.
std::string repair_table(const Json& document, const Json& model) {
  std::string rows, before;
  for (const Json& other : document["models"]) {
    if (is_skipped(other) || !other.contains("repair") || other["repair"]["of"] != model["name"]) continue;
    const Json &repair = other["repair"], &score = repair["score"];
    const auto cell = [&](const char* name) { return fmt::format("<td class=\"number\">{}</td>", score.at(name).get<std::uint64_t>()); };
    rows += fmt::format("<tr><th scope=\"row\">{}: {}</th>", shown(text_of(repair, "name")), shown(text_of(repair, "description")));
    rows += cell("proved_after") + cell("became_proved") + cell("no_longer_proved") + cell("unsafe_after") + cell("other_answers");
    rows += repair.contains("divergence") ? fmt::format("<td class=\"number\">{:.4f}</td></tr>\n", repair["divergence"]["mean_kl"].get<double>())
                                          : "<td class=\"number\">–</td></tr>\n";
    before = fmt::format("{} of {} samples proved and {} unsafe before", score.at("proved_before").get<std::uint64_t>(),
                         score.at("samples").get<std::uint64_t>(), score.at("unsafe_before").get<std::uint64_t>());
  }
  if (rows.empty()) return {};
  return table(
      "Repairs: " + before,
      {"change while it writes", "#proved", "#became proved", "#no longer proved", "#unsafe", "#other answers", "#mean KL on unrelated text"}, rows);
}

}  // namespace

std::string model_headline(const Json& document, std::size_t index) {
  const Json& model = document["models"][index];
  std::string html = fmt::format("<article class=\"headline\" data-model=\"{}\"><h2>{}</h2>\n", index, shown(name_of_model(model)));
  if (is_skipped(model)) return html + fmt::format("<p class=\"quiet\">skipped: {}</p></article>\n", shown(text_of(model, "skipped")));
  if (const Json& pass = model["summary"]["pass_at_k"]; !pass.empty()) {
    const Json& proof = pass[0]["proof"];
    html += fmt::format("<p class=\"share\"><strong>{}</strong> proved</p>\n<p class=\"quiet\">of {} requests with {} sample; 95 % interval {}</p>\n",
                        percent(proof["value"].get<double>()), proof["requests"].get<std::uint64_t>(), pass[0]["k"] == 1 ? "one" : "the best",
                        interval(proof));
  }
  html += alarm(document, index, kAllTests, Label::kWrong) + alarm(document, index, kAllTests, Label::kUnsafe) +
          alarm(document, index, kVisibleTests, Label::kWrong);
  return html + "<p class=\"wide\">" + bar(tally_of_model(document["tasks"], model)) + "</p></article>\n";
}

std::string model_section(const Json& document, std::size_t index) {
  const Json &model = document["models"][index], &summary = model["summary"];
  std::uint64_t most = 0;
  for (const Json& run : model["tasks"]) most = std::max<std::uint64_t>(most, run["samples"].size());
  std::string html = fmt::format("<section class=\"model\" id=\"model{0}\" data-model=\"{0}\"><h2>{1}</h2>\n<div class=\"tables\">", index,
                                 shown(name_of_model(model)));
  html += pass_table(summary) + choice_table(summary, most) + policy_table(model) + split_table(document, index) + variation_table(document, index) +
          prediction_table(model) + repair_table(document, model) + "</div>\n";
  html += cross_checks(summary["cross_checks"]) + attribute_map(document, index);
  return html + "<details class=\"more\"><summary>The model</summary>" + facts(model) + "</details>\n</section>\n";
}

}  // namespace assay::analysis::bench
