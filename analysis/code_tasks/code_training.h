// A training spec whose examples come from the generator of code requests.
//
//   output = "model"
//   [corpus]
//   generator = "code"
//   window = 256               # tokens of a sequence at most
//   [network]                  # as in any training spec
//   [training]
//
// The periodic check asks, by teacher forcing, on how many requests every token of the body and its end is right; for a network that takes the token
// of largest logit that is the same as: greedy generation writes the reference. It counts fresh requests of seen combinations; held-out ones are
// reported beside them. Test: tests/analysis/code_tasks_training_test.cpp
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "analysis/code_tasks/code_examples.h"
#include "circuits/engine.h"

namespace assay::analysis::code_tasks {

struct CodeTraining {
  std::string file, output;
  std::uint64_t split_seed = 1;
  int checked = 200;  ///< requests of seen combinations in the periodic check; a quarter as many held-out ones
  CorpusOptions corpus;
  circuits::TrainingSpec spec;
  std::shared_ptr<const Generator> generator;
  std::optional<Vocabulary> vocabulary;
};

/// Nothing where the spec has no [corpus]: then it is one of a task. Other errors are the file's.
Result<std::optional<CodeTraining>> read_code_training(const std::string& path);

/// Is every scored token the network's choice, given those before it? With the smallest margin of the sequence.
struct Written {
  bool right = false;
  double margin = 0;
};
/// One answer per sequence, in order. A sequence without a scored token counts as right.
Result<std::vector<Written>> teacher_forced(circuits::Network& network, const std::vector<circuits::TrainingExample>& sequences);

/// Every scored token right, counted over `count` fresh requests; margin over those that are right.
Result<circuits::DomainAccuracy> count_written(circuits::Network& network, const CodeExamples& examples, const DraftOptions& options, int count,
                                               std::uint64_t seed);

/// Trains; writes tokenizer.json and assay_training.json beside the weights.
Result<circuits::TrainingReport> train(const CodeTraining& run, circuits::Engine& engine, Session& session);

}  // namespace assay::analysis::code_tasks
