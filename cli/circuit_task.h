// What `discover` and `evaluate` share: a task's network and its examples with counterfactual partners.
// Test: tests/cli/circuit_commands_test.cpp
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "analysis/claims/circuit_examples.h"
#include "analysis/claims/first_choices.h"
#include "base/result.h"
#include "base/session.h"

namespace assay::cli {

/// A part of a task's domain: FILE:FUNCTION as `where` of a hypothesis has it; nothing changes where `text` is empty. Errors: no function is named,
/// or it does not fit the task; the task has a predicate of its own.
Status narrow(analysis::Task& task, const std::string& option, const std::string& text);

struct CircuitOptions {
  std::string task, models, where, ablation = "resample", metric = "logit-difference";
  int examples = 256;
  std::uint64_t seed = 1;
  bool must_reach = false;  ///< of prompts: refuse a site that the model never reaches
  /// --models, --where, --ablation, --metric, --examples, --seed
  void declare(CLI::App& verb);
  circuits::Ablation ablation_kind() const;
  circuits::MetricKind metric_kind() const;
};

/// Owns what it refers to; not movable.
class CircuitTask {
 public:
  CircuitTask() = default;
  CircuitTask(const CircuitTask&) = delete;
  CircuitTask& operator=(const CircuitTask&) = delete;
  Status open(const CircuitOptions& options, Session& session);
  const analysis::Task& task() const { return hypothesis_.task; }
  circuits::Network& network() const { return *network_; }
  analysis::ExampleSet& set() { return set_; }
  const analysis::ExampleSet& set() const { return set_; }
  /// Only where the options ask for it, and the task is a template of prompts with symbols.
  const std::optional<analysis::FirstChoices>& first_choices() const { return first_choices_; }

 private:
  analysis::Hypothesis hypothesis_;  ///< only its task is set
  analysis::NetworkStore store_;
  circuits::Network* network_ = nullptr;
  analysis::ExampleSet set_;
  std::optional<analysis::FirstChoices> first_choices_;
};

}  // namespace assay::cli
