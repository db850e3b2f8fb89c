// `assay bench` and `assay report` of a bench result as a whole: what is written where, and what a full disk does to a run.
#include <gmock/gmock.h>

#include <algorithm>
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
  std::string broken_completions() const {
    const nlohmann::json line = {{"task_id", "half"},
                                 {"prompt", "int half(int n) {"},
                                 {"generations",
                                  {"    return n / 2;\n}", "    return n /", "    int other(int);\n    return other(n);\n}",
                                   "    int another(int);\n    return another(n);\n}"}}};
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

TEST_F(BenchCommand, report_counts_broken_answers_as_the_run_did) {
  const ProcessResult first = assay(command(broken_completions(), "out"));
  ASSERT_EQ(first.exit_code, 0) << first.error_output;
  EXPECT_THAT(first.output, HasSubstr("broken: 1 do not parse, 2 do not compile\n"));
  const ProcessResult text = assay({"report", path("out/bench.json")});
  EXPECT_EQ(text.output, first.output) << text.error_output;
  nlohmann::json json = document("out");
  json["models"][0]["summary"]["broken"].erase("do_not_parse");
  const ProcessResult spoilt = assay({"report", write("bench.json", json.dump())});
  EXPECT_EQ(spoilt.exit_code, 2);
  EXPECT_THAT(spoilt.error_output, HasSubstr("models[0].summary.broken.do_not_parse"));
  for (nlohmann::json& model : json["models"]) model["summary"].erase("broken");
  EXPECT_EQ(assay({"report", write("bench.json", json.dump())}).output, first.output) << "it is counted again, also where an older run did not";
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

TEST_F(BenchCommand, report_writes_the_page_of_a_decision_and_says_what_it_needs) {
  ASSERT_EQ(assay(command(completions(1), "out")).exit_code, 0);
  const std::string bench = path("out/bench.json"), page = path("decision.html");
  const ProcessResult alone = assay({"report", bench, "--decision", page});
  ASSERT_EQ(alone.exit_code, 0) << alone.error_output;
  EXPECT_THAT(*read_file(page), AllOf(HasSubstr("id=\"sides\""), HasSubstr("the same as the reference on every input of the contract")));
  const std::string result =
      write("result.json", R"({"format": "assay-result", "version": 1, "hypotheses": [{"name": "h", "file": "h.toml", "claims": []}]})");
  const ProcessResult unchecked = assay({"report", result, "--bench", bench, "--decision", page});
  EXPECT_EQ(unchecked.exit_code, 2);
  EXPECT_THAT(unchecked.error_output, AllOf(HasSubstr("result.json"), HasSubstr("no hypothesis that was checked")));
  for (const auto& [arguments, remedy] :
       std::vector<std::pair<std::vector<std::string>, std::string>>{{{"--bench", bench}, "--decision FILE"},
                                                                     {{"--decision", page, "--html", page}, "one kind of report"},
                                                                     {{"--decision", page, "--bench", result}, "name a bench.json"}}) {
    std::vector<std::string> whole = {"report", bench};
    whole.insert(whole.end(), arguments.begin(), arguments.end());
    const ProcessResult refused = assay(whole);
    EXPECT_EQ(refused.exit_code, 2) << remedy;
    EXPECT_THAT(refused.error_output, HasSubstr(remedy));
  }
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

/// Another PATH than the test's: a sandbox that cannot be had.
class WithoutSandbox : public BenchCommand {
 protected:
  void SetUp() override {}  // it is not needed here

  /// One answer, which would leave a file if it were run.
  std::string traced_completion() const {
    const nlohmann::json line = {
        {"task_id", "half"},
        {"prompt", "int half(int n) {"},
        {"tests", "int main(void) { return half(4) != 2; }"},
        {"generation", "    int creat(const char *, unsigned);\n    creat(\"" + path("ran") + "\", 0600);\n    return n / 2;\n}"}};
    return write("completions.jsonl", line.dump() + "\n");
  }
  /// A `bwrap` that does what these lines of a shell script say, and writes down what it was to run.
  void fake_bwrap(const std::string& lines) const {
    std::filesystem::create_directories(path("bin"));
    write("bin/bwrap", "#!/bin/sh\necho \"$*\" >> '" + path("calls") + "'\n" + lines);
    std::filesystem::permissions(path("bin/bwrap"), std::filesystem::perms::owner_all);
  }
  ProcessResult assay_in(const std::string& search_path, const std::vector<std::string>& arguments) const {
    ProcessSpec spec;
    spec.command = {"/usr/bin/env", "PATH=" + search_path, testing::kAssay};
    spec.command.insert(spec.command.end(), arguments.begin(), arguments.end());
    const Result<ProcessResult> result = run_process(spec);
    EXPECT_TRUE(result) << result.error().to_string();
    return result ? *result : ProcessResult{};
  }
  void expect_refused(const ProcessResult& result) const {
    EXPECT_EQ(result.exit_code, 2) << result.error_output;
    EXPECT_EQ(result.output, "");
    for (const char* left : {"ran", "out", "cache.sqlite"}) EXPECT_FALSE(std::filesystem::exists(path(left))) << left;
  }
};

TEST_F(WithoutSandbox, no_answer_is_run_where_there_are_no_user_namespaces_and_it_says_how_to_allow_them) {
  for (const char* message : {"No permissions to create new namespace, likely because the kernel does not allow non-privileged user namespaces. See "
                              "<https://deb.li/bubblewrap> or <file:///usr/share/doc/bubblewrap/README.Debian.gz>.",
                              "Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces exceeded (ENOSPC)",
                              "setting up uid map: Permission denied"}) {
    fake_bwrap(std::string("echo 'bwrap: ") + message + "' >&2\nexit 1\n");
    const ProcessResult result = assay_in(path("bin") + ":/usr/bin:/bin", command(traced_completion(), "out"));
    expect_refused(result);
    EXPECT_THAT(result.error_output, AllOf(HasSubstr(message), HasSubstr("allow user namespaces (sysctl "), HasSubstr("for containers")));
    const std::string calls = *read_file(path("calls"));
    EXPECT_TRUE(calls.ends_with(" -- /bin/true\n") && std::count(calls.begin(), calls.end(), '\n') == 1) << "only the sandbox was tried: " << calls;
    std::filesystem::remove(path("calls"));
  }
}

TEST_F(WithoutSandbox, no_answer_is_run_where_bubblewrap_is_not_installed) {
  std::filesystem::create_directories(path("bin"));
  for (const char* tool : {"prlimit", "clang-19", "cc"})
    if (const std::string found = find_program(tool); !found.empty()) std::filesystem::create_symlink(found, path("bin/") + tool);
  const ProcessResult result = assay_in(path("bin"), command(traced_completion(), "out"));
  expect_refused(result);
  EXPECT_THAT(result.error_output, AllOf(HasSubstr("'bwrap' was not found in PATH"), HasSubstr("install the package bubblewrap")));
}

}  // namespace
}  // namespace assay
