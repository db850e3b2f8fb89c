#include "analysis/bench/native_tests.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/sandbox.h"
#include "frontend/program/printer.h"
#include "solver/witness/literals.h"

namespace assay::analysis::bench {
namespace {

constexpr std::uint64_t kMemoryMb = 512;
constexpr std::size_t kOutput = 1u << 20;
constexpr std::size_t kShownOutput = 2000;

using program::Function;
using program::Program;

std::string first_lines(const std::string& text) { return text.size() <= kShownOutput ? text : text.substr(0, kShownOutput) + "\n..."; }

/// "int sum(const int *a, int n);" from the declaration with its brace.
std::string prototype(const CodeTask& task) {
  const std::size_t brace = task.declaration.rfind('{');
  return task.declaration.substr(0, brace) + ";\n";
}

/// C of one test case: arguments, call, comparison, and one line of output.
std::string code_of(const TestCase& test, std::size_t number, const Program& program, const Function& function) {
  std::string code = "  {\n", arguments;
  const std::vector<program::Argument> values = arguments_of(test);
  for (const std::string& line : solver::argument_literals(program, function, values)) code += fmt::format("    {};\n", line);
  for (std::size_t i = 0; i < values.size(); ++i) arguments += (i ? ", " : "") + solver::parameter_name(function, i);
  code += "    int good = 1;\n    long long got = 0;\n";
  code += fmt::format("    {}(*assay_function)({});\n", test.result ? "got = (long long)" : "", arguments);
  if (test.result) {
    const program::Type& type = program.type(function.return_type);
    code += fmt::format("    good = got == (long long){};\n", solver::integer_literal(type, *test.result));
  }
  for (const auto& [parameter, numbers] : test.arrays) {
    const program::Type& element = program.type(program.type(function.locals[parameter].type).element);
    for (std::size_t i = 0; i < numbers.size(); ++i)
      code += fmt::format("    good = good && {}[{}] == {};\n", solver::parameter_name(function, parameter), i,
                          solver::integer_literal(element, numbers[i]));
  }
  return code + fmt::format("    assay_report({}, good, got);\n  }}\n", number);
}

std::string harness_of(const CodeTask& task, const std::string& mark, const Program& program, const Function& function) {
  std::string code = "#include <stdio.h>\n";
  code += task.declaration.starts_with("static ") ? "#include \"answer.h\"\n" : prototype(task);
  code += fmt::format("static __typeof__(&{0}) const assay_function = &{0};\n", task.function);
  code += fmt::format(
      "static void assay_report(int test, int good, long long got) {{\n  printf(\"\\n{} %d %d %lld\\n\", test, good, got);\n  fflush(stdout);\n}}\n",
      mark);
  code += "int main(void) {\n";
  std::size_t number = 0;
  for (const auto* tests : {&task.visible, &task.hidden})
    for (const TestCase& test : *tests) code += code_of(test, number++, program, function);
  return code + "  return 0;\n}\n";
}

std::string ending(const ProcessResult& process, double seconds) {
  if (process.timed_out) return fmt::format("did not end within {:g} s", seconds);
  if (process.signal != 0) return fmt::format("ended with signal {}", process.signal);
  if (process.output_truncated) return fmt::format("wrote more than {} bytes", kOutput);
  return fmt::format("ended the process with code {}", process.exit_code);
}

std::string call_text(const CodeTask& task, const TestCase& test) {
  std::string text = task.function + "(";
  for (std::size_t i = 0; i < test.arguments.size(); ++i) {
    const code_tasks::TestValue& value = test.arguments[i];
    text += i ? ", " : "";
    text += value.is_array ? fmt::format("{{{}}}", fmt::join(value.numbers, ", ")) : std::to_string(value.numbers.at(0));
  }
  return text + ")";
}

/// What the run printed for each test: good, and the value returned.
struct Printed {
  bool good = false;
  long long value = 0;
};

std::map<std::size_t, Printed> read_marks(const std::string& output, const std::string& mark) {
  std::map<std::size_t, Printed> found;
  for (std::size_t at = output.find(mark); at != std::string::npos; at = output.find(mark, at + mark.size())) {
    unsigned test = 0;
    int good = 0;
    long long value = 0;
    if (std::sscanf(output.c_str() + at + mark.size(), "%u %d %lld", &test, &good, &value) == 3) found[test] = {good == 1, value};
  }
  return found;
}

FailedTest failed(const CodeTask& task, const TestCase& test, const Printed& printed) {
  if (!test.result) return {call_text(task, test), "left other elements", "leaves the expected ones"};
  if (*test.result == printed.value)
    return {call_text(task, test), "left other elements", fmt::format("gives {} and leaves the expected ones", *test.result)};
  return {call_text(task, test), fmt::format("gave {}", printed.value), fmt::format("gives {}", *test.result)};
}

TestCount count(const CodeTask& task, const std::vector<TestCase>& tests, std::size_t first, const std::map<std::size_t, Printed>& printed,
                const std::string& ended, std::optional<FailedTest>& refuted_by) {
  TestCount result{.passed = 0, .total = static_cast<int>(tests.size()), .first_failure = {}};
  for (std::size_t i = 0; i < tests.size(); ++i) {
    const auto found = printed.find(first + i);
    if (found != printed.end() && found->second.good) {
      ++result.passed;
      continue;
    }
    std::string failure = call_text(task, tests[i]) + " " + ended;
    if (found != printed.end()) {
      const FailedTest test = failed(task, tests[i], found->second);
      failure = fmt::format("{} {}; the reference {}", test.call, test.got, test.expected);
      if (!refuted_by) refuted_by = test;
    }
    if (result.first_failure.empty()) result.first_failure = std::move(failure);
  }
  return result;
}

/// The tests have a `main` of their own. The linker lets another one run first, which prints the mark once that one has returned 0.
NativeRunSpec source_run(const CodeTask& task, const std::string& text, const std::string& mark) {
  NativeRunSpec spec;
  spec.sources["answer.c"] = text + "\n" + task.test_source + "\n";
  spec.sources["wrapper.c"] = fmt::format(
      "#include <stdio.h>\n#ifdef __cplusplus\nextern \"C\" {{\n#endif\nint __real_main(void);\nint __wrap_main(void) {{\n"
      "  if (__real_main() != 0) return 1;\n  printf(\"\\n{} 0 1 0\\n\");\n  return 0;\n}}\n#ifdef __cplusplus\n}}\n#endif\n",
      mark);
  return spec;
}

}  // namespace

std::vector<std::string> compile_flags(const CodeTask& task) {
  if (task.is_cxx()) return {"-x", "c++", "-std=" + task.standard, "-O1", "-w", "-lstdc++"};
  return {"-std=" + task.standard, "-O1", "-w", "-Werror=implicit-function-declaration"};
}

Result<TestRun> run_tests(const CodeTask& task, const std::string& text, const Program* reference, const Function* function, double seconds,
                          const Session& session) {
  const std::string mark = "assay" + Hasher().add(text).add(hash_of(task)).add("mark").hex();
  NativeRunSpec spec;
  const bool cases = task.test_source.empty();
  if (!cases) {
    spec = source_run(task, text, mark);
  } else if (reference != nullptr && function != nullptr) {
    const std::string name = task.declaration.starts_with("static ") ? "answer.h" : "answer.c";
    spec.sources = {{name, text}, {"harness.c", harness_of(task, mark, *reference, *function)}};
  } else {
    spec.sources = {{"answer.c", text + "\nint main(void) { return 0; }\n"}};
  }
  spec.flags = compile_flags(task);
  if (!cases) spec.flags.push_back("-Wl,--wrap=main");
  spec.sanitizers = Sanitizers::kNone;
  spec.wall_seconds = seconds;
  spec.memory_mb = kMemoryMb;
  spec.output_limit = kOutput;
  Result<NativeRunResult> ran = compile_and_run(spec, &session);
  if (!ran) return fail(ran.error());
  TestRun run{.compiled = ran->compiled, .compiler_output = ran->compiled ? "" : first_lines(ran->compiler_output), .visible = {}, .hidden = {}};
  run.visible.total = cases ? static_cast<int>(task.visible.size()) : 0;
  run.hidden.total = cases ? static_cast<int>(task.hidden.size()) : 1;
  if (!ran->compiled) return run;
  const std::string ended = ending(ran->process, seconds);
  const std::map<std::size_t, Printed> printed = read_marks(ran->process.output, mark);
  if (cases) {
    run.visible = count(task, task.visible, 0, printed, ended, run.refuted_by);
    run.hidden = count(task, task.hidden, task.visible.size(), printed, ended, run.refuted_by);
  } else {
    run.hidden.passed = printed.contains(0) && printed.at(0).good ? 1 : 0;
    if (run.hidden.passed == 0) run.hidden.first_failure = "the tests " + ended + "\n" + first_lines(ran->process.error_output);
  }
  return run;
}

}  // namespace assay::analysis::bench
