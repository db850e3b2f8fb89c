#include "analysis/bench/pages/verdict_view.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/bench/pages/html.h"

namespace assay::analysis::bench {
namespace {

std::string row(std::string_view name, const std::string& result, const std::string& reason) {
  return fmt::format("<tr><th scope=\"row\">{}</th><td>{}</td><td class=\"reason\">{}</td></tr>\n", name, result, reason);
}

std::uint64_t count_of(const Json& object, const char* name) { return object.contains(name) ? object[name].get<std::uint64_t>() : 0; }

/// The check and its place matter where it is violated; elsewhere the document names the check that was hardest.
std::string reason_of(const Json& finding) {
  std::string reason = shown(text_of(finding, "reason"));
  if (text_of(finding, "grade") != "refuted") return reason;
  if (finding.contains("check")) reason += fmt::format(" <code>{}</code>", shown(text_of(finding, "check")));
  if (count_of(finding, "line") > 0) reason += fmt::format(" at line {}, column {}", count_of(finding, "line"), count_of(finding, "column"));
  return reason;
}

std::string finding_row(std::string_view name, const Json& finding, std::string_view proved) {
  const std::string& grade = text_of(finding, "grade");
  return row(name, badge(grade), grade == "proved" ? std::string(proved) : reason_of(finding));
}

std::string tests_row(std::string_view name, const Json& tests) {
  const std::uint64_t passed = count_of(tests, "passed"), total = count_of(tests, "total");
  if (total == 0) return row(name, "<span class=\"quiet\">none</span>", "");
  const std::string failure =
      text_of(tests, "first_failure").empty() ? "" : fmt::format("first failure: <code>{}</code>", shown(text_of(tests, "first_failure")));
  return row(name, fmt::format("<span class=\"{}\">{} of {} pass</span>", passed == total ? "good" : "bad", passed, total), failure);
}

std::string_view in_words(const std::string& replay) {
  if (replay == "agreed") return "confirms it";
  if (replay == "disagreed") return "DISAGREES: an internal error, please report it";
  return replay == "not-run" ? "was not run" : "does not apply";
}

std::string replay_item(std::string_view who, const std::string& replay) {
  return fmt::format("<dt>{}</dt><dd{}>{}</dd>", who, replay == "disagreed" ? " class=\"bad\"" : "", in_words(replay));
}

std::string random_row(const Json& runs) {
  const std::uint64_t done = count_of(runs, "runs"), differences = count_of(runs, "differences");
  const std::string ended = runs.contains("ended") ? shown(text_of(runs, "ended")) : "";
  if (differences == 0) return row("Random inputs", fmt::format("<span class=\"good\">{} runs, no difference</span>", done), ended);
  return row("Random inputs", fmt::format("<span class=\"bad\">{} runs, {} DIFFER</span>", done, differences),
             "an internal error, please report it " + ended);
}

std::string fold(std::string_view title, const std::string& text) {
  return fmt::format("<details class=\"more\"><summary>{}</summary><pre tabindex=\"0\">{}</pre></details>\n", title, shown(text));
}

/// An article that is not closed yet: input, and what answer and reference do on it.
std::string input_and_answers(std::string_view title, const Json& found) {
  std::string input;
  for (const Json& line : found["input"]) input += shown(line.get_ref<const std::string&>()) + ";\n";
  const std::string& reference = text_of(found, "reference_answer");
  std::string html = fmt::format("<article class=\"witness\"><h5>{}</h5>\n<pre class=\"input\">{}</pre>\n<div class=\"versus\">", title,
                                 input.empty() ? std::string("the function takes no input\n") : input);
  html += fmt::format("<div><h6>the answer</h6><code class=\"answer\">{}</code></div>", shown(text_of(found, "answer")));
  if (!reference.empty()) html += fmt::format("<div><h6>the reference</h6><code class=\"answer\">{}</code></div>", shown(reference));
  return html + "</div>\n";
}

std::string counterexample(std::string_view title, const Json& finding) {
  if (!finding.contains("counterexample") || finding["counterexample"].is_null()) return {};
  const Json& found = finding["counterexample"];
  const std::string& command = text_of(found, "repro_command");
  std::string html = input_and_answers(title, found);
  html += "<dl>" + replay_item("interpreter", text_of(found, "interpreter_replay")) + replay_item("compiled code", text_of(found, "native_replay"));
  if (!command.empty()) html += fmt::format("<dt>to see it</dt><dd><code class=\"command\">{}</code></dd>", shown(command));
  html += "</dl>\n";
  if (!text_of(found, "repro_c").empty()) html += fold("repro.c: a program that shows it", text_of(found, "repro_c"));
  return html + "</article>\n";
}

/// "5:12", from 1, of a byte of the text.
std::string place_of(const std::string& text, std::size_t byte) {
  const std::string before = text.substr(0, std::min(byte, text.size()));
  const std::size_t line = before.rfind('\n');
  return fmt::format("{}:{}", 1 + std::count(before.begin(), before.end(), '\n'), before.size() - (line == std::string::npos ? 0 : line + 1) + 1);
}

std::string token_change(const std::string& text, const Json& token) {
  const std::string& kind = text_of(token, "kind");
  return fmt::format("<code>{}</code> instead of <code>{}</code> at {}{}", shown(text_of(token, "instead")), shown(text_of(token, "written")),
                     place_of(text, token["begin"].get<std::size_t>()), kind == "text" ? "" : " (" + shown(kind) + ")");
}

/// The grammar in which completions were looked for.
std::string completions_of(const Json& decision) {
  return fmt::format("{} completions (the statements as written, at most {} of {} operators, constants and names chosen anew)",
                     count_of(decision, "completions"), count_of(decision, "changes"), count_of(decision, "holes"));
}

/// What was looked at beside the answer's own rest.
std::string partial_of(const Json& decision) {
  if (count_of(decision, "prefixes") == 0) return {};
  return fmt::format(", and {} completions of the partial function behind {} prefixes ({} of them not decided)",
                     count_of(decision, "partial_completions"), count_of(decision, "prefixes"), count_of(decision, "undecided_prefixes"));
}

std::string wrong_decision(const std::string& text, const Json& decision) {
  const Json& tokens = decision["tokens"];
  const std::string begin = "<article class=\"witness\"><h5>First wrong decision</h5>\n<p>", end = "</p></article>\n";
  const std::string &state = text_of(decision, "state"), grammar = completions_of(decision) + partial_of(decision);
  if (state == "undecided") return begin + "Undecided: " + shown(text_of(decision, "reason")) + ". The grammar has " + grammar + "." + end;
  if (state == "still open") return begin + "None: the text ends too early, and could still be completed." + end;
  if (tokens.empty()) return begin + "None of " + grammar + " is right." + end;
  std::string changes = token_change(text, tokens[0]);
  for (std::size_t i = 1; i < tokens.size(); ++i) changes += " and " + token_change(text, tokens[i]);
  const auto until = decision["until"].get<std::size_t>();
  const bool is_range = until > tokens[0]["end"].get<std::size_t>();
  return begin + (text_of(decision, "shown_by") == "own rest" ? "The function would be right with " : "A right function begins with ") + changes +
         "." +
         (is_range ? " The wrong decision is there or behind it, before " + place_of(text, until) + ": " + shown(text_of(decision, "reason")) + "."
                   : "") +
         "</p>\n<p class=\"note\">Whatever follows what was written there is wrong or unsafe, among " + grammar +
         " and the right answers that begin alike up to layout and names of variables." + end;
}

}  // namespace

std::string verdict_table(const Json& answer) {
  const Json& judgement = answer["judgement"];
  std::string rows;
  if (text_of(judgement, "label") == "broken") {
    rows += row("Code", badge("broken"), judgement["compiles"].get<bool>() ? "is no such function" : "does not compile");
  } else {
    rows += finding_row("Safety", judgement["safety"], "no undefined behaviour on any input of the contract");
    if (judgement["has_reference"].get<bool>())
      rows += finding_row("Meaning", judgement["meaning"], "the same as the reference on every input of the contract");
    else rows += row("Meaning", "<span class=\"quiet\">not compared</span>", "the request has no reference");
  }
  rows += tests_row("Visible tests", judgement["visible_tests"]) + tests_row("Hidden tests", judgement["hidden_tests"]);
  if (answer.contains("random_runs")) rows += random_row(answer["random_runs"]);
  return "<div class=\"scroll\"><table class=\"verdicts\"><caption>Verdict</caption><thead><tr><th scope=\"col\">question</th><th scope=\"col\">"
         "result</th><th scope=\"col\">reason</th></tr></thead><tbody>\n" +
         rows + "</tbody></table></div>\n";
}

std::string evidence(const Json& answer) {
  const Json& judgement = answer["judgement"];
  std::string html;
  if (!text_of(judgement, "broken").empty())
    html += fmt::format("<h5>The compiler says</h5><pre tabindex=\"0\">{}</pre>\n", shown(text_of(judgement, "broken")));
  if (!text_of(judgement, "unsupported").empty())
    html += fmt::format("<p>Not modelled: <code>{}</code></p>\n", shown(text_of(judgement, "unsupported")));
  html += counterexample("Counterexample of safety", judgement["safety"]) + counterexample("Counterexample of meaning", judgement["meaning"]);
  if (answer.contains("wrong_decision")) html += wrong_decision(text_of(answer, "text"), answer["wrong_decision"]);
  if (answer.contains("random_runs") && count_of(answer["random_runs"], "differences") > 0)
    html += input_and_answers("Difference on a random input", answer["random_runs"]) + "</article>\n";
  return html;
}

}  // namespace assay::analysis::bench
