// Shared by the lowering tests: lower a text, run one of its functions.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "frontend/lowering/lowering.h"
#include "frontend/program/interpreter.h"

namespace assay::lowering::testing {

inline Lowered lowered(const std::string& source, const SourceOptions& options = {}) {
  Result<Lowered> result = lower_source(source, "test.c", options);
  if (!result) {
    ADD_FAILURE() << result.error().to_string();
    return {};
  }
  return std::move(*result);
}

inline program::RunResult run(const Lowered& source, const std::string& function, const std::vector<std::int64_t>& arguments = {}) {
  auto id = source.program.find(function);
  if (!id) {
    ADD_FAILURE() << "no function " << function;
    return {};
  }
  EXPECT_EQ(source.program.function(*id).refusal, "");
  std::vector<program::Argument> values;
  for (std::int64_t argument : arguments) values.push_back(program::Argument::scalar(argument));
  return program::Interpreter(source.program).run(*id, values);
}

/// The value that `f` of `source` returns.
inline std::int64_t result_of(const std::string& source, const std::vector<std::int64_t>& arguments = {}, const SourceOptions& options = {}) {
  Lowered program = lowered(source, options);
  if (program.program.functions.empty()) return INT64_MIN;
  program::RunResult result = run(program, "f", arguments);
  EXPECT_EQ(result.end, program::RunEnd::kReturned) << (result.failure ? result.failure->message : result.unsupported);
  return result.value ? result.value->integer : INT64_MIN;
}

/// The check that fails when `f` runs, or nothing.
inline std::optional<program::CheckKind> failure_of(const std::string& source, const std::vector<std::int64_t>& arguments = {}) {
  Lowered program = lowered(source);
  if (program.program.functions.empty()) return std::nullopt;
  program::RunResult result = run(program, "f", arguments);
  return result.failure ? std::optional(result.failure->kind) : std::nullopt;
}

/// The refusal of `f`.
inline std::string refusal_of(const std::string& source) {
  Lowered program = lowered(source);
  auto id = program.program.find("f");
  return id ? program.program.function(*id).refusal : "no function f";
}

}  // namespace assay::lowering::testing
