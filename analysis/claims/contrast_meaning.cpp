#include "analysis/claims/contrast_meaning.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "analysis/claims/solver_options.h"
#include "solver/completions/completions.h"
#include "solver/equivalence/equivalence.h"

namespace assay::analysis {
namespace {

/// Without the lines that are comments: what differs in them alone is one function.
std::string without_comment_lines(const std::string& code) {
  std::string text;
  for (std::size_t begin = 0; begin < code.size();) {
    const std::size_t end = std::min(code.find('\n', begin), code.size() - 1) + 1;
    const std::size_t word = code.find_first_not_of(" \t", begin);
    if (word == std::string::npos || code.compare(word, 2, "//") != 0) text += code.substr(begin, end - begin);
    begin = end;
  }
  return text;
}

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

std::string described(const solver::Verdict& verdict) {
  if (!verdict.witness) return "no witness";
  return fmt::format("on {} it gives {}, the reference {}", fmt::join(verdict.witness->literals, ", "), verdict.witness->program_answer,
                     verdict.witness->reference_answer);
}

class Meaning {
 public:
  Meaning(const ClaimContext& context, const Contrast& contrast)
      : context_(context),
        task_(context.hypothesis.task),
        code_(*task_.code),
        contrast_(contrast),
        prompts_(*task_.domain.spec().prompts),
        options_(solver_options(context)) {
    options_.replay_natively = false;  // labels of hundreds of texts; the interpreter replays each witness
  }

  Result<Json> check() {
    if (Status status = compare_references(); !status) return fail(status.error());
    if (!code_.rest.empty())
      for (const ContrastPair& pair : contrast_.pairs)
        for (const std::size_t prompt : {pair.first, pair.second})
          if (Status status = complete(prompt); !status) return fail(status.error());
    if (equal_ && other_.different + no_code_.size() == 0)
      return input_error(
          fmt::format("the references '{}' and '{}' mean the same, and the program demands other symbols of them", equal_->first, equal_->second),
          "let the slot change what the function must do, or the code before the decision", SourceRange{code_.references, {}, {}});
    Json json = {{"references_differ", references_}};
    if (!code_.rest.empty())
      json["right_symbol"] = right_.to_json(), json["other_symbol"] = other_.to_json(), json["other_symbol"]["not_code"] = no_code_.size(),
      json["other_symbol"]["where_refuted"] = doom_.to_json();
    return json;
  }

 private:
  const std::string& function_of(std::size_t prompt) const { return code_.functions[prompts_.all()[prompt].choices[code_.slot]]; }

  Result<const CFunction*> reference(const std::string& name) {
    auto known = functions_.find(name);
    if (known == functions_.end()) {
      Result<CFunction> loaded = CFunction::load({code_.references, name});
      if (!loaded) return fail(loaded.error());
      known = functions_.emplace(name, std::move(*loaded)).first;
    }
    return &known->second;
  }

  Result<solver::Verdict> compare(const CFunction& reference, const CFunction& code) const {
    return solver::refines(reference.program(), reference.id(), code.program(), code.id(), options_, context_.session);
  }

