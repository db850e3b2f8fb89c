#include "analysis/bench/first_tokens.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace assay::analysis::bench {
namespace {

constexpr std::size_t kTexts = 4;

/// The first token of a sample, and the request that it answers.
struct First {
  const CodeTask* task = nullptr;
  const AnswerToken* token = nullptr;
};

std::vector<First> first_of(const std::vector<CodeTask>& tasks, const ModelRun& model) {
  std::vector<First> found;
  for (std::size_t i = 0; i < model.tasks.size(); ++i) {
    if (!tasks[i].variation.empty() || tasks[i].ends_with_declaration()) continue;
    for (const Sample& sample : model.tasks[i].samples)
      if (!sample.tokens.empty() && !sample.tokens.front().alternatives.empty()) found.push_back({&tasks[i], &sample.tokens.front()});
  }
  return found;
}

double probability(const AnswerToken& token, const std::string& text) {
  for (const auto& [alternative, probability] : token.alternatives)
    if (alternative == text) return probability;
  return 0;
}

std::vector<std::pair<std::string, double>> likeliest(const std::vector<First>& all) {
  std::map<std::string, double> sums;
  for (const First& first : all)
    for (const auto& [text, probability] : first.token->alternatives) sums[text] += probability / static_cast<double>(all.size());
  std::vector<std::pair<std::string, double>> texts(sums.begin(), sums.end());
  std::stable_sort(texts.begin(), texts.end(), [](const auto& one, const auto& other) { return one.second > other.second; });
  if (texts.size() > kTexts) texts.resize(kTexts);
  return texts;
}

std::string shown(const std::string& text) { return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

FirstTokens first_tokens(const std::vector<CodeTask>& tasks, const ModelRun& model) {
  const std::vector<First> all = first_of(tasks, model);
  FirstTokens found;
  found.samples = all.size();
  found.texts = likeliest(all);
  for (const First& first : all)
    for (const auto& [attribute, value] : first.task->attributes) {
      auto group = std::find_if(found.by_attribute.begin(), found.by_attribute.end(),
                                [&](const FirstTokens::Group& each) { return each.attribute == attribute && each.value == value; });
      if (group == found.by_attribute.end()) group = found.by_attribute.insert(group, {attribute, value, 0, std::vector<double>(found.texts.size())});
      ++group->samples;
      for (std::size_t text = 0; text < found.texts.size(); ++text) group->probabilities[text] += probability(*first.token, found.texts[text].first);
    }
  for (FirstTokens::Group& group : found.by_attribute)
    for (double& sum : group.probabilities) sum /= static_cast<double>(group.samples);
  std::erase_if(found.by_attribute, [&](const FirstTokens::Group& group) { return group.samples == found.samples; });
  std::stable_sort(found.by_attribute.begin(), found.by_attribute.end(),
                   [](const FirstTokens::Group& one, const FirstTokens::Group& other) { return one.attribute < other.attribute; });
  return found;
}

Json FirstTokens::to_json() const {
  Json all = Json::array(), groups = Json::array();
  for (const auto& [text, probability] : texts) all.push_back({{"text", text}, {"mean_probability", probability}});
  for (const Group& group : by_attribute)
    groups.push_back(
        {{"attribute", group.attribute}, {"value", group.value}, {"samples", group.samples}, {"mean_probabilities", group.probabilities}});
  return {{"samples", samples}, {"texts", all}, {"by_attribute", groups}};
}

std::string FirstTokens::to_text() const {
  if (samples == 0) return "";
  std::string text = "  mean probability of the first token:";
  for (const auto& [token, probability] : texts) text += fmt::format("   {} {:.3f}", shown(token), probability);
  text += "\n";
  for (const Group& group : by_attribute) {
    text += fmt::format("    {:48.48}", group.attribute + " " + group.value);
    for (std::size_t i = 0; i < texts.size(); ++i) text += fmt::format("   {} {:.3f}", shown(texts[i].first), group.probabilities[i]);
    text += "\n";
  }
  return text;
}

}  // namespace assay::analysis::bench
