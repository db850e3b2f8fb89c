#include "tests/frontend/generator/native.h"

#include <fmt/format.h>

#include <array>

#include "base/files.h"
#include "base/process.h"

namespace assay::generator {

namespace {

constexpr std::string_view kHeader = R"(#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
)";

constexpr std::string_view kMain = R"(
int main(void) {
  for (unsigned long k = 0; k < sizeof runs / sizeof runs[0]; k++) {
    fflush(stdout);
    int child = fork();
    if (child == 0) {
      alarm(10);
      dup2(1, 2);
      runs[k]();
      fflush(stdout);
      _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    printf("\n#END %lu %d\n", k, status);
  }
  return 0;
}
)";

std::string number(std::int64_t value, const std::string& type) {
  if (value == INT64_MIN) return "(-9223372036854775807LL - 1)";
  return fmt::format("({}){}LL", type, value);
}

/// A function that makes one run: fresh heap arrays of the exact size, the call, then value and final cells.
std::string run_function(const GeneratedProgram& p, std::size_t input, const std::string& name) {
  std::string text = fmt::format("static void {}(void) {{\n", name), call, cells;
  for (std::size_t i = 0; i < p.parameters.size(); ++i) {
    const program::Argument& argument = p.inputs[input][i];
    const std::string& type = p.parameters[i].type;
    call += i ? ", " : "";
    if (argument.kind == program::Argument::Kind::kScalar) {
      call += number(argument.cells[0].integer, type);
    } else if (argument.kind == program::Argument::Kind::kNull) {
      call += "0";
    } else {
      text += fmt::format("  {} *a{} = malloc({} * sizeof({}));\n", type, i, argument.cells.size(), type);
      for (std::size_t c = 0; c < argument.cells.size(); ++c) text += fmt::format("  a{}[{}] = {};\n", i, c, number(argument.cells[c].integer, type));
      cells += "  printf(\"#A\");\n";
      cells += fmt::format("  for (int c = 0; c < {}; c++) printf(\" %lld\", (long long)a{}[c]);\n  printf(\"\\n\");\n", argument.cells.size(), i);
      call += fmt::format("a{}", i);
    }
  }
  return text + fmt::format("  long long r = (long long){}({});\n  printf(\"#R %lld\\n\", r);\n", p.entry, call) + cells + "}\n";
}

Result<std::vector<std::vector<NativeOutcome>>> run_batch(std::span<const GeneratedProgram> programs) {
  std::string source(kHeader), functions, table = "static void (*const runs[])(void) = {\n";
  std::size_t runs = 0;
  for (std::size_t p = 0; p < programs.size(); ++p) {
    source += programs[p].source;
    for (std::size_t i = 0; i < programs[p].inputs.size(); ++i) {
      const std::string name = fmt::format("run_{}_{}", p, i);
      functions += run_function(programs[p], i, name);
      table += name + ",\n";
      ++runs;
    }
  }
  source += functions + table + "};\n" + std::string(kMain);
  auto folder = TemporaryFolder::create("assay-differential");
  if (!folder) return fail(folder.error());
  const std::string c_file = folder->path() + "/programs.c", binary = folder->path() + "/programs";
  if (Status written = write_file(c_file, source); !written) return fail(written.error());
  ProcessSpec compile;
  compile.command = {"clang-19", "-std=gnu17", "-O0", "-w", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-o", binary, c_file};
  compile.wall_seconds = 300;
  const auto compiled = run_process(compile);
  if (!compiled) return fail(compiled.error());
  if (compiled->exit_code != 0) return input_error("a generated program does not compile: " + compiled->error_output);
  ProcessSpec spec;
  spec.command = {binary};
  spec.environment = std::map<std::string, std::string>{
      {"ASAN_OPTIONS", "symbolize=0:detect_leaks=0"}, {"UBSAN_OPTIONS", "symbolize=0:print_stacktrace=0"}, {"PATH", "/usr/bin:/bin"}};
  spec.wall_seconds = 300;
  spec.output_limit = std::size_t{256} << 20;
  const auto process = run_process(spec);
  if (!process) return fail(process.error());
  std::vector<std::vector<NativeOutcome>> outcomes;
  std::size_t at = 0, run = 0;
  for (const GeneratedProgram& program : programs) {
    outcomes.emplace_back();
    for (std::size_t i = 0; i < program.inputs.size(); ++i, ++run) {
      const std::string mark = fmt::format("\n#END {} ", run);
      const std::size_t end = process->output.find(mark, at);
      if (end == std::string::npos) return internal_error(fmt::format("native run {} of {} left no result", run, runs));
      outcomes.back().push_back({process->output.substr(at, end - at), std::atoi(process->output.c_str() + end + mark.size())});
      at = process->output.find('\n', end + mark.size()) + 1;
    }
  }
  return outcomes;
}

bool mentions(const std::string& text, std::initializer_list<std::string_view> words) {
  for (const std::string_view word : words)
    if (text.find(word) != std::string::npos) return true;
  return false;
}

bool stopped_by_sanitizer(const NativeOutcome& native) { return mentions(native.text, {"runtime error:", "ERROR: AddressSanitizer"}); }

}  // namespace

Result<std::vector<std::vector<NativeOutcome>>> run_natively(const std::vector<GeneratedProgram>& programs) {
  constexpr std::size_t kBatch = 50;
  std::vector<std::vector<NativeOutcome>> all;
  for (std::size_t from = 0; from < programs.size(); from += kBatch) {
    auto outcomes = run_batch(std::span(programs).subspan(from, std::min(kBatch, programs.size() - from)));
    if (!outcomes) return fail(outcomes.error());
    for (auto& of_program : *outcomes) all.push_back(std::move(of_program));
  }
  return all;
}

std::string expected_text(const program::RunResult& run) {
  std::string text = run.output + fmt::format("#R {}\n", run.value ? run.value->integer : 0);
  for (const auto& array : run.arrays) {
    if (array.empty()) continue;
    text += "#A";
    for (const program::Scalar& cell : array) text += fmt::format(" {}", cell.integer);
    text += "\n";
  }
  return text;
}

Comparison compare(const GeneratedProgram& program, const program::RunResult& run, const NativeOutcome& native) {
  using program::RunEnd;
  const auto disagree = [&](const std::string& what) {
    return Comparison{Comparison::Class::kValue, fmt::format("seed {}: {}\n--- native (status {})\n{}\n--- source\n{}", program.seed, what,
                                                             native.status, native.text, program.source)};
  };
  switch (run.end) {
    case RunEnd::kReturned: {
      const std::string expected = expected_text(run);
      if (native.text != expected || native.status != 0) return disagree("the interpreter expects\n" + expected);
      return {};
    }
    case RunEnd::kCheckFailed: {
      const program::CheckInfo& check = program::info(run.failure->kind);
      if (program::reported(check, native.text) && (stopped_by_sanitizer(native) || check.kind == program::CheckKind::kAssertion))
        return {Comparison::Class::kUndefined, ""};
      if (!check.surely_seen) return {Comparison::Class::kUnseen, ""};
      return disagree(fmt::format("the interpreter reports {} at {}: {}", check.id, run.failure->where.to_string(), run.failure->message));
    }
    case RunEnd::kPreconditionUnmet: return {Comparison::Class::kOutside, ""};
    default: return disagree("the interpreter ends otherwise: " + run.unsupported);
  }
}

}  // namespace assay::generator
