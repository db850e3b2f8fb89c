// Answers that attack the machine that judges them. Each gives the right result exactly if it gets out, so a test that it passes is a hole;
// the honest answer beside them shows that the run goes on. What the sandbox itself holds back is tested in tests/base/sandbox_test.cpp.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "analysis/bench/bench_run.h"
#include "base/files.h"
#include "tests/analysis/bench_support.h"

namespace assay::analysis::bench {
namespace {

using testing::HasSubstr;

CodeTask twice_task() {
  CodeTask task{.id = "r1", .family = "twice"};
  task.declaration = task.prompt = "int twice(int n) {";
  task.function = "twice";
  task.contract = {"requires n >= 0 && n <= 100;"};
  task.reference = "//@ requires n >= 0 && n <= 100;\nint twice(int n) { return 2 * n; }\n";
  task.visible = {{{{false, {3}}}, 6, {}}};
  task.hidden = {{{{false, {50}}}, 100, {}}};
  return task;
}

struct Attack {
  std::string name, body;
  std::string failure;  ///< what is said of its first test
};

class BenchHostile : public InSandbox {
 protected:
  std::vector<Judgement> judged(const std::vector<Attack>& attacks) {
    std::vector<Sample> samples;
    for (const Attack& attack : attacks) samples.push_back({.answer = "\n" + attack.body + "\n}", .finish = "from a file"});
    samples.push_back({.answer = "\n    return n + n;\n}", .finish = "from a file"});
    VerificationBudget budget;
    budget.wall_seconds = 2;
    budget.test_seconds = 1;
    Result<Cache> cache = Cache::open("");
    Result<BenchRun> run = judge_completions({twice_task()}, {samples}, budget, *cache, session_);
    EXPECT_TRUE(run) << (run ? "" : run.error().to_string());
    std::vector<Judgement> judgements;
    for (std::size_t i = 0; run && i < samples.size(); ++i) judgements.push_back(run->models[0].tasks[0].judgement(i));
    return judgements;
  }

  TemporaryFolder folder_ = std::move(*TemporaryFolder::create("assay-hostile-"));
};

TEST_F(BenchHostile, each_attack_is_contained_with_a_label_and_the_run_goes_on) {
  const std::string escaped = folder_.path() + "/escaped";
  const std::vector<Attack> attacks = {
      {"fork bomb", "    extern int fork(void);\n    while (1) fork();", "did not end within 1 s"},
      {"one fork that succeeds", "    extern int fork(void);\n    return fork() >= 0 ? 2 * n : 0;", "gave 0"},
      {"endless loop", "    volatile int i = 0;\n    while (1) i = 1 - i;", "did not end within 1 s"},
      {"write outside", "    extern int open(const char *, int, ...);\n    return open(\"" + escaped + "\", 0101, 0600) >= 0 ? 2 * n : 0;", "gave 0"},
      {"read of /etc/shadow", "    extern int open(const char *, int, ...);\n    return open(\"/etc/shadow\", 0) >= 0 ? 2 * n : 0;", "gave 0"},
      {"network", "    extern int socket(int, int, int);\n    return socket(2, 1, 0) >= 0 ? 2 * n : 0;", "gave 0"},
      {"10 GB of output",
       "    extern long write(int, const void *, unsigned long);\n    static char block[1 << 20];\n    for (int i = 0; i < 10240; i++) write(1, "
       "block, sizeof block);\n    while (1) write(1, block, sizeof block);",
       "did not end within 1 s"},
      {"10 GB of memory",
       "    extern void *malloc(unsigned long);\n    volatile char *block = malloc(10ul << 30);\n    if (!block) return 0;\n    for (unsigned long "
       "i = 0; i < 10ul << 30; i += 4096) block[i] = 1;\n    return 2 * n;",
       "gave 0"}};
  const std::vector<Judgement> found = judged(attacks);
  ASSERT_EQ(found.size(), attacks.size() + 1);
  for (std::size_t i = 0; i < attacks.size(); ++i) {
    const Label label = label_of(found[i]);
    EXPECT_TRUE(label == Label::kWrong || label == Label::kUnsupported || label == Label::kUndecided) << attacks[i].name << ": " << name_of(label);
    EXPECT_THAT(found[i].visible.first_failure, HasSubstr(attacks[i].failure)) << attacks[i].name;
    EXPECT_EQ(found[i].visible.passed + found[i].hidden.passed, 0) << attacks[i].name << " got out";
  }
  EXPECT_EQ(label_of(found.back()), Label::kProved) << "the honest answer";
  EXPECT_TRUE(found.back().passes_tests());
  EXPECT_FALSE(std::filesystem::exists(escaped));
}

TEST_F(BenchHostile, neither_parser_nor_compiler_shows_a_file_of_the_host) {
  const std::vector<Judgement> found = judged({{"include", "#include \"/etc/passwd\"\n    return 2 * n;", ""}});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(label_of(found[0]), Label::kBroken);
  EXPECT_THAT(found[0].broken, HasSubstr("file not found"));
  EXPECT_THAT(found[0].broken, testing::Not(HasSubstr("root:")));
}

TEST_F(BenchHostile, a_reference_that_breaks_its_own_contract_ends_a_suite_and_is_named_among_completions) {
  CodeTask task = twice_task();
  task.contract.push_back("ensures result > n;");
  task.reference = "//@ requires n >= 0 && n <= 100;\n//@ ensures result > n;\nint twice(int n) { return 2 * n; }\n";
  const auto names_it = testing::AllOf(HasSubstr("request 'r1'"), HasSubstr("its own contract"), HasSubstr("int n = 0"));
  Result<Cache> cache = Cache::open("");
  Suite suite;
  suite.models = {{"code", ASSAY_SOURCE_DIR "/zoo/code/model", ""}};
  suite.tasks = {task};
  suite.sampling.max_tokens = 4;
  const Result<BenchRun> ended = run_suite(suite, *cache, session_);
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().kind, ErrorKind::kInput);
  EXPECT_THAT(ended.error().message, names_it);
  const Result<BenchRun> run = judge_completions({task}, {{{.answer = "\n    return n + n;\n}", .finish = "from a file"}}}, {}, *cache, session_);
  ASSERT_TRUE(run) << run.error().to_string();
  EXPECT_EQ(label_of(run->models[0].tasks[0].judgement(0)), Label::kUndecided);
  EXPECT_THAT(run->models[0].tasks[0].judgement(0).meaning.reason, names_it);
}

}  // namespace
}  // namespace assay::analysis::bench
