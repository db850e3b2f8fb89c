// The grammar of how a cut function goes on: its size is the number of different texts, and each of them is C.
#include "solver/completions/rest_grammar.h"

#include <gmock/gmock.h>

#include "tests/solver/rest_support.h"
#include "tests/solver/solver_support.h"

namespace assay::solver {
namespace {

using testing::Contains;
using testing::HasSubstr;

constexpr RestLimits kTiny = {.operators = 0, .statements = 0, .inner_operators = 0, .conditions = false};
constexpr RestLimits kSmall = {.operators = 1, .statements = 1, .inner_operators = 0, .conditions = false};

const char* const kCuts[] = {
    "int f(int n) { return",
    "int f(int n) { return n",
    "int f(int n) { return (n +",
    "int f(int n) { int s",
    "int f(int n) { int s = n;",
    "int f(int n) { n",
    "int f(int n) { if (n >",
    "int f(int n) { if (n > 1)",
    "int f(int n) { for (int i = 0; i",
    "int f(int n) { for (int i = 0; i < n;",
    "int f(int n) { for (int i =",
    "int f(int n) { while (n > 0) {",
    "int f(int n) { do { n--;",
    "int f(int n) { do n",
    "int f(int n) { do { int s = n; n--; } while (n",
    "int f(int n) { ++",
    "int f(const unsigned char *a, int n) { return a",
    "int f(unsigned *a) { a[0] =",
    "int f(unsigned *a, int n) { return n ? a[0",
    "int f(const unsigned char *a, int n) { return n * *a",
    "int f(int n) { if (n < 1) return 0; return f(n - 1) +",
};

TEST(RestGrammar, size_is_the_number_of_different_texts) {
  for (const RestLimits& limits : {kTiny, kSmall})
    for (const char* text : kCuts) {
      const Result<RestGrammar> grammar = grammar_of(text, limits);
      ASSERT_TRUE(grammar) << text << ": " << grammar.error().to_string();
      if (grammar->size() > 4'000) continue;
      const std::multiset<std::string> rests = rests_of(*grammar);
      EXPECT_EQ(rests.size(), grammar->size()) << text;
      EXPECT_EQ(std::set<std::string>(rests.begin(), rests.end()).size(), grammar->size()) << text << ": some text is counted twice";
    }
  const RestLimits two{.operators = 0, .statements = 2, .inner_operators = 0, .conditions = false};
  const Result<RestGrammar> grammar = grammar_of("int f(void) { while (0) { int s = 1;", two);
  ASSERT_TRUE(grammar);
  const std::multiset<std::string> rests = rests_of(*grammar);
  EXPECT_EQ(rests.size(), grammar->size());
  EXPECT_EQ(std::set<std::string>(rests.begin(), rests.end()).size(), grammar->size());
}

TEST(RestGrammar, every_text_is_c) {
  for (const char* text : kCuts) {
    const Result<RestGrammar> grammar = grammar_of(text, kSmall);
    ASSERT_TRUE(grammar);
    if (grammar->size() > 4'000) continue;
    int number = 0;
    for (const std::string& rest : rests_of(*grammar)) {
      if (number++ % 97 != 0) continue;
      const Result<lowering::Lowered> lowered = lowering::lower_source(text + rest, "f.c");
      EXPECT_TRUE(lowered) << text << rest << "\n" << (lowered ? "" : lowered.error().to_string());
    }
  }
}

TEST(RestGrammar, the_code_of_all_texts_is_c) {
  for (const char* text : kCuts) {
    Result<RestGrammar> grammar = grammar_of(text, {});
    ASSERT_TRUE(grammar);
    const std::string code = grammar->code("all");
    const Result<lowering::Lowered> lowered = lowering::lower_source(code, "f.c");
    ASSERT_TRUE(lowered) << text << "\n" << lowered.error().to_string();
    EXPECT_TRUE(lowered->program.function(*lowered->program.find("all")).has_body)
        << text << lowered->program.function(*lowered->program.find("all")).refusal;
  }
}

/// What the compiler refuses of the code of all texts is what it refuses of them one by one.
TEST(RestGrammar, texts_that_are_no_c_can_be_left_out) {
  const auto is_c = [](const std::string& text) { return static_cast<bool>(lowering::lower_source(text, "f.c")); };
  for (const std::string text : {"int f(int n) { (n", "int f(int n) { n + 1", "int f(int *a, int n) { n = *a["}) {
    Result<RestGrammar> grammar = grammar_of(text, {.operators = 1, .statements = 0, .inner_operators = 0, .conditions = false});
    ASSERT_TRUE(grammar) << text;
    std::multiset<std::string> refused = rests_of(*grammar);
    bool any = true;
    for (std::string code = grammar->code("all"); any; code = grammar->code("all")) {
      const Result<lowering::Lowered> lowered = lowering::lower_source(code, "f.c");
      if (lowered) break;
      ASSERT_TRUE(lowered.error().where);
      const std::optional<std::size_t> rest = grammar->rest_at(lowered.error().where->begin.line - 1);
      ASSERT_TRUE(rest) << lowered.error().message;
      any = grammar->leave_out({*rest});
      if (!any) break;
    }
    const std::multiset<std::string> left = any ? rests_of(*grammar) : std::multiset<std::string>{};
    EXPECT_EQ(left.size(), grammar->size());
    EXPECT_EQ(left.empty(), text != "int f(int n) { (n") << text;
    int number = 0;
    for (const std::string& rest : left) {
      refused.erase(refused.find(rest));
      EXPECT_TRUE(++number % 29 != 0 || is_c(text + rest)) << text << rest;
    }
    EXPECT_FALSE(refused.empty());
    for (const std::string& rest : refused) EXPECT_TRUE(++number % 29 != 0 || !is_c(text + rest)) << text << rest;
  }
}

TEST(RestGrammar, texts_are_those_that_the_header_states) {
  const auto rests = rests_of(*grammar_of("int f(int n) { return n", kSmall));
  EXPECT_THAT(rests, Contains("; }"));
  EXPECT_THAT(rests, Contains(" + n; }"));
  EXPECT_THAT(rests, Contains(" <= 2; }"));
  EXPECT_EQ(rests.size(), 1u + 13 * 4) << "nothing, or an operator with n, 0, 1, 2";
  EXPECT_EQ(rests_of(*grammar_of("int f(int n) { return n + 7", kSmall)).size(), 1u + 13 * 5) << "a constant of the text too";
  const auto own = rests_of(*grammar_of("int f(int n) { if (n", kTiny, " < 1) return 0; return n; }"));
  EXPECT_THAT(own, testing::ElementsAre(") return 0; return n; }"));
  const auto loop = rests_of(*grammar_of("int f(int n) { for (int i = 0; i <", kTiny));
  EXPECT_THAT(loop, Contains(" n; i++) { n -= i; } return n; }"));
}

TEST(RestGrammar, other_places_say_why_they_have_none) {
  for (const auto& [text, reason] : {std::pair<std::string, std::string>{"int f(int n) { return f(", "arguments of a call"},
                                     {"int *f(int *p) { return p", "the result is no integer"},
                                     {"int f(int n) { if (f) return n +", "the function is named without a call"}}) {
    const Result<RestGrammar> grammar = grammar_of(text, {});
    ASSERT_FALSE(grammar) << text;
    EXPECT_THAT(grammar.error().message, HasSubstr(reason));
  }
}

}  // namespace
}  // namespace assay::solver
