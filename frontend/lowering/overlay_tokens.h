// The tokens of a file before preprocessing, with comments, nesting depth and whether they belong to a directive.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace assay::lowering {

enum class RawKind { kComment, kOpenBrace, kCloseBrace, kOpenParen, kCloseParen, kSemicolon, kColon, kOther };

struct RawToken {
  RawKind kind = RawKind::kOther;
  std::size_t begin = 0, end = 0;  ///< bytes
  std::string_view text;
  int braces = 0, parens = 0;  ///< depth around the token; an opening and its closing token have the same
  bool in_directive = false;   ///< part of a # line
};

std::vector<RawToken> raw_tokens(std::string_view source);

}  // namespace assay::lowering
