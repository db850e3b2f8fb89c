#include "frontend/lowering/lowering.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/files.h"
#include "frontend/lowering/overlay.h"
#include "frontend/lowering/parse.h"
#include "frontend/lowering/unit.h"

namespace assay::lowering {

namespace {

bool is_cpp(const std::string& file_name) {
  std::string extension = std::filesystem::path(file_name).extension().string();
  for (const char* known : {".cpp", ".cc", ".cxx", ".C", ".hpp", ".hh"})
    if (extension == known) return true;
  return false;
}

Error parse_error(const std::vector<Diagnostic>& diagnostics) {
  Error error{ErrorKind::kInput, "", "correct the source, or pass --std, -I, -D or -p as its compiler needs them"};
  for (const Diagnostic& diagnostic : diagnostics) {
    if (!diagnostic.is_error) continue;
    if (!error.where) error.where = diagnostic.where;
    error.message += (error.message.empty() ? "" : "\n") + diagnostic.message;
  }
  if (error.message.empty()) error.message = "Clang could not parse the file";
  else error.message = "the source does not parse:\n" + error.message;
  return error;
}

std::string standard_of(const std::vector<std::string>& flags, const std::string& fallback) {
  std::string standard = fallback;
  for (const std::string& flag : flags)
    if (flag.starts_with("-std=")) standard = flag.substr(5);
  return standard;
}

}  // namespace

Result<Lowered> lower_file(const std::string& path, const SourceOptions& options) {
  Result<std::string> text = read_file(path);
  if (!text) return fail(text.error());
  return lower_source(*text, path, options);
}

Result<Lowered> lower_source(const std::string& text, const std::string& file_name, const SourceOptions& options) {
  if (is_cpp(file_name) && !is_cxx_standard(options.standard))
    return input_error(fmt::format("'{}' is C++ by its name, and the standard is {}", file_name, options.standard), "pass --std c++20",
                       SourceRange{file_name, {1, 1}, {1, 1}});
  if (std::size_t nul = text.find('\0'); nul != std::string::npos)
    return input_error(fmt::format("'{}' holds a zero byte at offset {}, so it is no source text", file_name, nul), "give a text file");
  Result<std::vector<std::string>> flags = clang_arguments(options, file_name);
  if (!flags) return fail(flags.error());
  Result<Overlay> overlay = make_overlay(text, file_name);
  if (!overlay) return fail(overlay.error());
  std::optional<Result<Lowered>> lowered;
  ParseOutcome outcome = parse(*overlay, file_name, *flags, [&](clang::ASTContext& context) {
    Unit unit(context, overlay->map, overlay->clauses, file_name);
    unit.program().target.standard = standard_of(*flags, options.standard);
    unit.lower_all();
    lowered = unit.finish();
  });
  bool failed = std::any_of(outcome.diagnostics.begin(), outcome.diagnostics.end(), [](const Diagnostic& d) { return d.is_error; });
  if (!lowered || failed) return fail(parse_error(outcome.diagnostics));
  if (!*lowered) return std::move(*lowered);
  (*lowered)->warnings = std::move(outcome.diagnostics);
  (*lowered)->flags = std::move(*flags);
  return std::move(*lowered);
}

}  // namespace assay::lowering
