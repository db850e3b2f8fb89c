#include "analysis/bench/lowered_code.h"

#include <fmt/format.h>

#include <algorithm>

#include "frontend/lowering/isolated.h"

namespace assay::analysis::bench {
namespace {

constexpr std::string_view kBuiltin = "__CPROVER_";
constexpr std::string_view kOwnNames = "__assay_";

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
  Result<lowering::Lowered> lowered = lowering::lower_isolated(text, file, options, {}, &session);
  if (!lowered) return fail(lowered.error());
  LoweredCode code{std::move(lowered->program), {}};
  code.function = code.program.find(task.function);
  return code;
}

ContractText::ContractText(const CodeTask& task, const std::string& text) : text_(without_clauses(text)) {
  for (const std::string_view name : {kBuiltin, kOwnNames})
    if (text.find(name, std::min(task.prompt.size(), text.size())) != std::string::npos)
      refusal_ = fmt::format("the answer uses the verification name '{}...'", name);
  const std::size_t declaration = task.prompt.size() - task.declaration.size();
  first_ = static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(declaration), '\n'));
  std::string clauses;
  for (const std::string& clause : task.contract) {
    if (!clause.starts_with("requires ")) continue;
    clauses += "//@ " + clause + "\n";
    ++added_;
  }
  text_.insert(declaration, clauses);
}

}  // namespace assay::analysis::bench
