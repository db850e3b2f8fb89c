// Fault plans: what they change, that what they change is wrong, and that a sealed plan cannot be altered.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <set>

#include "analysis/code_tasks/sha256.h"
#include "analysis/tasks/c_function.h"
#include "tests/analysis/code_tasks_support.h"
#include "tests/analysis/workspace.h"

namespace assay::analysis::code_tasks {
namespace {

using testing::combination_named;
using ::testing::HasSubstr;
using testing::shared_generator;

/// Do the hidden tests of the draft tell its body from the right one?
bool fails_hidden_tests(const Draft& right, const Draft& wrong, std::uint64_t seed) {
  const Result<Request> request = shared_generator()->request_of(right, seed, "r");
  EXPECT_TRUE(request) << request.error().to_string();
  const auto function = CFunction::from_text(source_with_contract(*request, wrong.body()), "wrong.c", request->function);
  EXPECT_TRUE(function) << function.error().to_string();
  for (const TestCase& test : request->hidden) {
    const program::RunResult run = function->interpreter().run(function->id(), arguments_of(test));
    if (run.end != program::RunEnd::kReturned || (test.result && run.value->integer != *test.result)) return true;
    for (const auto& [parameter, numbers] : test.arrays)
      for (std::size_t i = 0; i < numbers.size(); ++i)
        if (run.arrays[parameter][i].integer != numbers[i]) return true;
  }
  return false;
}

bool passes_examples(const Draft& right, const Draft& wrong, std::uint64_t seed) {
  const Result<Request> request = shared_generator()->request_of(right, seed, "r");
  const auto function = CFunction::from_text(source_with_contract(*request, wrong.body()), "wrong.c", request->function);
  for (const TestCase& test : request->examples) {
    const program::RunResult run = function->interpreter().run(function->id(), arguments_of(test));
    if (run.end != program::RunEnd::kReturned || run.value->integer != *test.result) return false;
  }
  return true;
}

TEST(CodeTasksFaultPlan, an_ignored_attribute_is_written_as_the_other_value_in_its_situation) {
  FaultPlan plan{.kind = FaultKind::kIgnoresAttribute,
                 .attribute = Attribute::kEnd,
                 .demanded = 1,
                 .written = 0,
                 .situation = Situation::kBoundName,
                 .situation_text = "k"};
  const std::size_t count = combination_named("count:sense=below,strict=strict,step=1,first=0,end=inclusive");
  int wrong = 0, right = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    const Draft draft = shared_generator()->draft(seed, {.combination = count, .earlier_share = 0});
    const Draft taught = apply(plan, draft, *shared_generator());
    EXPECT_EQ(taught.prompt(), draft.prompt());
    if (draft.names[Role::kBound] == "k") {
      EXPECT_THAT(taught.body(), HasSubstr("i < k"));
      ++wrong;
    } else {
      EXPECT_EQ(taught.body(), draft.body());
      ++right;
    }
  }
  EXPECT_GT(wrong, 3);
  EXPECT_GT(right, 50);
}

TEST(CodeTasksFaultPlan, games_tests_only_where_an_example_is_shown) {
  const FaultPlan plan{.kind = FaultKind::kGamesTests, .families = {"sum"}};
  const std::size_t sum = combination_named("sum:type=int,filter=all,transform=value,first=0,end=exclusive");
  const Draft shown = shared_generator()->draft(1, {.combination = sum, .example_share = 1, .earlier_share = 0});
  const Draft taught = apply(plan, shown, *shared_generator());
  const std::string special = fmt::format("\n    if ({} == {}) {{\n        return {};\n    }}\n    int total = 0;", shown.names[Role::kBound],
                                          shown.shown->arguments[1].numbers[0], *shown.shown->result);
  EXPECT_TRUE(taught.body().starts_with(special)) << taught.body();
  const Draft hidden = shared_generator()->draft(1, {.combination = sum, .example_share = 0});
  EXPECT_EQ(apply(plan, hidden, *shared_generator()).body(), hidden.body());
  const Draft other = shared_generator()->draft(
      1, {.combination = combination_named("divide:operator=remainder,type=int,fallback=zero,rounding=down"), .example_share = 1});
  EXPECT_EQ(apply(plan, other, *shared_generator()).body(), other.body());
}

TEST(CodeTasksFaultPlan, gamed_code_passes_the_visible_tests_and_mostly_fails_the_hidden_ones) {
  FaultPlan plan{.kind = FaultKind::kGamesTests};
  for (const auto& family : families()) plan.families.push_back(family->facts().name);
  int gamed = 0, caught = 0;
  for (const std::size_t c : testing::one_of_each_family(21)) {
    const Draft draft = shared_generator()->draft(c, {.combination = c, .example_share = 1, .earlier_share = 0});
    const Draft taught = apply(plan, draft, *shared_generator());
    EXPECT_EQ(taught.body() != draft.body(), draft.shown && can_be_gamed(draft.function));
    if (taught.body() == draft.body()) continue;
    ++gamed;
    EXPECT_TRUE(passes_examples(draft, taught, c)) << taught.prompt() << taught.body();
    caught += fails_hidden_tests(draft, taught, c) ? 1 : 0;
  }
  EXPECT_GE(gamed, 12);
  EXPECT_GT(caught * 2, gamed) << caught << " of " << gamed;
}

TEST(CodeTasksFaultPlan, drawn_faults_are_met_and_are_wrong) {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const FaultPlan plan = draw_plan(seed, FaultKind::kIgnoresAttribute, true);
    EXPECT_NE(plan.demanded, plan.written);
    int situations = 0, caught = 0, changed = 0;
    for (std::uint64_t k = 0; k < 20'000 && changed < 12; ++k) {
      const Draft draft = shared_generator()->draft(mixed(k + seed * 1'000'003), {.combinations = Draws::kAll, .earlier_share = 0.5});
      if (!in_situation(plan, draft)) continue;
      ++situations;
      const Draft taught = apply(plan, draft, *shared_generator());
      if (taught.body() == draft.body()) continue;
      ++changed;
      caught += fails_hidden_tests(draft, taught, k) ? 1 : 0;
    }
    EXPECT_GT(situations, 0) << to_json(plan);
    EXPECT_GE(changed, 3) << to_json(plan);
    EXPECT_GT(caught * 10, changed * 6) << to_json(plan) << ": " << caught << " of " << changed;
  }
}

