// Answers that are right, wrong, unsafe, broken or hostile, judged for real: parsed and run in the sandbox, proved by the solver.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/bench/task_judge.h"
#include "tests/analysis/bench_support.h"

namespace assay::analysis::bench {
namespace {

using testing::HasSubstr;

class BenchJudge : public InSandbox {
 protected:
  Judgement judged(const std::string& answer) {
    const CodeTask task = sum_task();
    Result<TaskJudge> judge = TaskJudge::create(task, {}, session_);
    EXPECT_TRUE(judge) << (judge ? "" : judge.error().to_string());
    if (!judge) return {};
    Result<Judgement> judgement = judge->run(answer_text(task, answer), session_);
    EXPECT_TRUE(judgement) << (judgement ? "" : judgement.error().to_string());
    return judgement ? *judgement : Judgement{};
  }
};

TEST_F(BenchJudge, proves_another_way_of_writing_the_same) {
  const Judgement found =
      judged("\n    unsigned total = 0;\n    while (n > 0) {\n        n--;\n        total = total + a[n];\n    }\n    return total;\n}");
  EXPECT_EQ(label_of(found), Label::kProved) << found.safety.reason << " / " << found.meaning.reason << found.broken;
  EXPECT_TRUE(found.passes_tests());
  EXPECT_FALSE(replay_disagrees(found));
  EXPECT_FALSE(found.concepts.empty());
}

TEST_F(BenchJudge, refutes_an_answer_that_only_passes_the_tests) {
  const Judgement found = judged("\n    if (n == 0) return 0;\n    if (n == 2) return 3;\n    return 7;\n}");
  EXPECT_EQ(label_of(found), Label::kWrong);
  EXPECT_TRUE(found.passes_tests());
  EXPECT_EQ(found.meaning.input.size(), 2u);
  EXPECT_EQ(found.meaning.interpreter_replay, Replay::kAgreed);
}

TEST_F(BenchJudge, finds_a_read_past_the_end_that_no_test_sees) {
  const Judgement found = judged("\n    unsigned s = 0;\n    for (int i = 0; i <= n; i++) if (i < n || a[i] != a[i]) s += a[i];\n    return s;\n}");
  EXPECT_EQ(label_of(found), Label::kUnsafe);
  EXPECT_TRUE(found.passes_tests());
  EXPECT_EQ(found.safety.check, "pointer-bounds");
  EXPECT_EQ(found.safety.line, 4);
}

TEST_F(BenchJudge, says_what_the_compiler_says) {
  const Judgement found = judged("\n    return total;\n}");
  EXPECT_EQ(label_of(found), Label::kBroken);
  EXPECT_THAT(found.broken, HasSubstr("total"));
}

TEST_F(BenchJudge, an_answer_cannot_narrow_what_it_is_judged_on) {
  EXPECT_EQ(label_of(judged("\n    __CPROVER_assume(0);\n    return 1;\n}")), Label::kBroken);
  EXPECT_EQ(label_of(judged("\n    //@ requires n == 0;\n    //@ assert 0;\n    return 0;\n}")), Label::kWrong);
  EXPECT_EQ(label_of(judged("\n    return 0;\n}\n//@ requires n == 0;\nint other(int n) { return n; }")), Label::kWrong);
}

TEST_F(BenchJudge, output_and_exit_codes_pass_no_test) {
  const Judgement found = judged("\n    extern int puts(const char *);\n    extern void exit(int);\n    puts(\"assay 0 1 3\");\n    exit(0);\n}");
  EXPECT_EQ(found.visible.passed, 0);
  EXPECT_EQ(found.hidden.passed, 0);
}

TEST_F(BenchJudge, an_endless_loop_fails_its_tests_and_is_not_proved) {
  const Judgement found = judged("\n    for (unsigned i = n; i >= 0; i--) n = i;\n    return n;\n}");
  EXPECT_NE(label_of(found), Label::kProved);
  EXPECT_FALSE(found.passes_tests());
  EXPECT_THAT(found.visible.first_failure, testing::AnyOf(HasSubstr("did not end"), HasSubstr("ended")))
      << "the compiler may take every loop to end (C17 6.8.5p6)";
}

TEST_F(BenchJudge, a_failed_test_refutes_what_the_solver_cannot_read) {
  const Judgement found = judged("\n    double s = 1;\n    for (int i = 0; i < n; i++) s += a[i];\n    return (unsigned)s;\n}");
  EXPECT_EQ(label_of(found), Label::kWrong);
  EXPECT_THAT(found.unsupported, HasSubstr("floating"));
  EXPECT_EQ(found.meaning.input, std::vector<std::string>{"sum({1, 2}, 2)"});
}

TEST_F(BenchJudge, names_the_construct_outside_of_the_subset) {
  const Judgement found = judged("\n    double s = 0;\n    for (int i = 0; i < n; i++) s += a[i];\n    return (unsigned)s;\n}");
  EXPECT_EQ(label_of(found), Label::kUnsupported);
  EXPECT_THAT(found.unsupported, HasSubstr("floating"));
  EXPECT_TRUE(found.passes_tests());
}

TEST_F(BenchJudge, an_answer_ends_where_its_function_ends) {
  const CodeTask task = sum_task();
  EXPECT_EQ(answer_text(task, "\n    return '}' + \"}{\"[0]; /* } */ // }\n}\nint main() {"),
            task.prompt + "\n    return '}' + \"}{\"[0]; /* } */ // }\n}\n");
  EXPECT_EQ(answer_text(task, "\n    if (n) {\n"), task.prompt + "\n    if (n) {\n\n");
}

TEST_F(BenchJudge, a_reference_that_breaks_its_own_contract_is_the_suites_fault) {
  CodeTask task = sum_task();
  task.contract.push_back("ensures result > 0;");
  Result<TaskJudge> judge = TaskJudge::create(with_reference(task), {}, session_);
  ASSERT_FALSE(judge);
  EXPECT_EQ(judge.error().kind, ErrorKind::kInput);
  EXPECT_THAT(judge.error().message, HasSubstr("request 'r1'"));
  EXPECT_THAT(judge.error().message, HasSubstr("result > 0"));
}

TEST_F(BenchJudge, a_test_that_contradicts_the_reference_is_the_suites_fault) {
  CodeTask task = sum_task();
  task.hidden[0].result = 8;
  Result<TaskJudge> judge = TaskJudge::create(with_reference(task), {}, session_);
  ASSERT_FALSE(judge);
  EXPECT_THAT(judge.error().message, HasSubstr("expects 8, and the reference gives 7"));
}

TEST_F(BenchJudge, a_prompt_that_no_answer_can_complete_is_the_suites_fault) {
  CodeTask task = sum_task();
  task.prompt = "int sum(int n) {\n    return n;\n}\n\n" + task.declaration;
  Result<TaskJudge> judge = TaskJudge::create(with_reference(task), {}, session_);
  ASSERT_FALSE(judge);
  EXPECT_EQ(judge.error().kind, ErrorKind::kInput);
  EXPECT_THAT(judge.error().message, HasSubstr("request 'r1': no answer can compile"));
  EXPECT_THAT(judge.error().message, HasSubstr("conflicting types for 'sum'"));
}

}  // namespace
}  // namespace assay::analysis::bench
