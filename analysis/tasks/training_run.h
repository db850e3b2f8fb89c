// A training spec: a task, the program whose answers are the labels, the domain to train on, and the network's shape.
//
//   task = "maximum.task.toml"
//   labels = { file = "maximum.c", function = "maximum" }
//   output = "model"
//   extend = 4                 # train on inputs up to four tokens longer than the declared domain; or a [domain] of its own
//   uneven = 0.5               # share of strings that draw their symbols with weights of their own
//   [network]                  # layout, layers, heads, kv_heads, d_model, d_mlp, positions, mlp, norm, tied_embeddings, activation,
//   initial_deviation [training]                 # seed, steps, batch, learning_rate, ... as circuits::TrainingSpec names them
//
// Examples are drawn from the training domain (slots uniform; lengths uniform); the exact check counts the declared domain. Symbols of
// a string are uniform too, and then a string of twelve bits hardly ever has eleven ones: an uneven string of bits has every count of
// ones equally often.
// Test: tests/analysis/training_run_test.cpp
#pragma once

#include "analysis/tasks/labels.h"
#include "circuits/training.h"

namespace assay::analysis {

struct TrainingRun {
  std::string file, output;
  Task task;
  Domain training_domain;
  CFunction labels;
  circuits::TrainingSpec spec;
  int longest = 0;            ///< tokens of the longest training sequence
  double share_longer = 0.5;  ///< share of examples drawn from the training domain; the rest from the declared one
  double uneven = 0;          ///< share of strings whose symbols are drawn with weights of their own
};

/// The tables [network] and [training] of any training spec.
Status read_network_table(TomlTable& file, circuits::TrainingSpec& spec);
Status read_training_table(TomlTable& file, circuits::TrainingSpec& spec);

Result<TrainingRun> read_training_run(const std::string& path, const TaskOptions& options = {});

/// Labelled examples of a run; `run` must outlive it.
class LabelledExamples : public circuits::ExampleSource {
 public:
  static Result<std::unique_ptr<LabelledExamples>> create(const TrainingRun& run);
  circuits::TrainingExample example(std::uint64_t index) const override;
  /// The first input on which the labels' program gave no answer; training with such a program makes no sense.
  std::optional<std::string> failure() const;

 private:
  explicit LabelledExamples(const TrainingRun& run) : run_(run) {}
  const TrainingRun& run_;
  Labels wide_, declared_;
  mutable std::mutex mutex_;
  mutable std::string failure_;
};

/// A pseudo-random string of a tree, without answers: length uniform, each symbol drawn with a weight that is exponential for this
/// string (so of two symbols every count is about equally likely). Deterministic in `seed`, integer arithmetic only.
Tokens uneven_input(const Domain& tree, std::uint64_t seed);

/// Exact count over the task's declared domain, by tree enumeration.
circuits::DomainCheck domain_check(const TrainingRun& run, Session& session);

/// Trains, and writes `assay_training.json` (task hash, longest training sequence, accuracy) beside the weights.
Result<circuits::TrainingReport> train(const TrainingRun& run, circuits::Engine& engine, Session& session);

}  // namespace assay::analysis
