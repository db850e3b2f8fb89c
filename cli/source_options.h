// Options of every verb that reads C: how the source is parsed, how it is checked, how verdicts are printed.
#pragma once

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/command.h"
#include "frontend/lowering/lowering.h"
#include "solver/verdict.h"

namespace assay::cli {

/// How C source is read: by Clang in this process, or with --untrusted in the sandbox.
struct SourceFlags {
  lowering::SourceOptions options;
  bool untrusted = false;
  /// --std --target -I -D -p --untrusted
  void declare(CLI::App& verb);
};
/// --mode --bound --rlimit --memory --dump-smt2 --repro --no-native
struct SolverFlags {
  solver::SolverOptions options;
  std::string mode = "ub-is-error";
  int bound = 0;
  bool no_native = false;
  std::string repro_folder;  ///< --repro DIR; empty: counterexamples are not written
  void declare(CLI::App& verb);
  /// The options with the flags applied and the session's budget in place.
  solver::SolverOptions read(const Session& session) const;
};

/// Lowers the file; Clang's warnings go to stderr.
Result<lowering::Lowered> read_source(const std::string& path, const SourceFlags& flags);
/// The function of that name; without a name the only one with a body. Errors name the nearest.
Result<program::FunctionId> pick_function(const program::Program& program, const std::string& path, const std::string& name);

nlohmann::ordered_json to_json(const solver::Verdict& verdict);
/// The table, then the counterexamples with the commands that build them; `repro_folder` as given to write_repros.
void print_table(const std::vector<solver::Verdict>& verdicts, const Common& common);
void print_counterexamples(const std::vector<solver::Verdict>& verdicts, const std::string& repro_folder);
/// Each counterexample's C file as FOLDER/<id>.c, the id's colons as underscores. Does nothing when `folder` is empty.
Status write_repros(const std::vector<solver::Verdict>& verdicts, const std::string& folder);
/// Counts, the weakest grade first.
void print_summary(const std::vector<solver::Verdict>& verdicts);
int exit_code_of(const std::vector<solver::Verdict>& verdicts);

}  // namespace assay::cli
