// How a command gets into the sandbox and its files out of it.
//
// One tmpfs of stated size, /work, is the only place that can be written (/tmp is a link to it; bubblewrap's root and /dev, themselves
// unlimited tmpfs, are remounted read-only). Files go in through memory files (--file FD). Files come out through host files that are
// bound one by one: a program writes them in place; a compiler, which replaces its output, is followed by a copy.
// The limits are set outside, by run_process, and inherited.
#include "base/sandbox.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/descriptor.h"
#include "base/files.h"
#include "base/seccomp_filter.h"

namespace assay {
namespace {

constexpr std::uint64_t kLargestFileOutMb = 256;
constexpr int kFirstInherited = 3;  // run_process gives the child its descriptors from here on
// The symboliser is a process of its own, which the filter forbids; the program counter and the message remain.
constexpr const char* kSanitizerOptions = "symbolize=0:detect_leaks=0:abort_on_error=0:allocator_may_return_null=1";

/// The bubblewrap command line under construction, with the descriptors that it names.
struct Launch {
  std::vector<std::string> command;
  std::vector<Descriptor> files;
  void add(std::initializer_list<std::string> words) { command.insert(command.end(), words); }
  std::string pass(Descriptor file) {
    files.push_back(std::move(file));
    return std::to_string(kFirstInherited + static_cast<int>(files.size()) - 1);
  }
};

Result<Descriptor> memory_file(std::string_view content) {
  Descriptor file(::memfd_create("assay-sandbox", MFD_CLOEXEC));
  if (!file) return internal_error(fmt::format("cannot create a memory file: {}", std::strerror(errno)));
  for (std::string_view rest = content; !rest.empty();) {
    ssize_t count = ::write(file.get(), rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return internal_error(fmt::format("cannot fill a memory file: {}", std::strerror(errno)));
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  ::lseek(file.get(), 0, SEEK_SET);
  return file;
}

bool is_plain_name(const std::string& name) {
  return !name.empty() && name.front() != '/' && name.front() != '-' && name.find("..") == std::string::npos && name.find('\0') == std::string::npos;
}

void bind_tool_chain(Launch& launch) {
  launch.add({"--ro-bind", "/usr", "/usr"});
  for (const char* name : {"bin", "sbin", "lib", "lib32", "lib64"}) {
    struct stat status{};
    std::string path = std::string("/") + name;
    if (::lstat(path.c_str(), &status) != 0) continue;
    if (S_ISLNK(status.st_mode)) launch.add({"--symlink", std::string("usr/") + name, path});
    else launch.add({"--ro-bind", path, path});
  }
  launch.add({"--ro-bind-try", "/etc/alternatives", "/etc/alternatives", "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache"});
}

void set_environment(Launch& launch, const SandboxSpec& spec) {
  launch.add({"--clearenv", "--setenv", "PATH", "/usr/bin:/bin", "--setenv", "HOME", "/work", "--setenv", "TMPDIR", "/work", "--setenv", "LC_ALL",
              "C.UTF-8"});
  if (!spec.sanitized) return;
  // RLIMIT_AS would end AddressSanitizer at its start (it reserves terabytes), so resident size is limited by its own monitor.
  launch.add({"--setenv", "ASAN_OPTIONS",
              fmt::format("{}:hard_rss_limit_mb={}:max_allocation_size_mb={}", kSanitizerOptions, spec.memory_mb, spec.memory_mb)});
  launch.add({"--setenv", "UBSAN_OPTIONS", "print_stacktrace=0:halt_on_error=1"});
}

// Runs the command, then copies each named output that exists to its bound host file; keeps the command's exit code.
constexpr const char* kCopyScript =
    "count=$1; shift; names=; i=0\n"
    "while [ $i -lt $count ]; do eval \"name$i=\\$1\"; shift; i=$((i+1)); done\n"
    "\"$@\"; code=$?\n"
    "i=0; while [ $i -lt $count ]; do eval \"name=\\$name$i\"; [ -f \"$name\" ] && cat \"$name\" > /out/$i; i=$((i+1)); done\n"
    "exit $code\n";

Result<Launch> prepare(const SandboxSpec& spec, const std::string& out_folder) {
  Launch launch;
  launch.add({"bwrap", "--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent", "--new-session", "--uid", "65534", "--gid",
              "65534", "--hostname", "sandbox", "--cap-drop", "ALL"});
  bind_tool_chain(launch);
  launch.add({"--proc", "/proc", "--dev", "/dev", "--size", std::to_string(spec.tmpfs_mb << 20), "--tmpfs", "/work", "--symlink", "work", "/tmp"});
  for (const auto& [name, content] : spec.files_in) {
    if (!is_plain_name(name))
      return input_error(fmt::format("'{}' is not a file name inside the sandbox's working folder", name), "use a relative name without '..'");
    Result<Descriptor> file = memory_file(content);
    if (!file) return fail(file.error());
    launch.add({"--perms", "0755", "--file", launch.pass(std::move(*file)), "/work/" + name});
  }
  for (std::size_t i = 0; i < spec.files_out.size(); ++i) {
    if (!is_plain_name(spec.files_out[i]))
      return input_error(fmt::format("'{}' is not a file name inside the sandbox's working folder", spec.files_out[i]),
                         "use a relative name without '..'");
    bool copied = spec.profile == SandboxProfile::kCompiler;
    launch.add({"--bind", fmt::format("{}/{}", out_folder, i), copied ? fmt::format("/out/{}", i) : "/work/" + spec.files_out[i]});
  }
  // A process of root owns the kernel settings under /proc/sys even without a capability, so /proc is read-only too.
  launch.add({"--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/work"});
  set_environment(launch, spec);
  Result<Descriptor> filter = seccomp_filter(spec.profile);
  if (!filter) return fail(filter.error());
  launch.add({"--seccomp", launch.pass(std::move(*filter))});
  return launch;
}

void append_command(Launch& launch, const SandboxSpec& spec) {
  launch.add({"--"});
  if (spec.profile == SandboxProfile::kCompiler && !spec.files_out.empty()) {
    launch.add({"/bin/sh", "-c", kCopyScript, "sh", std::to_string(spec.files_out.size())});
    launch.command.insert(launch.command.end(), spec.files_out.begin(), spec.files_out.end());
  }
  launch.command.insert(launch.command.end(), spec.command.begin(), spec.command.end());
}

ProcessSpec process_of(const Launch& launch, const SandboxSpec& spec) {
  ProcessSpec process;
  process.command = launch.command;
  process.input = spec.input;
  process.environment = std::map<std::string, std::string>{};
  process.wall_seconds = spec.wall_seconds;
  process.memory_mb = spec.sanitized ? 0 : spec.memory_mb;
  process.cpu_seconds = std::ceil(spec.wall_seconds) + 1;
  process.file_size_mb = kLargestFileOutMb;
  process.output_limit = spec.output_limit;
  for (const Descriptor& file : launch.files) process.inherit.push_back(file.get());
  return process;
}

/// bubblewrap writes one JSON object per event; the last one has the command's exit code, and without it no command ran to its end.
bool command_was_started(const std::string& status) { return status.find("\"child-pid\"") != std::string::npos; }

// bubblewrap reports a command that a signal ended as 128 + the signal, as a shell does.
void restore_signal(ProcessResult& process) {
  if (process.signal != 0 || process.exit_code <= 128 || process.exit_code > 128 + 64) return;
  process.signal = process.exit_code - 128;
  process.exit_code = 0;
}

Result<SandboxResult> run_prepared(const SandboxSpec& spec, const Session* session) {
  Result<TemporaryFolder> out_folder = TemporaryFolder::create("assay-sandbox");
  if (!out_folder) return fail(out_folder.error());
  for (std::size_t i = 0; i < spec.files_out.size(); ++i)
    if (Status made = write_file(fmt::format("{}/{}", out_folder->path(), i), ""); !made) return fail(made.error());
  Result<Launch> launch = prepare(spec, out_folder->path());
  if (!launch) return fail(launch.error());
  Descriptor status_file(::memfd_create("assay-sandbox-status", MFD_CLOEXEC));
  Descriptor status_copy(::fcntl(status_file.get(), F_DUPFD_CLOEXEC, 0));
  launch->add({"--json-status-fd", launch->pass(std::move(status_copy))});
  append_command(*launch, spec);

  Result<ProcessResult> process = run_process(process_of(*launch, spec), session);
  if (!process) return fail(process.error());
  char status[512];
  ssize_t status_size = ::pread(status_file.get(), status, sizeof status, 0);
  bool stopped = process->timed_out || process->cancelled;
  if (!stopped && !command_was_started(std::string(status, status_size > 0 ? static_cast<std::size_t>(status_size) : 0)))
    return input_error(fmt::format("the sandbox could not be set up: {}", process->error_output),
                       "allow user namespaces (sysctl kernel.unprivileged_userns_clone=1, and for containers a profile that permits them)");
  SandboxResult result{std::move(*process), {}};
  restore_signal(result.process);
  for (std::size_t i = 0; i < spec.files_out.size(); ++i) {
    Result<std::string> content = read_file(fmt::format("{}/{}", out_folder->path(), i), kLargestFileOutMb << 20);
    if (content && !content->empty()) result.files[spec.files_out[i]] = std::move(*content);
  }
  return result;
}

}  // namespace

Status sandbox_available() {
  static const Status kAvailable = []() -> Status {
    if (find_program("bwrap").empty())
      return input_error("program 'bwrap' was not found in PATH; untrusted code is only run inside it", "install the package bubblewrap");
    SandboxSpec probe;
    probe.command = {"/bin/true"};
    Result<SandboxResult> result = run_prepared(probe, nullptr);
    if (!result) return fail(result.error());
    if (result->process.exit_code == 0 && result->process.signal == 0 && !result->process.timed_out) return {};
    return input_error(fmt::format("the sandbox does not work here: {}", result->process.error_output),
                       "see `assay doctor`; untrusted code is not run without it");
  }();
  return kAvailable;
}

Result<SandboxResult> run_sandboxed(const SandboxSpec& spec, const Session* session) {
  if (Status available = sandbox_available(); !available) return fail(available.error());
  if (spec.command.empty()) return internal_error("run_sandboxed was given an empty command");
  return run_prepared(spec, session);
}

}  // namespace assay
