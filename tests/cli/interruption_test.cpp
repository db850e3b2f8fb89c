// Work that is interrupted, politely or not: what was finished is kept, nothing is half-written, the next run ends as if nothing had been.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "base/cache.h"
#include "base/sandbox.h"
#include "tests/cli/addition.h"

namespace assay {
namespace {

using testing::AdditionFolder;
using testing::assay;
using ::testing::HasSubstr;
using testing::kEqualsProgram;
using testing::Running;

nlohmann::json without_timing(const std::string& text) {
  nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  EXPECT_TRUE(json.is_object()) << text.substr(0, 200);
  if (json.is_object()) json.erase("timing");
  return json;
}

/// A hypothesis with a quick claim and one that takes seconds: 46,656 sums of three digits.
struct InterruptedVerification : ::testing::Test {
  AdditionFolder folder;
  std::string file, cache = folder.path("cache.sqlite"), out = folder.path("out");

  void SetUp() override {
    folder.task("addition.task.toml", testing::kAdditionModel, "\"0\", \"1\", \"2\", \"3\", \"4\", \"5\"", 3);
    const std::string slot = "length = 2, symbols = [\"5\"], values = [5] }";
    file = folder.hypothesis("h.hypothesis.toml", "digit",
                             std::string(kEqualsProgram) + "id = \"quick\"\ndomain = { sequence = [ { slot = \"a\", " + slot +
                                 ", \"+\", { slot = \"b\", " + slot + ", \"=\" ], answer = 3 }\n" + kEqualsProgram + "id = \"slow\"\n");
  }
  std::vector<std::string> command() const { return {"verify", file, "--cache", cache, "--out", out, "--format", "json"}; }
  /// Network outputs and verdict of the quick claim are in the cache.
  bool quick_is_done() const {
    if (!std::filesystem::exists(cache)) return false;
    const Result<Cache> opened = Cache::open(cache);
    return opened && opened->statistics().entries >= 2;
  }
  void expect_the_next_run_goes_on() {
    const ProcessResult again = assay(command());
    const nlohmann::json timing = nlohmann::json::parse(again.output)["timing"]["claims"][file];
    EXPECT_EQ(timing["quick"]["from_cache"], true);
    EXPECT_EQ(timing["slow"]["from_cache"], false);
    const ProcessResult whole = assay({"verify", file, "--no-cache", "--format", "json"});
    EXPECT_EQ(again.exit_code, whole.exit_code);
    EXPECT_EQ(without_timing(again.output).dump(), without_timing(whole.output).dump()) << "the same result as without an interruption";
    EXPECT_EQ(without_timing(*read_file(out + "/result.json")), without_timing(whole.output));
  }
};

TEST_F(InterruptedVerification, by_ctrl_c_says_so_and_the_next_run_goes_on) {
  Running run(folder.folder(), command());
  ASSERT_TRUE(run.reaches([&] { return quick_is_done(); })) << run.output() << run.errors();
  run.signal(SIGINT);
  EXPECT_EQ(run.wait(), 3) << run.errors();
  const nlohmann::json result = without_timing(run.output());
  EXPECT_EQ(result["interrupted"], true);
  EXPECT_EQ(result["hypotheses"][0]["error"]["kind"], "cancelled");
  EXPECT_EQ(result, without_timing(*read_file(out + "/result.json")));
  expect_the_next_run_goes_on();
}

TEST_F(InterruptedVerification, by_a_kill_leaves_the_old_result_and_a_cache_that_works) {
  folder.write("out/result.json", "old\n");
  Running run(folder.folder(), command());
  ASSERT_TRUE(run.reaches([&] { return quick_is_done(); })) << run.output() << run.errors();
  run.signal(SIGKILL);
  EXPECT_EQ(run.wait(), -SIGKILL);
  EXPECT_EQ(run.output(), "");
  EXPECT_EQ(*read_file(out + "/result.json"), "old\n");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(out), {}), 1);
  expect_the_next_run_goes_on();
}

/// Answers that take some tenths of a second each: right, wrong, unsafe, with an unknown name and cut off.
struct InterruptedJudging : ::testing::Test {
  static constexpr int kAnswers = 15;
  TemporaryFolder folder = std::move(*TemporaryFolder::create("assay-interrupted-"));
  std::string file, cache = folder.path() + "/cache.sqlite", out = folder.path() + "/out";

  void SetUp() override {
    if (Status status = sandbox_available(); !status) GTEST_SKIP() << status.error().to_string();
    nlohmann::json line = {{"task_id", "half"}, {"prompt", "int half(int n) {"}, {"canonical_solution", "    return n / 2;\n}"}};
    line["contract"] = {"requires n >= 0 && n <= 1000;"};
    line["generations"] = nlohmann::json::array();
    for (int i = 1; i <= kAnswers; ++i) {
      const std::string number = std::to_string(i), shapes[] = {"(n + 2 * " + number + ") / 2 - " + number, "n / 2 + (n == " + number + ")",
                                                                "n / 2 + 0 / (n - " + number + ")", "n / 2 + m" + number, "n / "};
      line["generations"].push_back("    return " + shapes[i % 5] + ";\n}");
    }
    file = folder.path() + "/completions.jsonl";
    ASSERT_TRUE(write_file(file, line.dump() + "\n"));
  }
  std::vector<std::string> command(const std::string& to_cache, const std::string& to_folder) const {
    return {"bench", "--completions", file, "--std", "c17", "--cache", to_cache, "--out", to_folder, "--format", "json", "-q"};
  }
  std::uint64_t finished() const {
    if (!std::filesystem::exists(cache)) return 0;
    const Result<Cache> opened = Cache::open(cache);
    return opened ? opened->statistics().entries : 0;
  }
};

