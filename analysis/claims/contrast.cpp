#include "analysis/claims/contrast.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "analysis/tasks/labels.h"

namespace assay::analysis {
namespace {

SourceRange in(const Task& task) { return {task.file, {}, {}}; }

Result<std::size_t> slot_named(const std::string& name, const Task& task, const Prompts& prompts) {
  std::vector<std::string> names;
  for (const PromptSlot& slot : prompts.form().slots) names.push_back(slot.name);
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  const std::string near = nearest(name, names);
  return input_error(name.empty() ? "the claim does not say which slot the contrast changes" : fmt::format("the domain has no slot '{}'", name),
                     near.empty() ? "write slot = \"NAME\" with a slot of the task's template" : fmt::format("did you mean '{}'?", near), in(task));
}

/// The right symbol of every prompt in the domain; -1 elsewhere.
Result<std::vector<TokenId>> right_symbols(const Task& task, const Domain& domain, const CFunction& program) {
  const Result<Labels> labels = Labels::create(task, domain, program);
  if (!labels) return fail(labels.error());
  const std::vector<Prompt>& prompts = domain.spec().prompts->all();
  std::vector<TokenId> right(prompts.size(), -1);
  BoundArguments scratch;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    if (!domain.scored(prompts[i].tokens)) continue;
    const Label label = labels->label(prompts[i].tokens, scratch);
    if (!label.defined || label.answer.token < 0)
      return input_error(
          fmt::format("the program says no symbol on {}: it {}", domain.spec().prompts->described(prompts[i]), labels->explain(prompts[i].tokens)),
          "let it return one of the output's values for every prompt", SourceRange{program.file(), {}, {}});
    right[i] = label.answer.token;
  }
  if (const std::optional<Error> failed = domain.failure()) return fail(*failed);
  return right;
}

std::vector<std::int32_t> differing_places(const Tokens& left, const Tokens& right) {
  std::vector<std::int32_t> places;
  for (std::size_t i = 0; i < left.size(); ++i)
    if (left[i] != right[i]) places.push_back(static_cast<std::int32_t>(i));
  return places;
}

class Builder {
 public:
  Builder(const Task& task, const Domain& domain, std::vector<TokenId> right)
      : task_(task), prompts_(*domain.spec().prompts), right_(std::move(right)) {}

  Result<Contrast> build(std::size_t slot) {
    contrast_.slot = slot;
    if (Status status = take_symbols(); !status) return fail(status.error());
    for (std::size_t i = 0; i < right_.size(); ++i) contrast_.right.push_back(right_[i] < 0 ? 0 : right_[i] == contrast_.first ? 1 : -1);
    for (std::size_t other = 0; other < prompts_.form().slots.size(); ++other)
      if (other == slot) add_contrasts();
      else if (prompts_.form().slots[other].texts.size() > 1) add_surface(other);
    if (contrast_.pairs.empty() && contrast_.other_length > 0) return no_match();
    return std::move(contrast_);
  }

 private:
  const Tokens& tokens(std::size_t prompt) const { return prompts_.all()[prompt].tokens; }

  Status take_symbols() {
    std::set<TokenId> met(right_.begin(), right_.end());
    met.erase(-1);
    if (met.size() > 2)
      return unsupported(fmt::format("a contrast between {} symbols", met.size()), "narrow the domain to a decision between two", in(task_));
    for (const TokenId symbol : task_.output.symbols) {  // in the order of the task
      if (!met.contains(symbol)) continue;
      (contrast_.first < 0 ? contrast_.first : contrast_.second) = symbol;
    }
    return {};
  }

  /// Calls `visit` with each pair of unedited prompts in the domain that differ in `slot` alone.
  template <class Visit>
  void for_each_pair(std::size_t slot, const Visit& visit) const {
    const std::vector<std::size_t> slots = {slot};
    for (std::size_t i = 0; i < prompts_.unedited(); ++i)
      for (const std::size_t j : prompts_.neighbours(i, slots))
        if (i < j && right_[i] >= 0 && right_[j] >= 0) visit(i, j);
  }

  void add_contrasts() {
    for_each_pair(contrast_.slot, [&](std::size_t i, std::size_t j) {
      if (right_[i] == right_[j]) {
        ++contrast_.same_right;
      } else if (tokens(i).size() != tokens(j).size()) {
        ++contrast_.other_length;
        unmatched_ = {i, j};
      } else {
        const bool in_order = right_[i] == contrast_.first;
        contrast_.pairs.push_back({in_order ? i : j, in_order ? j : i, places(i, j)});
      }
    });
  }

  std::vector<std::int32_t> places(std::size_t i, std::size_t j) const {
    std::vector<std::int32_t> found = differing_places(tokens(i), tokens(j));
    for (std::int32_t& place : found) place += static_cast<std::int32_t>(task_.domain.spec().start.size());
    return found;
  }

  void add_surface(std::size_t slot) {
    NamedPairs surface{prompts_.form().slots[slot].name, {}, 0};
    for_each_pair(slot, [&](std::size_t i, std::size_t j) {
      if (right_[i] != right_[j]) return;
      if (tokens(i).size() == tokens(j).size()) surface.pairs.emplace_back(i, j);
      else ++surface.other_length;
    });
    contrast_.surfaces.push_back(std::move(surface));
  }

  tl::unexpected<Error> no_match() const {
    const PromptSlot& slot = prompts_.form().slots[contrast_.slot];
    const auto described = [&](std::size_t prompt) {
      return fmt::format("\"{}\" ({} tokens in all)", slot.label(prompts_.all()[prompt].choices[contrast_.slot]), tokens(prompt).size());
    };
    return unsupported(fmt::format("none of {} pairs that differ in slot '{}' alone has one length: {} and {}", contrast_.other_length, slot.name,
                                   described(unmatched_.first), described(unmatched_.second)),
                       "word the slot's texts with as many tokens", in(task_));
  }

  const Task& task_;
  const Prompts& prompts_;
  const std::vector<TokenId> right_;
  Contrast contrast_;
  std::pair<std::size_t, std::size_t> unmatched_;
};

}  // namespace

Result<Contrast> contrast_of(const Task& task, const Domain& domain, const CFunction& program, const std::string& slot) {
  if (!domain.spec().prompts)
    return input_error("the claim is about prompts that differ in one slot, and the domain is no template", "declare a domain by `template`",
                       in(task));
  const Result<std::size_t> index = slot_named(slot, task, *domain.spec().prompts);
  if (!index) return fail(index.error());
  Result<std::vector<TokenId>> right = right_symbols(task, domain, program);
  if (!right) return fail(right.error());
  return Builder(task, domain, std::move(*right)).build(*index);
}

}  // namespace assay::analysis
