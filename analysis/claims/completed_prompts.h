// The functions that the prompts of a task become, each compared with its reference.
//
//   const auto judged = *completed.judge(prompt, symbol);        // prompt, symbol, `rest` of [code]
//   judged.of->verdict.outcome == Outcome::kHolds                 // it meets what the prompt asks for
//
// Completions that differ in comments alone are one, and judged once. Test: tests/analysis/{sensitivity,edit_labels}_test.cpp
#pragma once

#include <map>
#include <memory>

#include "analysis/claims/claim.h"
#include "analysis/tasks/whole_prompt.h"
#include "solver/completions/completion_judge.h"
#include "solver/equivalence/equivalence.h"

namespace assay::analysis {

class CompletedPrompts {
 public:
  /// The task has a template and [code].
  explicit CompletedPrompts(const ClaimContext& context);

  const Prompts& prompts() const { return prompts_; }
  const solver::SolverOptions& options() const { return options_; }
  /// The name of the prompt's reference.
  const std::string& function_of(std::size_t prompt) const;
  Result<const CFunction*> reference(const std::string& name);
  Result<solver::Verdict> compare(const CFunction& reference, const CFunction& code) const { return compare(reference, code, options_); }
  Result<solver::Verdict> compare(const CFunction& reference, const CFunction& code, const solver::SolverOptions& options) const;
  /// The name of the function that the prompt begins.
  const std::string& begun_by(std::size_t prompt) const { return code_.begins.empty() ? function_of(prompt) : code_.begins; }
  /// The prompt with this symbol behind it.
  Result<WholePrompt> text(std::size_t prompt, TokenId symbol) const;
  /// A function of a completed text.
  Result<CFunction> function(std::size_t prompt, const std::string& text, const std::string& name) const;

  struct Completion {
    WholePrompt text;
    CFunction code;
    solver::Verdict verdict;
  };
  struct Judged {
    const Completion* of = nullptr;
    bool is_new = false;  ///< not judged before
  };
  /// Errors: kInput where the completed prompt is no C.
  Result<Judged> judge(std::size_t prompt, TokenId symbol);
  /// judge() without a witness, for many completions that are much alike: those that differ in names or layout alone are one, and what refuted
  /// another is tried before the solver. Errors: the same.
  Result<Outcome> meets_reference(std::size_t prompt, TokenId symbol);

 private:
  const ClaimContext& context_;
  const Task& task_;
  const CodeSpec& code_;
  const Prompts& prompts_;
  solver::SolverOptions options_;
  std::map<std::string, CFunction> references_;
  std::map<std::pair<std::string, std::string>, Completion> completions_;
  std::map<std::string, std::unique_ptr<solver::CompletionJudge>> judges_;  ///< by name of the reference
  std::map<std::pair<std::string, std::string>, Outcome> outcomes_;
};

/// Without the lines that are comments: what differs in them alone is one function.
std::string without_comment_lines(const std::string& code);
/// The function and what it calls, without names of locals, layout and comments: equal texts mean the same.
std::string canonical(const CFunction& code);
/// What a refutation shows, in a sentence.
std::string described(const solver::Verdict& verdict);

}  // namespace assay::analysis
