#include "analysis/tasks/labels.h"

namespace assay::analysis {

Result<Labels> Labels::create(const Task& task, const Domain& domain, const CFunction& function) {
  Result<Binding> binding = Binding::create(domain.spec(), task.arguments, function);
  if (!binding) return fail(binding.error());
  Labels labels;
  labels.task_ = &task;
  labels.domain_ = &domain;
  labels.function_ = function;
  labels.binding_ = std::move(*binding);
  return labels;
}

Label Labels::label(std::span<const TokenId> prefix, BoundArguments& scratch) const {
  binding_.bind(prefix, domain_->step(prefix), domain_->input_part(prefix), scratch);
  Label label;
  label.defined = function_.interpreter().run_integers(function_.id(), scratch.scalars, scratch.arrays, label.value);
  if (label.defined) label.answer = task_->output.answer_of(label.value);
  return label;
}

std::vector<program::Argument> Labels::arguments(std::span<const TokenId> prefix) const {
  BoundArguments bound;
  binding_.bind(prefix, domain_->step(prefix), domain_->input_part(prefix), bound);
  return binding_.arguments(bound);
}

std::string Labels::explain(std::span<const TokenId> prefix) const {
  const std::vector<program::Argument> given = arguments(prefix);
  return describe_failure(function_, given, function_.interpreter().run(function_.id(), given));
}

bool agrees(const OutputSpec& output, const circuits::Answer& network, const Label& label) {
  if (!label.defined) return false;
  return output.is_set() ? network.set == label.answer.set : label.answer.token >= 0 && network.token == label.answer.token;
}

}  // namespace assay::analysis
