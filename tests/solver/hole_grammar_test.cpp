// What may be written otherwise in a function: which tokens are holes, what may stand in them, and what the filled program does.
#include "solver/completions/hole_grammar.h"

#include <gmock/gmock.h>

#include "frontend/program/text.h"
#include "tests/solver/solver_support.h"

namespace assay::solver {
namespace {

using program::Argument;
using testing::ElementsAre;

HoleGrammar grammar_of(const program::Program& program, const std::string& source, std::size_t from = 0) {
  return HoleGrammar::of(program, *program.find("f"), source, from);
}

std::vector<std::string> written(const HoleGrammar& grammar) {
  std::vector<std::string> tokens;
  for (const Hole& hole : grammar.holes()) tokens.push_back(hole.written);
  return tokens;
}

/// The filling that puts `text` into the hole that starts at `token` of the source, counted from `from`.
Filling filling(const HoleGrammar& grammar, const std::string& source, const std::string& token, const std::string& text, std::size_t from = 0) {
  for (std::size_t h = 0; h < grammar.holes().size(); ++h) {
    const Hole& hole = grammar.holes()[h];
    if (hole.begin != source.find(token, from)) continue;
    for (std::size_t o = 0; o < hole.others.size(); ++o)
      if (hole.others[o] == text) return {h, o};
  }
  ADD_FAILURE() << "'" << text << "' may not stand at '" << token << "'";
  return {};
}

std::int64_t result_of(const program::Program& program, std::vector<Argument> arguments) {
  const program::RunResult run = program::Interpreter(program).run(*program.find("f"), arguments);
  EXPECT_EQ(run.end, program::RunEnd::kReturned);
  return run.value ? run.value->integer : -1;
}

TEST(HoleGrammar, operators_constants_and_names_are_holes_in_the_order_of_the_text) {
  const std::string source = "int f(const int *a, int n) {\n  int s = 0;\n  for (int i = 0; i < n; i++) s += a[i] * 2;\n  return s;\n}";
  const program::Program program = lower(source);
  EXPECT_THAT(written(grammar_of(program, source)), ElementsAre("0", "0", "i", "<", "n", "++", "+=", "i", "*", "2", "s"));
  EXPECT_THAT(written(grammar_of(program, source, source.find("s +="))), ElementsAre("+=", "i", "*", "2", "s")) << "the rest of the text only";
}

TEST(HoleGrammar, a_hole_takes_what_fits_there) {
  const std::string source = "int f(int n, int m, long l, const int *p) { int k = 3; if (n <= 7 && m) return n + k; return *p; }";
  const program::Program program = lower(source);
  const HoleGrammar grammar = grammar_of(program, source);
  const auto others = [&](const std::string& token) {
    for (const Hole& hole : grammar.holes())
      if (hole.begin == source.find(token)) return hole.others;
    return std::vector<std::string>{"no hole"};
  };
  EXPECT_THAT(others("<= 7"), ElementsAre("==", "!=", "<", ">", ">="));
  EXPECT_THAT(others("&&"), ElementsAre("||"));
  EXPECT_THAT(others("7 &&"), ElementsAre("-1", "0", "1", "2", "6", "8"));
  EXPECT_THAT(others("+ k"), ElementsAre("-", "*", "/", "%"));
  EXPECT_THAT(others("n <="), ElementsAre("n + 1", "n - 1", "m", "m + 1", "m - 1", "k", "k + 1", "k - 1")) << "long l is of another type";
  EXPECT_THAT(others("p; }"), ElementsAre("no hole")) << "no other pointer";
}

TEST(HoleGrammar, what_is_not_in_the_text_or_would_change_a_statement_is_no_hole) {
  for (const char* source : {"#define LESS <\nint f(int a, int b) { return a LESS b; }", "enum { kTwo = 2 };\nint f(void) { return kTwo; }",
                             "int f(int x) { x = x; return 0 ? 0 : 0; }"}) {
    const program::Program program = lower(source);
    const HoleGrammar grammar = grammar_of(program, source);
    for (const Hole& hole : grammar.holes()) {
      EXPECT_NE(hole.kind, Hole::Kind::kComparison) << source;
      EXPECT_EQ(std::string(source).substr(hole.begin, hole.end - hole.begin), hole.written) << source;
    }
  }
  const std::string steps = "int f(int i) { i++; --i; i += 1; return 0; }";
  const program::Program program = lower(steps);
  EXPECT_THAT(written(grammar_of(program, steps)), ElementsAre("++", "--", "+=", "1", "0")) << "i is written";
}

TEST(HoleGrammar, filled_programs_do_what_their_text_would) {
  const std::string source = "int f(int n) { int s = 0; for (int i = 1; i < n; i++) s += i; return s; }";
  const program::Program program = lower(source);
  const HoleGrammar grammar = grammar_of(program, source);
  EXPECT_EQ(result_of(program, {Argument::scalar(4)}), 6);
  EXPECT_EQ(result_of(grammar.filled({filling(grammar, source, "< n", "<=")}), {Argument::scalar(4)}), 10);
  EXPECT_EQ(result_of(grammar.filled({filling(grammar, source, "n; i", "n + 1")}), {Argument::scalar(4)}), 10);
  EXPECT_EQ(result_of(grammar.filled({filling(grammar, source, "0; for", "1"), filling(grammar, source, "+= i", "*=")}), {Argument::scalar(4)}), 6);
  EXPECT_EQ(result_of(grammar.filled({filling(grammar, source, "s; }", "n - 1")}), {Argument::scalar(4)}), 3);
  EXPECT_EQ(result_of(program, {Argument::scalar(4)}), 6) << "the program itself stays";
}

TEST(HoleGrammar, every_filled_program_is_valid) {
  const std::string source =
      "static const int table[3] = {1, 2, 3};\nint f(unsigned char *p, int n, long l) {\n  int s = 0;\n  while (n-- > 0 || l != 2) {\n    p[n] += "
      "(unsigned char)(n % 3);\n    s ^= table[n & 1] << 2;\n    l = l - 1;\n  }\n  return s;\n}";
  const program::Program program = lower(source);
  const HoleGrammar grammar = grammar_of(program, source);
  EXPECT_GT(grammar.holes().size(), 12u);
  for (std::size_t h = 0; h < grammar.holes().size(); ++h)
    for (std::size_t o = 0; o < grammar.holes()[h].others.size(); ++o) {
      const Status valid = program::validate(grammar.filled({{h, o}}));
      EXPECT_TRUE(valid) << grammar.holes()[h].written << " -> " << grammar.holes()[h].others[o] << ": " << valid.error().to_string();
    }
}

TEST(HoleGrammar, size_counts_each_text_once) {
  const std::string source = "int f(int a, int b) { return a < b; }";
  const program::Program program = lower(source);
  const HoleGrammar grammar = grammar_of(program, source);  // 5, 5 and 5 others
  ASSERT_EQ(grammar.holes().size(), 3u);
  EXPECT_EQ(grammar.size(0), 0u);
  EXPECT_EQ(grammar.size(1), 15u);
  EXPECT_EQ(grammar.size(2), 15u + 3 * 25u);
  EXPECT_EQ(grammar.size(9), 215u) << "6 * 6 * 6 - 1";
}

}  // namespace
}  // namespace assay::solver
