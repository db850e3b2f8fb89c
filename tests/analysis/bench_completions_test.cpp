// What models write around their code is taken off by rule; the code itself stays as it was.
#include "analysis/bench/completions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis/bench/bench_run.h"
#include "base/sandbox.h"

namespace assay::analysis::bench {
namespace {

using testing::HasSubstr;

Completions parsed(const std::string& text, const CompletionsOptions& options = {}) {
  Result<Completions> completions = parse_completions(text, "file.jsonl", options);
  EXPECT_TRUE(completions) << (completions ? "" : completions.error().to_string());
  return completions ? std::move(*completions) : Completions{};
}

std::string line(const Json& object) { return object.dump() + "\n"; }

TEST(BenchCompletions, a_plain_continuation_stays_as_it_is) {
  const Stripped stripped = strip("    return a + b;\n}\n", "add");
  EXPECT_EQ(stripped.answer, "\n    return a + b;\n}\n");
  EXPECT_FALSE(stripped.fence || stripped.prose || stripped.repeated_declaration || stripped.leading_brace);
}

TEST(BenchCompletions, fences_and_prose_around_the_code_are_taken_off) {
  const Stripped stripped = strip("Here it is:\n```cpp\n    return a;\n}\n```\nIt returns a.", "f");
  EXPECT_EQ(stripped.answer, "\n    return a;\n}\n");
  EXPECT_TRUE(stripped.fence && stripped.prose);
}

TEST(BenchCompletions, a_repeated_declaration_is_cut_and_what_stands_before_it_is_kept) {
  const Stripped stripped =
      strip("#include <x.h>\nint helper(int a) { return a; }\nint f(int a,\n      int (*g)(int)) {\n  return helper(a);\n}\n", "f");
  EXPECT_TRUE(stripped.repeated_declaration);
  EXPECT_EQ(stripped.before, "#include <x.h>\nint helper(int a) { return a; }\n");
  EXPECT_EQ(stripped.answer, "\n  return helper(a);\n}\n");
}

TEST(BenchCompletions, a_call_of_the_function_is_no_repeated_declaration) {
  EXPECT_FALSE(strip("  if (n < 2) return 1;\n  return f(n - 1) * n;\n}\n", "f").repeated_declaration);
  EXPECT_FALSE(strip("// f(3) {\n  return 1;\n}\n", "f").repeated_declaration);
}

TEST(BenchCompletions, a_line_gives_task_tests_and_answer) {
  const Completions found = parsed(line({{"task_id", "CPP/0"},
                                         {"prompt", "#include <assert.h>\n// twice\nint twice(int n) {\n"},
                                         {"generation", "    return 2 * n;\n}"},
                                         {"tests", "}\nint main() { assert(twice(2) == 4); }"}}));
  ASSERT_EQ(found.tasks.size(), 1u);
  EXPECT_EQ(found.tasks[0].function, "twice");
  EXPECT_EQ(found.tasks[0].declaration, "int twice(int n) {");
  EXPECT_EQ(found.tasks[0].test_source, "\nint main() { assert(twice(2) == 4); }");
  EXPECT_EQ(found.samples[0][0].answer, "\n    return 2 * n;\n}");
}

TEST(BenchCompletions, several_completions_of_one_task_are_its_samples) {
  const Completions found = parsed(line({{"id", "a"}, {"prompt", "int f(int n) {"}, {"generations", {"return 1;}", "return 2;}"}}}) +
                                   line({{"id", "a"}, {"prompt", "int f(int n) {"}, {"generation", "return 3;}"}}));
  ASSERT_EQ(found.tasks.size(), 1u);
  EXPECT_EQ(found.samples[0].size(), 3u);
}

TEST(BenchCompletions, broken_lines_are_errors_with_their_number) {
  const std::string good = line({{"id", "a"}, {"prompt", "int f(int n) {"}, {"generation", "return 1;}"}});
  for (const auto& [bad, message] : std::vector<std::pair<std::string, std::string>>{
           {"[1, 2]\n", "no JSON object"},
           {"{\"id\": \"b\"\n", "no JSON object"},
           {line({{"id", "b"}, {"prompt", "int f(int n);"}, {"generation", ""}}), "does not end with the declaration's '{'"},
           {line({{"id", "b"}, {"prompt", "int f(int n) {"}, {"output", "return 1;}"}}), "has no completion"},
           {line({{"prompt", "int f(int n) {"}, {"generation", "return 1;}"}}), "has no id"},
           {line({{"id", "b"}, {"prompt", "{"}, {"generation", "return 1;}"}}), "no function is declared"}}) {
    Result<Completions> found = parse_completions(good + bad, "file.jsonl", {});
    ASSERT_FALSE(found) << bad;
    EXPECT_THAT(found.error().message, HasSubstr(message));
    EXPECT_EQ(found.error().where->begin.line, 2);
  }
}

TEST(BenchCompletions, tests_in_source_are_run_and_an_early_exit_passes_none) {
  if (Status status = sandbox_available(); !status) GTEST_SKIP() << status.error().to_string();
  const Json task = {{"prompt", "#include <assert.h>\n#include <stdlib.h>\nint twice(int n) {\n"},
                     {"tests", "int main(void) { assert(twice(2) == 4); }"}};
  std::string text;
  for (const auto& [id, code] : std::vector<std::pair<std::string, std::string>>{
           {"right", "return 2 * n; }"}, {"wrong", "return n; }"}, {"exits", "exit(0); }"}, {"broken", "return m; }"}}) {
    Json row = task;
    row["id"] = id;
    row["generation"] = code;
    text += line(row);
  }
  for (const char* standard : {"c17", "c++20"}) {
    Completions found = parsed(text, {.standard = standard});
    std::atomic<bool> stop = false;
    Progress silent;
    Session session{silent, stop};
    Result<Cache> cache = Cache::open("");
    Result<BenchRun> run = judge_completions(found.tasks, std::move(found.samples), {}, *cache, session);
    ASSERT_TRUE(run) << run.error().to_string();
    const std::vector<TaskRun>& tasks = run->models.at(0).tasks;
    EXPECT_TRUE(tasks[0].judgement(0).passes_tests()) << standard << tasks[0].judgement(0).hidden.first_failure;
    EXPECT_FALSE(tasks[1].judgement(0).passes_tests()) << standard;
    EXPECT_FALSE(tasks[2].judgement(0).passes_tests()) << standard;
    EXPECT_EQ(label_of(tasks[3].judgement(0)), Label::kBroken) << standard;
  }
}

}  // namespace
}  // namespace assay::analysis::bench
