// Edits of C by its syntax tree: each kind at each node that it has, where they may reach, and texts that stay C.
#include "frontend/lowering/syntax/code_edits.h"

#include <gmock/gmock.h>

#include "frontend/lowering/lowering.h"

namespace assay::syntax {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<CodeEdit> edits_of(const std::string& text, std::size_t cut = std::string::npos) {
  const Result<std::vector<CodeEdit>> found = code_edits(text, "f.c", cut);
  EXPECT_TRUE(found) << found.error().to_string();
  return found ? *found : std::vector<CodeEdit>{};
}

/// The first alternative of each node, in words.
std::vector<std::string> words(const std::string& text, const std::string& kind, std::size_t cut = std::string::npos) {
  std::vector<std::string> found;
  std::optional<std::size_t> last;
  for (const CodeEdit& edit : edits_of(text, cut)) {
    if (edit.kind == kind && edit.number != last) found.push_back(edit.what);
    if (edit.kind == kind) last = edit.number;
  }
  return found;
}

const std::string kSum =
    "int sum(const int *a, int n) {\n"
    "    int s = 0;\n"
    "    int k = 1;\n"
    "    for (int i = 0; i < n; i++) {\n"
    "        s += a[i] * k;\n"
    "    }\n"
    "    if (s == 0) return n;\n"
    "    return s;\n"
    "}\n";

TEST(CodeEdits, a_local_gets_another_name_wherever_it_stands_and_nothing_else_does) {
  const std::vector<CodeEdit> all = edits_of("int f(int s) {\n  // s is s\n  return s + sizeof(\"s\") + s;\n}\n");
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all[0].what, "s -> t");
  EXPECT_EQ(all[0].ast, "ParmVarDecl");
  EXPECT_EQ(edited_text(all[0].changes, "int f(int s) {\n  // s is s\n  return s + sizeof(\"s\") + s;\n}\n"),
            "int f(int t) {\n  // s is s\n  return t + sizeof(\"s\") + t;\n}\n");
}

TEST(CodeEdits, each_variable_is_a_node_and_its_names_are_alternatives) {
  EXPECT_THAT(words(kSum, "rename"), ElementsAre("a -> t", "n -> t", "s -> t", "k -> t", "i -> t"));
  for (const CodeEdit& edit : edits_of("int f(int t, int v) { int x = t; return x + v; }")) {
    if (edit.kind != "rename") continue;
    EXPECT_THAT(edit.what, Not(HasSubstr("-> x"))) << "a name that the function has";
  }
}

TEST(CodeEdits, operands_and_statements_change_places) {
  EXPECT_THAT(words(kSum, "reorder"), ElementsAre("int s = 0; int k = 1; -> int k = 1; int s = 0;", "a[i] * k -> k * a[i]", "s == 0 -> 0 == s"));
  EXPECT_THAT(words("int f(int a, int b, int c) { return a / b * c; }", "reorder"), ElementsAre("a / b * c -> c * (a / b)"));
  EXPECT_THAT(words("int f(int a) { return a++ + a--; }", "reorder"), IsEmpty()) << "operands with side effects stay";
}

TEST(CodeEdits, usual_ways_to_write_the_same) {
  EXPECT_THAT(words(kSum, "idiom"), ElementsAre("i++ -> ++i", "i++ -> i += 1", "i < n -> n > i", "s += a[i] * k -> s = s + (a[i] * k)",
                                                "a[i] -> *(a + i)", "s == 0 -> !s", "n -> (n)", "s -> (s)"));
}

TEST(CodeEdits, layout) {
  EXPECT_THAT(words(kSum, "reformat"),
              ElementsAre("indented by 4 -> by 2", "{ behind the head -> on a line of its own", "no blank line before the last statement -> one"));
  const std::vector<CodeEdit> all = edits_of(kSum);
  const auto indent = std::find_if(all.begin(), all.end(), [](const CodeEdit& edit) { return edit.kind == "reformat"; });
  ASSERT_NE(indent, all.end());
  EXPECT_THAT(edited_text(indent->changes, kSum), HasSubstr("{\n  int s = 0;\n  int k = 1;\n  for (int i = 0; i < n; i++) {\n    s +="));
}

TEST(CodeEdits, one_token) {
  EXPECT_THAT(words("int f(int a, int b) { return a < b; }", "token"), ElementsAre("< -> <=", "a -> b", "b -> a"));
  EXPECT_THAT(words("int f(void) { return 1 + 7; }", "token"), ElementsAre("+ -> -", "1 -> 0", "7 -> 8"));
  EXPECT_THAT(words("int f(int *p, int n) { return n; }", "token"), IsEmpty()) << "no other variable has its type";
}

TEST(CodeEdits, what_clang_refuses_is_left_out) {
  const std::string text = "int f(int n) { int s = n; { int late = 1; s += late; } return s; }";
  for (const CodeEdit& edit : edits_of(text)) {
    EXPECT_TRUE(lowering::lower_source(edited_text(edit.changes, text), "f.c")) << edit.what;
    if (edit.changes.front().begin < text.find("return")) continue;
    EXPECT_NE(edit.what, "s -> late") << "not in scope there";
  }
  EXPECT_THAT(words(text, "token"), Contains("late -> n"));
}

TEST(CodeEdits, behind_the_cut_names_and_layout_follow_and_nothing_else_changes) {
  const std::string text = "int f(int a, int b) {\n    return a + b * a;\n}\n";
  const std::size_t cut = text.find(" b * a");
  EXPECT_THAT(words(text, "reorder", cut), IsEmpty());
  EXPECT_THAT(words(text, "token", cut), ElementsAre("+ -> -", "a -> b"));
  const std::vector<CodeEdit> all = edits_of(text, cut);
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all[0].what, "a -> t");
  EXPECT_EQ(all[0].changes.size(), 3u) << "the parameter and both uses";
}

TEST(CodeEdits, macros_stay) { EXPECT_THAT(words("#define LESS(a, b) ((a) < (b))\nint f(int n) { return LESS(n, 3); }", "token"), IsEmpty()); }

TEST(CodeEdits, text_that_is_no_c_is_an_error_in_clangs_words) {
  const Result<std::vector<CodeEdit>> found = code_edits("int f(int n) { return m; }", "f.c");
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message, HasSubstr("use of undeclared identifier 'm'"));
}

TEST(CodeEdits, a_place_moves_with_the_changes_before_it) {
  const std::vector<TextChange> changes = {{2, 4, "xyz"}, {6, 6, "+"}};
  EXPECT_EQ(edited_text(changes, "01234567"), "01xyz45+67");
  EXPECT_EQ(moved(changes, 2), 2u);
  EXPECT_EQ(moved(changes, 3), 5u) << "within a change: its end";
  EXPECT_EQ(moved(changes, 4), 5u);
  EXPECT_EQ(moved(changes, 6), 7u) << "before what is put in there";
  EXPECT_EQ(moved(changes, 8), 10u);
}

}  // namespace
}  // namespace assay::syntax
