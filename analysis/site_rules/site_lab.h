// Experiments on the decision of a template of prompts: what the network decides, what happens when parts of one prompt's run replace those of
// another's, and where heads look.
//
//   SiteLab lab = *SiteLab::create(task, network, session);
//   lab.answer(3)                                                // index of the output symbol that it ranks first among the symbols
//   lab.moved({{"q.18.6", site}, {"q.18.7", site}}, lab.contrasts(2, 24, 1))   // share of the effect of changing argument 2
//
// The decision is read at the end of a prompt, between the task's output symbols alone. Cost: create() one forward pass per prompt and pair of
// symbols; a swap one run from the first swapped layer on. Test: tests/analysis/site_rules_test.cpp
#pragma once

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "analysis/claims/first_choices.h"
#include "analysis/site_rules/condition.h"
#include "analysis/tasks/task.h"
#include "base/draw.h"
#include "base/session.h"
#include "circuits/engine.h"

namespace assay::analysis::site_rules {

/// A site of the network at one of the task's positions (an index into Task::positions).
struct Place {
  std::string site;
  std::size_t position = 0;
  bool operator==(const Place&) const = default;
};

/// Indices of prompts.
struct PromptPair {
  std::size_t base = 0, source = 0;
};

class SiteLab {
 public:
  enum class Part { kAll, kFirstHalf, kSecondHalf };
  /// The prompts of the task, or a pseudo-random half of them. Errors: the task is no template, it names no last token, its output is a set, an
  /// argument is no slot, a position is not on every prompt. `task` and `network` must outlive it.
  static Result<SiteLab> create(const Task& task, circuits::Network& network, Session& session, Part part = Part::kAll);

  const Task& task() const { return *task_; }
  circuits::Network& network() const { return *network_; }
  /// What the rule is a function of, by name: the task's arguments, or all slots of its template.
  const std::vector<std::string>& arguments() const { return arguments_; }
  std::size_t prompts() const { return rows_.size(); }
  const std::vector<Row>& rows() const { return rows_; }
  int classes() const { return static_cast<int>(task_->output.symbols.size()); }
  const std::vector<int>& answers() const { return answers_; }
  int answer(std::size_t prompt) const { return answers_[prompt]; }
  /// By the whole vocabulary: on how many prompts what is ranked first is a symbol at all.
  const FirstChoices& first_choices() const { return first_choices_; }
  Tokens sequence(std::size_t prompt) const;
  std::span<const TokenId> prompt_tokens(std::size_t prompt) const { return prompts_[prompt]->tokens; }
  /// The position at which the decision is read.
  std::size_t site() const { return site_; }
  int place(std::size_t prompt, std::size_t position) const { return places_[prompt][position]; }
  std::string described(std::size_t prompt) const;
  /// logit(a) - logit(b) of a prompt.
  double difference(std::size_t prompt, int a, int b) const;

  /// Pairs that differ in this argument's slot alone and in the answer, as many tokens and every position in one place; at most `most`, seeded.
  std::vector<PromptPair> contrasts(std::size_t argument, std::size_t most, std::uint64_t seed) const;
  /// Pairs whose positions lie in the same places.
  bool comparable(const PromptPair& pair) const;

  /// Decisions, by output symbol, of the bases with the sources' values at these places.
  Result<std::vector<int>> decisions(const std::vector<Place>& places, const std::vector<PromptPair>& pairs) const;
  /// By how much a swap lowers logit(first) - logit(second) of the base; `between`: two different symbols per pair.
  Result<std::vector<double>> lowered(const std::vector<Place>& places, const std::vector<PromptPair>& pairs,
                                      const std::vector<std::pair<int, int>>& between) const;
  /// Which share of the way from base to source the swap moves logit(base's answer) - logit(source's answer), over all pairs, whose answers differ:
  /// 0 nothing, 1 all of it. None without pairs.
  Result<std::optional<double>> moved(const std::vector<Place>& places, const std::vector<PromptPair>& pairs) const;
  /// Attention of each head [layer, head] from `position` to `read`: [head][prompt].
  Result<std::vector<std::vector<double>>> attention(const std::vector<std::pair<int, int>>& heads, std::size_t position, std::size_t read) const;
  /// Values of sites at a position: [site], row-major [prompt, width].
  Result<std::vector<std::vector<float>>> values(const std::vector<std::string>& sites, std::size_t position) const;

 private:
  SiteLab(const Task& task, circuits::Network& network, Session& session) : task_(&task), network_(&network), session_(&session) {}
  Status read_prompts(Part part);
  Status read_answers();
  Status find_site();
  Result<std::vector<circuits::Answer>> swapped(const std::vector<Place>& places, const std::vector<PromptPair>& pairs, const Tokens& allowed) const;

  const Task* task_;
  circuits::Network* network_;
  Session* session_;
  std::vector<const Prompt*> prompts_;
  std::vector<std::string> arguments_;
  std::vector<Row> rows_;
  std::vector<std::vector<int>> places_;       // per prompt, per position of the task
  std::vector<std::vector<double>> relative_;  // per prompt: logit of each symbol minus that of the first
  std::vector<int> answers_;
  FirstChoices first_choices_;
  std::size_t site_ = 0;
};

}  // namespace assay::analysis::site_rules
