#include "analysis/claims/edit_labels.h"

#include <algorithm>
#include <array>

namespace assay::analysis {
namespace {

enum class Label { kSame, kOtherCode, kOtherSymbol, kNoSymbol, kBothSymbols, kUndecided };
constexpr std::array kLabels = {"same_meaning", "other_meaning", "other_symbol_right", "no_symbol_right", "both_symbols_right", "undecided"};

constexpr int kBound = 6;  ///< iterations of a loop of a finished function, where the session says nothing: such code has no contract

/// Of one kind of edits.
struct Group {
  const EditCounts* counts = nullptr;
  std::array<std::uint64_t, kLabels.size()> labelled{};
  std::array<std::string, kLabels.size()> example{};
  std::vector<std::pair<std::size_t, std::size_t>> same, other_code, turned;

  void add(Label label, std::size_t base, std::size_t edited, const Contrast& contrast) {
    if (label == Label::kSame) same.emplace_back(base, edited);
    if (label == Label::kOtherCode) other_code.emplace_back(base, edited);
    if (label == Label::kOtherSymbol) turned.push_back(contrast.right[base] > 0 ? std::pair(base, edited) : std::pair(edited, base));
  }

  Json to_json() const {
    Json json = {{"kind", counts->kind}, {"prompts", counts->made}, {"other_length", counts->other_length}, {"known", counts->known}};
    for (std::size_t label = 0; label < kLabels.size(); ++label) {
      json[kLabels[label]] = labelled[label];
      if (labelled[label] > 0) json["examples"][kLabels[label]] = example[label];
    }
    return json;
  }
};

/// Contrast::right of an edited prompt, from its base's.
int right_behind(Label label, int base) {
  if (label == Label::kOtherSymbol) return -base;
  return label == Label::kSame || label == Label::kOtherCode ? base : 0;
}

class Labeller {
 public:
  Labeller(CompletedPrompts& completed, const Contrast& contrast)
      : completed_(completed), contrast_(contrast), prompts_(completed.prompts()), options_(completed.options()) {
    if (!options_.bound) options_.bound = kBound;
  }

  Result<Label> label(std::size_t prompt) {
    const PromptEdit& edit = *prompts_.all()[prompt].edit;
    return edit.function == completed_.begun_by(prompt) ? by_completions(prompt) : by_finished_function(prompt, edit);
  }

 private:
  TokenId right(std::size_t prompt) const { return contrast_.right[prompt] > 0 ? contrast_.first : contrast_.second; }
  TokenId wrong(std::size_t prompt) const { return contrast_.right[prompt] > 0 ? contrast_.second : contrast_.first; }

  /// Does the edited prompt meet the reference with this symbol? What is no C does not.
  Result<Outcome> outcome(std::size_t prompt, TokenId symbol) {
    const Result<Outcome> outcome = completed_.meets_reference(prompt, symbol);
    if (outcome) return *outcome;
    if (outcome.error().kind == ErrorKind::kInput) return Outcome::kFails;
    if (outcome.error().kind == ErrorKind::kUnsupported) return Outcome::kUndecided;
    return fail(outcome.error());
  }

  Result<Label> by_completions(std::size_t prompt) {
    const std::size_t base = prompts_.all()[prompt].edit->base;
    const Result<Outcome> same = outcome(prompt, right(base)), other = outcome(prompt, wrong(base));
    if (!same) return fail(same.error());
    if (!other) return fail(other.error());
    if (*same == Outcome::kHolds && *other == Outcome::kFails) return Label::kSame;
    if (*same == Outcome::kFails && *other == Outcome::kHolds) return Label::kOtherSymbol;
    if (*same == Outcome::kFails && *other == Outcome::kFails) return Label::kNoSymbol;
    if (*same == Outcome::kHolds && *other == Outcome::kHolds) return Label::kBothSymbols;
    return Label::kUndecided;
  }

  Result<Label> by_finished_function(std::size_t prompt, const PromptEdit& edit) {
    const Result<CFunction> before = finished(edit.base, right(edit.base), edit.function), after = finished(prompt, right(edit.base), edit.function);
    for (const Result<CFunction>* each : {&before, &after})
      if (!*each) {
        if (each->error().kind == ErrorKind::kUnsupported) return Label::kUndecided;
        return fail(each->error());
      }
    const auto key = std::pair(canonical(*before), canonical(*after));
    if (key.first == key.second) return Label::kSame;
    if (const auto known = known_.find(key); known != known_.end()) return known->second;
    const Result<Label> found = compare(*before, *after);
    if (found) known_.emplace(key, *found);
    return found;
  }

  Result<CFunction> finished(std::size_t prompt, TokenId symbol, const std::string& name) const {
    const Result<WholePrompt> text = completed_.text(prompt, symbol);
    if (!text) return fail(text.error());
    return completed_.function(prompt, text->text, name);
  }

  Result<Label> compare(const CFunction& before, const CFunction& after) const {
    bool undecided = false;
    for (const auto& [reference, code] : {std::pair(&before, &after), std::pair(&after, &before)}) {
      const Result<solver::Verdict> verdict = completed_.compare(*reference, *code, options_);
      if (!verdict) return fail(verdict.error());
      if (verdict->outcome == Outcome::kFails) return Label::kOtherCode;
      undecided = undecided || verdict->outcome != Outcome::kHolds;
    }
    return undecided ? Label::kUndecided : Label::kSame;
  }

  CompletedPrompts& completed_;
  const Contrast& contrast_;
  const Prompts& prompts_;
  solver::SolverOptions options_;
  std::map<std::pair<std::string, std::string>, Label> known_;
};

}  // namespace

Result<Json> label_edits(CompletedPrompts& completed, Contrast& contrast) {
  const Prompts& prompts = completed.prompts();
  std::vector<Group> groups;
  for (const EditCounts& counts : prompts.edit_counts()) groups.push_back({&counts});
  Labeller labeller(completed, contrast);
  for (std::size_t prompt = prompts.unedited(); prompt < prompts.all().size(); ++prompt) {
    const PromptEdit& edit = *prompts.all()[prompt].edit;
    if (contrast.right[edit.base] == 0) continue;  // outside the domain
    const Result<Label> found = labeller.label(prompt);
    if (!found) return fail(found.error());
    Group& group = *std::find_if(groups.begin(), groups.end(), [&](const Group& each) { return each.counts->kind == edit.kind; });
    const auto label = static_cast<std::size_t>(*found);
    if (group.labelled[label]++ == 0) group.example[label] = prompts.described(prompts.all()[prompt]);
    contrast.right[prompt] = right_behind(*found, contrast.right[edit.base]);
    group.add(*found, edit.base, prompt, contrast);
  }
  Json json = Json::array();
  for (Group& group : groups) {
    json.push_back(group.to_json());
    const std::string& kind = group.counts->kind;
    if (!group.same.empty()) contrast.surfaces.push_back({kind, std::move(group.same), group.counts->other_length});
    if (!group.other_code.empty()) contrast.surfaces.push_back({kind + ", other meaning", std::move(group.other_code), 0});
    if (!group.turned.empty()) contrast.turned.push_back({kind + ", other symbol right", std::move(group.turned), 0});
  }
  return json;
}

}  // namespace assay::analysis
