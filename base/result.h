// Expected failures as values.
//
// A function that can fail for a reason outside our control returns Result<T>; exceptions stay at the seam of the
// library that throws them (Clang, Z3, torch, toml++, SQLite), where they become an Error.
//
//   Result<Task> task = read_task(path);
//   if (!task) return fail(task.error());
//
// Test: tests/base/result_test.cpp
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "base/source_range.h"

namespace assay {

enum class ErrorKind {
  kUsage,        ///< wrong command line
  kInput,        ///< a file is missing, broken or contradicts another
  kUnsupported,  ///< a construct that Assay does not model; never skipped silently
  kBudget,       ///< an rlimit, memory or time budget ran out
  kCancelled,    ///< the user interrupted the work
  kInternal,     ///< our own mistake, for example a replay that disagrees
};

/// What was found, what was expected, what to do next. `where` is absent when no file is at fault.
struct Error {
  ErrorKind kind = ErrorKind::kInternal;
  std::string message;  ///< what was found and what was expected
  std::string remedy;   ///< what to do next; may be empty
  std::optional<SourceRange> where = std::nullopt;

  /// `file:line:column: message; remedy`
  std::string to_string() const;
};

/// Process exit code for an error that ended a command (DESIGN section 8).
int exit_code(ErrorKind kind);
std::string_view name_of(ErrorKind kind);

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }
inline tl::unexpected<Error> input_error(std::string message, std::string remedy = {}, std::optional<SourceRange> where = {}) {
  return fail({ErrorKind::kInput, std::move(message), std::move(remedy), std::move(where)});
}
inline tl::unexpected<Error> unsupported(std::string construct, std::string remedy = {}, std::optional<SourceRange> where = {}) {
  return fail({ErrorKind::kUnsupported, std::move(construct), std::move(remedy), std::move(where)});
}
inline tl::unexpected<Error> internal_error(std::string message, std::optional<SourceRange> where = {}) {
  return fail({ErrorKind::kInternal, std::move(message), "please report this with the command and its input", std::move(where)});
}

}  // namespace assay
