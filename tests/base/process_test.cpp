#include "base/process.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <thread>

#include "base/files.h"

namespace assay {
namespace {

using testing::HasSubstr;

ProcessResult run(std::vector<std::string> command, const std::function<void(ProcessSpec&)>& adjust = [](ProcessSpec&) {}) {
  ProcessSpec spec;
  spec.command = std::move(command);
  adjust(spec);
  Result<ProcessResult> result = run_process(spec);
  EXPECT_TRUE(result) << result.error().to_string();
  return result ? *result : ProcessResult{};
}

ProcessResult shell(const std::string& script, const std::function<void(ProcessSpec&)>& adjust = [](ProcessSpec&) {}) {
  return run({"sh", "-c", script}, adjust);
}

TEST(Process, gives_exit_code_and_both_outputs) {
  ProcessResult result = shell("echo out; echo err >&2; exit 7");
  EXPECT_EQ(result.exit_code, 7);
  EXPECT_EQ(result.signal, 0);
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.error_output, "err\n");
}

TEST(Process, gives_the_signal) { EXPECT_EQ(shell("kill -SEGV $$").signal, SIGSEGV); }

TEST(Process, a_missing_program_is_an_error_with_a_remedy) {
  ProcessSpec spec;
  spec.command = {"no-such-program-here"};
  Result<ProcessResult> result = run_process(spec);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().to_string(), HasSubstr("no-such-program-here"));
}

TEST(Process, feeds_a_large_input_while_it_reads_the_output) {
  std::string input(3'000'000, 'x');
  EXPECT_EQ(run({"cat"}, [&](ProcessSpec& spec) { spec.input = input; }).output, input);
}

TEST(Process, survives_a_child_that_does_not_read_its_input) {
  EXPECT_EQ(shell("exec <&-; exit 3", [](ProcessSpec& spec) { spec.input = std::string(3'000'000, 'x'); }).exit_code, 3);
}

TEST(Process, passes_environment_and_folder) {
  ProcessResult result = shell("echo $WORD; pwd", [](ProcessSpec& spec) {
    spec.environment = std::map<std::string, std::string>{{"WORD", "hello"}};
    spec.working_directory = "/usr";
  });
  EXPECT_EQ(result.output, "hello\n/usr\n");
}

TEST(Process, closes_every_descriptor_but_those_it_passes_on) {
  int kept = ::open("/dev/null", O_RDONLY);
  int leaked = ::open("/dev/zero", O_RDONLY);
  ProcessResult result =
      shell("readlink /proc/self/fd/3; for fd in /proc/self/fd/*; do readlink $fd; done", [&](ProcessSpec& spec) { spec.inherit = {kept}; });
  EXPECT_TRUE(result.output.starts_with("/dev/null\n")) << result.output;
  EXPECT_THAT(result.output, testing::Not(HasSubstr("/dev/zero")));
  ::close(kept);
  ::close(leaked);
}

TEST(Process, timeout_kills_grandchildren) {
  Result<TemporaryFolder> folder = TemporaryFolder::create("assay-test");
  std::string file = folder->path() + "/pid";
  ProcessResult result = shell("sleep 1000 & echo $! > " + file + "; wait", [](ProcessSpec& spec) { spec.wall_seconds = 0.3; });
  EXPECT_TRUE(result.timed_out);
  int grandchild = std::stoi(read_file(file).value());
  for (int i = 0; i < 100 && ::kill(grandchild, 0) == 0; ++i) {
    // Its new parent may take a moment to collect it; a zombie is dead.
    Result<std::string> status = read_file("/proc/" + std::to_string(grandchild) + "/stat");
    if (!status || status->find(") Z ") != std::string::npos) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_NE(::kill(grandchild, 0), 0);
}

TEST(Process, a_grandchild_that_holds_the_pipe_does_not_hold_us) {
  ProcessResult result = shell("sleep 1000 & echo done", [](ProcessSpec& spec) { spec.wall_seconds = 500; });
  EXPECT_FALSE(result.timed_out);
  EXPECT_EQ(result.output, "done\n");
}

TEST(Process, output_is_capped_and_the_rest_is_dropped) {
  ProcessResult result = shell("head -c 50000000 /dev/zero; echo end >&2", [](ProcessSpec& spec) { spec.output_limit = 1000; });
  EXPECT_EQ(result.output.size(), 1000u);
  EXPECT_TRUE(result.output_truncated);
  EXPECT_EQ(result.error_output, "end\n");
  EXPECT_EQ(result.exit_code, 0);
}

constexpr const char* kTake300Mb = "head -c 300000000 /dev/zero | tail -n 1 > /dev/null";

TEST(Process, memory_is_capped) {
  EXPECT_EQ(shell(kTake300Mb).exit_code, 0);
  ProcessResult result = shell(kTake300Mb, [](ProcessSpec& spec) { spec.memory_mb = 100; });
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.error_output, HasSubstr("memory"));
}

TEST(Process, peak_memory_is_the_childs_and_not_ours) {
  std::vector<char> ours(200 << 20, 1);
  EXPECT_GT(ours.size(), 0u);
  EXPECT_LT(run({"sleep", "0.3"}).peak_memory_kb, 50u << 10);
  EXPECT_GT(shell(kTake300Mb).peak_memory_kb, 250u << 10);
}

TEST(Process, processor_time_is_capped) {
  ProcessResult result = shell("while :; do :; done", [](ProcessSpec& spec) { spec.cpu_seconds = 1; });
  EXPECT_NE(result.signal, 0);
  EXPECT_FALSE(result.timed_out);
}

TEST(Process, file_size_is_capped) {
  Result<TemporaryFolder> folder = TemporaryFolder::create("assay-test");
  ProcessResult result = shell("head -c 5000000 /dev/zero > f; wc -c < f", [&](ProcessSpec& spec) {
    spec.working_directory = folder->path();
    spec.file_size_mb = 1;
  });
  EXPECT_EQ(result.output, "1048576\n");
}

TEST(Process, a_stopped_session_ends_the_child) {
  Progress silent;
  std::atomic<bool> stop{false};
  Session session{silent, stop};
  std::thread interrupt([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop = true;
  });
  ProcessSpec spec;
  spec.command = {"sleep", "1000"};
  spec.wall_seconds = 500;
  Result<ProcessResult> result = run_process(spec, &session);
  interrupt.join();
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->cancelled);
}

TEST(Process, many_at_once_from_threads_keep_their_outputs_apart) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) threads.emplace_back([i] { EXPECT_EQ(run({"echo", std::to_string(i)}).output, std::to_string(i) + "\n"); });
  for (std::thread& thread : threads) thread.join();
}

TEST(FindProgram, searches_the_path_and_refuses_folders) {
  EXPECT_FALSE(find_program("sh").empty());
  EXPECT_EQ(find_program("no-such-program-here"), "");
  EXPECT_EQ(find_program(""), "");
}

}  // namespace
}  // namespace assay
