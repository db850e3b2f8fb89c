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

TEST(BenchCompletions, of_several_fences_the_one_with_the_function_is_taken) {
  const std::string body = "\n  return x;\n}\n";
  const std::string shell = "```sh\ngcc f.c && ./a.out 'f(1)'\n```\n", right = "```c\nint f(int x) {\n  return x;\n}\n```\n";
  for (const std::string& text : {shell + right, right + shell, shell + "Or:\n```c\nint g(int x) { return f(x); }\n```\n" + right}) {
    const Stripped stripped = strip(text, "f");
    EXPECT_EQ(stripped.answer, body) << text;
    EXPECT_EQ(stripped.before, "\n") << text;
    EXPECT_TRUE(stripped.fence && stripped.several_fences) << text;
  }
  EXPECT_EQ(strip(shell + "```\n  return x;\n}\n```\n", "f").answer, body) << "no fence defines it: the first that may be C";
  EXPECT_EQ(strip("```sh\nls\n```\n```py\nf(1)\n```", "f").answer, "\nls\n") << "none may be C: the first";
  EXPECT_FALSE(strip(right, "f").several_fences);
}

TEST(BenchCompletions, tildes_and_long_and_nested_fences_are_fences) {
  const std::string body = "\n  return x;\n}\n";
  EXPECT_EQ(strip("~~~c\n  return x;\n}\n~~~\n", "f").answer, body);
  EXPECT_EQ(strip("````c\n  return x;\n}\n````\n", "f").answer, body);
  EXPECT_EQ(strip("~~~\n```c\n  return x;\n}\n```\n~~~\n", "f").answer, body);
  EXPECT_EQ(strip("````markdown\nHere it is:\n```c\n  return x;\n}\n```\n````\n", "f").answer, body);
  EXPECT_EQ(strip("Here it is: ```c\n  return x;\n}\n", "f").answer, body) << "without an end";
  EXPECT_EQ(strip("```c\n  return x;\n}```", "f").answer, "\n  return x;\n}");
}

TEST(BenchCompletions, marks_in_comments_and_code_are_no_fences) {
  for (const std::string text : {"  // ```\n  return x;  // ```\n}\n", "  int y = ~~~x;\n  return y;\n}\n", "  puts(\"```\");\n  return x;\n}\n"}) {
    EXPECT_EQ(strip(text, "f").answer, "\n" + text);
    EXPECT_FALSE(strip(text, "f").fence) << text;
  }
}

TEST(BenchCompletions, code_before_a_closing_fence_or_an_example_is_taken) {
  EXPECT_EQ(strip("  return x;\n}\n```\nIt returns x.", "f").answer, "\n  return x;\n}\n");
  EXPECT_EQ(strip("  return x;\n}```", "f").answer, "\n  return x;\n}");
  EXPECT_EQ(strip("int f(int x) {\n  return x;\n}\nUse it so:\n```c\nint y = f(1);\n```\n", "f").answer, "\n  return x;\n}\nUse it so:\n");
}

TEST(BenchCompletions, prose_before_an_unfenced_function_is_dropped) {
  for (const std::string prose :
       {"Sure, here is the function:\n", "Certainly!\n\n", "## Solution\n\nThe set `{x}` is returned, as it is, by this code:\n\n", "Answer:\n",
        "1. Take the number; it's small.\n2. Then return it to the caller.\n"}) {
    const Stripped stripped = strip(prose + "int f(int x) {\n  return x;\n}\n", "f");
    EXPECT_THAT(stripped.before, testing::MatchesRegex("\n*")) << prose;
    EXPECT_EQ(stripped.answer, "\n  return x;\n}\n") << prose;
    EXPECT_TRUE(stripped.unfenced_prose && stripped.repeated_declaration && !stripped.prose) << prose;
  }
}

TEST(BenchCompletions, prose_between_helpers_is_dropped_and_the_helpers_stay) {
  const Stripped stripped =
      strip("Here's a helper you need:\n#include <x.h>\nstatic int g(int a) {\n  return a;\n}\n\nNow the function itself:\nint f(int x) {\n", "f");
  EXPECT_EQ(stripped.before, "#include <x.h>\nstatic int g(int a) {\n  return a;\n}\n\n");
  EXPECT_TRUE(stripped.unfenced_prose);
}

