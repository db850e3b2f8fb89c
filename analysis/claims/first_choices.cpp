#include "analysis/claims/first_choices.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace assay::analysis {
namespace {

std::string symbols_of(const Task& task) {
  std::string text;
  const Tokens& symbols = task.output.symbols;
  for (std::size_t i = 0; i < symbols.size(); ++i)
    text += fmt::format("{}'{}'", i == 0 ? "" : i + 1 == symbols.size() ? " or " : ", ", task.words.symbol(symbols[i]));
  return text;
}

std::string instead(const Task& task, const FirstChoices& choices) {
  return choices.other < 0 ? "" : fmt::format("; most often otherwise '{}', on {}", task.words.symbol(choices.other), choices.others);
}

}  // namespace

FirstChoices count_first_choices(const Task& task, const Tokens& first) {
  FirstChoices choices;
  std::map<TokenId, std::size_t> others;
  const Tokens& symbols = task.output.symbols;
  for (const TokenId token : first) {
    ++choices.prompts;
    if (std::find(symbols.begin(), symbols.end(), token) != symbols.end()) ++choices.reached;
    else ++others[token];
  }
  for (const auto& [token, count] : others)
    if (count > choices.others) choices.other = token, choices.others = count;
  return choices;
}

Result<FirstChoices> first_choices(const Task& task, circuits::Network& network, std::size_t most) {
  std::vector<Tokens> all, asked;
  for (const Prompt& prompt : task.domain.spec().prompts->all())
    if (task.domain.scored(prompt.tokens)) all.push_back(task.sequence(prompt.tokens));
  if (const std::optional<Error> failure = task.domain.failure()) return fail(*failure);
  const std::size_t count = std::min(most, all.size());
  std::vector<std::vector<std::int32_t>> positions;
  for (std::size_t i = 0; i < count; ++i) {
    asked.push_back(all[i * all.size() / count]);
    positions.push_back({static_cast<std::int32_t>(asked.back().size()) - 1});
  }
  const auto answers = network.answers(asked, positions, {});
  if (!answers) return fail(answers.error());
  Tokens first;
  for (const std::vector<circuits::Answer>& answer : *answers) first.push_back(answer.at(0).token);
  return count_first_choices(task, first);
}

Status must_reach(const Task& task, const FirstChoices& choices) {
  if (choices.prompts == 0 || choices.reached > 0) return {};
  return input_error(fmt::format("{}: the model never reaches this site: on none of {} prompts is its first choice {}{}", task.file, choices.prompts,
                                 symbols_of(task), instead(task, choices)),
                     "end the prompts right before the token that decides, or list what the model writes there as the output's symbols");
}

std::string to_text(const Task& task, const FirstChoices& choices) {
  return fmt::format(
      "reaches the site: {} of {} prompts (first choice {}{}){}", choices.reached, choices.prompts, symbols_of(task), instead(task, choices),
      choices.rarely() ? "; warning: on most of them the model writes something else, so this is about a preference, not about its text" : "");
}

}  // namespace assay::analysis
