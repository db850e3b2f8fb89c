// The completion that keeps the most of a wrong text and is right: found where it is, and never claimed where it is not.
#include "solver/completions/completions.h"

#include <gmock/gmock.h>

#include "tests/solver/solver_support.h"

namespace assay::solver {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const char* const kContract = "//@ requires n >= 0 && n <= 2;\n//@ requires length(a) == n;\n";
const char* const kSum = "int f(const unsigned char *a, int n) { int s = 0; for (int i = 0; i < n; i++) s += a[i]; return s; }";

struct Found {
  Completions completions;
  std::vector<std::string> changes;  ///< "<= -> <"
};

constexpr CompletionBudget kAsLongAsItTakes{.seconds = 3600};  ///< sanitizers are slow

Found search(const std::string& reference_body, const std::string& body, const CompletionBudget& budget = kAsLongAsItTakes) {
  const program::Program reference = lower(kContract + reference_body);
  const std::string source = kContract + body;
  const program::Program program = lower(source);
  const HoleGrammar grammar = HoleGrammar::of(program, *program.find("f"), source, source.find('{'));
  CompletionJudge judge({reference, *reference.find("f"), {}}, without_native_replay());
  Result<Completions> found = latest_correct(grammar, judge, budget, test_session());
  EXPECT_TRUE(found) << (found ? "" : found.error().to_string());
  if (!found) return {};
  Found result{*found, {}};
  for (const Filling& filling : found->fillings)
    result.changes.push_back(grammar.holes()[filling.hole].written + " -> " + grammar.holes()[filling.hole].others[filling.other]);
  return result;
}

TEST(Completions, the_wrong_token_is_found) {
  const Found found = search(kSum, "int f(const unsigned char *a, int n) { int s = 0; for (int i = 0; i <= n; i++) s += a[i]; return s; }");
  EXPECT_EQ(found.completions.state, Completions::State::kFound) << found.completions.reason;
  EXPECT_THAT(found.changes, ElementsAre("n -> n - 1")) << "after `i <=` all is not lost yet";
}

TEST(Completions, two_changes_behind_a_wrong_token_can_make_up_for_it) {
  const Found found = search(kSum, "int f(const unsigned char *a, int n) { int s = 1; for (int i = 0; i < n; i++) s -= a[i]; return s; }");
  EXPECT_THAT(found.changes, ElementsAre("-= -> +=", "s -> s - 1")) << "1 -> 0 is right too, and comes before";
  CompletionBudget one = kAsLongAsItTakes;
  one.changes = 1;
  EXPECT_EQ(
      search(kSum, "int f(const unsigned char *a, int n) { int s = 1; for (int i = 0; i < n; i++) s -= a[i]; return s; }", one).completions.state,
      Completions::State::kNone);
}

TEST(Completions, of_right_ones_the_last_is_found) {
  const Found found = search("int f(const unsigned char *a, int n) { return n + 1; }",
                             "int f(const unsigned char *a, int n) { int s = 0; s += n; int t = 2; return s + t; }");
  EXPECT_THAT(found.changes, ElementsAre("t -> t - 1")) << "2 -> 1 is right too, and comes before";
}

TEST(Completions, none_is_claimed_where_no_completion_is_right) {
  const Found found = search(kSum, "int f(const unsigned char *a, int n) { return n == 2 ? 7 : 0; }");
  EXPECT_EQ(found.completions.state, Completions::State::kNone);
  EXPECT_THAT(found.changes, IsEmpty());
  EXPECT_EQ(found.completions.tried, found.completions.size) << "every one was refuted";
}

TEST(Completions, what_is_not_decided_is_not_taken_for_wrong) {
  CompletionBudget no_query;
  no_query.queries = 0;
  const Found found = search(kSum, "int f(const unsigned char *a, int n) { int s = 0; for (int i = 0; i <= n; i++) s += a[i]; return s; }", no_query);
  EXPECT_EQ(found.completions.state, Completions::State::kUndecided);
  EXPECT_NE(found.completions.reason, "");
  EXPECT_GT(found.completions.undecided_from, 0u);
  CompletionBudget no_time;
  no_time.seconds = 0;
  const Found late = search(kSum, "int f(const unsigned char *a, int n) { int s = 0; for (int i = 0; i <= n; i++) s += a[i]; return s; }", no_time);
  EXPECT_EQ(late.completions.state, Completions::State::kUndecided);
  EXPECT_TRUE(late.completions.out_of_time);
}

TEST(Completions, a_grammar_that_is_too_large_is_said_to_be) {
  CompletionBudget small;
  small.completions = 3;
  const Found found = search(kSum, kSum, small);
  EXPECT_EQ(found.completions.state, Completions::State::kUndecided);
  EXPECT_THAT(found.completions.reason, testing::HasSubstr("the budget is 3"));
}

TEST(Completions, an_unsafe_completion_is_wrong) {
  // a[n] is never read by the reference: `i <= n` with another start would read it.
  const Found found = search("int f(const unsigned char *a, int n) { return n > 0 ? a[n - 1] : 0; }",
                             "int f(const unsigned char *a, int n) { return n > 0 ? a[n] : 0; }");
  EXPECT_THAT(found.changes, ElementsAre("n -> n - 1"));
}

}  // namespace
}  // namespace assay::solver
