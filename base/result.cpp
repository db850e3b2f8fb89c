#include "base/result.h"

#include <fmt/format.h>

namespace assay {

std::string SourceRange::to_string() const {
  if (!known()) return file;
  return fmt::format("{}:{}:{}", file, begin.line, begin.column);
}

std::string Error::to_string() const {
  std::string text = where ? where->to_string() + ": " + message : message;
  return remedy.empty() ? text : text + "; " + remedy;
}

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUsage:
    case ErrorKind::kInput: return 2;
    case ErrorKind::kUnsupported: return 4;
    case ErrorKind::kBudget:
    case ErrorKind::kCancelled: return 3;
    case ErrorKind::kInternal: return 5;
  }
  return 5;
}

std::string_view name_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUsage: return "usage";
    case ErrorKind::kInput: return "input";
    case ErrorKind::kUnsupported: return "unsupported";
    case ErrorKind::kBudget: return "budget";
    case ErrorKind::kCancelled: return "cancelled";
    case ErrorKind::kInternal: return "internal";
  }
  return "internal";
}

}  // namespace assay
