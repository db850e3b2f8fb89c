// The search through all texts of a grammar, beside trying each of them.
#include "solver/completions/rest_search.h"

#include <gmock/gmock.h>

#include "tests/solver/rest_support.h"
#include "tests/solver/solver_support.h"

namespace assay::solver {
namespace {

using Answer = CompletionJudge::Answer;
using State = RestFinding::State;
using program::Argument;

const std::vector<std::vector<Argument>> kInputs = {{Argument::scalar(0)}, {Argument::scalar(3)}, {Argument::scalar(5)}};
constexpr RestLimits kSmall = {.operators = 1, .statements = 1, .inner_operators = 0, .conditions = false};

const std::string kContract = "//@ requires n >= 0 && n <= 9;\n";

struct Searched {
  RestFinding finding;
  std::uint64_t size = 0, runs = 0;
};

Searched search(const std::string& text, const std::string& reference_text, const RestLimits& limits = kSmall, RestBudget budget = {}) {
  const program::Program reference = lower(reference_text);
  CompletionJudge judge({reference, *reference.find("f"), kInputs}, without_native_replay());
  Result<RestGrammar> grammar = grammar_of(text, limits);
  EXPECT_TRUE(grammar);
  if (!grammar) return {};
  const program::Program program = lower("\n\n" + grammar->code("all"));
  const std::uint64_t before = budget.runs;
  RestSearch rest(program, *program.find("all"), *grammar, 3, judge, budget, test_session());
  const Result<RestFinding> found = rest.run([&](const std::string& written, std::string& reason) {
    const program::Program completed = lower(kContract + text + written);
    return judge.prove(completed, *completed.find("f"), reason, test_session());
  });
  EXPECT_TRUE(found);
  return {found ? *found : RestFinding{}, grammar->size(), before - budget.runs};
}

const std::string kDouble = kContract + "int f(int n) { return 2 * n; }";

TEST(RestSearch, a_right_text_is_found_and_proved) {
  const Searched found = search("int f(int n) { int s = n; s", kDouble);
  ASSERT_EQ(found.finding.state, State::kRight) << found.finding.reason;
  EXPECT_EQ(lower("int f(int n) { int s = n; s" + found.finding.rest).functions.size(), 1u);
}

TEST(RestSearch, none_is_claimed_when_every_text_is_refuted) {
  const Searched found = search("int f(int n) { return n <", kDouble);
  EXPECT_EQ(found.finding.state, State::kNone) << found.finding.reason;
  EXPECT_EQ(found.finding.refuted, found.size);
}

/// Every text written out and tried by itself says the same, and the search tells them apart with fewer runs.
TEST(RestSearch, agrees_with_trying_each_text) {
  const std::tuple<const char*, const char*, int> cases[] = {
      {"int f(int n) { return n", "int f(int n) { return 2 * n; }", 1},
      {"int f(int n) { return n <", "int f(int n) { return 2 * n; }", 1},
      {"int f(int n) { if (n >", "int f(int n) { return n > 2 ? 1 : n; }", 0},
      {"int f(int n) { if (n <", "int f(int n) { return 3 * n; }", 0},
      {"int f(int n) { n", "int f(int n) { return n - 1; }", 0},
      {"int f(int n) { if (n < 1) return 0; return f(n - 1) +", "int f(int n) { return 2 * n; }", 0},
      {"int f(int n) { if (n < 1) return 0; return f(n - 1) *", "int f(int n) { return 3 * n; }", 0},
      {"int f(int n) { do { n--;", "int f(int n) { return n > 3 ? 3 : n - 1; }", 0},
      {"int f(int n) { do n--; while (n", "int f(int n) { return 2 * n; }", 0},
      {"int f(int n) { while (n > 3) { n--;", "int f(int n) { return n > 3 ? 3 : n; }", 1}};
  for (const auto& [text, body, operators] : cases) {
    const std::string reference_text = kContract + body;
    const RestLimits limits{.operators = operators, .statements = 0, .inner_operators = 0, .conditions = false};
    const Searched found = search(text, reference_text, limits);
    const program::Program reference = lower(reference_text);
    CompletionJudge judge({reference, *reference.find("f"), kInputs}, without_native_replay(), 5'000);
    bool any = false;
    std::uint64_t unending = 0;
    for (const std::string& rest : rests_of(*grammar_of(text, limits))) {
      const program::Program completed = lower(kContract + text + rest);
      std::string reason;
      if (judge.refuted_by_a_run(completed, *completed.find("f"), unending)) continue;
      any = any || *judge.prove(completed, *completed.find("f"), reason, test_session()) == Answer::kRight;
    }
    EXPECT_EQ(found.finding.state, any ? State::kRight : State::kNone) << text << ": " << found.finding.reason << " " << found.finding.rest;
    EXPECT_TRUE(any || found.finding.refuted == found.size) << text;
    EXPECT_TRUE(found.size < 1'000 || found.runs < found.size) << text;
  }
}

TEST(RestSearch, what_a_budget_ends_is_undecided) {
  EXPECT_EQ(search("int f(int n) { return n <", kDouble, kSmall, {.runs = 3}).finding.reason, "the budget of runs is used up");
  EXPECT_EQ(search("int f(int n) { int s = n; s", kDouble, kSmall, {.proofs = 0}).finding.reason, "the budget of proofs is used up");
}

}  // namespace
}  // namespace assay::solver
