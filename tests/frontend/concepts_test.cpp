// Recognisers of program concepts: what each finds, where, and what must stay silent.
#include "frontend/concepts/concepts.h"

#include <algorithm>
#include <set>

#include "tests/frontend/lowering_support.h"

namespace assay::concepts {
namespace {

std::vector<Concept> concepts_of(const std::string& source) {
  lowering::Lowered program = lowering::testing::lowered(source);
  return find_concepts(program.program);
}

std::vector<Concept> of_kind(const std::string& source, const std::string& kind) {
  std::vector<Concept> found = concepts_of(source);
  std::erase_if(found, [&](const Concept& item) { return item.kind != kind; });
  return found;
}

void collect_tags(const program::Block& block, std::set<std::string>& tags) {
  for (const program::Stmt& stmt : block) {
    tags.insert(stmt.tags.begin(), stmt.tags.end());
    collect_tags(stmt.body, tags);
    collect_tags(stmt.else_body, tags);
  }
}

TEST(Concepts, a_loop_bound_names_the_counter_and_the_comparison) {
  const std::vector<Concept> bounds = of_kind("int f(int n) {\n  int s = 0;\n  for (int i = 0; i <= n; i++) s += i;\n  return s;\n}", "loop-bound");
  ASSERT_EQ(bounds.size(), 1u);
  EXPECT_EQ(bounds[0].subject, "i");
  EXPECT_NE(bounds[0].detail.find("<="), std::string::npos) << bounds[0].detail;
  EXPECT_EQ(bounds[0].range.begin.line, 3);
  EXPECT_FALSE(bounds[0].ast_kind.empty());
}

TEST(Concepts, an_accumulator_needs_a_loop_around_its_update) {
  EXPECT_EQ(of_kind("int f(const int *a, int n) { int s = 0; for (int i = 0; i < n; i++) s += a[i]; return s; }", "accumulator").size(), 1u);
  EXPECT_TRUE(of_kind("int f(int a, int b) { int s = 0; s += a; s += b; return s; }", "accumulator").empty());
}

TEST(Concepts, a_maximum_is_told_from_a_minimum) {
  const std::string head = "int f(const int *a, int n) { int best = a[0]; for (int i = 1; i < n; i++) if (a[i] ",
                    tail = " best) best = a[i]; return best; }";
  EXPECT_EQ(of_kind(head + ">" + tail, "running-maximum").size(), 1u);
  EXPECT_EQ(of_kind(head + "<" + tail, "running-minimum").size(), 1u);
  EXPECT_TRUE(of_kind(head + "<" + tail, "running-maximum").empty());
}

TEST(Concepts, recursion_and_early_exit_are_found_where_they_are) {
  const std::string source = "int f(int n) {\n  if (n < 2)\n    return n;\n  return f(n - 1) + f(n - 2);\n}";
  EXPECT_FALSE(of_kind(source, "recursion").empty());
  EXPECT_TRUE(of_kind("int f(int n) { return n; }", "recursion").empty());
}

TEST(Concepts, a_state_is_found_in_a_switch_and_in_a_chain_of_ifs) {
  const auto transitions = [](const std::string& body) -> std::string {
    const std::string source = "int f(const char *t, int n) { int s = 0; for (int i = 0; i < n; i++) { " + body + " } return s; }";
    const std::vector<Concept> found = of_kind(source, "state-variable");
    return found.empty() ? "" : found.size() > 1 ? "more than one" : found[0].subject + ": " + found[0].detail;
  };
  EXPECT_EQ(transitions("switch (s) { case 0: s = t[i] == 'a' ? 1 : 2; break; case 1: s = 0; break; default: break; }"), "s: 0->1, 0->2, 1->0");
  EXPECT_EQ(transitions("if (s == 0) { if (t[i] == 'a') s = 1; } else if (s == 1) s = 2; else s = 0;"), "s: 0->1, 1->2, other->0");
  EXPECT_EQ(transitions("if (t[i] == 'a' && s == 0) s = 1; if (s != 1) continue; if (1 == s || s == 2) s = 3;"), "s: 0->1, 1->3, 2->3");
  EXPECT_EQ(transitions("if (s != 3) s = 3; else s = 0;"), "s: other->3, 3->0");
  EXPECT_EQ(transitions("if (s == 0) s = 1;"), "") << "a latch";
  EXPECT_EQ(transitions("if (s == 0) s = i; else s = t[i];"), "") << "no constant is stored";
  EXPECT_EQ(transitions("if (i == 0) s = 1; else if (i == 1) s = 2;"), "") << "another variable is compared";
  EXPECT_TRUE(of_kind("int f(int s) { if (s == 0) s = 1; else if (s == 1) s = 0; return s; }", "state-variable").empty()) << "no loop";
}

TEST(Concepts, they_come_in_source_order_and_tag_their_statements) {
  lowering::Lowered program = lowering::testing::lowered(
      "int f(const int *a, int n) { int s = 0; for (int i = 0; i < n; i++) { if (a[i] < 0) break; s += a[i]; } return s; }");
  const std::vector<Concept> found = find_concepts(program.program);
  ASSERT_GT(found.size(), 3u);
  EXPECT_TRUE(std::is_sorted(found.begin(), found.end(), [](const Concept& a, const Concept& b) {
    return a.range.begin.line != b.range.begin.line ? a.range.begin.line < b.range.begin.line : a.range.begin.column < b.range.begin.column;
  }));
  std::set<std::string> tags;
  collect_tags(program.program.function(*program.program.find("f")).body, tags);
  EXPECT_TRUE(tags.contains("loop-bound"));
}

TEST(Concepts, every_kind_that_is_found_is_announced) {
  std::set<std::string> announced;
  for (const auto& [kind, sentence] : concept_kinds()) {
    EXPECT_TRUE(announced.insert(kind).second) << kind;
    EXPECT_FALSE(sentence.empty());
  }
  for (const Concept& item : concepts_of("int t[4] = {1, 2, 3, 4};\nint f(int *a, int n) { if (!a) return -1; int m = a[0]; for (int i = 0; i < n; "
                                         "i++) { if (a[i] > m) m = a[i]; int x = a[0]; a[0] = a[i]; a[i] = x; } return m; }")) {
    EXPECT_TRUE(announced.contains(item.kind)) << item.kind;
    EXPECT_FALSE(item.explanation.empty()) << item.kind;
  }
}

}  // namespace
}  // namespace assay::concepts
