#include "analysis/claims/contrast_meaning.h"

#include <fmt/format.h>

#include <set>

#include "analysis/claims/edit_labels.h"
#include "solver/completions/completions.h"

namespace assay::analysis {
namespace {

struct Counts {
  std::uint64_t completions = 0, equal = 0, different = 0, undecided = 0;
  std::string why_undecided;

  void add(const solver::Verdict& verdict) {
    ++completions;
    if (verdict.outcome == Outcome::kHolds) ++equal;
    else if (verdict.outcome == Outcome::kFails) ++different;
    else ++undecided, why_undecided = verdict.reason;
  }
  Json to_json() const {
    Json json = {{"completions", completions}, {"meet_the_reference", equal}, {"refuted", different}, {"undecided", undecided}};
    if (undecided > 0) json["why_undecided"] = why_undecided;
    return json;
  }
};

/// Of the other symbol, where the stated completion is wrong: does another completion of the hole grammar meet the reference?
struct Doom {
  std::uint64_t doomed = 0, still_completable = 0, undecided = 0, most_completions = 0;
  std::string example;  ///< of one that is still completable: what has to stand where

  void add(const solver::HoleGrammar& grammar, const solver::Completions& found) {
    most_completions = std::max(most_completions, found.size);
    if (found.state == solver::Completions::State::kNone) ++doomed;
    else if (found.state == solver::Completions::State::kUndecided) ++undecided;
    else ++still_completable, example = described(grammar, found);
  }
  static std::string described(const solver::HoleGrammar& grammar, const solver::Completions& found) {
    std::vector<std::string> changes;
    for (const solver::Filling& filling : found.fillings)
      changes.push_back(fmt::format("`{}` for `{}`", grammar.holes()[filling.hole].others[filling.other], grammar.holes()[filling.hole].written));
    return fmt::format("{}", fmt::join(changes, ", "));
  }
  Json to_json() const {
    Json json = {{"doomed", doomed}, {"still_completable", still_completable}, {"undecided", undecided}, {"most_completions", most_completions}};
    if (!example.empty()) json["example"] = example;
    return json;
  }
};

class Meaning {
 public:
  Meaning(CompletedPrompts& completed, const Task& task, const Contrast& contrast, Session& session)
      : completed_(completed), task_(task), contrast_(contrast), prompts_(completed.prompts()), session_(session) {}

  Result<Json> check() {
    if (Status status = compare_references(); !status) return fail(status.error());
    const bool has_rest = !task_.code->rest.empty();
    if (has_rest)
      for (const ContrastPair& pair : contrast_.pairs)
        for (const std::size_t prompt : {pair.first, pair.second})
          if (Status status = complete(prompt); !status) return fail(status.error());
    if (equal_ && other_.different + no_code_.size() == 0)
      return input_error(
          fmt::format("the references '{}' and '{}' mean the same, and the program demands other symbols of them", equal_->first, equal_->second),
          "let the slot change what the function must do, or the code before the decision", SourceRange{task_.code->references, {}, {}});
    Json json = {{"references_differ", references_}};
    if (has_rest)
      json["right_symbol"] = right_.to_json(), json["other_symbol"] = other_.to_json(), json["other_symbol"]["not_code"] = no_code_.size(),
      json["other_symbol"]["where_refuted"] = doom_.to_json();
    return json;
  }

 private:
  /// Of every two that stand in some pair of prompts.
  Status compare_references() {
    std::set<std::pair<std::string, std::string>> compared;
    for (const ContrastPair& pair : contrast_.pairs) {
      const std::string first = completed_.function_of(pair.first), second = completed_.function_of(pair.second);
      if (!compared.emplace(first, second).second) continue;
      const Result<const CFunction*> left = completed_.reference(first), right = completed_.reference(second);
      if (!left) return fail(left.error());
      if (!right) return fail(right.error());
      Result<solver::Verdict> verdict = completed_.compare(**left, **right);
      if (verdict && verdict->outcome == Outcome::kHolds) verdict = completed_.compare(**right, **left);  // one may be defined on fewer inputs
      if (!verdict) return fail(verdict.error());
      if (verdict->outcome == Outcome::kHolds) equal_ = {first, second};
      references_.push_back({{"first", first},
                             {"second", second},
                             {"differ", verdict->outcome == Outcome::kUndecided ? Json() : Json(verdict->outcome == Outcome::kFails)},
                             {"why", verdict->outcome == Outcome::kFails ? described(*verdict) : verdict->reason}});
    }
    return {};
  }