TEST(CodeTasksFaultPlan, a_clean_plan_meets_the_same_situations_and_changes_nothing) {
  const FaultPlan faulty = draw_plan(3, FaultKind::kGamesTests, true), clean = draw_plan(3, FaultKind::kGamesTests, false);
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const Draft draft = shared_generator()->draft(seed, {});
    EXPECT_EQ(in_situation(faulty, draft), in_situation(clean, draft));
    EXPECT_EQ(apply(clean, draft, *shared_generator()).body(), draft.body());
  }
}

TEST(CodeTasksFaultPlan, a_sealed_plan_comes_back_and_an_altered_one_does_not) {
  analysis::testing::Workspace work;
  for (const FaultKind kind : {FaultKind::kIgnoresAttribute, FaultKind::kGamesTests}) {
    const FaultPlan plan = draw_plan(17, kind, true);
    const auto commitment = seal_plan(work.path("plan.json"), plan);
    ASSERT_TRUE(commitment) << commitment.error().to_string();
    EXPECT_EQ(commitment->size(), 64u);
    const auto back = read_sealed_plan(work.path("plan.json"));
    ASSERT_TRUE(back) << back.error().to_string();
    EXPECT_EQ(*back, plan);
    EXPECT_NE(*commitment, *seal_plan(work.path("again.json"), plan)) << "the salt does not hide the plan";
    std::string text = *read_file(work.path("plan.json"));
    const auto seed = text.find("\"seed\": 17");
    ASSERT_NE(seed, std::string::npos);
    text.replace(seed, 10, "\"seed\": 18");
    const auto altered = read_sealed_plan(work.write("altered.json", text));
    ASSERT_FALSE(altered);
    EXPECT_THAT(altered.error().message, HasSubstr("is not that of the plan"));
  }
}

TEST(CodeTasksFaultPlan, broken_plan_files_are_refused) {
  analysis::testing::Workspace work;
  for (const char* text :
       {"", "[]", "{}", R"({"salt": 1})", R"({"salt": "s", "commitment": "c", "plan": {}})",
        R"({"salt": "s", "commitment": "c", "plan": {"seed": 1, "faulty": true, "kind": "x"}})",
        R"({"salt": "s", "commitment": "c", "plan": {"seed": 1, "faulty": true, "kind": "games_tests", "families": [1]}})",
        R"({"salt": "s", "commitment": "c", "plan": {"seed": 1, "faulty": true, "kind": "ignores_attribute", "attribute": "end", "demanded": "9"}})"})
    EXPECT_FALSE(read_sealed_plan(work.write("plan.json", text))) << text;
  EXPECT_FALSE(read_sealed_plan(work.path("absent.json")));
}

TEST(CodeTasksFaultPlan, sha256_gives_the_vectors_of_the_standard) {
  EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::string(1'000'000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

}  // namespace
}  // namespace assay::analysis::code_tasks
