#include "analysis/code_tasks/references.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "frontend/lowering/lowering.h"

namespace assay::analysis::code_tasks {
namespace {

constexpr int kAttempts = 200;

Range values_of(const Parameter& parameter) {
  if (parameter.range) return *parameter.range;
  switch (parameter.type) {
    case Type::kInt: return {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()};
    case Type::kUnsigned: return {0, std::numeric_limits<std::uint32_t>::max()};
    case Type::kLong: return {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()};
  }
  return {};
}

/// Values of one test lie around one centre, so that elements, pivots and limits meet.
class Values {
 public:
  Values(TestKind kind, Draw& draw) : kind_(kind), draw_(draw), centre_(kind == TestKind::kSmall ? draw.between(2, 6) : draw.between(-8, 12)) {}

  std::int64_t scalar(const Parameter& parameter) {
    const Range range = values_of(parameter);
    if (parameter.role == Role::kBound) return bound(range);
    if (kind_ == TestKind::kBoundary && draw_.chance(0.4)) return draw_.chance(0.5) ? range.low : range.high;
    if (parameter.wide) return draw_.between(kind_ == TestKind::kSmall ? std::max<std::int64_t>(range.low, 0) : range.low, range.high);
    const std::int64_t spread = kind_ == TestKind::kBoundary ? 1 : 3;
    return std::clamp(centre_ + draw_.between(-spread, spread), range.low, range.high);
  }

  std::vector<std::int64_t> array(const Parameter& parameter, std::int64_t length) {
    std::vector<std::int64_t> numbers;
    for (std::int64_t i = 0; i < length; ++i) numbers.push_back(scalar({.role = Role::kValue, .type = parameter.type, .range = parameter.range}));
    return numbers;
  }

 private:
  std::int64_t bound(const Range& range) {
    if (kind_ == TestKind::kSmall) return draw_.between(std::max(range.low, std::min<std::int64_t>(2, range.high - 1)), range.high);
    if (kind_ == TestKind::kBoundary) return draw_.chance(0.4) ? range.low : draw_.chance(0.5) ? range.high : draw_.between(range.low, range.high);
    return draw_.between(range.low, range.high);
  }

  TestKind kind_;
  Draw& draw_;
  std::int64_t centre_;
};

std::vector<TestValue> draw_arguments(const FunctionText& function, TestKind kind, Draw& draw) {
  Values values(kind, draw);
  std::vector<TestValue> arguments(function.parameters.size());
  std::map<std::string, std::int64_t> scalars;
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (const Parameter& p = function.parameters[i]; !p.array) {
      scalars[p.name] = values.scalar(p);
      arguments[i].numbers = {scalars[p.name]};
    }
  for (std::size_t i = 0; i < arguments.size(); ++i)
    if (const Parameter& p = function.parameters[i]; p.array) arguments[i] = {true, values.array(p, scalars[p.bound] + p.extra)};
  return arguments;
}

std::vector<std::int64_t> integers(const std::vector<program::Scalar>& cells) {
  std::vector<std::int64_t> numbers;
  for (const program::Scalar& cell : cells) numbers.push_back(cell.integer);
  return numbers;
}

}  // namespace

struct References::Loaded {
  program::Program program;
  std::unique_ptr<program::Interpreter> interpreter;
  std::vector<program::FunctionId> ids;
};

std::string source_of(const FunctionText& function) {
  std::string text;
  for (const std::string& clause : contract_of(function)) text += "//@ " + clause + "\n";
  return text + declaration_of(function) + body_of(function) + "\n";
}

Result<References> References::create() {
  References references;
  std::string text;
  for (std::size_t i = 0; i < all_combinations().size(); ++i) {
    const Combination& combination = all_combinations()[i];
    const Family& family = *families()[combination.family];
    Names names = canonical_names(family);
    names.function = fmt::format("reference_{}", i);
    references.functions_.push_back(family.write(combination, names));
    text += source_of(references.functions_.back());
  }
  Result<lowering::Lowered> lowered = lowering::lower_source(text, "references.c");
  if (!lowered) return fail(lowered.error());
  auto loaded = std::make_shared<Loaded>();
  loaded->program = std::move(lowered->program);
  for (const FunctionText& function : references.functions_) {
    const std::optional<program::FunctionId> id = loaded->program.find(function.name);
    if (!id || !loaded->program.function(*id).has_body)
      return internal_error("the reference '" + function.name + "' cannot be read:\n" + source_of(function));
    loaded->ids.push_back(*id);
  }
  loaded->interpreter = std::make_unique<program::Interpreter>(loaded->program);
  references.loaded_ = std::move(loaded);
  return references;
}

std::optional<TestCase> References::run(std::size_t combination, const std::vector<TestValue>& arguments) const {
  TestCase test{arguments, {}, {}};
  const program::RunResult run = loaded_->interpreter->run(loaded_->ids[combination], arguments_of(test));
  if (run.end != program::RunEnd::kReturned) return {};
  if (run.value) test.result = run.value->integer;
  const std::vector<Parameter>& parameters = functions_[combination].parameters;
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (parameters[i].array && parameters[i].written) test.arrays[i] = integers(run.arrays[i]);
  return test;
}

std::optional<TestCase> References::draw_test(std::size_t combination, TestKind kind, Draw& draw) const {
  for (int attempt = 0; attempt < kAttempts; ++attempt)
    if (std::optional<TestCase> test = run(combination, draw_arguments(functions_[combination], kind, draw))) return test;
  return {};
}

}  // namespace assay::analysis::code_tasks
