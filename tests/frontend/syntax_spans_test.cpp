// Parts of a text by its syntax: named by what they are, in the order of the text, the same in texts of one form.
#include "frontend/lowering/syntax/syntax_spans.h"

#include <gmock/gmock.h>

namespace assay::syntax {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Each span's name and text.
std::vector<std::string> spans_of(const std::string& text) {
  const Result<std::vector<SyntaxSpan>> spans = syntax_spans(text, "f.c");
  EXPECT_TRUE(spans) << spans.error().to_string();
  std::vector<std::string> found;
  for (std::size_t i = 0; spans && i < spans->size(); ++i) {
    const std::size_t end = i + 1 < spans->size() ? (*spans)[i + 1].begin : text.size();
    found.push_back((*spans)[i].name + " " + text.substr((*spans)[i].begin, end - (*spans)[i].begin));
  }
  return found;
}

TEST(SyntaxSpans, cover_the_text_in_its_order) {
  EXPECT_THAT(spans_of("// Sum.\nint sum(int n) {\n  int s = 0;\n  for (int i = 0; i < n; i++)\n    s += i;\n  return s;\n}\n"),
              ElementsAre("f1_comment // Sum.\n", "f1_head int sum(int n) {\n  ", "f1_declaration int s = 0;\n  ", "f1_for for (int i = 0; ",
                          "f1_for_condition_left i ", "f1_for_condition_operator < ", "f1_for_condition_right n; ", "f1_for_step i++)\n    ",
                          "f1_for_body_assignment s += i;\n  ", "f1_return return s;\n}\n"));
}

TEST(SyntaxSpans, functions_are_counted_and_so_are_parts_of_one_name) {
  EXPECT_THAT(spans_of("int f(int n) { int a = 1; int b = n; return a * b; }\n// g\nint g(int n) { while (n) n = n / 2; return n; }"),
              ElementsAre("f1_head int f(int n) { ", "f1_declaration int a = 1; ", "f1_declaration2 int b = n; ", "f1_return return ",
                          "f1_return_left a ", "f1_return_operator * ", "f1_return_right b; }\n", "f2_comment // g\n", "f2_head int g(int n) { ",
                          "f2_while while (", "f2_while_condition n) ", "f2_while_body_assignment n = n / 2; ", "f2_return return n; }"));
}

TEST(SyntaxSpans, branches) {
  EXPECT_THAT(
      spans_of("int f(int n) { if (n > 0) { n--; } else return n; return 1; }"),
      ElementsAre("f1_head int f(int n) { ", "f1_if if (", "f1_if_condition_left n ", "f1_if_condition_operator > ", "f1_if_condition_right 0) { ",
                  "f1_if_then_statement n--; } else ", "f1_if_else_return return n; ", "f1_return return 1; }"));
}

TEST(SyntaxSpans, text_that_is_no_c_is_an_error) {
  EXPECT_THAT(syntax_spans("int f(", "f.c").error().to_string(), HasSubstr("f.c"));
  EXPECT_THAT(syntax_spans("int x;", "f.c").error().to_string(), HasSubstr("no function"));
}

}  // namespace
}  // namespace assay::syntax
