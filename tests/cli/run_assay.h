// Runs the built command, to its end or until a signal.
#pragma once

#include <gtest/gtest.h>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <thread>

#include "base/files.h"
#include "base/process.h"

namespace assay::testing {

inline const std::string kAssay = ASSAY_BINARY_DIR "/bin/assay";

inline ProcessResult assay(std::vector<std::string> arguments) {
  ProcessSpec spec;
  spec.command = {kAssay};
  spec.command.insert(spec.command.end(), arguments.begin(), arguments.end());
  spec.wall_seconds = 400;
  Result<ProcessResult> result = run_process(spec);
  EXPECT_TRUE(result) << result.error().to_string();
  return result ? *result : ProcessResult{};
}

/// A command that runs beside the test and is killed with it. Its output goes to files of `folder`.
class Running {
 public:
  Running(const std::string& folder, std::vector<std::string> arguments) : output_(folder + "/stdout"), errors_(folder + "/stderr") {
    arguments.insert(arguments.begin(), kAssay);
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors_.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    EXPECT_EQ(::posix_spawn(&process_, kAssay.c_str(), &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
  }
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    if (!ended_) ::kill(process_, SIGKILL), wait();
  }

  /// Waits until `condition` holds; false when the command ended first.
  bool reaches(const std::function<bool()>& condition) {
    while (!condition()) {
      if (::waitpid(process_, &status_, WNOHANG) == process_) {
        ended_ = true;
        return false;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }
  void signal(int number) const { ::kill(process_, number); }
  /// Exit code, or minus the signal that ended it.
  int wait() {
    if (!ended_) ::waitpid(process_, &status_, 0);
    ended_ = true;
    return WIFSIGNALED(status_) ? -WTERMSIG(status_) : WEXITSTATUS(status_);
  }
  std::string output() const { return read_file(output_).value_or(""); }
  std::string errors() const { return read_file(errors_).value_or(""); }

 private:
  std::string output_, errors_;
  pid_t process_ = 0;
  int status_ = 0;
  bool ended_ = false;
};

}  // namespace assay::testing
