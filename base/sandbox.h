// Runs untrusted commands under bubblewrap: only the tool chain is bound read-only, a tmpfs of stated size is the only writable
// place, no network, own process, user and mount namespaces, a seccomp filter (which also limits process creation, since a process
// limit does not bind root), limits on time, output and memory.
//
// Without user namespaces or bubblewrap nothing is run: available() says why and how to allow it.
// Test: tests/base/sandbox_test.cpp (fork bomb, endless loop, write outside, read of /etc/shadow, network, 10 GB output and allocation).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/process.h"
#include "base/result.h"

namespace assay {

enum class SandboxProfile {
  kCompiler,  ///< may start processes: cc1, as, ld
  kProgram,   ///< may not start processes; threads are allowed (AddressSanitizer's monitor needs them)
};

struct SandboxSpec {
  std::vector<std::string> command;
  SandboxProfile profile = SandboxProfile::kProgram;
  std::map<std::string, std::string> files_in;  ///< name in the working folder -> content
  std::vector<std::string> files_out;           ///< names in the working folder to read back, each at most 256 MiB; a program writes
                                                ///< them in place (they cannot be renamed over); an empty file counts as absent
  std::string input;
  double wall_seconds = 10;
  std::uint64_t memory_mb = 1024;  ///< address space; ignored when `sanitized`, which uses hard_rss_limit_mb instead
  bool sanitized = false;
  std::uint64_t tmpfs_mb = 64;
  std::size_t output_limit = 1u << 20;
};

struct SandboxResult {
  ProcessResult process;  ///< exit codes 129 to 192 are read as signals, as bubblewrap and shells write them
  std::map<std::string, std::string> files;
};

/// OK, or why the sandbox cannot run here and what to do.
Status sandbox_available();
Result<SandboxResult> run_sandboxed(const SandboxSpec& spec, const Session* session = nullptr);

/// What a native run is compiled with; any of them stops the program at its first report.
enum class Sanitizers {
  kNone,
  kAddressAndUndefined,
  kWrapping,  ///< the same where signed arithmetic wraps: its overflow is no error
  kMemory,
};
std::vector<std::string> compiler_flags(Sanitizers sanitizers);

/// Compiles C with clang-19 (or the `cc` given) inside the sandbox and runs it there: the road of every native replay.
struct NativeRunSpec {
  std::map<std::string, std::string> sources;  ///< file name -> text
  std::vector<std::string> flags = {"-std=c17", "-O1", "-g"};
  Sanitizers sanitizers = Sanitizers::kAddressAndUndefined;
  std::string input;
  double wall_seconds = 10;
  std::size_t output_limit = 1u << 20;
  std::string compiler;            ///< full path under /usr; empty: clang-19, or else the first of clang, gcc, cc
  std::uint64_t memory_mb = 1024;  ///< of the program, as in SandboxSpec
};
struct NativeRunResult {
  bool compiled = false;
  std::string compiler_output;
  ProcessResult process;  ///< of the compiled program
};
Result<NativeRunResult> compile_and_run(const NativeRunSpec& spec, const Session* session = nullptr);

}  // namespace assay
