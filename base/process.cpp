// Child processes. posix_spawn starts them, since a fork of a process with threads may only call async-signal-safe functions;
// limits are set by util-linux's prlimit, which execs the command, so that no instruction of it runs without them.
#include "base/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cmath>
#include <csignal>
#include <cstring>
#include <fstream>
#include <sstream>

#include "base/descriptor.h"

extern char** environ;

namespace assay {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kFirstPrivateDescriptor = 200;  // above every number that a child is given, so that dup2 never overwrites a source
constexpr int kTickMilliseconds = 50;         // how often cancellation is looked at and memory sampled

tl::unexpected<Error> spawn_error(const std::string& program, int code) {
  return input_error(fmt::format("cannot start {}: {}", program, std::strerror(code)), "check that it is installed and executable");
}

Result<Descriptor> out_of_the_way(int descriptor) {
  Descriptor original(descriptor);
  Descriptor moved(::fcntl(descriptor, F_DUPFD_CLOEXEC, kFirstPrivateDescriptor));
  if (!moved)
    return input_error(fmt::format("cannot duplicate a file descriptor: {}", std::strerror(errno)), "raise the limit on open files (ulimit -n)");
  return moved;
}

struct Pipe {
  Descriptor read_end, write_end;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return input_error(fmt::format("cannot open a pipe: {}", std::strerror(errno)), "raise the limit on open files (ulimit -n)");
  Result<Descriptor> read_end = out_of_the_way(ends[0]);
  Result<Descriptor> write_end = out_of_the_way(ends[1]);
  if (!read_end) return fail(read_end.error());
  if (!write_end) return fail(write_end.error());
  return Pipe{std::move(*read_end), std::move(*write_end)};
}

// A write to a child that has closed its stdin must not end this process; only this thread's mask is touched.
class SigpipeBlocked {
 public:
  SigpipeBlocked() {
    sigemptyset(&only_pipe_);
    sigaddset(&only_pipe_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &only_pipe_, &before_);
  }
  ~SigpipeBlocked() {
    if (sigismember(&before_, SIGPIPE) == 0) {
      timespec at_once{};
      while (sigtimedwait(&only_pipe_, nullptr, &at_once) > 0) {}
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  SigpipeBlocked(const SigpipeBlocked&) = delete;
  SigpipeBlocked& operator=(const SigpipeBlocked&) = delete;

 private:
  sigset_t only_pipe_{}, before_{};
};

/// posix_spawn's two option objects with their clean-up.
struct SpawnOptions {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  SpawnOptions() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnOptions() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnOptions(const SpawnOptions&) = delete;
  SpawnOptions& operator=(const SpawnOptions&) = delete;
};

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// `command` behind the program that sets its limits; the program itself as a full path.
Result<std::vector<std::string>> limited_command(const ProcessSpec& spec) {
  if (spec.command.empty()) return internal_error("run_process was given an empty command");
  std::string program = find_program(spec.command.front());
  if (program.empty()) return input_error(fmt::format("program '{}' was not found in PATH", spec.command.front()), "install it or correct PATH");
  std::vector<std::string> command;
  if (spec.memory_mb != 0 || spec.cpu_seconds > 0 || spec.file_size_mb != 0) {
    std::string wrapper = find_program("prlimit");
    if (wrapper.empty())
      return input_error("program 'prlimit' was not found in PATH; without it a child's limits cannot be set", "install the package util-linux");
    command = {wrapper, "--core=0"};
    if (spec.memory_mb != 0) command.push_back(fmt::format("--as={}", spec.memory_mb << 20));
    if (spec.file_size_mb != 0) command.push_back(fmt::format("--fsize={}", spec.file_size_mb << 20));
    if (spec.cpu_seconds > 0) command.push_back(fmt::format("--cpu={0}:{0}", static_cast<long>(std::ceil(spec.cpu_seconds))));
    command.push_back("--");
  }
  command.push_back(program);
  command.insert(command.end(), spec.command.begin() + 1, spec.command.end());
  return command;
}

struct Child {
  pid_t id = -1;
  Descriptor handle;  ///< pidfd; absent on kernels before 5.3
  Descriptor input, output, error_output;
};

Result<Child> spawn(const ProcessSpec& spec) {
  Result<std::vector<std::string>> command = limited_command(spec);
  if (!command) return fail(command.error());
  std::array<Pipe, 3> pipes;
  for (Pipe& pipe : pipes) {
    Result<Pipe> made = make_pipe();
    if (!made) return fail(made.error());
    pipe = std::move(*made);
  }
  std::vector<Descriptor> inherited;
  for (int descriptor : spec.inherit) {
    inherited.emplace_back(::fcntl(descriptor, F_DUPFD_CLOEXEC, kFirstPrivateDescriptor));
    if (!inherited.back()) return internal_error("run_process was given a closed file descriptor");
  }
  SpawnOptions options;
  posix_spawn_file_actions_adddup2(&options.actions, pipes[0].read_end.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&options.actions, pipes[1].write_end.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&options.actions, pipes[2].write_end.get(), STDERR_FILENO);
  int next = STDERR_FILENO + 1;
  for (const Descriptor& descriptor : inherited) posix_spawn_file_actions_adddup2(&options.actions, descriptor.get(), next++);
  posix_spawn_file_actions_addclosefrom_np(&options.actions, next);
  if (!spec.working_directory.empty()) posix_spawn_file_actions_addchdir_np(&options.actions, spec.working_directory.c_str());

  std::vector<std::string> variables;
  if (spec.environment)
    for (const auto& [name, value] : *spec.environment) variables.push_back(name + "=" + value);
  std::vector<char*> arguments = pointers_to(*command), settings = pointers_to(variables);
  Child child;
  int code =
      ::posix_spawn(&child.id, arguments[0], &options.actions, &options.attributes, arguments.data(), spec.environment ? settings.data() : environ);
  if (code != 0) return spawn_error(spec.command.front(), code);
  child.handle = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, child.id, 0)));
  child.input = std::move(pipes[0].write_end);
  child.output = std::move(pipes[1].read_end);
  child.error_output = std::move(pipes[2].read_end);
  for (const Descriptor* end : {&child.input, &child.output, &child.error_output}) ::fcntl(end->get(), F_SETFL, O_NONBLOCK);
  return child;
}

