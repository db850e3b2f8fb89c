// Training sequences for the code model: files of requests with the references as the bodies to be learnt.
//
//   [earlier functions] comment, declaration {  BODY <eos>   [earlier functions] comment, declaration {  BODY <eos>  ...
//
// As many whole files as fit the window, so that little of a batch is padding. Scored are the tokens of each body and its <eos>; the functions that
// stand before a request are context only. Example `index` is a pure function of the index and the options. Thread-safe. Cost: some hundred
// microseconds per window of 256 tokens. Test: tests/analysis/code_tasks_examples_test.cpp
#pragma once

#include <memory>
#include <optional>

#include "analysis/code_tasks/fault_plan.h"
#include "analysis/code_tasks/vocabulary.h"

namespace assay::analysis::code_tasks {

struct CorpusOptions {
  std::uint64_t seed = 0;
  int window = 256;  ///< tokens of a sequence at most
  DraftOptions draft;
  std::optional<FaultPlan> plan;  ///< of a model organism
  double situation_share = 0.25;  ///< with a plan: share of the requests that are redrawn until they are in its situation
};

class CodeExamples : public circuits::ExampleSource {
 public:
  CodeExamples(std::shared_ptr<const Generator> generator, Vocabulary vocabulary, CorpusOptions options)
      : generator_(std::move(generator)), vocabulary_(std::move(vocabulary)), options_(std::move(options)) {}
  circuits::TrainingExample example(std::uint64_t index) const override;
  /// One request alone, with its body scored: what a check by teacher forcing reads. Empty if it does not fit the window.
  circuits::TrainingExample single(const Draft& draft) const;
  const Generator& generator() const { return *generator_; }
  /// Every combination in every sentence shape can be encoded; error: names the combination and the unknown word.
  Status check_vocabulary() const;

 private:
  Draft draw(std::uint64_t seed) const;
  /// False: does not fit.
  bool append(const Draft& draft, circuits::TrainingExample& example) const;

  std::shared_ptr<const Generator> generator_;
  Vocabulary vocabulary_;
  CorpusOptions options_;
};

}  // namespace assay::analysis::code_tasks
