// A C function that a task, hypothesis or training spec names: parsed once, run through the interpreter.
//
//   CFunction program = *CFunction::load({"schoolbook.c", "add"});
//   program.interpreter().run_integers(program.id(), scalars, arrays, value)
//
// Test: tests/analysis/task_test.cpp
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "base/toml.h"
#include "frontend/program/interpreter.h"

namespace assay::analysis {

/// `{ file = "x.c", function = "f" }`, with the path made relative to the file that holds it.
struct FunctionSource {
  std::string file;
  std::string function;
};

/// Reads such a table; absent: nothing.
std::optional<FunctionSource> read_function_source(TomlTable& table, std::string_view key);
/// `path` as seen from the folder of `from_file`; absolute paths stay.
std::string relative_to(const std::string& from_file, const std::string& path);

class CFunction {
 public:
  /// Errors: the file does not parse (Clang's messages), the function is unknown (names the nearest), or lowering refuses it (kUnsupported).
  static Result<CFunction> load(const FunctionSource& source);
  static Result<CFunction> from_text(const std::string& text, const std::string& file_name, const std::string& function);

  const program::Program& program() const { return loaded_->program; }
  program::FunctionId id() const { return id_; }
  const program::Function& function() const { return loaded_->program.function(id_); }
  const program::Interpreter& interpreter() const { return *loaded_->interpreter; }
  const std::string& text() const { return loaded_->text; }
  const std::string& file() const { return loaded_->file; }

 private:
  struct Loaded {
    std::string text, file;
    program::Program program;
    std::unique_ptr<program::Interpreter> interpreter;
  };
  std::shared_ptr<const Loaded> loaded_;
  program::FunctionId id_;
};

/// Why a run ended without a plain return, with its place: "signed overflow at f.c:3:10", "does not end ...: in the loop at f.c:4:3".
std::string describe_failure(const CFunction& function, std::span<const program::Argument> arguments, const program::RunResult& run);
/// The same for a run that reached its step limit under `options`, whose settings may be what makes it endless.
std::string describe_endless_run(const CFunction& function, const program::Interpreter& interpreter, std::span<const program::Argument> arguments,
                                 program::RunOptions options = {});

}  // namespace assay::analysis
