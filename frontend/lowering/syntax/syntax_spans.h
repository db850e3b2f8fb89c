// A C text as spans of its syntax: which part of which function each byte belongs to, named by what it is and not by what it says.
//
//   syntax_spans("// Sum.\nint sum(int n) {\n  int s = 0;\n  for (int i = 0; i < n; i++)\n    s += i;\n  return s;\n}\n", "f.c")
//   f1_comment, f1_head, f1_declaration, f1_for, f1_for_condition_left, f1_for_condition_operator, f1_for_condition_right, f1_for_step,
//   f1_for_body_assignment, f1_return
//
// A span goes from where its part begins to where the next one does, blanks and brackets included. Functions are counted from the top; a second
// part of the same name in a function is `declaration2`. Two texts of one form have the same spans, so that what was found in one can be asked in the
// other. A condition and a returned value have a left side, an operator and a right side where they are a binary operation. Cost: one parse. Test:
// tests/frontend/syntax_spans_test.cpp
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace assay::syntax {

struct SyntaxSpan {
  std::size_t begin = 0;
  std::string name;
  bool operator==(const SyntaxSpan&) const = default;
};

/// By place; the first begins at byte 0. Errors: kInput with Clang's words where the text is no C, or has no function.
Result<std::vector<SyntaxSpan>> syntax_spans(const std::string& text, const std::string& file_name);

}  // namespace assay::syntax
