// Answers run beside their reference on random inputs: what differs is found, what the contract excludes is not run, and no claim is made of
// more inputs than were run.
#include "analysis/bench/random_runs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/analysis/bench_support.h"

namespace assay::analysis::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class BenchRandomRuns : public InSandbox {
 protected:
  /// Whatever the label of the answer is: it is run as if it were proved.
  RandomRuns run(const CodeTask& task, const std::string& answer, std::uint64_t wanted = 2'000) {
    Result<TaskJudge> judge = TaskJudge::create(task, {}, session_);
    EXPECT_TRUE(judge) << (judge ? "" : judge.error().to_string());
    if (!judge) return {};
    Result<RandomRuns> runs = run_at_random(*judge, answer_text(task, answer), wanted, session_);
    EXPECT_TRUE(runs) << (runs ? "" : runs.error().to_string());
    return runs ? *runs : RandomRuns{};
  }
};

TEST_F(BenchRandomRuns, the_same_function_does_the_same_on_ten_thousand_inputs) {
  const RandomRuns found = run(sum_task(), "\n    unsigned t = 0;\n    while (n > 0) t += a[--n];\n    return t;\n}", 10'000);
  EXPECT_EQ(found.runs, 10'000u) << found.ended;
  EXPECT_EQ(found.differences, 0u) << found.answer;
  EXPECT_TRUE(found.complete());
  EXPECT_EQ(found.ended, "");
}

TEST_F(BenchRandomRuns, an_answer_that_was_labelled_proved_and_is_wrong_differs_on_an_input_that_is_shown) {
  const RandomRuns found = run(sum_task(), "\n    unsigned t = 0;\n    for (int i = 0; i < n; i++) t += a[i];\n    return n == 4 ? 77 : t;\n}");
  EXPECT_EQ(found.runs, 2'000u) << found.ended;
  EXPECT_GT(found.differences, 10u);
  EXPECT_THAT(found.input, ElementsAre(StartsWith("unsigned int a[4] = {"), "int n = 4"));
  EXPECT_EQ(found.answer, "returns 77");
  EXPECT_THAT(found.reference_answer, StartsWith("returns "));
  EXPECT_EQ(random_runs_from_json(to_json(found)), found);
}

TEST_F(BenchRandomRuns, undefined_behaviour_that_changes_no_result_is_a_difference) {
  const RandomRuns found =
      run(sum_task(), "\n    unsigned s = 0;\n    for (int i = 0; i <= n; i++) if (i < n || a[i] != a[i]) s += a[i];\n    return s;\n}");
  EXPECT_EQ(found.differences, 1u);
  EXPECT_THAT(found.answer, HasSubstr("heap-buffer-overflow"));
  EXPECT_THAT(found.input, ElementsAre(StartsWith("unsigned int a["), StartsWith("int n = ")));
  EXPECT_FALSE(found.complete());
}

TEST_F(BenchRandomRuns, inputs_outside_of_the_contract_are_not_run) {
  const CodeTask task =
      task_of("int f(int lo, int hi) {", "f", {"requires lo >= -50 && hi <= 50;", "requires lo < hi;"}, "\n    return hi - lo;\n}\n");
  const RandomRuns found = run(task, "\n    if (lo >= hi || lo < -50 || hi > 50) return 1 / (hi - hi);\n    return hi - lo;\n}");
  EXPECT_EQ(found.runs, 2'000u) << found.ended;
  EXPECT_EQ(found.differences, 0u) << found.answer;
  EXPECT_GT(found.drawn, found.runs);
}

TEST_F(BenchRandomRuns, written_arrays_are_compared) {
  const CodeTask task = task_of("void clear(int *a, int n) {", "clear", {"requires n >= 0 && n <= 4;", "requires length(a) == n + 1;"},
                                "\n    for (int i = 0; i <= n; i++) a[i] = 0;\n}\n");
  EXPECT_EQ(run(task, "\n    while (n >= 0) a[n--] = 0;\n}").differences, 0u);
  const RandomRuns found = run(task, "\n    for (int i = 0; i < n; i++) a[i] = 0;\n}");
  EXPECT_GT(found.differences, 100u);
  EXPECT_THAT(found.answer, StartsWith("returns nothing, a = {"));
  EXPECT_THAT(found.reference_answer, HasSubstr("a = {0"));
}

TEST_F(BenchRandomRuns, ends_of_every_type_are_drawn) {
  const CodeTask task = task_of("int f(unsigned char c, _Bool b, short s, long long x, unsigned long long u) {", "f", {}, "\n    return 0;\n}\n");
  std::string answer = "\n    static unsigned missing = ~0u;\n";
  unsigned all = 0;
  for (const char* rare : {"c == 255", "c == 0 && !b", "b", "s == -32768", "s == 32767", "x == -9223372036854775807LL - 1",
                           "x == 9223372036854775807LL", "u > 9223372036854775807ULL", "u == 0 && x == 0"}) {
    answer += "    if (" + std::string(rare) + ") missing &= ~" + std::to_string(1u << all) + "u;\n";
    ++all;
  }
  answer += "    return (missing & " + std::to_string((1u << all) - 1) + "u) == 0;\n}";
  EXPECT_GT(run(task, answer, 10'000).differences, 0u) << "some end was never drawn";
}

TEST_F(BenchRandomRuns, helpers_of_the_same_name_in_answer_and_reference_are_kept_apart) {
  CodeTask task = task_of("int f(int n) {", "f", {"requires n >= 0 && n <= 9;"}, "");
  const std::string helper = "int twice(int n) { return 2 * n; }\n";
  task.prompt = helper + task.declaration;
  task.reference = "int twice(int n) { return n + n; }\n//@ requires n >= 0 && n <= 9;\nint f(int n) { return twice(n); }\n";
  EXPECT_EQ(run(task, "\n    return twice(n);\n}").differences, 0u);
  task.prompt = "static int twice(int n) { return 3 * n; }\n" + task.declaration;
  EXPECT_GT(run(task, "\n    return twice(n);\n}").differences, 0u);
}

TEST_F(BenchRandomRuns, an_answer_that_ends_the_process_differs) {
  const RandomRuns found =
      run(sum_task(), "\n    extern void exit(int);\n    if (n == 3) exit(0);\n    unsigned s = 0;\n    while (n) s += a[--n];\n    return s;\n}");
  EXPECT_EQ(found.differences, 1u);
  EXPECT_EQ(found.answer, "ends with exit code 0");
  EXPECT_THAT(found.input, ElementsAre(StartsWith("unsigned int a[3]"), "int n = 3"));
}

TEST_F(BenchRandomRuns, a_contract_that_is_seldom_met_says_how_many_inputs_were_run) {
  const CodeTask task = task_of("int f(int n) {", "f", {"requires n % 65536 == 12345;"}, "\n    return 0;\n}\n");
  const RandomRuns found = run(task, "\n    return 0;\n}");
  EXPECT_LT(found.runs, 2'000u);
  EXPECT_FALSE(found.complete());
  EXPECT_THAT(found.ended, HasSubstr("inputs drawn meet the contract"));
}

TEST_F(BenchRandomRuns, what_cannot_be_drawn_or_compiled_is_named) {
  const CodeTask pointers = task_of("int f(int **p) {", "f", {}, "\n    return 0;\n}\n");
  EXPECT_THAT(run(pointers, "\n    return 0;\n}").ended, HasSubstr("parameter 'p'"));
  CodeTask helper = task_of("int f(int n) {", "f", {"requires n >= least();"}, "\n    return n;\n}\n");
  helper.reference = "int f(int n) { return n; }\n";
  EXPECT_THAT(run(helper, "\n    return n;\n}").ended, HasSubstr("least"));
}

TEST_F(BenchRandomRuns, cxx_too) {
  CodeTask task = sum_task();
  task.standard = "c++20";
  EXPECT_EQ(run(task, "\n    unsigned t = 0;\n    for (int i = n; i > 0; --i) t += a[i - 1];\n    return t;\n}").runs, 2'000u);
  EXPECT_GT(run(task, "\n    return n > 0 ? a[0] : 0u;\n}").differences, 0u);
}

}  // namespace
}  // namespace assay::analysis::bench