std::uint64_t high_water_kb(const std::string& process) {
  std::ifstream status("/proc/" + process + "/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmHWM:")) return std::strtoull(line.c_str() + 6, nullptr, 10);
  return 0;
}

/// Reads what is there; closes the pipe at its end.
void drain(Descriptor& pipe, std::string& kept, std::size_t limit, bool& truncated) {
  char buffer[1 << 16];
  for (int round = 0; pipe && round < 64; ++round) {  // bounded, so that an endless writer cannot keep us from the deadline
    ssize_t count = ::read(pipe.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) return pipe.close();
    std::size_t take = std::min(static_cast<std::size_t>(count), limit - std::min(limit, kept.size()));
    kept.append(buffer, take);
    truncated |= take < static_cast<std::size_t>(count);
  }
}

void feed(Descriptor& pipe, std::string_view& rest) {
  while (pipe && !rest.empty()) {
    ssize_t count = ::write(pipe.get(), rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) return;
    if (count < 0) break;  // the child does not want it
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  pipe.close();
}

bool has_ended(pid_t id) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(id), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == id;
}

/// Runs until the child has ended, its deadline has passed or the session was stopped; never leaves a live process group.
void supervise(Child& child, const ProcessSpec& spec, const Session* session, ProcessResult& result) {
  SigpipeBlocked guard;
  const auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(std::min(spec.wall_seconds, 1e9)));
  const std::string process = std::to_string(child.id);
  std::string_view rest = spec.input;
  auto last_sample = Clock::time_point{};
  for (bool ended = false; !ended;) {
    feed(child.input, rest);
    std::array<pollfd, 4> watched = {pollfd{child.output.get(), POLLIN, 0}, pollfd{child.error_output.get(), POLLIN, 0},
                                     pollfd{child.input.get(), POLLOUT, 0}, pollfd{child.handle.get(), POLLIN, 0}};
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count() + 1;
    ::poll(watched.data(), watched.size(), static_cast<int>(std::clamp<long>(left, 0, child.handle ? kTickMilliseconds : 5)));
    ended = has_ended(child.id);
    if (!ended && Clock::now() - last_sample > std::chrono::milliseconds(kTickMilliseconds / 2)) {
      result.peak_memory_kb = std::max(result.peak_memory_kb, high_water_kb(process));
      last_sample = Clock::now();
    }
    drain(child.output, result.output, spec.output_limit, result.output_truncated);
    drain(child.error_output, result.error_output, spec.output_limit, result.output_truncated);
    result.timed_out = !ended && Clock::now() >= deadline;
    result.cancelled = !ended && session != nullptr && session->cancelled();
    if (result.timed_out || result.cancelled) break;
  }
  // The leader is not reaped yet, so its number still names this group: whatever it left behind ends here.
  ::kill(-child.id, SIGKILL);
  ::kill(child.id, SIGKILL);
}

void collect(Child& child, const ProcessSpec& spec, std::uint64_t own_high_water_kb, ProcessResult& result) {
  int status = 0;
  rusage usage{};
  while (::wait4(child.id, &status, 0, &usage) < 0 && errno == EINTR) {}
  drain(child.output, result.output, spec.output_limit, result.output_truncated);
  drain(child.error_output, result.error_output, spec.output_limit, result.output_truncated);
  if (WIFEXITED(status)) result.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) result.signal = WTERMSIG(status);
  // posix_spawn shares our memory until exec, so the kernel's figure is never below our own high-water mark: only above it is it the child's.
  constexpr std::uint64_t kCounterSlackKb = 4096;  // the kernel counts pages per processor and adds them up late
  auto reported = static_cast<std::uint64_t>(usage.ru_maxrss);
  if (reported > own_high_water_kb + kCounterSlackKb) result.peak_memory_kb = std::max(result.peak_memory_kb, reported);
}

}  // namespace

Result<ProcessResult> run_process(const ProcessSpec& spec, const Session* session) {
  const auto start = Clock::now();
  Result<Child> child = spawn(spec);
  if (!child) return fail(child.error());
  const std::uint64_t own_high_water_kb = high_water_kb("self");  // read after the spawn: never below what the child inherited
  ProcessResult result;
  supervise(*child, spec, session, result);
  collect(*child, spec, own_high_water_kb, result);
  result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return result;
}

std::string find_program(const std::string& name) {
  if (name.empty()) return {};
  if (name.find('/') != std::string::npos) return ::access(name.c_str(), X_OK) == 0 ? name : std::string();
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "/usr/bin:/bin");
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string candidate = (folder.empty() ? "." : folder) + "/" + name;
    struct stat status{};
    if (::access(candidate.c_str(), X_OK) == 0 && ::stat(candidate.c_str(), &status) == 0 && S_ISREG(status.st_mode)) return candidate;
  }
  return {};
}

std::string executable_folder() {
  std::string path(PATH_MAX, '\0');
  ssize_t size = ::readlink("/proc/self/exe", path.data(), path.size());
  path.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return path.substr(0, path.rfind('/'));
}

std::string companion_program(const std::string& name) {
  const std::string folder = executable_folder();
  for (const std::string& candidate : {folder + "/" + name, folder + "/../bin/" + name})
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
  return find_program(name);
}

}  // namespace assay
