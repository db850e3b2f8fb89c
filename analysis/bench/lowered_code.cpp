#include "analysis/bench/lowered_code.h"

#include <fmt/format.h>

#include <algorithm>

#include "frontend/lowering/isolated.h"

namespace assay::analysis::bench {
namespace {

constexpr std::string_view kBuiltin = "__CPROVER_";
constexpr std::string_view kOwnNames = "__assay_";

constexpr double kParseSeconds = 60;  ///< the headers of the C++ library take some seconds on a busy machine

/// Clause comments lose their mark; the length stays.
std::string without_clauses(std::string text) {
  for (const std::string_view mark : {"//@", "/*@"})
    for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) text[at + 2] = ' ';
  return text;
}

}  // namespace

Result<LoweredCode> lower_code(const std::string& text, const std::string& file, const CodeTask& task, const Session& session) {
  lowering::SourceOptions options;
  options.standard = task.standard;
  Result<lowering::Lowered> lowered = lowering::lower_isolated(text, file, options, {.wall_seconds = kParseSeconds}, &session);
  if (!lowered) return fail(lowered.error());
  LoweredCode code{std::move(lowered->program), {}};
  code.function = code.program.find(task.function);
  return code;
}

std::string with_preconditions(const CodeTask& task, const std::string& text) {
  std::string clauses;
  for (const std::string& condition : preconditions_of(task)) clauses += fmt::format("__CPROVER_requires({}) ", condition);
  return without_clauses(text).insert(task.body_begin() - 1, clauses);  // before the brace
}

std::string refusal_of(const CodeTask& task, const std::string& text) {
  for (const std::string_view name : {kBuiltin, kOwnNames})
    if (text.find(name, std::min(task.prompt.size(), text.size())) != std::string::npos)
      return fmt::format("the answer uses the verification name '{}...'", name);
  return {};
}

}  // namespace assay::analysis::bench
