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

/// What the solver reads of an answer: the task's preconditions as `__CPROVER_requires(...)` before the declaration's brace, so that every line
/// stays where it is, and nothing that the answer says of itself: comments that look like clauses lose their mark.
std::string with_preconditions(const CodeTask& task, const std::string& text);
/// Why an answer is not judged at all: it uses the names of verification builtins. Empty: it is judged.
std::string refusal_of(const CodeTask& task, const std::string& text);

}  // namespace assay::analysis::bench
