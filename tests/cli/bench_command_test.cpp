// `assay bench` and `assay report` of a bench result as a whole: what is written where, and what a full disk does to a run.
#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/sandbox.h"
#include "tests/cli/run_assay.h"

namespace assay {
namespace {

using ::testing::AllOf;
using testing::assay;
using ::testing::HasSubstr;

class BenchCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    if (Status status = sandbox_available(); !status) GTEST_SKIP() << status.error().to_string();
  }

  std::string path(const std::string& name) const { return folder_.path() + "/" + name; }
  std::string write(const std::string& name, const std::string& text) const {
    EXPECT_TRUE(write_file(path(name), text));
    return path(name);
  }
  /// One task with so many answers, all right and all different.
  std::string completions(int count, const std::vector<std::string>& contract = {"requires n >= 0 && n <= 1000;"}) const {
    nlohmann::json line = {{"task_id", "half"}, {"prompt", "int half(int n) {"}, {"canonical_solution", "    return n / 2;\n}"}};
    line["contract"] = contract;
    line["generations"] = nlohmann::json::array();
    for (int i = 1; i <= count; ++i)
      line["generations"].push_back("    return (n + " + std::to_string(2 * i) + ") / 2 - " + std::to_string(i) + ";\n}");
    return write("completions.jsonl", line.dump() + "\n");
  }
  std::vector<std::string> command(const std::string& file, const std::string& out) const {
    return {"bench", "--completions", file, "--std", "c17", "--cache", path("cache.sqlite"), "--out", path(out), "-q"};
  }
  nlohmann::json document(const std::string& out) const { return nlohmann::json::parse(read_file(path(out) + "/bench.json").value_or("{}")); }

  TemporaryFolder folder_ = std::move(*TemporaryFolder::create("assay-bench-cli-"));
};

TEST_F(BenchCommand, report_writes_the_pages_again_and_shows_the_same_figures) {
  std::vector<std::string> bench = command(completions(2), "out");
  bench.insert(bench.end(), {"--random-runs", "100"});
  const ProcessResult first = assay(bench);
  ASSERT_EQ(first.exit_code, 0) << first.output << first.error_output;
  EXPECT_EQ(document("out")["models"][0]["tasks"][0]["answers"][0]["random_runs"]["runs"], 100);
  const ProcessResult again = assay({"report", path("out/bench.json"), "--html", path("pages")});
  ASSERT_EQ(again.exit_code, 0) << again.error_output;
  for (const char* page : {"index.html", "r0001.html"}) EXPECT_EQ(*read_file(path("pages/") + page), *read_file(path("out/") + page)) << page;
  const ProcessResult text = assay({"report", path("out/bench.json")});
  EXPECT_EQ(text.exit_code, 0) << text.error_output;
  EXPECT_THAT(text.output, AllOf(HasSubstr("safe: proved 2"), HasSubstr("200 runs of 2 of them, 0 differ")));
}

TEST_F(BenchCommand, report_says_what_a_bench_result_has_not) {
  ASSERT_EQ(assay(command(completions(1), "out")).exit_code, 0);
  const ProcessResult junit = assay({"report", path("out/bench.json"), "--junit", path("junit.xml")});
  EXPECT_EQ(junit.exit_code, 2);
  EXPECT_THAT(junit.error_output, HasSubstr("--html"));
  nlohmann::json json = document("out");
  json["models"][0]["tasks"][0]["answers"][0]["judgement"]["label"] = "wrong";
  const ProcessResult spoilt = assay({"report", write("bench.json", json.dump()), "--html", path("pages")});
  EXPECT_EQ(spoilt.exit_code, 2);
  EXPECT_THAT(spoilt.error_output, AllOf(HasSubstr(path("bench.json")), HasSubstr("models[0].tasks[0].answers[0].judgement.label")));
}

TEST_F(BenchCommand, a_full_disk_under_the_report_is_an_error_and_no_work_is_lost) {
  const std::string file = completions(3);
  std::filesystem::create_directories(path("full"));
  std::filesystem::create_symlink("/dev/full", path("full/bench.json"));
  const ProcessResult full = assay(command(file, "full"));
  EXPECT_EQ(full.exit_code, 2) << full.error_output;
  EXPECT_THAT(full.error_output,
              AllOf(HasSubstr("cannot write " + path("full/bench.json")), HasSubstr("No space left"), HasSubstr("free some disk")));
  ASSERT_EQ(assay(command(file, "out")).exit_code, 0);
  EXPECT_EQ(document("out")["timing"]["judged"], 0) << "all three answers came from the cache";
}

/// The cache lies on a file system of 72 KB, which one namespace of its own has mounted.
TEST_F(BenchCommand, a_full_disk_under_the_cache_is_an_error_and_the_finished_answers_stay) {
  const std::string file = completions(16);
  std::filesystem::create_directories(path("small"));
  std::string words;
  for (const std::string& word : command(file, "out")) words += " '" + (word == path("cache.sqlite") ? path("small/cache.sqlite") : word) + "'";
  write("run.sh", "mount -t tmpfs -o size=72k tmpfs '" + path("small") + "' || exit 77\n'" + testing::kAssay + "'" + words + "\ncode=$?\ncp '" +
                      path("small") + "'/cache.sqlite* '" + folder_.path() + "'\nexit $code\n");
  ProcessSpec spec;
  spec.command = {"unshare", "--map-root-user", "--mount", "/bin/sh", path("run.sh")};
  spec.wall_seconds = 400;
  const Result<ProcessResult> full = run_process(spec);
  ASSERT_TRUE(full) << full.error().to_string();
  if (full->exit_code == 77 || full->error_output.starts_with("unshare:")) GTEST_SKIP() << "no file system can be mounted: " << full->error_output;
  EXPECT_EQ(full->exit_code, 2) << full->error_output;
  EXPECT_THAT(full->error_output, AllOf(HasSubstr("small/cache.sqlite"), HasSubstr("disk is full"), HasSubstr("--cache")));
  ASSERT_EQ(assay(command(file, "out")).exit_code, 0);
  EXPECT_GT(document("out")["timing"]["judged"], 0);
  EXPECT_LT(document("out")["timing"]["judged"], 16) << "some answers came from the cache";
}

TEST_F(BenchCommand, a_completion_whose_request_breaks_its_own_contract_is_compared_with_nothing_and_the_request_is_named) {
  const ProcessResult result = assay(command(completions(1, {"requires n >= -10 && n <= 10;", "ensures result >= 0;"}), "out"));
  EXPECT_EQ(result.exit_code, 0) << result.error_output;
  EXPECT_THAT(result.output,
              AllOf(HasSubstr("requests at fault"), HasSubstr("request 'half'"), HasSubstr("breaks its own contract"), HasSubstr("int n = -")));
}

}  // namespace
}  // namespace assay