  Status complete(std::size_t prompt) {
    const bool first = contrast_.right[prompt] > 0;
    const TokenId right_symbol = first ? contrast_.first : contrast_.second;
    const Result<CompletedPrompts::Judged> right = completed_.judge(prompt, right_symbol);
    if (!right) return fail(right.error());
    if (right->is_new) right_.add(right->of->verdict);
    if (right->of->verdict.outcome == Outcome::kFails)
      return input_error(fmt::format("the program calls '{}' right on {}, and the completed function is wrong: {}", task_.words.symbol(right_symbol),
                                     prompts_.described(prompts_.all()[prompt]), described(right->of->verdict)),
                         "correct the program, the references or `rest` of [code]", SourceRange{task_.file, {}, {}});
    const Result<CompletedPrompts::Judged> other = completed_.judge(prompt, first ? contrast_.second : contrast_.first);
    if (!other && other.error().kind != ErrorKind::kInput) return fail(other.error());
    if (!other) {
      no_code_.insert(without_comment_lines(prompts_.all()[prompt].text));  // `rest` goes on from the right symbol alone
      return {};
    }
    if (!other->is_new) return {};
    other_.add(other->of->verdict);
    return other->of->verdict.outcome == Outcome::kFails ? complete_otherwise(prompt, *other->of) : Status{};
  }

  /// Behind the symbol of a completion that is wrong.
  Status complete_otherwise(std::size_t prompt, const CompletedPrompts::Completion& wrong) {
    const Result<const CFunction*> demanded = completed_.reference(completed_.function_of(prompt));
    if (!demanded) return fail(demanded.error());
    const auto grammar = solver::HoleGrammar::of(wrong.code.program(), wrong.code.id(), wrong.text.text, wrong.text.rest);
    solver::CompletionGoal goal{(*demanded)->program(), (*demanded)->id(), {}};
    if (wrong.verdict.witness) goal.inputs.push_back(wrong.verdict.witness->arguments);
    solver::CompletionJudge judge(std::move(goal), completed_.options());
    const Result<solver::Completions> found = solver::latest_correct(grammar, judge, {}, session_);
    if (!found) return fail(found.error());
    doom_.add(grammar, *found);
    return {};
  }

  CompletedPrompts& completed_;
  const Task& task_;
  const Contrast& contrast_;
  const Prompts& prompts_;
  Session& session_;
  std::optional<std::pair<std::string, std::string>> equal_;  ///< references that mean the same: then only the code before the decision differs
  Json references_ = Json::array();
  Counts right_, other_;
  Doom doom_;
  std::set<std::string> no_code_;  ///< prompts that do not become code with the other symbol
};

}  // namespace

Result<bool> label(const ClaimContext& context, const ClaimSpec& claim, Contrast& contrast, ClaimResult& result) {
  if (contrast.pairs.empty()) {
    result.outcome = Outcome::kVacuous;
    result.summary = fmt::format("no two prompts that differ in slot '{}' alone ask for different symbols", claim.slot);
    return false;
  }
  if (!context.hypothesis.task.code) {
    result.assumptions.push_back("that the slot changes the meaning, and the others do not, is what the program says: the task has no [code]");
    result.details["labels"] = Json();
    return true;
  }
  const Task& task = context.hypothesis.task;
  CompletedPrompts completed(context);
  Result<Json> labels = Meaning(completed, task, contrast, context.session).check();
  if (!labels) return fail(labels.error());
  if (!task.edits.empty()) {
    Result<Json> edits = label_edits(completed, contrast);
    if (!edits) return fail(edits.error());
    (*labels)["edits"] = std::move(*edits);
  }
  result.details["labels"] = std::move(*labels);
  return true;
}

}  // namespace assay::analysis
