// Child processes: exec'd (posix_spawn, never forked from a process with threads), with limits, a deadline and capped output.
// Test: tests/base/process_test.cpp
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/session.h"

namespace assay {

struct ProcessSpec {
  std::vector<std::string> command;                               ///< program (searched in PATH) and arguments
  std::string input;                                              ///< written to stdin
  std::optional<std::map<std::string, std::string>> environment;  ///< absent: inherited
  std::string working_directory;
  double wall_seconds = 60;             ///< then the whole process group is killed
  std::uint64_t memory_mb = 0;          ///< RLIMIT_AS; 0: none
  double cpu_seconds = 0;               ///< RLIMIT_CPU; 0: none
  std::uint64_t file_size_mb = 0;       ///< RLIMIT_FSIZE; 0: none
  std::size_t output_limit = 8u << 20;  ///< bytes kept of stdout and of stderr each; the rest is read and dropped
  std::vector<int> inherit;             ///< descriptors that the child sees as 3, 4, ...; all others are closed
};

struct ProcessResult {
  int exit_code = 0;  ///< of a normal exit
  int signal = 0;     ///< number of the signal that ended it, or 0
  bool timed_out = false;
  bool cancelled = false;  ///< session.stop was set
  bool output_truncated = false;
  std::string output;        ///< stdout
  std::string error_output;  ///< stderr
  double seconds = 0;
  std::uint64_t peak_memory_kb = 0;  ///< resident; of a short-lived child smaller than this process a sample every 50 ms, 0 if none was taken
};

Result<ProcessResult> run_process(const ProcessSpec& spec, const Session* session = nullptr);

/// Full path of a program in PATH, or empty.
std::string find_program(const std::string& name);
/// Folder of the running executable.
std::string executable_folder();
/// A program of ours that lies beside the running binary, in ../bin as seen from it, or in PATH. Empty: nowhere.
std::string companion_program(const std::string& name);

}  // namespace assay
