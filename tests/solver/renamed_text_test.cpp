// How far two texts agree, whatever their variables are called and however they are laid out; and that the renamed text still says the same.
#include "solver/completions/renamed_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "frontend/lowering/lowering.h"
#include "frontend/lowering/source_facts.h"
#include "frontend/program/text.h"

namespace assay::solver {
namespace {

struct Compared {
  std::string agreed;  ///< of the written text, up to the first difference
  std::string next;    ///< of the right text, renamed
  std::string text;
};

Compared compare(const std::string& written, const std::string& right) {
  const program::SourceFacts of_written = *lowering::source_facts(written, "w.c", "f", {}), of_right = *lowering::source_facts(right, "r.c", "f", {});
  const std::optional<RenamedText> found = renamed({written, of_written}, {right, of_right});
  EXPECT_TRUE(found.has_value());
  if (!found) return {};
  const std::size_t end = found->tokens == 0 ? 0 : of_written.tokens[found->tokens - 1].end;
  return {written.substr(0, end), found->next, found->text};
}

/// Both mean the same: the same program but for names and places.
void same_but_for_names(const std::string& a, const std::string& b) {
  const auto shape = [](const std::string& text) {
    Result<lowering::Lowered> lowered = lowering::lower_source(text, "f.c");
    EXPECT_TRUE(lowered) << text;
    if (!lowered) return std::string();
    program::Program& program = lowered->program;
    for (program::Function& function : program.functions) {
      function.refusal.clear();
      for (std::size_t i = 0; i < function.locals.size(); ++i)
        function.locals[i].name = function.locals[i].is_temporary ? function.locals[i].name : "v" + std::to_string(i);
    }
    const std::string written = program::write_text(program);
    std::string kept;  // without the places
    for (std::size_t at = 0; at < written.size(); ++at) {
      if (written[at] == '@')
        while (at < written.size() && written[at] != ' ' && written[at] != ')' && written[at] != '\n') ++at;
      if (at < written.size()) kept += written[at];
    }
    return kept;
  };
  EXPECT_EQ(shape(a), shape(b));
}

const std::string kRight =
    "int f(const int *a, int n) {\n    int s = 0;\n    for (int i = 0; i < n; i++) {\n        s += a[i];\n    }\n    return s;\n}\n";

TEST(RenamedText, names_of_another_function_are_free) {
  const std::string before = "int g(int k) { return k; }\n";
  const std::string written =
      before + "int f(const int *a, int n) {\n    int s = 0;\n    for (int k = 0; k <= n; k++) s += a[k];\n    return s;\n}\n";
  EXPECT_EQ(compare(written, before + kRight).agreed, written.substr(0, written.find(" <=")));
}

TEST(RenamedText, another_name_of_a_local_variable_is_no_difference) {
  const std::string written =
      "int f(const int *a, int n) {\n    int sum = 0;\n    for (int k = 0; k <= n; k++) {\n        sum += a[k];\n    }\n    return sum;\n}\n";
  const Compared found = compare(written, kRight);
  EXPECT_EQ(found.agreed, written.substr(0, written.find(" <=")));
  EXPECT_EQ(found.next, "<");
  EXPECT_NE(found.text.find("for (int k = 0; k < n; k++)"), std::string::npos);
  EXPECT_NE(found.text.find("return sum;"), std::string::npos);
  same_but_for_names(found.text, kRight);
}

TEST(RenamedText, spacing_and_comments_are_no_difference) {
  const std::string written = "int f(const int*a,int n){int s=0;/* all */for(int i=0;i<n;i++){s+=a[i+1];}return s;}";
  const Compared found = compare(written, kRight);
  EXPECT_EQ(found.agreed, written.substr(0, written.find("+1")));
  EXPECT_EQ(found.next, "]");
}

TEST(RenamedText, a_parameter_corresponds_too) {
  const std::string written = "int f(const int *values, int count) {\n    int n = 0;\n    for (int i = 1; i < count; i++)";
  const Compared found = compare(written, kRight);
  EXPECT_EQ(found.agreed, written.substr(0, written.find(" 1;")));
  EXPECT_NE(found.text.find("for (int i = 0; i < count; i++)"), std::string::npos);
  same_but_for_names(found.text, kRight);
}

TEST(RenamedText, names_that_are_not_in_bijection_are_a_difference) {
  // `s` and `i` of the right text cannot both be `t` where both are in scope.
  const std::string written = "int f(const int *a, int n) {\n    int t = 0;\n    for (int t = 0; t < n; t++) t += a[t];\n    return t;\n}\n";
  EXPECT_EQ(compare(written, kRight).agreed, written.substr(0, written.find(" t = 0; t <")));
  // One name of the right text is two of the written one.
  const std::string two = "int f(const int *a, int n) {\n    int s = 0;\n    for (int i = 0; i < n; s++) {}";
  EXPECT_EQ(compare(two, kRight).agreed, two.substr(0, two.find(" s++")));
  // A name that means something else already.
  const std::string with_function = "int g(int x);\n" + kRight;
  const std::string calls = "int g(int x);\nint f(const int *a, int n) {\n    int g = 0;";
  EXPECT_EQ(compare(calls, with_function + "int h(void) { return g(1); }\n").agreed, calls.substr(0, calls.find(" g = 0")));
}

TEST(RenamedText, a_variable_behind_the_difference_keeps_its_name_unless_it_is_taken) {
  const std::string right = "int f(int n) { int a = n; if (a > 1) { int b = a - 1; return b * a; } return a; }";
  const Compared found = compare("int f(int n) { int b = n; if (b >", right);
  EXPECT_EQ(found.text, "int f(int n) { int b = n; if (b > 1) { int b_1 = b - 1; return b_1 * b; } return b; }");
  same_but_for_names(found.text, right);
}

TEST(RenamedText, shadowed_names_stay_apart) {
  const std::string right =
      "int f(int n) { int a = n; { int a = 2; n += a; } for (int i = 0; i < 2; i++) n++; for (int i = 0; i < 3; i++) n--; return a + n; }";
  const std::string same =
      "int f(int n) { int x = n; { int x = 2; n += x; } for (int j = 0; j < 2; j++) n++; for (int k = 0; k < 3; k++) n--; return x - n; }";
  const Compared found = compare(same, right);
  EXPECT_EQ(found.agreed, same.substr(0, same.find(" - n")));
  same_but_for_names(found.text, right);
  const std::string captured = "int f(int n) { int x = n; { int y = 2; n += x; }";
  EXPECT_EQ(compare(captured, right).agreed, captured.substr(0, captured.find(" x; }"))) << "there the inner one is added";
  same_but_for_names(compare(captured, right).text, right);
}

TEST(RenamedText, a_right_text_that_is_none_is_no_guide) {
  const std::string broken = "int f(int n) { return n +; }";
  EXPECT_FALSE(renamed({kRight, *lowering::source_facts(kRight, "w.c", "f", {})}, {broken, *lowering::source_facts(broken, "r.c", "f", {})}));
}

}  // namespace
}  // namespace assay::solver
