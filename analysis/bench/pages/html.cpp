#include "analysis/bench/pages/html.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/bench/pages/assets.h"
#include "circuits/model/tokenizer/utf8.h"

namespace assay::analysis::bench {
namespace {

/// Marks that turn or hide the text behind them (Boucher and Anderson 2021, "Trojan Source"), as UTF-8.
bool is_invisible(std::string_view character) {
  for (const std::string_view mark : {"\u061C", "\u200B", "\u200C", "\u200D", "\u200E", "\u200F", "\u2028", "\u2029", "\u202A", "\u202B", "\u202C",
                                      "\u202D", "\u202E", "\u2060", "\u2066", "\u2067", "\u2068", "\u2069", "\uFEFF"})
    if (character == mark) return true;
  return false;
}

/// "<U+202E>" of a character of three bytes or fewer.
std::string code_point(std::string_view character) {
  unsigned value = static_cast<unsigned char>(character[0]) & (character.size() == 2 ? 0x1Fu : 0x0Fu);
  for (const char c : character.substr(1)) value = value << 6 | (static_cast<unsigned char>(c) & 0x3Fu);
  return fmt::format("⟨U+{:04X}⟩", value);
}

/// U+2400 and what follows picture the control characters.
std::string picture(unsigned char control) {
  const auto offset = static_cast<char>(control == 0x7F ? 0x21 : control);
  return {'\xE2', '\x90', static_cast<char>('\x80' + offset)};
}

}  // namespace

int Tally::severity() const {
  for (int place = 0; place < kLabelCount; ++place)
    if (of(kWorstFirst[static_cast<std::size_t>(place)]) > 0) return place;
  return kLabelCount;
}

const std::string& text_of(const Json& object, const char* name) { return object.at(name).get_ref<const std::string&>(); }

bool is_skipped(const Json& model) { return model.contains("skipped") && model["skipped"].is_string(); }

bool is_variation(const Json& task) { return task.contains("variation") && task["variation"].is_string() && !text_of(task, "variation").empty(); }

std::string name_of_model(const Json& model) { return text_of(model, "name").empty() ? "completions" : text_of(model, "name"); }

Label label_of_answer(const Json& answer) {
  const std::string& name = text_of(answer.at("judgement"), "label");
  return *std::find_if(kWorstFirst.begin(), kWorstFirst.end(), [&](Label label) { return name_of(label) == name; });
}

namespace {

bool all_passed(const Json& tests) { return tests.at("passed") == tests.at("total"); }
bool any(const Json& tests) { return tests.at("total").get<std::uint64_t>() > 0; }

}  // namespace

bool passes_tests(const Json& judgement) {
  const Json &visible_tests = judgement.at("visible_tests"), &hidden_tests = judgement.at("hidden_tests");
  return judgement.at("compiles").get<bool>() && all_passed(visible_tests) && all_passed(hidden_tests) && (any(visible_tests) || any(hidden_tests));
}

bool passes_only_visible_tests(const Json& judgement) {
  const Json& visible_tests = judgement.at("visible_tests");
  return judgement.at("compiles").get<bool>() && all_passed(visible_tests) && any(visible_tests) && !all_passed(judgement.at("hidden_tests"));
}

Tally tally_of(const Json& run) {
  Tally tally;
  for (const Json& sample : run.at("samples")) tally.add(label_of_answer(run.at("answers").at(sample.at("answer_id").get<std::size_t>())));
  return tally;
}

std::string visible(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = circuits::leading_character(text.substr(at));
    const std::string_view character = text.substr(at, std::max<std::size_t>(length, 1));
    const auto first = static_cast<unsigned char>(text[at]);
    if (length == 0) result += "\uFFFD";
    else if (length == 1 && ((first < 0x20 && first != '\n' && first != '\t') || first == 0x7F)) result += picture(first);
    else if (length == 2 && first == 0xC2 && static_cast<unsigned char>(text[at + 1]) < 0xA0) result += code_point(character);
    else result += is_invisible(character) ? code_point(character) : std::string(character);
    at += character.size();
  }
  return result;
}

std::string shown(std::string_view text) { return escape_html(visible(text)); }

std::string in_quotes(std::string_view text) {
  std::string result = "\"";
  for (const char c : visible(text)) {
    if (c == '\n') result += "\\n";
    else if (c == '\t') result += "\\t";
    else result += c;
  }
  return result + "\"";
}

std::string percent(double share) {
  const double value = 100 * share;
  return value > 0 && value < 0.05 ? std::string("< 0.1 %") : fmt::format("{:.1f} %", value);
}

std::string badge(std::string_view name, std::uint64_t times) {
  std::string kind;
  for (const char c : name)
    if (c >= 'a' && c <= 'z') kind += c;
  return fmt::format("<span class=\"badge {}\">{}{}</span>", kind, shown(name), times > 1 ? fmt::format(" × {}", times) : "");
}

std::string badges(const Tally& tally) {
  std::string html;
  for (const Label label : kWorstFirst)
    if (tally.of(label) > 0) html += (html.empty() ? "" : " ") + badge(name_of(label), tally.of(label));
  return html;
}

std::string bar(const Tally& tally) {
  std::string parts, words;
  for (auto label = kWorstFirst.rbegin(); label != kWorstFirst.rend(); ++label) {
    if (tally.of(*label) == 0) continue;
    parts += fmt::format("<span class=\"part {}\" style=\"flex-grow:{}\"></span>", name_of(*label), tally.of(*label));
    words += fmt::format("{}{} {}", words.empty() ? "" : ", ", tally.of(*label), name_of(*label));
  }
  return fmt::format("<span class=\"bar\" aria-hidden=\"true\">{}</span><span class=\"words\">{}</span>", parts, words.empty() ? "no sample" : words);
}

std::string request_page_name(std::size_t task) { return fmt::format("r{:04}.html", task + 1); }

std::string page_of(std::string_view title, const std::string& top, const std::string& body) {
  return frame(bench_assets(), visible(title),
               "<a class=\"skip\" href=\"#main\">Skip to the content</a>\n<header>\n" + top + "</header>\n<main id=\"main\">\n" + body + "</main>\n");
}

}  // namespace assay::analysis::bench
