// The answer that a C function gives on a scored prefix: labels for training, and the program's side of every comparison.
//
//   Labels labels = *Labels::create(task, domain, program);
//   Label label = labels.label(prefix, scratch);   // label.defined, label.value, label.answer
//
// Cost: one run of the interpreter. Thread-safe with one scratch per thread. Test: tests/analysis/labels_test.cpp
#pragma once

#include "analysis/tasks/task.h"

namespace assay::analysis {

struct Label {
  bool defined = false;  ///< the run ended with a plain return
  std::int64_t value = 0;
  circuits::Answer answer;  ///< token -1 when the value has no symbol
};

class Labels {
 public:
  /// `task` and `domain` must outlive the labels.
  static Result<Labels> create(const Task& task, const Domain& domain, const CFunction& function);

  Label label(std::span<const TokenId> prefix, BoundArguments& scratch) const;
  /// "returns 7", or why it does not return, with the place.
  std::string explain(std::span<const TokenId> prefix) const;
  std::vector<program::Argument> arguments(std::span<const TokenId> prefix) const;
  const CFunction& function() const { return function_; }
  const Domain& domain() const { return *domain_; }
  const Task& task() const { return *task_; }
  const Binding& binding() const { return binding_; }

 private:
  const Task* task_ = nullptr;
  const Domain* domain_ = nullptr;
  CFunction function_;
  Binding binding_;
};

/// Do the network's answer and the program's agree?
bool agrees(const OutputSpec& output, const circuits::Answer& network, const Label& label);

}  // namespace assay::analysis