TEST(BenchCompletions, no_code_before_the_function_counts_as_prose) {
  for (const std::string code :
       {"// Here is the function:\n", "/* Here is the function:\n   it returns the number.\nSure, here it is:\n*/\n",
        "#include <a.h>\n#define twice(a) \\\n  the sum of a\n", "typedef struct point\n{\n  int x, y;\n} point;\n",
        "static const int table[] =\n  {1, 2};\n", "const char *text =\n\"here is the text.\"\n\"and more of it:\";\n", "template <typename T>\n",
        "static inline\n", "class shape :\n  public base {\n};\n", "using namespace std;\n", "enum colour { red, green };\n",
        "size_t helper(size_t a,\n              size_t b) {\n  return a ? b : a;\n}\n", "pure word helper(word a)\n{\n  return a;\n}\n",
        "DEFINE_STACK(int)\n", "extern \"C\" {\n", "point::point(int a) :\n  x(a) {}\n", "int g(a, b)\nint a;\nint b;\n{\n  return a;\n}\n",
        "static int count;\nint limit = 3;\n"}) {
    const Stripped stripped = strip(code + "int f(int x) {\n  return x;\n}\n", "f");
    EXPECT_EQ(stripped.before, code);
    EXPECT_FALSE(stripped.unfenced_prose) << code;
  }
}

TEST(BenchCompletions, prose_before_an_unfenced_body_is_dropped) {
  for (const std::string prose :
       {"Here is the body:\n", "Sure!\n\n", "This is the body that you need,\nit returns the same number.\n\n", "Of course!\n\nThe body of `f`:\n"}) {
    const Stripped stripped = strip(prose + "  return x;\n}\n", "f");
    EXPECT_EQ(stripped.answer, "\n  return x;\n}\n") << prose;
    EXPECT_TRUE(stripped.unfenced_prose) << prose;
  }
}

TEST(BenchCompletions, no_code_at_the_beginning_of_a_body_counts_as_prose) {
  for (const std::string code : {"again:\n  x--;\n  if (x) goto again;\n  return x;\n}\n", "return x ?\n  y :\n  0;\n}\n", "x = y\n\n  + 1;\n}\n",
                                 "do\n\n  x--;\nwhile (x);\n}\n", "// Here is the body:\n  return x;\n}\n", "    the body is here:\n  return x;\n}\n",
                                 "size_t y\n\n  ; return x;\n}\n", "point.\n\n  x = 1;\n}\n", "return the right sum\n  return x;\n}\n",
                                 "#if here is it\n  return x;\n#endif\n}\n", "I cannot write this function.\n\n"}) {
    EXPECT_EQ(strip(code, "f").answer, "\n" + code);
    EXPECT_FALSE(strip(code, "f").unfenced_prose) << code;
  }
}

TEST(BenchCompletions, text_behind_the_function_is_counted) {
  EXPECT_TRUE(strip("  return x;\n}\nThis returns x.\n", "f").text_behind);
  EXPECT_TRUE(strip("int f(int x) { return x; }\nint main() {}\n", "f").text_behind);
  EXPECT_FALSE(strip("  return '}';  // }\n}\n \n", "f").text_behind);
  EXPECT_FALSE(strip("  return x;\n", "f").text_behind);
}

Completions of_answer(const std::string& declaration, const std::string& answer, const std::vector<std::string>& contract = {}) {
  return parsed(line({{"id", "a"}, {"prompt", "int g(int);\n" + declaration}, {"contract", contract}, {"generation", answer}}));
}

TEST(BenchCompletions, a_repeated_declaration_with_other_names_is_kept) {
  const Completions found = of_answer("int f(const int *a, int n) {", "static int h;\nint f(const int numbers[], int count) {\n  return count;\n}\n",
                                      {"requires n >= 0 && length(a) == n;"});
  EXPECT_EQ(found.tasks[0].prompt, "int g(int);\nstatic int h;\n\nint f(const int numbers[], int count) {\n");
  EXPECT_EQ(found.tasks[0].declaration, "int f(const int numbers[], int count) {");
  EXPECT_EQ(found.tasks[0].contract, std::vector<std::string>{"requires count >= 0 && length(numbers) == count;"});
  EXPECT_EQ(answer_text(found.tasks[0], found.samples[0][0].answer),
            "int g(int);\nstatic int h;\n\nint f(const int numbers[], int count) {\n  return count;\n}\n");
  EXPECT_THAT(found.rules, testing::Contains("repeated declaration kept for its parameter names: 1 completions"));
}

TEST(BenchCompletions, the_prompts_declaration_stays_where_more_than_names_differs) {
  for (const std::string own :
       {"int f(long x) {", "long f(int x) {", "int f(int n) {", "int f(int  n)\n{", "int f(int x, int y) {", "static int f(int x) {"})
    EXPECT_EQ(of_answer("int f(int n) {", own + "\n  return 0;\n}\n").tasks[0].declaration, "int f(int n) {") << own;
  EXPECT_EQ(of_answer("int f(int n) {", "int f(int length) {\n  return 0;\n}\n", {"requires length(n) == 1;"}).tasks[0].declaration, "int f(int n) {")
      << "the contract has the name for something else";
}

