#include "analysis/tasks/c_function.h"

#include <fmt/format.h>

#include <filesystem>

#include "base/files.h"
#include "frontend/lowering/lowering.h"

namespace assay::analysis {

std::string relative_to(const std::string& from_file, const std::string& path) {
  if (path.empty() || path.front() == '/') return path;
  const std::filesystem::path folder = std::filesystem::path(from_file).parent_path();
  return (folder / path).lexically_normal().string();
}

std::optional<FunctionSource> read_function_source(TomlTable& table, std::string_view key) {
  std::optional<TomlTable> entry = table.table(key);
  if (!entry) return {};
  return FunctionSource{relative_to(table.file(), entry->text("file")), entry->text("function")};
}

Result<CFunction> CFunction::load(const FunctionSource& source) {
  Result<std::string> text = read_file(source.file);
  if (!text) return fail(text.error());
  return from_text(*text, source.file, source.function);
}

Result<CFunction> CFunction::from_text(const std::string& text, const std::string& file_name, const std::string& name) {
  Result<lowering::Lowered> lowered = lowering::lower_source(text, file_name);
  if (!lowered) return fail(lowered.error());
  auto loaded = std::make_shared<Loaded>();
  loaded->text = text;
  loaded->file = file_name;
  loaded->program = std::move(lowered->program);
  const std::optional<program::FunctionId> id = loaded->program.find(name);
  if (!id) {
    std::vector<std::string> names;
    for (const program::Function& function : loaded->program.functions)
      if (function.has_body) names.push_back(function.name);
    const std::string near = nearest(name, names);
    return input_error(fmt::format("{} has no function '{}'", file_name, name),
                       near.empty() ? "name a function of the file" : fmt::format("did you mean '{}'?", near));
  }
  const program::Function& function = loaded->program.function(*id);
  if (!function.has_body)
    return unsupported(fmt::format("function '{}' cannot be read: {}", name, function.refusal.empty() ? "it has no body" : function.refusal),
                       "write it without this construct");
  loaded->interpreter = std::make_unique<program::Interpreter>(loaded->program);
  CFunction result;
  result.loaded_ = std::move(loaded);
  result.id_ = *id;
  return result;
}

std::string describe_endless_run(const CFunction& function, const program::Interpreter& interpreter, std::span<const program::Argument> arguments,
                                 program::RunOptions options) {
  const std::uint64_t limit = options.step_limit;
  options.step_limit = 9'000;  // the statement that is executed after so many steps lies within the loop
  options.trace = true;
  const program::RunResult run = interpreter.run(function.id(), arguments, options);
  const std::string place = run.trace.empty() ? function.file() : function.program().range(run.trace.back()).to_string();
  return fmt::format("does not end within {} statements: an endless loop at {}", limit, place);
}

std::string describe_failure(const CFunction& function, std::span<const program::Argument> arguments, const program::RunResult& run) {
  using program::RunEnd;
  switch (run.end) {
    case RunEnd::kReturned: return run.value ? fmt::format("returns {}", run.value->integer) : "returns no integer";
    case RunEnd::kCheckFailed:
      if (!run.failure) return "undefined behaviour";
      return fmt::format("{} at {}: {}", program::info(run.failure->kind).title, run.failure->where.to_string(), run.failure->message);
    case RunEnd::kPreconditionUnmet: return fmt::format("the precondition of '{}' does not admit this input", function.function().name);
    case RunEnd::kAborted: return "aborts";
    case RunEnd::kStepLimit: return describe_endless_run(function, function.interpreter(), arguments);
    case RunEnd::kRecursionLimit: return "exceeds the recursion limit";
    case RunEnd::kUnsupported: return "unsupported: " + run.unsupported;
  }
  return "ends abnormally";
}

}  // namespace assay::analysis
