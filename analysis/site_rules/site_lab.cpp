#include "analysis/site_rules/site_lab.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <random>

namespace assay::analysis::site_rules {
namespace {

using circuits::Answer;
using circuits::Readout;

/// Slot of the template that an argument of the program stands for.
Result<std::size_t> slot_of(const Task& task, const std::string& argument) {
  const std::vector<PromptSlot>& slots = task.domain.spec().prompts->form().slots;
  const auto found = std::find_if(slots.begin(), slots.end(), [&](const PromptSlot& slot) { return slot.name == argument; });
  if (found == slots.end()) return unsupported(fmt::format("a rule over the argument '{}'", argument), "call the program with slots of the template");
  return static_cast<std::size_t>(found - slots.begin());
}

/// What the rule is a function of: what the task says, else every slot.
std::vector<std::string> arguments_of(const Task& task) {
  if (!task.arguments.empty()) return task.arguments;
  std::vector<std::string> names;
  for (const PromptSlot& slot : task.domain.spec().prompts->form().slots) names.push_back(slot.name);
  return names;
}

/// logit(a) - logit(b), where the answer was read among a and b.
double difference_of(const Answer& answer, TokenId a) { return answer.token == a ? answer.margin : -answer.margin; }

}  // namespace

Result<SiteLab> SiteLab::create(const Task& task, circuits::Network& network, Session& session, Part part) {
  if (!task.domain.spec().prompts) return unsupported("the rule of a decision in this task", "give a task whose domain is a template of prompts");
  if (task.output.is_set() || task.output.symbols.size() < 2)
    return unsupported("the rule of a decision that is not between at least two symbols", "list them as [output] symbols, with kind = \"argmax\"");
  SiteLab lab(task, network, session);
  if (Status found = lab.find_site(); !found) return fail(found.error());
  if (Status read = lab.read_prompts(part); !read) return fail(read.error());
  if (Status read = lab.read_answers(); !read) return fail(read.error());
  return lab;
}

Status SiteLab::find_site() {
  const std::vector<PositionSpec>& positions = task_->positions;
  const auto last = std::find_if(positions.begin(), positions.end(), [](const PositionSpec& position) { return position.last; });
  if (last == positions.end())
    return input_error(fmt::format("{}: no position is the last token", task_->file), "add `site = { last = true }` to [positions]");
  site_ = static_cast<std::size_t>(last - positions.begin());
  return {};
}

Status SiteLab::read_prompts(Part part) {
  const std::vector<PromptSlot>& slots = task_->domain.spec().prompts->form().slots;
  std::vector<std::size_t> of_argument;
  arguments_ = arguments_of(*task_);
  for (const std::string& argument : arguments_) {
    const Result<std::size_t> slot = slot_of(*task_, argument);
    if (!slot) return fail(slot.error());
    of_argument.push_back(*slot);
  }
  std::mt19937_64 random(task_->seed);
  for (const Prompt& prompt : task_->domain.spec().prompts->all()) {
    if (!task_->domain.scored(prompt.tokens)) continue;
    const bool first = (random() >> 40 & 1) == 0;
    if (part != Part::kAll && first != (part == Part::kFirstHalf)) continue;
    std::vector<int> places;
    for (const PositionSpec& position : task_->positions) {
      const std::optional<int> at = position.each ? std::optional(0) : task_->locate(position, prompt.tokens);
      if (!at)
        return input_error(fmt::format("{}: position '{}' is not in the prompt {}", task_->file, position.name, task_->input_text(prompt.tokens)),
                           "name positions that every prompt has");
      places.push_back(*at);
    }
    Row row;
    for (const std::size_t slot : of_argument) row.push_back(slots[slot].values[prompt.choices[slot]]);
    prompts_.push_back(&prompt);
    rows_.push_back(std::move(row));
    places_.push_back(std::move(places));
  }
  if (const std::optional<Error> failure = task_->domain.failure()) return fail(*failure);
  if (prompts_.empty()) return input_error(fmt::format("{}: no prompt is in the domain", task_->file), "widen its `where`");
  return {};
}

Status SiteLab::read_answers() {
  std::vector<PromptPair> unchanged;  // as swaps with themselves prompts run on all threads, and the network keeps their runs for the swaps to come
  for (std::size_t i = 0; i < prompts(); ++i) unchanged.push_back({i, i});
  const Tokens& symbols = task_->output.symbols;
  relative_.assign(prompts(), std::vector<double>(symbols.size()));
  Tokens first_choices;
  constexpr std::size_t kAtOnce = 16;
  session_->progress.stage("decisions", prompts());
  for (std::size_t first = 0; first < prompts(); first += kAtOnce) {
    if (session_->cancelled()) return fail({ErrorKind::kCancelled, "interrupted while the prompts were answered", "run the command again"});
    const std::vector<PromptPair> some(unchanged.begin() + static_cast<std::ptrdiff_t>(first),
                                       unchanged.begin() + static_cast<std::ptrdiff_t>(std::min(first + kAtOnce, prompts())));
    for (std::size_t symbol = 1; symbol < symbols.size(); ++symbol) {
      const Result<std::vector<Answer>> found = swapped({{"resid_final", site_}}, some, {symbols[0], symbols[symbol]});
      if (!found) return fail(found.error());
      for (std::size_t i = 0; i < some.size(); ++i) relative_[first + i][symbol] = -difference_of((*found)[i], symbols[0]);
    }
    const Result<std::vector<Answer>> written = swapped({{"resid_final", site_}}, some, {});
    if (!written) return fail(written.error());
    for (const Answer& answer : *written) first_choices.push_back(answer.token);
    session_->progress.step(first + some.size());
  }
  first_choices_ = count_first_choices(*task_, first_choices);
  for (const std::vector<double>& logits : relative_)
    answers_.push_back(static_cast<int>(std::max_element(logits.begin(), logits.end()) - logits.begin()));
  return {};
}

Tokens SiteLab::sequence(std::size_t prompt) const { return task_->sequence(prompts_[prompt]->tokens); }
std::string SiteLab::described(std::size_t prompt) const { return task_->domain.spec().prompts->described(*prompts_[prompt]); }
double SiteLab::difference(std::size_t prompt, int a, int b) const {
  return relative_[prompt][static_cast<std::size_t>(a)] - relative_[prompt][static_cast<std::size_t>(b)];
}

bool SiteLab::comparable(const PromptPair& pair) const {
  return prompts_[pair.base]->tokens.size() == prompts_[pair.source]->tokens.size() && places_[pair.base] == places_[pair.source];
}

std::vector<PromptPair> SiteLab::contrasts(std::size_t argument, std::size_t most, std::uint64_t seed) const {
  const std::size_t slot = *slot_of(*task_, arguments_[argument]);
  std::map<std::vector<std::size_t>, std::vector<std::size_t>> alike;  // by the choices of the other slots
  for (std::size_t i = 0; i < prompts(); ++i) {
    std::vector<std::size_t> others = prompts_[i]->choices;
    others[slot] = 0;
    alike[others].push_back(i);
  }
  std::vector<PromptPair> pairs;
  for (const auto& [others, members] : alike)
    for (const std::size_t base : members)
      for (const std::size_t source : members)
        if (answers_[base] != answers_[source] && comparable({base, source})) pairs.push_back({base, source});
  std::mt19937_64 random(seed);
  draw(pairs, most, random);
  return pairs;
}

Result<std::vector<Answer>> SiteLab::swapped(const std::vector<Place>& places, const std::vector<PromptPair>& pairs, const Tokens& allowed) const {
  circuits::InterchangeRequest request;
  request.readout = {Readout::Kind::kArgmax, allowed};
  for (const Place& place : places) request.swaps.push_back({{place.site, {}}});
  std::map<std::size_t, std::uint32_t> bases, sources;
  const auto add = [&](std::size_t prompt, std::map<std::size_t, std::uint32_t>& known, std::vector<circuits::InterchangeInput>& inputs) {
    const auto [at, fresh] = known.emplace(prompt, static_cast<std::uint32_t>(inputs.size()));
    if (fresh) {
      circuits::InterchangeInput input{sequence(prompt), {}, {}};
      for (const Place& place : places) input.site_positions.push_back(this->place(prompt, place.position));
      input.scored_positions = {static_cast<std::int32_t>(input.tokens.size()) - 1};
      inputs.push_back(std::move(input));
    }
    return at->second;
  };
  for (const PromptPair& pair : pairs) request.pairs.push_back({add(pair.base, bases, request.bases), add(pair.source, sources, request.sources)});
  std::vector<Answer> found(pairs.size());
  const auto visit = [&](std::size_t first, std::span<const std::vector<Answer>> answers) {
    for (std::size_t i = 0; i < answers.size(); ++i) found[first + i] = answers[i][0];
    return true;
  };
  if (pairs.empty()) return found;
  if (Status run = network_->interchange(request, visit, *session_); !run) return fail(run.error());
  return found;
}

Result<std::vector<int>> SiteLab::decisions(const std::vector<Place>& places, const std::vector<PromptPair>& pairs) const {
  const Tokens& symbols = task_->output.symbols;
  const Result<std::vector<Answer>> found = swapped(places, pairs, symbols);
  if (!found) return fail(found.error());
  std::vector<int> decided;
  for (const Answer& answer : *found) decided.push_back(static_cast<int>(std::find(symbols.begin(), symbols.end(), answer.token) - symbols.begin()));
  return decided;
}

Result<std::vector<double>> SiteLab::lowered(const std::vector<Place>& places, const std::vector<PromptPair>& pairs,
                                             const std::vector<std::pair<int, int>>& between) const {
  std::map<std::pair<int, int>, std::vector<std::size_t>> by_symbols;
  for (std::size_t i = 0; i < pairs.size(); ++i) by_symbols[std::minmax(between[i].first, between[i].second)].push_back(i);
  std::vector<double> all(pairs.size());
  for (const auto& [symbols, members] : by_symbols) {
    const TokenId low = task_->output.symbols[static_cast<std::size_t>(symbols.first)];
    std::vector<PromptPair> some;
    for (const std::size_t i : members) some.push_back(pairs[i]);
    const Result<std::vector<Answer>> found = swapped(places, some, {low, task_->output.symbols[static_cast<std::size_t>(symbols.second)]});
    if (!found) return fail(found.error());
    for (std::size_t k = 0; k < members.size(); ++k) {
      const auto [first, second] = between[members[k]];
      all[members[k]] = difference(some[k].base, first, second) - (first == symbols.first ? 1 : -1) * difference_of((*found)[k], low);
    }
  }
  return all;
}

Result<std::optional<double>> SiteLab::moved(const std::vector<Place>& places, const std::vector<PromptPair>& pairs) const {
  if (pairs.empty()) return std::optional<double>();
  std::vector<std::pair<int, int>> between;
  double whole = 0, part = 0;
  for (const auto& [base, source] : pairs) {
    between.emplace_back(answers_[base], answers_[source]);
    whole += difference(base, answers_[base], answers_[source]) - difference(source, answers_[base], answers_[source]);
  }
  const Result<std::vector<double>> each = lowered(places, pairs, between);
  if (!each) return fail(each.error());
  for (const double one : *each) part += one;
  return std::optional<double>(part / whole);
}

Result<std::vector<std::vector<double>>> SiteLab::attention(const std::vector<std::pair<int, int>>& heads, std::size_t position,
                                                            std::size_t read) const {
  std::vector<Tokens> sequences;
  std::vector<std::vector<std::int32_t>> positions;
  std::vector<std::string> sites;
  for (const auto& [layer, head] : heads) sites.push_back(fmt::format("pattern.{}.{}", layer, head));
  for (std::size_t i = 0; i < prompts(); ++i) sequences.push_back(sequence(i)), positions.emplace_back(heads.size(), place(i, position));
  const Result<std::vector<std::vector<float>>> rows = network_->read_sites(sequences, positions, sites);
  if (!rows) return fail(rows.error());
  std::vector<std::vector<double>> attention(heads.size(), std::vector<double>(prompts()));
  for (std::size_t h = 0; h < heads.size(); ++h)
    for (std::size_t i = 0; i < prompts(); ++i)
      attention[h][i] = (*rows)[h][i * ((*rows)[h].size() / prompts()) + static_cast<std::size_t>(place(i, read))];
  return attention;
}

Result<std::vector<std::vector<float>>> SiteLab::values(const std::vector<std::string>& sites, std::size_t position) const {
  std::vector<Tokens> sequences;
  std::vector<std::vector<std::int32_t>> positions;
  for (std::size_t i = 0; i < prompts(); ++i) sequences.push_back(sequence(i)), positions.emplace_back(sites.size(), place(i, position));
  return network_->read_sites(sequences, positions, sites);
}

}  // namespace assay::analysis::site_rules