TEST(BenchCompletions, exchanged_names_are_not_taken_for_the_prompts) {
  const std::string prompt = "int f(int a, int b) {", own = "int f(int b, int a) {", answer = own + "\n  return b - a;\n}\n";
  EXPECT_EQ(of_answer(prompt, answer).tasks[0].declaration, own);
  const Completions refused = of_answer(prompt, answer, {"requires a >= b;"});
  EXPECT_EQ(refused.tasks[0].declaration, prompt);
  EXPECT_EQ(refused.samples[0][0].answer, "\n" + own + "\n  return b - a;\n}\n")
      << "a function in a function: broken, and not f(b, a) judged as f(a, b)";
}

TEST(BenchCompletions, each_rule_is_counted) {
  const Completions found = parsed(line({{"id", "a"},
                                         {"prompt", "int f(int n) {"},
                                         {"generations",
                                          {"return n; }", "Here is the body:\n{ return n; }", "```sh\nls\n```\n```c\nint f(int n) { return n; }\n```",
                                           "int h;\nint f(int n) { return n; }\nThat's all.", "int f(int x) { return x; }"}}}));
  EXPECT_EQ(found.rules,
            (std::vector<std::string>{"code fence taken off: 1 completions", "one of several code fences taken: 1 completions",
                                      "prose around the code dropped: 1 completions", "prose before unfenced code dropped: 1 completions",
                                      "repeated declaration cut: 2 completions", "repeated declaration kept for its parameter names: 1 completions",
                                      "helpers or includes before it kept: 1 completions", "leading brace dropped: 1 completions",
                                      "text behind the function cut: 1 completions"}));
}

TEST(BenchCompletions, helpers_of_one_completion_are_no_helpers_of_another) {
  const Completions found = parsed(
      line({{"id", "a"}, {"prompt", "int f(int n) {"}, {"generations", {"int h;\nint f(int n) { return h; }", " return h; }", " return n; }"}}}));
  ASSERT_EQ(found.tasks.size(), 2u);
  EXPECT_EQ(found.tasks[1].prompt, "int f(int n) {");
  EXPECT_EQ(found.samples[1].size(), 2u);
  EXPECT_NE(found.tasks[0].id, found.tasks[1].id);
}

/// Each would take minutes if a rule looked at the rest of the text again and again.
TEST(BenchCompletions, hostile_text_is_read_in_linear_time) {
  const auto many = [](const std::string& text) {
    std::string all;
    while (all.size() + text.size() < (1u << 20)) all += text;
    return all;
  };
  const std::string function = "int f(int x) { return x; }";
  for (const std::string& text : {many("`"), many("```\n"), many("```c\n"), many("~~~\n```\n"), many("int f("), many("f("), many("a f(\n"),
                                  many("\n"), many("Here is the code\n\n"), many("{"), many("("), many("/*"), many("'\n"), many("#\\\n"),
                                  many("` ").substr(0, 1u << 19) + std::string(1u << 19, ' '), std::string(1u << 20, '\0')}) {
    EXPECT_LE(strip(text, "f").answer.size(), text.size() + 1);
    EXPECT_LE(strip(text + "\n" + function, "f").answer.size(), text.size() + 40);
  }
  EXPECT_EQ(strip(std::string("int f(int x) {\0}", 16), "f").answer, std::string("\n\0}", 3)) << "a NUL is a byte of the code";
}

TEST(BenchCompletions, a_right_function_is_right_whatever_stands_around_it) {
  if (Status status = sandbox_available(); !status) GTEST_SKIP() << status.error().to_string();
  const std::string function = "int half(int n) {\n  return n / 2;\n}\n";
  std::string text;
  for (const std::string& answer : {"Sure, here is the function:\n" + function, std::string("Here is the body:\n  return n / 2;\n}\n"),
                                    "```sh\nmake\n```\n```c\n" + function + "```\n", std::string("int half(int x) {\n  return x / 2;\n}\n"),
                                    "~~~\n" + function + "~~~\n", function + "This halves n.\n", std::string("int half(int x) {\n  return x;\n}\n")})
    text += line({{"id", std::to_string(text.size())},
                  {"prompt", "int half(int n) {"},
                  {"canonical_solution", "    return n / 2;\n}"},
                  {"contract", {"requires n >= 0;"}},
                  {"generation", answer}});
  Completions found = parsed(text, {.standard = "c17"});
  std::atomic<bool> stop = false;
  Progress silent;
  Session session{silent, stop};
  Result<Cache> cache = Cache::open("");
  VerificationBudget budget;
  budget.doomed = true;
  Result<BenchRun> run = judge_completions(found.tasks, std::move(found.samples), budget, *cache, session);
  ASSERT_TRUE(run) << run.error().to_string();
  const std::vector<TaskRun>& tasks = run->models.at(0).tasks;
  for (std::size_t i = 0; i + 1 < tasks.size(); ++i) EXPECT_EQ(label_of(tasks[i].judgement(0)), Label::kProved) << i << tasks[i].judgement(0).broken;
  EXPECT_EQ(label_of(tasks.back().judgement(0)), Label::kWrong) << "with its own declaration, and wrong as before";
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
