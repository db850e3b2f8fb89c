// How far one text agrees with another up to white space, comments and the names of local variables.
//
//   written:  int s = 0; for (int k = 0; k <= n; k++) ...
//   right:    int sum=0; for (int i = 0; i <  n; i++) ...
//   RenamedText found = *renamed(written, right);     // found.tokens: all before `<=`;  found.text: "int s=0; for (int k = 0; k <  n; ..."
//
// Tokens are compared in their order. Each variable of the right text gets the name that stands where it is declared in the written one, as long
// as no two variables whose scopes meet are called alike and none takes a name that means something else; after the first difference they keep
// their own names, or get fresh ones. Calling variables otherwise changes nothing of what a function does, so the renamed text is as right as the
// right one, and it begins with the tokens on which both agree.
// Cost: one pass, times the variables. Test: tests/solver/renamed_text_test.cpp
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "frontend/program/source_facts.h"

namespace assay::solver {

struct TextWithFacts {
  std::string_view text;
  const program::SourceFacts& facts;
  std::string_view spelling(const program::SourceToken& token) const { return text.substr(token.begin, token.end - token.begin); }
};

struct RenamedText {
  std::size_t tokens = 0;  ///< the first so many are the same
  std::string text;        ///< the right one with other names
  std::string next;        ///< its token behind them; empty at its end
};

/// Nothing if the right text has no such function, or Clang refused it.
std::optional<RenamedText> renamed(const TextWithFacts& written, const TextWithFacts& right);

}  // namespace assay::solver
