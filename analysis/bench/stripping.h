// What models write around their code is taken off by rule; the code itself stays as it was written.
//
//   strip("Sure, here is the function:\nint f(int x) { return x; }", "f")
//     .declaration == "int f(int x) {"   .answer == "\n return x; }"   .unfenced_prose
//
// Only text outside of code goes: a line counts as prose where no C has it, such as one with three plain words in a row. Linear in the text.
// Test: tests/analysis/bench_completions_test.cpp
#pragma once

#include <string>
#include <string_view>

namespace assay::analysis::bench {

/// A completion without what stands around its code.
struct Stripped {
  std::string before;       ///< helpers and includes that the completion puts before its repetition of the declaration
  std::string declaration;  ///< the repetition itself with its `{`, or empty
  std::string answer;       ///< what stands behind the declaration's `{`
  bool fence = false, several_fences = false, prose = false, unfenced_prose = false, repeated_declaration = false, leading_brace = false;
  bool text_behind = false;  ///< answer_text() cuts it off
};
Stripped strip(std::string_view completion, const std::string& function);

}  // namespace assay::analysis::bench
