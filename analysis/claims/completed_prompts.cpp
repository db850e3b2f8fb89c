#include "analysis/claims/completed_prompts.h"

#include <fmt/format.h>

#include "analysis/claims/solver_options.h"
#include "frontend/program/printer.h"

namespace assay::analysis {

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

CompletedPrompts::CompletedPrompts(const ClaimContext& context)
    : context_(context),
      task_(context.hypothesis.task),
      code_(*task_.code),
      prompts_(*task_.domain.spec().prompts),
      options_(solver_options(context)) {
  options_.replay_natively = false;  // labels of hundreds of texts; the interpreter replays each witness
}

const std::string& CompletedPrompts::function_of(std::size_t prompt) const { return code_.functions[prompts_.all()[prompt].choices[code_.slot]]; }

Result<const CFunction*> CompletedPrompts::reference(const std::string& name) {
  auto known = references_.find(name);
  if (known == references_.end()) {
    Result<CFunction> loaded = CFunction::load({code_.references, name});
    if (!loaded) return fail(loaded.error());
    known = references_.emplace(name, std::move(*loaded)).first;
  }
  return &known->second;
}

Result<solver::Verdict> CompletedPrompts::compare(const CFunction& reference, const CFunction& code, const solver::SolverOptions& options) const {
  return solver::refines(reference.program(), reference.id(), code.program(), code.id(), options, context_.session);
}

Result<WholePrompt> CompletedPrompts::text(std::size_t prompt, TokenId symbol) const {
  return whole_prompt(prompts_, prompts_.all()[prompt], code_, task_.words.symbol(symbol));
}

Result<CFunction> CompletedPrompts::function(std::size_t prompt, const std::string& text, const std::string& name) const {
  return CFunction::from_text(text, fmt::format("completed {}", prompts_.described(prompts_.all()[prompt])), name);
}

Result<CompletedPrompts::Judged> CompletedPrompts::judge(std::size_t prompt, TokenId symbol) {
  Result<WholePrompt> completed = text(prompt, symbol);
  if (!completed) return fail(completed.error());
  const std::string& name = function_of(prompt);
  const auto key = std::pair(name, without_comment_lines(completed->text));
  if (const auto known = completions_.find(key); known != completions_.end()) return Judged{&known->second, false};
  const Result<const CFunction*> demanded = reference(name);
  if (!demanded) return fail(demanded.error());
  Result<CFunction> code = function(prompt, completed->text, begun_by(prompt));
  if (!code) return fail(code.error());
  Result<solver::Verdict> verdict = compare(**demanded, *code);
  if (!verdict) return fail(verdict.error());
  return Judged{&completions_.emplace(key, Completion{std::move(*completed), std::move(*code), std::move(*verdict)}).first->second, true};
}

Result<Outcome> CompletedPrompts::meets_reference(std::size_t prompt, TokenId symbol) {
  using Answer = solver::CompletionJudge::Answer;
  const Result<WholePrompt> completed = text(prompt, symbol);
  if (!completed) return fail(completed.error());
  const std::string& name = function_of(prompt);
  const Result<const CFunction*> demanded = reference(name);
  if (!demanded) return fail(demanded.error());
  const Result<CFunction> code = function(prompt, completed->text, begun_by(prompt));
  if (!code) return fail(code.error());
  const auto key = std::pair(name, canonical(*code));
  if (const auto known = outcomes_.find(key); known != outcomes_.end()) return known->second;
  std::unique_ptr<solver::CompletionJudge>& judge = judges_[name];
  if (judge == nullptr)
    judge = std::make_unique<solver::CompletionJudge>(solver::CompletionGoal{(*demanded)->program(), (*demanded)->id(), {}}, options_);
  std::uint64_t unending = 0;
  std::string reason;
  Result<Answer> answer = Answer::kWrong;
  if (!judge->refuted_by_a_run(code->program(), code->id(), unending)) answer = judge->prove(code->program(), code->id(), reason, context_.session);
  if (!answer) return fail(answer.error());
  const Outcome outcome = *answer == Answer::kRight ? Outcome::kHolds : *answer == Answer::kWrong ? Outcome::kFails : Outcome::kUndecided;
  outcomes_.emplace(key, outcome);
  return outcome;
}

std::string canonical(const CFunction& code) {
  program::Program renamed = program::clone(code.program());
  for (program::Function& function : renamed.functions)
    for (std::size_t local = 0; local < function.locals.size(); ++local)
      if (function.locals[local].name != "result") function.locals[local].name = fmt::format("v{}", local);
  return program::print_c(renamed, code.id());
}

std::string described(const solver::Verdict& verdict) {
  if (!verdict.witness) return "no witness";
  return fmt::format("on {} it gives {}, the reference {}", fmt::join(verdict.witness->literals, ", "), verdict.witness->program_answer,
                     verdict.witness->reference_answer);
}

}  // namespace assay::analysis
