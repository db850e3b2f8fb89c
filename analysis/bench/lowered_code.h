// Source of a task as program IR, read in the sandbox; and an answer's text with the request's preconditions before its function.
#pragma once

#include <optional>
#include <string>

#include "analysis/bench/code_task.h"
#include "base/session.h"
#include "frontend/program/program.h"

namespace assay::analysis::bench {

struct LoweredCode {
  program::Program program;
  std::optional<program::FunctionId> function;  ///< the task's
};

Result<LoweredCode> lower_code(const std::string& text, const std::string& file, const CodeTask& task, const Session& session);

/// What the solver reads of an answer: the task's `requires` clauses before the declaration, and nothing that the answer says of itself.
class ContractText {
 public:
  ContractText(const CodeTask& task, const std::string& text);
  const std::string& text() const { return text_; }
  /// Why the text is not judged at all; empty: it is.
  const std::string& refusal() const { return refusal_; }
  /// The same place in the text that was given.
  int line_without_contract(int line) const { return line > first_ ? line - added_ : line; }

 private:
  std::string text_, refusal_;
  int first_ = 0, added_ = 0;
};

}  // namespace assay::analysis::bench
