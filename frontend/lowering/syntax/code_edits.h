// Small changes of a C text, made from its syntax tree: of the surface, which should keep the meaning, and of one token, which may change it.
//
//   for (const CodeEdit& edit : *code_edits(text, "f.c", cut))  std::puts(edited_text(edit.changes, text).c_str());
//
//   rename     a local or parameter gets another name            s -> t, at each of its occurrences
//   reorder    operands of a commutative operator, neighbouring  a + b -> b + a;  int s = 0; int i = 0; -> int i = 0; int s = 0;
//              statements without calls
//   reformat   indentation, place of the opening brace, blank    four spaces -> two
//              line before the last statement
//   idiom      another usual way to write the same               i++ -> ++i, a < b -> b > a, s += x -> s = s + x, a[i] -> *(a + i), x == 0 -> !x
//   token      one operator, constant or name replaced           <= -> <, 0 -> 1, n -> i
//
// What an edit does to the meaning is for the solver to say (analysis/claims/edit_labels.h): nothing here proves that operands may change places.
// Texts that Clang refuses are left out. Macros and what comes from them stay as they are. Source of the kinds: metamorphic tests of models of code,
// as in Rabin et al. 2021 ("generalizability of neural program models"), and the operators of mutation testing. Cost: one parse of Clang, and one
// more per edit. Test: tests/frontend/code_edits_test.cpp
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace assay::syntax {

/// Bytes [begin, end) of a text become `text`.
struct TextChange {
  std::size_t begin = 0, end = 0;
  std::string text;
  bool operator==(const TextChange&) const = default;
};

struct CodeEdit {
  std::string kind;        ///< "rename", "reorder", "reformat", "idiom", "token"
  std::string what;        ///< "i <= n -> n >= i"
  std::string ast;         ///< Clang's class of the node: "BinaryOperator"
  std::string function;    ///< in whose text it lies
  std::size_t number = 0;  ///< of the node among those of its kind, by its place: the same in texts of one form. Edits that share it are alternatives
  std::vector<TextChange> changes;  ///< in the order of the text, apart from each other
};

/// "rename", "reorder", ...: in the order of code_edits().
const std::vector<std::string>& edit_kinds();

/// Every edit of the functions in `text` whose changes end at or before byte `cut`; names and layout change behind it too, so that text and
/// edited text stay apart by this one edit. Ordered by kind and number. Errors: kInput with Clang's words where the text is no C.
Result<std::vector<CodeEdit>> code_edits(const std::string& text, const std::string& file_name, std::size_t cut = std::string::npos);

std::string edited_text(const std::vector<TextChange>& changes, std::string_view text);
/// Where byte `at` of the text lies after the changes; within one, at the end of what stands there now.
std::size_t moved(const std::vector<TextChange>& changes, std::size_t at);

}  // namespace assay::syntax
