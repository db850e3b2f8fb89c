// What a model writes once a token has been decided for it, judged and compared in meaning.
//
// The decision comes from elsewhere, a circuit for example; the intact model goes on greedily behind it, and the function that results is judged
// like any other answer (bench_run.h). The same prompt and token give the same text, so each is written and judged once, and kept in the cache.
//
//   DecidedCode code = *DecidedCode::write(network, {{task, prompt, {lt, le}}}, 256, cache, session);
//   code.compare(0, lt, le).same == SameMeaning::kNo          // on code.compare(0, lt, le).input they return different things
//
// Cost: a generation and .5 s to 1 s of judging per prompt and token. Test: tests/analysis/semantic_faithfulness_test.cpp
#pragma once

#include <map>
#include <vector>

#include "analysis/bench/bench_run.h"

namespace assay::analysis::bench {

/// One prompt, and the tokens that were decided behind it.
struct DecidedPrompt {
  CodeTask task;
  Tokens prompt;
  std::vector<TokenId> decisions;  ///< in any order, perhaps several times; -1 is no decision: nothing is written for it
};

class DecidedCode {
 public:
  static Result<DecidedCode> write(circuits::Network& network, std::vector<DecidedPrompt> prompts, int max_tokens, Cache& cache, Session& session);

  /// The code behind this decision; null where there was none.
  const JudgedAnswer* answer(std::size_t prompt, TokenId decision) const;
  /// It is a function that the solver can read.
  bool has_meaning(std::size_t prompt, TokenId decision) const;
  /// kYes: the same code, or each refines the other; kNo: an input tells them apart, or one is a function and the other does not compile or was
  /// never begun. kUnknown: neither, or a budget ran out, or one of them is unsupported.
  MeaningComparison compare(std::size_t prompt, TokenId first, TokenId second) const;
  const CodeTask& task(std::size_t prompt) const { return prompts_[prompt].task; }
  std::size_t written() const { return written_; }

 private:
  Status generate(circuits::Network& network, int max_tokens, Cache& cache, Session& session);
  Status judge(Cache& cache, Session& session);

  std::vector<DecidedPrompt> prompts_;
  std::vector<std::map<TokenId, std::string>> texts_;       ///< per prompt and decision, the decided token included
  std::vector<std::map<TokenId, std::size_t>> answer_ids_;  ///< into runs_
  std::vector<TaskRun> runs_;
  std::size_t written_ = 0;
};

}  // namespace assay::analysis::bench