  /// Of every two that stand in some pair of prompts.
  Status compare_references() {
    std::set<std::pair<std::string, std::string>> compared;
    for (const ContrastPair& pair : contrast_.pairs) {
      const std::string first = function_of(pair.first), second = function_of(pair.second);
      if (!compared.emplace(first, second).second) continue;
      const Result<const CFunction*> left = reference(first), right = reference(second);
      if (!left) return fail(left.error());
      if (!right) return fail(right.error());
      Result<solver::Verdict> verdict = compare(**left, **right);
      if (verdict && verdict->outcome == Outcome::kHolds) verdict = compare(**right, **left);  // one may be defined on fewer inputs
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
    const Result<solver::Verdict> right = judge(prompt, first ? contrast_.first : contrast_.second, right_, nullptr);
    if (!right) return fail(right.error());
    if (right->outcome == Outcome::kFails)
      return input_error(
          fmt::format("the program calls '{}' right on {}, and the completed function is wrong: {}",
                      task_.words.symbol(first ? contrast_.first : contrast_.second), prompts_.described(prompts_.all()[prompt]), described(*right)),
          "correct the program, the references or `rest` of [code]", SourceRange{task_.file, {}, {}});
    const Result<solver::Verdict> other = judge(prompt, first ? contrast_.second : contrast_.first, other_, &doom_);
    if (!other && other.error().kind != ErrorKind::kInput) return fail(other.error());
    if (!other) no_code_.insert(without_comment_lines(prompts_.all()[prompt].text));  // `rest` goes on from the right symbol alone
    return {};
  }

  /// The function that the prompt becomes with `symbol`; each distinct one is judged and counted once. `doom`: of one that is wrong the other
  /// completions are tried too.
  Result<solver::Verdict> judge(std::size_t prompt, TokenId symbol, Counts& counts, Doom* doom) {
    const Result<std::string> rest = prompts_.filled(prompts_.all()[prompt], code_.rest[prompts_.all()[prompt].choices[code_.slot]]);
    if (!rest) return fail(rest.error());
    const std::string text = prompts_.all()[prompt].text + task_.words.symbol(symbol) + *rest;
    const std::string& name = function_of(prompt);
    const auto key = std::pair(name, without_comment_lines(text));
    if (const auto known = verdicts_.find(key); known != verdicts_.end()) return known->second;
    const Result<const CFunction*> demanded = reference(name);
    if (!demanded) return fail(demanded.error());
    const Result<CFunction> code = CFunction::from_text(text, fmt::format("completed {}", prompts_.described(prompts_.all()[prompt])),
                                                        code_.begins.empty() ? name : code_.begins);
    if (!code) return fail(code.error());
    Result<solver::Verdict> verdict = compare(**demanded, *code);
    if (!verdict) return verdict;
    counts.add(*verdict);
    if (doom != nullptr && verdict->outcome == Outcome::kFails)
      if (Status status = complete_otherwise(**demanded, *code, text, text.size() - rest->size(), *verdict, *doom); !status)
        return fail(status.error());
    return verdicts_.emplace(key, *verdict).first->second;
  }

  /// Behind byte `from` of `text`.
  Status complete_otherwise(const CFunction& demanded, const CFunction& code, const std::string& text, std::size_t from,
                            const solver::Verdict& refuted, Doom& doom) const {
    const auto grammar = solver::HoleGrammar::of(code.program(), code.id(), text, from);
    solver::CompletionGoal goal{demanded.program(), demanded.id(), {}};
    if (refuted.witness) goal.inputs.push_back(refuted.witness->arguments);
    solver::CompletionJudge judge(std::move(goal), options_);
    const Result<solver::Completions> found = solver::latest_correct(grammar, judge, {}, context_.session);
    if (!found) return fail(found.error());
    doom.add(grammar, *found);
    return {};
  }

  const ClaimContext& context_;
  const Task& task_;
  const CodeSpec& code_;
  const Contrast& contrast_;
  const Prompts& prompts_;
  solver::SolverOptions options_;
  std::optional<std::pair<std::string, std::string>> equal_;  ///< references that mean the same: then only the code before the decision differs
  std::map<std::string, CFunction> functions_;
  std::map<std::pair<std::string, std::string>, solver::Verdict> verdicts_;
  Json references_ = Json::array();
  Counts right_, other_;
  Doom doom_;
  std::set<std::string> no_code_;  ///< prompts that do not become code with the other symbol
};

}  // namespace

Result<bool> label(const ClaimContext& context, const ClaimSpec& claim, const Contrast& contrast, ClaimResult& result) {
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
  Result<Json> labels = Meaning(context, contrast).check();
  if (!labels) return fail(labels.error());
  result.details["labels"] = std::move(*labels);
  return true;
}

}  // namespace assay::analysis
