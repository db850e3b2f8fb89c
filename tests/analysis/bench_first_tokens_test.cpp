// What models think of a decision at the end of a prompt: means over samples, by attribute, and which requests count.
#include "analysis/bench/first_tokens.h"

#include <gmock/gmock.h>

namespace assay::analysis::bench {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

CodeTask task(const std::string& name, bool goes_on = true) {
  CodeTask made;
  made.declaration = "int f(int n) {";
  made.prompt = made.declaration + (goes_on ? " return n" : "");
  made.attributes = {{"name", name}, {"form", "one"}};
  return made;
}

TaskRun first(std::vector<std::pair<std::string, double>> alternatives) {
  TaskRun run;
  run.samples.emplace_back();
  run.samples[0].tokens.push_back({0, 1, -1, std::move(alternatives)});
  return run;
}

TEST(BenchFirstTokens, mean_over_samples_and_by_attribute) {
  ModelRun model;
  model.tasks = {first({{" <", .5}, {" <=", .25}}), first({{" <", .75}, {" >", .125}})};
  const FirstTokens found = first_tokens({task("a"), task("b")}, model);
  EXPECT_EQ(found.samples, 2u);
  EXPECT_THAT(found.texts, ElementsAre(Pair(" <", DoubleNear(.625, 1e-9)), Pair(" <=", DoubleNear(.125, 1e-9)), Pair(" >", DoubleNear(.0625, 1e-9))));
  ASSERT_EQ(found.by_attribute.size(), 2u) << "every sample has the same form";
  EXPECT_EQ(found.by_attribute[1].value, "b");
  EXPECT_THAT(found.by_attribute[1].probabilities, ElementsAre(.75, 0, .125));
  EXPECT_THAT(found.to_text(), HasSubstr("\" <\" 0.625"));
}

TEST(BenchFirstTokens, requests_that_end_with_the_declaration_and_variations_do_not_count) {
  ModelRun model;
  model.tasks = {first({{" <", .5}}), first({{" <", .5}})};
  std::vector<CodeTask> tasks = {task("a", false), task("b")};
  tasks[1].variation = "names";
  EXPECT_EQ(first_tokens(tasks, model).samples, 0u);
  EXPECT_THAT(first_tokens(tasks, model).to_text(), IsEmpty());
}

}  // namespace
}  // namespace assay::analysis::bench
