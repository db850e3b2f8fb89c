// Up to which token of an answer is there a right completion of the partial function? The completions are those of solver/completions/rest_grammar.h.
//
//   PartialCompletions found = *complete_prefixes(judge, text, facts, whole, from, to, completion_judge, session);
//
// Prefixes are searched from the last to the first, in a small grammar first and then, as far as the budget goes, in larger ones that have all of
// its completions. Every completion of a searched prefix is refuted by the compiler, a run or the solver, until one is proved right: the text up to
// there can still become right. A prefix is doomed in the largest grammar that was searched to its end.
// Cost: the texts of all prefixes are lowered together, in the sandbox; then some 5 us per run; seconds. Test:
// tests/analysis/bench_wrong_decision_test.cpp
#pragma once

#include "analysis/bench/task_judge.h"
#include "frontend/program/source_facts.h"
#include "solver/completions/completion_judge.h"

namespace assay::analysis::bench {

/// The prefixes of one answer.
struct PartialCompletions {
  std::optional<std::size_t> completable;  ///< byte behind the last token up to which a right completion was found
  std::string right;                       ///< it goes on with this
  std::size_t doomed_from = 0;  ///< byte behind a token: no prefix that ends there or later has a right completion in the grammar; 0: unknown
  std::uint64_t prefixes = 0, undecided = 0;  ///< looked at; of these neither completed nor refuted
  std::uint64_t completions = 0;              ///< of each prefix's largest grammar that was searched to its end
  std::uint64_t largest = 0, smallest = 0;    ///< of one prefix, not counting the answer's own later statements; 0: of none
  std::uint64_t runs = 0, proofs = 0, unending = 0;
  std::string reason;  ///< of the first that is undecided, from behind
  bool out_of_time = false;
};

/// `text`: of the answer, whose tokens and variables `facts` has. Prefixes end behind tokens that end in (`from`, `to`]. `whole`: it is C up to its
/// end, so that its own later statements can follow. Errors: no sandbox, interruption.
Result<PartialCompletions> complete_prefixes(const TaskJudge& judge, const std::string& text, const program::SourceFacts& facts, bool whole,
                                             std::size_t from, std::size_t to, solver::CompletionJudge& completions, Session& session);

}  // namespace assay::analysis::bench
