// What is known of a function's text: whole, broken in the middle, or ending anywhere.
#include "frontend/lowering/source_facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/sandbox.h"
#include "frontend/lowering/isolated.h"
#include "frontend/lowering/source_facts_json.h"

namespace assay::lowering {
namespace {

using program::SourceFacts;
using program::SourceToken;
using testing::ElementsAre;

SourceFacts facts_of(const std::string& text) {
  const Result<SourceFacts> facts = source_facts(text, "f.c", "f", {});
  EXPECT_TRUE(facts);
  return facts ? *facts : SourceFacts{};
}

std::vector<std::string> names_of(const SourceFacts& facts) {
  std::vector<std::string> names;
  for (const program::SourceVariable& variable : facts.variables) names.push_back(variable.name);
  return names;
}

const std::string kSum =
    "#include <stddef.h>\nint f(const unsigned char *a, size_t n) {\n  int s = 0;  // sum\n  for (size_t i = 0; i < n; i++) s += a[i];\n  return "
    "s;\n}\n";

TEST(SourceFacts, variables_of_a_whole_function_have_types_places_and_uses) {
  const SourceFacts facts = facts_of(kSum);
  EXPECT_FALSE(facts.refused_at.has_value());
  ASSERT_TRUE(facts.function.has_value());
  EXPECT_EQ(kSum.substr(facts.function->body, 1), "{");
  EXPECT_EQ(kSum.substr(facts.function->parameters, facts.function->parameters_end - facts.function->parameters), "const unsigned char *a, size_t n");
  EXPECT_EQ(facts.function->result.name, "int");
  EXPECT_THAT(names_of(facts), ElementsAre("a", "n", "s", "i"));
  EXPECT_EQ(facts.variables[0].element.name, "unsigned char");
  EXPECT_EQ(facts.variables[0].element.promoted, "int");
  EXPECT_TRUE(facts.variables[0].element.is_const);
  EXPECT_EQ(facts.variables[3].value.promoted, "unsigned long");
  EXPECT_EQ(facts.variables[3].declared, kSum.find("i = 0"));
  std::size_t of_i = 0;
  for (const program::SourceUse& use : facts.uses) of_i += use.variable == 3 ? 1 : 0;
  EXPECT_EQ(of_i, 4u) << "its declaration, the condition, the step, the index";
}

TEST(SourceFacts, names_of_types_are_told_from_other_names_and_comments_are_no_tokens) {
  const SourceFacts facts = facts_of(kSum);
  for (const SourceToken& token : facts.tokens) {
    const std::string text = kSum.substr(token.begin, token.end - token.begin);
    const bool type = text == "size_t" || text == "int", word = text == "for" || text == "return", name = text == "s" || text == "n";
    const auto kind = type ? SourceToken::Kind::kType : word ? SourceToken::Kind::kKeyword : name ? SourceToken::Kind::kIdentifier : token.kind;
    EXPECT_EQ(token.kind, kind) << text;
    EXPECT_EQ(text.find("sum"), std::string::npos);
    EXPECT_EQ(token.in_directive, token.begin < kSum.find('\n'));
  }
}

TEST(SourceFacts, a_text_that_ends_early_lacks_only_its_end) {
  const std::string text = "int f(int n) { int s = n; for (int i = 0; i <";
  const SourceFacts facts = facts_of(text);
  EXPECT_EQ(facts.refused_at, text.size());
  EXPECT_THAT(names_of(facts), ElementsAre("n", "s", "i"));
}

TEST(SourceFacts, a_broken_text_is_refused_where_nothing_can_follow) {
  for (const auto& [text, token] : {std::pair<std::string, std::string>{"int f(int n) { int s = n; s = + ; return s; }", "; return"},
                                    {"int f(int n) { int s = n; return k + s; }", "k"},
                                    {"int f(int n) { int s = n  return s; }", "return"},
                                    {"int f(int n) { int s = n; return s; } }", "}"}}) {
    const SourceFacts facts = facts_of(text);
    ASSERT_TRUE(facts.refused_at.has_value()) << text;
    const std::size_t first = text.find(token, text.find("int s") + 9);
    EXPECT_GE(*facts.refused_at, first) << text;
    EXPECT_LE(*facts.refused_at, text.size());
    EXPECT_THAT(names_of(facts), ElementsAre("n", "s")) << text;
    EXPECT_NE(facts.refusal, "");
    // Whatever stands behind the token that was read last, it is no C.
    for (const char* rest : {" 1; }", "; }", "", " n; return s; }", ") { return s; }"}) {
      std::size_t end = *facts.refused_at;
      for (const SourceToken& each : facts.tokens)
        if (each.begin == *facts.refused_at) end = each.end;
      EXPECT_TRUE(facts_of(text.substr(0, end) + rest).refused_at.has_value()) << text.substr(0, end) + rest;
    }
  }
}

TEST(SourceFacts, survive_the_way_between_processes) {
  if (Status available = sandbox_available(); !available) GTEST_SKIP() << available.error().to_string();
  for (const std::string& text : {kSum, std::string("int f(int n) { int s = n; return s +"), std::string("int g(void) { return 0; }")}) {
    const Result<SourceFacts> facts = source_facts_isolated(text, "f.c", "f");
    ASSERT_TRUE(facts) << facts.error().to_string();
    EXPECT_EQ(*facts, facts_of(text));
  }
  nlohmann::json broken = to_json(facts_of(kSum));
  broken["uses"][0][1] = 100;
  EXPECT_ANY_THROW(source_facts_from_json(broken)) << "a use of no variable";
}

}  // namespace
}  // namespace assay::lowering
