#include "analysis/tasks/labels.h"

#include <gmock/gmock.h>

#include "tests/analysis/workspace.h"

namespace assay::analysis {
namespace {

using circuits::Answer;
using ::testing::HasSubstr;
using testing::kMaximumTask;
using testing::Workspace;

struct LabelsTest : ::testing::Test {
  Workspace workspace;
  Task task;
  BoundArguments scratch;

  void SetUp() override { task = *read_task(workspace.write("maximum.task.toml", kMaximumTask)); }
  Labels labels(const std::string& text) { return *Labels::create(task, task.domain, *CFunction::from_text(text, "f.c", "f")); }
};

TEST_F(LabelsTest, a_plain_return_is_an_answer) {
  const Label label = labels("int f(const int *s, int n) { return s[n - 1]; }").label(Tokens{1, 3, 2}, scratch);
  EXPECT_TRUE(label.defined);
  EXPECT_EQ(label.value, 2);
  EXPECT_EQ(label.answer.token, 2);
}

TEST_F(LabelsTest, undefined_behaviour_is_no_answer_and_is_explained_with_its_place) {
  const Labels made = labels("int f(const int *s, int n) {\n  return 6 / (s[0] - n);\n}");
  EXPECT_FALSE(made.label(Tokens{1}, scratch).defined);
  EXPECT_THAT(made.explain(Tokens{1}), HasSubstr("f.c:2"));
  EXPECT_TRUE(made.label(Tokens{3}, scratch).defined);
  EXPECT_EQ(made.explain(Tokens{3}), "returns 3");
}

TEST_F(LabelsTest, every_other_way_to_end_is_named) {
  const auto explain = [&](const std::string& body) { return labels("#include <stdlib.h>\n" + body).explain(Tokens{1}); };
  EXPECT_THAT(explain("int f(const int *s, int n) {\n //@ requires n > 1;\n return 0; }"),
              HasSubstr("the precondition of 'f' does not admit this input"));
  EXPECT_THAT(explain("int f(const int *s, int n) { abort(); }"), HasSubstr("aborts"));
  EXPECT_THAT(explain("int f(const int *s, int n) { return f(s, n); }"), HasSubstr("exceeds the recursion limit"));
  EXPECT_THAT(explain("int f(const int *s, int n) {\n  for (;;) n = n ^ 1;\n}"), HasSubstr("endless loop at f.c:3"));
}

TEST_F(LabelsTest, arguments_are_what_the_interpreter_takes) {
  const Labels made = labels("int f(const int *s, int n) { return s[0]; }");
  const std::vector<program::Argument> arguments = made.arguments(Tokens{1, 3});
  ASSERT_EQ(arguments.size(), 2u);
  ASSERT_EQ(arguments[0].cells.size(), 2u);
  EXPECT_EQ(arguments[0].cells[1].integer, 3);
  EXPECT_EQ(arguments[1].cells[0].integer, 2);
}

TEST_F(LabelsTest, network_and_program_agree_only_on_a_symbol_that_both_give) {
  const Label three{true, 3, {3, 0, 0}}, undefined{false, 3, {3, 0, 0}}, without_symbol{true, 9, {-1, 0, 0}};
  EXPECT_TRUE(agrees(task.output, Answer{3, 0, 1}, three));
  EXPECT_FALSE(agrees(task.output, Answer{2, 0, 1}, three));
  EXPECT_FALSE(agrees(task.output, Answer{3, 0, 1}, undefined)) << "what is not defined agrees with nothing";
  EXPECT_FALSE(agrees(task.output, Answer{-1, 0, 1}, without_symbol)) << "two missing answers are no agreement";
}

TEST_F(LabelsTest, sets_agree_when_every_bit_does) {
  OutputSpec output;
  output.readout.kind = circuits::Readout::Kind::kSet;
  const Label label{true, 5, output.answer_of(5)};
  EXPECT_TRUE(agrees(output, Answer{-1, 5, 1}, label));
  EXPECT_FALSE(agrees(output, Answer{-1, 13, 1}, label)) << "one token too many";
  EXPECT_FALSE(agrees(output, Answer{-1, 4, 1}, label)) << "one token too few";
  EXPECT_FALSE(agrees(output, Answer{-1, 5, 1}, Label{}));
}

TEST_F(LabelsTest, a_function_that_does_not_fit_the_task_is_an_error) {
  const Result<Labels> made = Labels::create(task, task.domain, *CFunction::from_text("int f(int a, int b, int c) { return a; }", "f.c", "f"));
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("takes 3 parameters"));
}

}  // namespace
}  // namespace assay::analysis
