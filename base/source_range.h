// A place in a source file, as people and editors count: lines and columns from 1, columns in bytes.
#pragma once

#include <compare>
#include <string>

namespace assay {

struct SourcePoint {
  int line = 0;  ///< 0: unknown
  int column = 0;
  auto operator<=>(const SourcePoint&) const = default;
};

/// From the first byte of `begin` up to and including the last byte before `end`.
struct SourceRange {
  std::string file;
  SourcePoint begin;
  SourcePoint end;
  bool known() const { return begin.line > 0; }
  /// `file:line:column`
  std::string to_string() const;
  auto operator<=>(const SourceRange&) const = default;
};

}  // namespace assay
