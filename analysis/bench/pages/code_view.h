// An answer as written: line numbers, colours of C, the model's tokens with their alternatives, and the concepts found in it.
//
//   AnswerCode code{.text = "int f(void) {\n  return 1;\n}\n", .prompt_bytes = 13};
//   code.tokens = {{13, 25, 0.31, {{" return", 0.31}, {" if", 0.2}}}};
//   code_view(code)                    // <table class="code">, one row a line
//
// Where kinds of marks overlap the text is cut into pieces that carry all of them, so nothing has to nest. A token's alternatives are its title,
// which a browser shows by itself; the script turns it into a card that the keyboard reaches too. Bytes and columns count as in the document; a
// place within a character counts as its start. Cost: bytes times concepts. Test: tests/analysis/bench_pages_test.cpp
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace assay::analysis::bench {

struct CodeToken {
  std::size_t begin = 0, end = 0;  ///< bytes of the text
  double probability = 1;
  std::vector<std::pair<std::string, double>> alternatives;
};

/// A half-open range of bytes, numbered from 1 in the order given.
struct CodeMark {
  std::size_t begin = 0, end = 0;
};

/// A decision site: what else could have been written there.
struct CodeSite {
  std::size_t begin = 0, end = 0;
  std::string title;       ///< lines
  bool overtaken = false;  ///< something else was more probable
};

struct AnswerCode {
  std::string text;
  std::size_t prompt_bytes = 0;  ///< these were given, the model wrote the rest
  std::vector<CodeToken> tokens;
  std::vector<CodeMark> marks;
  std::vector<CodeMark> missteps;  ///< tokens that would have to be others
  std::vector<CodeSite> sites;     ///< may overlap
  std::size_t failing_line = 0;    ///< where a check is violated; 0: nowhere
};

std::string code_view(const AnswerCode& code);
/// Where a line and column (both from 1, columns in bytes) are in the text; its size if there is no such place.
std::size_t byte_at(const std::string& text, std::size_t line, std::size_t column);

}  // namespace assay::analysis::bench
