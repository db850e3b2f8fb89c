// What is open where a text is cut, at every place of the syntax.
#include "solver/completions/partial_function.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "frontend/lowering/source_facts.h"

namespace assay::solver {
namespace {

using Place = PartialState::Place;
using Part = PartialState::Part;
using Construct = PartialState::Construct;
using testing::ElementsAre;
using testing::IsEmpty;

struct Cut {
  PartialState state;
  std::vector<std::string> scope;
  std::vector<Construct> open;
};

/// Of `int f(const int *a, int n) { ...` cut at its end; `behind` is what the whole text goes on with.
Cut cut(const std::string& body, const std::string& behind = "") {
  const std::string text = "int f(const int *a, int n) {" + body;
  const std::string whole = text + behind;
  const program::SourceFacts facts = *lowering::source_facts(whole, "f.c", "f", {});
  for (const PartialState& state : partial_states(whole, facts)) {
    if (state.cut != text.size()) continue;
    Cut found{state, {}, {}};
    for (const std::size_t v : state.in_scope(facts, state.open.size())) found.scope.push_back(facts.variables[v].name);
    for (const auto& each : state.open) found.open.push_back(each.construct);
    return found;
  }
  ADD_FAILURE() << "no cut behind: " << text;
  return {};
}

TEST(PartialFunction, every_place_of_the_syntax_is_known) {
  const std::vector<std::tuple<std::string, Place, Part>> cases = {
      {"", Place::kStatement, Part::kNone},
      {" int s", Place::kDeclared, Part::kNone},
      {" int s =", Place::kOperand, Part::kInitialiser},
      {" int s = n", Place::kOperator, Part::kInitialiser},
      {" int s = n;", Place::kStatement, Part::kNone},
      {" int s = n, t = 1 +", Place::kOperand, Part::kInitialiser},
      {" n", Place::kOperator, Part::kExpression},
      {" n +=", Place::kOperand, Part::kExpression},
      {" n++", Place::kOperator, Part::kExpression},
      {" return", Place::kOperand, Part::kReturn},
      {" return n", Place::kOperator, Part::kReturn},
      {" return (n + a[", Place::kOperand, Part::kReturn},
      {" return n > 0 ?", Place::kOperand, Part::kReturn},
      {" return -", Place::kOperand, Part::kReturn},
      {" return (int)", Place::kOperand, Part::kReturn},
      {" if (", Place::kOperand, Part::kCondition},
      {" if (n <", Place::kOperand, Part::kCondition},
      {" if (n < 1)", Place::kStatement, Part::kNone},
      {" if (n < 1) return 0; else", Place::kStatement, Part::kNone},
      {" do", Place::kStatement, Part::kNone},
      {" do { n++;", Place::kStatement, Part::kNone},
      {" do { n++; } while (n <", Place::kOperand, Part::kCondition},
      {" do { n++; } while (n < 9);", Place::kStatement, Part::kNone},
      {" while (n", Place::kOperator, Part::kCondition},
      {" for (int i = 0", Place::kOperator, Part::kInitialiser},
      {" for (int i = 0;", Place::kOperand, Part::kForCondition},
      {" for (int i = 0; i < n", Place::kOperator, Part::kForCondition},
      {" for (int i = 0; i < n;", Place::kOperand, Part::kForStep},
      {" for (int i = 0; i < n; i", Place::kOperator, Part::kForStep},
      {" for (int i = 0; i < n; i++)", Place::kStatement, Part::kNone},
      {" for (n = 0", Place::kOperator, Part::kForInit},
  };
  for (const auto& [body, place, part] : cases) {
    const Cut found = cut(body);
    EXPECT_EQ(found.state.place, place) << body << ": " << name_of(found.state.place) << " " << found.state.reason;
    EXPECT_EQ(found.state.part, part) << body;
  }
  for (const char* forced : {" for", " if", " while", " int", " unsigned long", " for (", " for (int", " while (n) break", " do n++;", " do { n++; }",
                             " do { n++; } while"})
    EXPECT_EQ(cut(forced).state.place, Place::kForced) << forced;
}

TEST(PartialFunction, places_without_a_grammar_are_named) {
  for (const auto& [body, reason] : {std::pair<std::string, std::string>{" n = g(", "arguments of a call"},
                                     {" n = (int", "cast or sizeof"},
                                     {" n = sizeof(", "cast or sizeof"},
                                     {" int b[", "initialiser list or array bound"},
                                     {" switch (n) { case", "label"},
                                     {" n = s.", "member"}}) {
    EXPECT_EQ(cut(body).state.place, Place::kOther) << body;
    EXPECT_EQ(cut(body).state.reason, reason) << body;
  }
}

TEST(PartialFunction, brackets_and_assignments_of_what_is_cut_are_known) {
  EXPECT_EQ(cut(" return (n + a[(n").state.brackets, "([(");
  EXPECT_EQ(cut(" return (n + a[(n)]").state.brackets, "(");
  EXPECT_EQ(cut(" return n ? (n").state.brackets, "?(");
  EXPECT_FALSE(cut(" n").state.assigns);
  EXPECT_FALSE(cut(" n = 1; n").state.assigns) << "of this statement";
  EXPECT_TRUE(cut(" n = 1").state.assigns);
  EXPECT_TRUE(cut(" ++").state.assigns);
}

TEST(PartialFunction, blocks_and_what_awaits_its_statement_are_open) {
  EXPECT_THAT(cut(" for (int i = 0; i < n; i++) { if (n > 1) n--; else").open,
              ElementsAre(Construct::kBlock, Construct::kFor, Construct::kBlock, Construct::kElse));
  EXPECT_THAT(cut(" for (int i = 0; i < n; i++) if (n) n--;").open, ElementsAre(Construct::kBlock)) << "the loop is complete";
  EXPECT_THAT(cut(" for (int i = 0; i < n; i++) if (n) n--; else").open, ElementsAre(Construct::kBlock, Construct::kFor, Construct::kElse));
  EXPECT_THAT(cut(" if (n) { n--; }").open, ElementsAre(Construct::kBlock));
  EXPECT_THAT(cut(" do n--; while (n > 0);").open, ElementsAre(Construct::kBlock));
  EXPECT_TRUE(cut(" while (n > 1)").state.required);
  EXPECT_FALSE(cut(" while (n > 1) {").state.required);
}

TEST(PartialFunction, variables_are_in_scope_from_their_declaration_to_the_end_of_their_block) {
  EXPECT_THAT(cut("").scope, ElementsAre("n", "a"));
  EXPECT_THAT(cut(" int s = 0; for (int i = 0; i <", " n; i++) {} return s; }").scope, ElementsAre("i", "s", "n", "a"));
  EXPECT_THAT(cut(" int s = 0; for (int i = 0; i < n; i++) { int t = i; }", " return s; }").scope, ElementsAre("s", "n", "a"));
  EXPECT_THAT(cut(" { int n = 1; n", "++; } return n; }").scope, ElementsAre("n", "a")) << "the inner one hides the parameter";
}

TEST(PartialFunction, the_end_of_what_is_cut_is_known_where_the_text_has_one) {
  const std::string head = "int f(const int *a, int n) {";
  EXPECT_EQ(cut(" for (int i = 0; i <", " n; i++) n--; }").state.part_end, head.size() + std::string(" for (int i = 0; i < n").size());
  EXPECT_EQ(cut(" int s =", " n, t; return s; }").state.part_end, head.size() + std::string(" int s = n").size());
  EXPECT_EQ(cut(" if (n", " < (1 + n)) n--; }").state.part_end, head.size() + std::string(" if (n < (1 + n)").size());
  EXPECT_FALSE(cut(" return n +").state.part_end.has_value());
}

}  // namespace
}  // namespace assay::solver
