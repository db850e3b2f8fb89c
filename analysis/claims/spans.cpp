#include "analysis/claims/spans.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace assay::analysis {
namespace {

using circuits::Example;
using circuits::Span;

/// Positions of the task that these tokens reach, by token; of two names for one token the first. `last` and `each` are there for every task and
/// name nothing that it means.
std::map<int, std::string> places(const Task& task, const Tokens& tokens) {
  const std::span<const TokenId> prefix = std::span(tokens).subspan(task.domain.spec().start.size());
  std::map<int, std::string> found;
  for (const PositionSpec& position : task.positions)
    if (!position.each && position.name != "last")
      if (const std::optional<int> at = task.locate(position, prefix)) found.emplace(*at, position.name);
  return found;
}

/// Name of each token's span.
std::vector<std::string> names(const Task& task, const Tokens& tokens) {
  if (task.spans_by_syntax) {
    const Prompt* prompt = task.domain.spec().prompts->find(std::span(tokens).subspan(task.domain.spec().start.size()));
    return prompt == nullptr ? std::vector<std::string>(tokens.size()) : prompt->spans;
  }
  const std::map<int, std::string> at = places(task, tokens);
  std::vector<std::string> all;
  for (int token = 0; token < static_cast<int>(tokens.size()); ++token) {
    const auto next = at.lower_bound(token);
    all.push_back(next == at.end() ? "after" : next->first == token ? next->second : "to_" + next->second);
  }
  return all;
}

Status assign(const Task& task, const std::map<std::string, std::int32_t>& number, Example& example) {
  example.spans.clear();
  for (const std::string& name : names(task, example.clean)) {
    const auto found = number.find(name);
    if (found == number.end())
      return input_error(fmt::format("a token lies in '{}', which the circuit does not know", name), "use a task with the positions of the circuit");
    if (!example.spans.empty() && found->second < example.spans.back())
      return input_error(
          fmt::format("'{}' stands in another order in {}", name, task.input_text(std::span(example.clean).subspan(task.domain.spec().start.size()))),
          "name positions that follow each other in every input");
    example.spans.push_back(found->second);
  }
  return {};
}

}  // namespace

Result<std::vector<Span>> spans_of(const Task& task, const ExampleSet& set) {
  std::vector<Span> spans;
  const auto at = [&](const std::string& name) {
    return std::find_if(spans.begin(), spans.end(), [&](const Span& span) { return span.name == name; });
  };
  for (const Example& example : set.unpaired) {
    const std::vector<std::string> all = names(task, example.clean);
    auto after = spans.begin();  // where a span that was not met yet goes in
    for (std::size_t token = 0; token < all.size(); ++token) {
      auto found = at(all[token]);
      if (found == spans.end()) found = spans.insert(after, {all[token], false});
      const auto scored = static_cast<std::int32_t>(token);
      found->scored = found->scored || std::find(example.positions.begin(), example.positions.end(), scored) != example.positions.end();
      after = found + 1;
    }
  }
  if (spans.size() < 2)
    return input_error(fmt::format("{} names no positions: there is nothing to tell apart", task.file), "name some in [positions]");
  return spans;
}

bool same_spans(const Task& task, const Tokens& left, const Tokens& right) { return names(task, left) == names(task, right); }

Status assign_spans(const Task& task, const std::vector<Span>& spans, ExampleSet& set) {
  set.without_partner += std::erase_if(set.paired, [&](const Example& example) { return !same_spans(task, example.clean, example.corrupted); });
  if (set.paired.empty())
    return input_error("no partner has its positions where the input has them", "use counterfactual partners that keep the length of every slot");
  std::map<std::string, std::int32_t> number;
  for (std::size_t i = 0; i < spans.size(); ++i) number[spans[i].name] = static_cast<std::int32_t>(i);
  for (std::vector<Example>* list : {&set.paired, &set.unpaired})
    for (Example& example : *list)
      if (Status status = assign(task, number, example); !status) return status;
  return {};
}

Result<CircuitView> view_for(circuits::Network& network, const std::vector<Span>& spans, const Task& task, ExampleSet& set) {
  CircuitView view{nullptr, &network};
  if (spans.empty()) return view;
  if (Status status = assign_spans(task, spans, set); !status) return fail(status.error());
  Result<std::unique_ptr<circuits::Network>> by_span = network.by_span(spans);
  if (!by_span) return fail(by_span.error());
  view.by_span = std::move(*by_span);
  view.network = view.by_span.get();
  return view;
}

}  // namespace assay::analysis
