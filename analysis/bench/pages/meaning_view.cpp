#include "analysis/bench/pages/meaning_view.h"

#include <fmt/format.h>

#include "analysis/bench/pages/html.h"

namespace assay::analysis::bench {
namespace {

std::string links(const Json& answers, const std::string& prefix) {
  std::string html;
  for (const Json& answer : answers)
    html += fmt::format("{}<a href=\"#{}{}\">{}</a>", html.empty() ? "" : ", ", prefix, answer.get<std::size_t>(), answer.get<std::size_t>() + 1);
  return html;
}

std::string class_rows(const Json& run, const std::string& prefix) {
  const Json &meanings = run.at("meanings"), &classes = meanings.at("classes");
  const std::size_t reference = !meanings.contains("reference_class") || meanings["reference_class"].is_null()
                                    ? classes.size()
                                    : meanings["reference_class"].get<std::size_t>();
  std::string rows;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    std::size_t written = 0;
    for (const Json& answer : classes[c]) written += samples_of(run, answer.get<std::size_t>()).size();
    const std::string label = classes[c].empty() ? "" : badge(name_of(label_of_answer(run.at("answers").at(classes[c][0].get<std::size_t>()))));
    rows += fmt::format("<tr><th scope=\"row\">class {}</th><td>{}</td><td class=\"number\">{} of {}</td><td>{}</td><td>{}</td></tr>\n", c + 1,
                        links(classes[c], prefix), written, run.at("samples").size(), label, c == reference ? "equal to the reference" : "");
  }
  return rows;
}

std::string distinction_rows(const Json& distinctions) {
  std::string rows;
  for (const Json& entry : distinctions) {
    std::string input;
    for (const Json& line : entry.at("input")) input += (input.empty() ? "" : "; ") + line.get<std::string>();
    rows += fmt::format("<tr><th scope=\"row\">{} and {}</th><td><code>{}</code></td><td><code>{}</code></td><td><code>{}</code></td></tr>\n",
                        entry.at("first").get<std::size_t>() + 1, entry.at("second").get<std::size_t>() + 1, shown(input),
                        shown(text_of(entry, "first_answer")), shown(text_of(entry, "second_answer")));
  }
  return rows;
}

}  // namespace

std::vector<std::size_t> samples_of(const Json& run, std::size_t answer) {
  std::vector<std::size_t> samples;
  for (std::size_t s = 0; s < run.at("samples").size(); ++s)
    if (run.at("samples")[s].at("answer_id").get<std::size_t>() == answer) samples.push_back(s);
  return samples;
}

std::string meaning_view(const Json& run, const std::string& prefix) {
  const Json& meanings = run.at("meanings");
  if (run.at("answers").size() < 2) return {};
  std::string html = "<section class=\"meanings\"><h3>Classes of meaning</h3>\n";
  if (!meanings.at("classes").empty())
    html +=
        "<div class=\"scroll\"><table><caption>Answers of one class do the same on every input of the contract</caption><thead><tr><th "
        "scope=\"col\">class</th><th scope=\"col\">answers</th><th scope=\"col\">samples</th><th scope=\"col\">label</th><th scope=\"col\">reference"
        "</th></tr></thead><tbody>\n" +
        class_rows(run, prefix) + "</tbody></table></div>\n";
  if (!meanings.at("distinctions").empty())
    html +=
        "<div class=\"scroll\"><table><caption>Inputs that tell classes apart</caption><thead><tr><th scope=\"col\">classes</th><th scope=\"col\">"
        "input</th><th scope=\"col\">the first</th><th scope=\"col\">the second</th></tr></thead><tbody>\n" +
        distinction_rows(meanings.at("distinctions")) + "</tbody></table></div>\n";
  if (!meanings.at("unsorted").empty())
    html += fmt::format("<p class=\"note\">Without a meaning here, because they are broken or not modelled: answers {}.</p>\n",
                        links(meanings.at("unsorted"), prefix));
  if (const auto pairs = meanings.at("undecided_pairs").get<std::uint64_t>(); pairs > 0)
    html += fmt::format("<p class=\"note\">Kept apart although no input was found that tells them apart: {} {} of answers.</p>\n", pairs,
                        pairs == 1 ? "pair" : "pairs");
  return html + "</section>\n";
}

}  // namespace assay::analysis::bench
