// Compiles and runs C inside the sandbox: two runs, since a compiler must start processes and a program must not.
#include <fmt/format.h>

#include "base/sandbox.h"

namespace assay {
namespace {

constexpr double kCompileSeconds = 60;
constexpr std::uint64_t kCompileMemoryMb = 4096;
constexpr const char* kExecutable = "program";

Result<std::string> c_compiler() {
  for (const char* name : {"clang-19", "clang", "gcc", "cc"})
    if (std::string path = find_program(name); path.starts_with("/usr/") || path.starts_with("/bin/")) return path;
  return input_error("no C compiler was found under /usr", "install the package clang-19");
}

Result<SandboxResult> compile(const NativeRunSpec& spec, const std::string& compiler, const Session* session) {
  SandboxSpec job;
  job.profile = SandboxProfile::kCompiler;
  job.command = {compiler};
  const std::vector<std::string> sanitizers = compiler_flags(spec.sanitizers);
  job.command.insert(job.command.end(), spec.flags.begin(), spec.flags.end());
  job.command.insert(job.command.end(), sanitizers.begin(), sanitizers.end());
  for (const auto& [name, text] : spec.sources)
    if (name.ends_with(".c")) job.command.push_back(name);  // headers are only there to be included
  job.command.insert(job.command.end(), {"-o", kExecutable, "-lm"});
  job.files_in = spec.sources;
  job.files_out = {kExecutable};
  job.wall_seconds = kCompileSeconds;
  job.memory_mb = kCompileMemoryMb;
  job.tmpfs_mb = 256;
  return run_sandboxed(job, session);
}

}  // namespace

std::vector<std::string> compiler_flags(Sanitizers sanitizers) {
  switch (sanitizers) {
    case Sanitizers::kNone: break;
    case Sanitizers::kAddressAndUndefined: return {"-fsanitize=address,undefined", "-fno-sanitize-recover=all"};
    case Sanitizers::kWrapping:
      return {"-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fwrapv", "-fno-sanitize=signed-integer-overflow,shift-base"};
    case Sanitizers::kMemory: return {"-fsanitize=memory", "-fno-sanitize-recover=all"};
  }
  return {};
}

Result<NativeRunResult> compile_and_run(const NativeRunSpec& spec, const Session* session) {
  Result<std::string> compiler = spec.compiler.empty() ? c_compiler() : Result<std::string>(spec.compiler);
  if (!compiler) return fail(compiler.error());
  Result<SandboxResult> compiled = compile(spec, *compiler, session);
  if (!compiled) return fail(compiled.error());
  NativeRunResult result;
  result.compiler_output = compiled->process.output + compiled->process.error_output;
  if (compiled->process.timed_out) result.compiler_output += fmt::format("\nthe compiler did not finish within {} seconds", kCompileSeconds);
  auto program = compiled->files.find(kExecutable);
  result.compiled = compiled->process.exit_code == 0 && compiled->process.signal == 0 && program != compiled->files.end();
  if (!result.compiled) return result;

  SandboxSpec job;
  job.command = {std::string("/work/") + kExecutable};
  job.files_in = {{kExecutable, std::move(program->second)}};
  job.input = spec.input;
  job.wall_seconds = spec.wall_seconds;
  job.sanitized = spec.sanitizers != Sanitizers::kNone;
  job.memory_mb = spec.memory_mb;
  job.output_limit = spec.output_limit;
  Result<SandboxResult> ran = run_sandboxed(job, session);
  if (!ran) return fail(ran.error());
  result.process = std::move(ran->process);
  return result;
}

}  // namespace assay