TEST_F(InterruptedJudging, by_a_kill_loses_no_finished_answer_and_the_next_run_ends_with_the_same_document) {
  std::filesystem::create_directories(out);
  ASSERT_TRUE(write_file(out + "/bench.json", "old\n"));
  std::uint64_t kept = 0;
  {
    Running run(folder.path(), command(cache, out));
    ASSERT_TRUE(run.reaches([&] { return finished() >= 3; })) << run.output() << run.errors();
    run.signal(SIGKILL);
    EXPECT_EQ(run.wait(), -SIGKILL);
    kept = finished();
    EXPECT_EQ(run.output(), "");
  }
  EXPECT_EQ(*read_file(out + "/bench.json"), "old\n");
  const ProcessResult again = assay(command(cache, out)), whole = assay(command(folder.path() + "/fresh.sqlite", folder.path() + "/whole"));
  ASSERT_EQ(again.exit_code, 0) << again.error_output;
  ASSERT_EQ(whole.exit_code, 0) << whole.error_output;
  const auto judged = [](const ProcessResult& run) { return nlohmann::json::parse(run.output)["timing"]["judged"].get<std::uint64_t>(); };
  const auto different = nlohmann::json::parse(whole.output)["models"][0]["tasks"][0]["answers"].size();
  EXPECT_EQ(judged(whole), different);
  EXPECT_EQ(judged(again), different - kept) << "what was finished is not judged again";
  EXPECT_GT(judged(again), 0u) << "the kill came in the middle";
  EXPECT_EQ(without_timing(again.output).dump(), without_timing(whole.output).dump()) << "the same document as without an interruption";
  EXPECT_EQ(without_timing(*read_file(out + "/bench.json")), without_timing(whole.output));
}

/// The larger of two digits, some hundred small steps.
struct InterruptedTraining : ::testing::Test {
  AdditionFolder folder;

  std::string spec(const std::string& output) const {
    folder.write("m.task.toml",
                 "name = \"m\"\nmodel = \"unused\"\n[vocabulary]\nsymbols = [\"0..7\"]\n[domain]\nsequence = [ { slot = \"s\", length = 2, symbols = "
                 "[\"0..7\"] } ]\n[output]\n[program]\narguments = [\"s\"]\n");
    folder.write("m.c", "int larger(const int *s) { return s[0] > s[1] ? s[0] : s[1]; }\n");
    return folder.write(output + ".train.toml", "task = \"m.task.toml\"\nlabels = { file = \"m.c\", function = \"larger\" }\noutput = \"" + output +
                                                    "\"\n[network]\nlayers = 2\nheads = 2\nd_model = 32\n[training]\nsteps = 600\nbatch = "
                                                    "128\ncheck_every = 150\ncheckpoint_every = 20\nstop_when_exact = false\n");
  }
  std::string bytes(const std::string& output, const char* file) const { return read_file(folder.path(output + "/" + file)).value_or("missing"); }
  void expect_same(const std::string& a, const std::string& b) const {
    for (const char* file : {"model.safetensors", "config.json", "training_log.jsonl", "assay_training.json"})
      EXPECT_EQ(bytes(a, file), bytes(b, file)) << file;
    EXPECT_NE(bytes(a, "model.safetensors"), "missing");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path(b)), {}), 4) << "no checkpoint is left";
  }
};

TEST_F(InterruptedTraining, resumes_from_its_checkpoint_and_ends_with_the_same_bytes) {
  const ProcessResult whole = assay({"train", spec("whole"), "-q"});
  ASSERT_EQ(whole.exit_code, 0) << whole.error_output;
  for (const int signal : {SIGINT, SIGKILL}) {
    const std::string name = signal == SIGINT ? "asked" : "killed", file = spec(name);
    Running run(folder.folder(), {"train", file, "-q"});
    ASSERT_TRUE(run.reaches([&] { return std::filesystem::exists(folder.path(name + "/checkpoint.safetensors")); })) << run.errors();
    run.signal(signal);
    EXPECT_EQ(run.wait(), signal == SIGINT ? 3 : -SIGKILL) << run.errors();
    EXPECT_EQ(bytes(name, "model.safetensors"), "missing") << "no network that looks finished";
    EXPECT_EQ(run.output(), "");
    const ProcessResult rest = assay({"train", file, "-q", "--format", "json"});
    ASSERT_EQ(rest.exit_code, 0) << rest.error_output;
    EXPECT_EQ(nlohmann::json::parse(rest.output)["resumed"], true);
    expect_same("whole", name);
  }
}

TEST_F(InterruptedTraining, does_not_go_on_under_other_labels) {
  const std::string file = spec("run");
  Running run(folder.folder(), {"train", file, "-q"});
  ASSERT_TRUE(run.reaches([&] { return std::filesystem::exists(folder.path("run/checkpoint.safetensors")); })) << run.errors();
  run.signal(SIGINT);
  EXPECT_EQ(run.wait(), 3);
  folder.write("m.c", "int larger(const int *s) { return s[0] < s[1] ? s[0] : s[1]; }\n");
  const ProcessResult other = assay({"train", file, "-q"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.error_output, HasSubstr("to other examples"));
}

}  // namespace
}  // namespace assay
