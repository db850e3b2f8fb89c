#include "cli/source_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>

#include "base/files.h"
#include "base/toml.h"
#include "frontend/lowering/isolated.h"
#include "frontend/program/checks.h"

namespace assay::cli {

void SourceFlags::declare(CLI::App& verb) {
  verb.add_option("--std", options.standard, "C standard")->capture_default_str()->group("Source");
  verb.add_option("--target", options.target, "target triple (default x86_64-unknown-linux-gnu)")->group("Source");
  verb.add_option("-I", options.include_dirs, "folder searched for headers")->group("Source")->allow_extra_args(false);
  verb.add_option("-D", options.definitions, "macro: NAME or NAME=VALUE")->group("Source")->allow_extra_args(false);
  verb.add_option("-p", options.compilation_database, "folder of compile_commands.json; excludes the four above")->group("Source");
  verb.add_flag("--untrusted", untrusted, "parse the source in the sandbox: for code that a model or a stranger wrote")->group("Source");
}

void SolverFlags::declare(CLI::App& verb) {
  verb.add_option("--mode", mode, "how overflow is read")
      ->check(CLI::IsMember({"ub-is-error", "wrap", "math"}))
      ->capture_default_str()
      ->group("Semantics");
  verb.add_option("--bound", bound, "iterations and recursion depth where they are not constant")->check(CLI::Range(1, 100'000))->group("Semantics");
  verb.add_option("--rlimit", options.rlimit, "solver steps for one query")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{4'000'000'000}))
      ->capture_default_str()
      ->group("Budget");
  verb.add_option("--seconds", options.wall_seconds, "backstop for one query")
      ->check(CLI::Range(0.1, 86'400.0))
      ->capture_default_str()
      ->group("Budget");
  verb.add_option("--memory", options.memory_mb, "MiB of the solver's process")
      ->check(CLI::Range(std::uint64_t{64}, std::uint64_t{1} << 20))
      ->capture_default_str()
      ->group("Budget");
  verb.add_option("--dump-smt2", options.dump_smt2, "folder that receives each query as SMT-LIB 2")->group("Output");
  verb.add_option("--repro", repro_folder, "folder that receives each counterexample as <verdict id>.c")->group("Output");
  verb.add_flag("--no-native", no_native, "do not compile and run counterexamples")->group("Output");
}

solver::SolverOptions SolverFlags::read(const Session& session) const {
  solver::SolverOptions result = options;
  result.mode = mode == "wrap" ? solver::SemanticsMode::kWrap : mode == "math" ? solver::SemanticsMode::kMath : solver::SemanticsMode::kUbIsError;
  if (bound > 0) result.bound = bound;
  else if (session.budget.unroll > 0) result.bound = session.budget.unroll;
  result.replay_natively = !no_native;
  return result;
}

namespace {

Result<lowering::Lowered> lower_untrusted(const std::string& path, const lowering::SourceOptions& options) {
  Result<std::string> text = read_file(path);
  if (!text) return fail(text.error());
  return lowering::lower_isolated(*text, path, options);
}

}  // namespace

Result<lowering::Lowered> read_source(const std::string& path, const SourceFlags& flags) {
  Result<lowering::Lowered> lowered = flags.untrusted ? lower_untrusted(path, flags.options) : lowering::lower_file(path, flags.options);
  if (!lowered) return lowered;
  for (const lowering::Diagnostic& warning : lowered->warnings) std::cerr << warning.message << "\n";
  return lowered;
}

Result<program::FunctionId> pick_function(const program::Program& program, const std::string& path, const std::string& name) {
  std::vector<std::string> with_body, all;
  for (const program::Function& function : program.functions) {
    all.push_back(function.name);
    if (function.has_body || !function.refusal.empty()) with_body.push_back(function.name);
  }
  if (!name.empty()) {
    if (std::optional<program::FunctionId> found = program.find(name)) return *found;
    const std::string near = nearest(name, all);
    return fail({ErrorKind::kUsage,
                 fmt::format("{} has no function '{}'", path, name),
                 near.empty() ? "`assay concepts FILE` lists them" : fmt::format("did you mean '{}'?", near),
                 {}});
  }
  if (with_body.size() == 1) return *program.find(with_body[0]);
  if (with_body.empty()) return input_error(fmt::format("{} defines no function", path), "name a file with a function definition");
  return fail({ErrorKind::kUsage, fmt::format("{} defines {} functions", path, with_body.size()), "name one with --function", {}});
}

// ---- results ----------------------------------------------------------------------------------------------------------
namespace {

nlohmann::ordered_json witness_json(const solver::Witness& witness) {
  return {{"literals", witness.literals},
          {"program_answer", witness.program_answer},
          {"reference_answer", witness.reference_answer},
          {"path", witness.path},
          {"interpreter_replay", name_of(witness.interpreter_replay)},
          {"native_replay", name_of(witness.native_replay)},
          {"native_output", witness.native_output},
          {"repro_c", witness.repro_c},
          {"repro_command", witness.repro_command}};
}

std::string repro_path(const std::string& folder, const solver::Verdict& verdict) {
  std::string name = verdict.id;
  std::replace_if(name.begin(), name.end(), [](char letter) { return letter == ':' || letter == '/'; }, '_');
  return folder + "/" + name + ".c";
}

/// The command that builds repro.c, for the file as it is called here.
std::string with_file(std::string command, const std::string& path) {
  const std::string name = " repro.c ";
  if (const std::size_t at = command.find(name); at != std::string::npos) command.replace(at, name.size(), " " + path + " ");
  return command;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string evidence_text(const solver::Verdict& verdict) {
  if (verdict.outcome == Outcome::kFails && verdict.witness)
    return verdict.witness->native_replay == Replay::kAgreed        ? "replayed natively"
           : verdict.witness->interpreter_replay == Replay::kAgreed ? "replayed in the interpreter"
                                                                    : "not replayed";
  return verdict.reason;
}

}  // namespace

nlohmann::ordered_json to_json(const solver::Verdict& verdict) {
  nlohmann::ordered_json row;
  row["id"] = verdict.id;
  row["grade"] = name_of(verdict.grade());
  row["outcome"] = name_of(verdict.outcome);
  row["evidence"] = name_of(verdict.evidence);
  if (verdict.check) {
    const program::CheckInfo& check = program::info(*verdict.check);
    row["check"] = check.id;
    row["clause"] = check.clause;
    row["cwe"] = check.cwe;
  }
  row["function"] = verdict.function;
  row["where"] = {{"file", verdict.where.file},
                  {"line", verdict.where.begin.line},
                  {"column", verdict.where.begin.column},
                  {"end_line", verdict.where.end.line},
                  {"end_column", verdict.where.end.column}};
  row["subject"] = verdict.subject;
  row["semantics"] = verdict.semantics;
  if (verdict.bound) row["bound"] = *verdict.bound;
  row["reason"] = verdict.reason;
  row["assumptions"] = verdict.assumptions;
  if (verdict.witness) row["witness"] = witness_json(*verdict.witness);
  row["solver"] = {
      {"queries", verdict.statistics.queries}, {"rlimit_spent", verdict.statistics.rlimit_spent}, {"ended_by", verdict.statistics.ended_by}};
  return row;
}

void print_table(const std::vector<solver::Verdict>& verdicts, const Common& common) {
  std::size_t widest = 5;
  for (const solver::Verdict& verdict : verdicts) widest = std::max(widest, verdict.where.to_string().size());
  for (const solver::Verdict& verdict : verdicts) {
    const Grade grade = verdict.grade();
    const bool bad = grade == Grade::kRefuted || grade == Grade::kVacuous, good = grade == Grade::kProved;
    const std::string colour = !common.colour ? "" : bad ? "\033[31m" : good ? "\033[32m" : "\033[33m";
    const std::string check = verdict.check                                           ? std::string(program::info(*verdict.check).id)
                              : verdict.id.find(".unsupported.") != std::string::npos ? "coverage"
                                                                                      : "equivalence";
    fmt::print("{}{:<11}{} {:<20} {:<{}}  {}", colour, name_of(grade), common.colour ? "\033[0m" : "", check, verdict.where.to_string(), widest,
               first_line(verdict.subject));
    const std::string evidence = evidence_text(verdict);
    fmt::print("{}\n", evidence.empty() ? "" : "   [" + evidence + "]");
  }
}

Status write_repros(const std::vector<solver::Verdict>& verdicts, const std::string& folder) {
  if (folder.empty()) return {};
  std::error_code problem;
  std::filesystem::create_directories(folder, problem);
  if (problem)
    return input_error(fmt::format("cannot create the folder {}: {}", folder, problem.message()), "give --repro a folder that can be written");
  for (const solver::Verdict& verdict : verdicts)
    if (verdict.witness && !verdict.witness->repro_c.empty())
      if (Status written = write_file(repro_path(folder, verdict), verdict.witness->repro_c); !written) return written;
  return {};
}

void print_counterexamples(const std::vector<solver::Verdict>& verdicts, const std::string& repro_folder) {
  for (const solver::Verdict& verdict : verdicts) {
    if (!verdict.witness) continue;
    const solver::Witness& witness = *verdict.witness;
    fmt::print("\n{}\n", verdict.id);
    for (const std::string& literal : witness.literals) fmt::print("    {};\n", literal);
    if (!witness.reference_answer.empty()) fmt::print("  reference        {}\n", witness.reference_answer);
    if (!witness.program_answer.empty()) fmt::print("  {:<16} {}\n", verdict.check ? "program" : "implementation", witness.program_answer);
    for (const std::string& step : witness.path) fmt::print("  path             {}\n", step);
    fmt::print("  replay           interpreter {}, native {}\n", name_of(witness.interpreter_replay), name_of(witness.native_replay));
    if (witness.repro_command.empty()) continue;
    if (repro_folder.empty()) fmt::print("  reproduce        {}   (--repro DIR writes the file)\n", witness.repro_command);
    else fmt::print("  reproduce        {}\n", with_file(witness.repro_command, repro_path(repro_folder, verdict)));
  }
}

void print_summary(const std::vector<solver::Verdict>& verdicts) {
  std::map<Grade, int> counts;
  for (const solver::Verdict& verdict : verdicts) ++counts[verdict.grade()];
  std::string text;
  for (auto count = counts.rbegin(); count != counts.rend(); ++count)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", count->second, name_of(count->first));
  std::vector<std::string> assumptions;
  for (const solver::Verdict& verdict : verdicts)
    for (const std::string& assumption : verdict.assumptions)
      if (std::find(assumptions.begin(), assumptions.end(), assumption) == assumptions.end()) assumptions.push_back(assumption);
  fmt::print("\n{}{}\n", text.empty() ? "nothing to check" : text,
             verdicts.empty() ? "" : fmt::format(" (semantics {})", verdicts.front().semantics));
  for (const std::string& assumption : assumptions) fmt::print("assumes: {}\n", assumption);
}

int exit_code_of(const std::vector<solver::Verdict>& verdicts) {
  std::vector<Grade> grades;
  for (const solver::Verdict& verdict : verdicts) grades.push_back(verdict.grade());
  return exit_code(grades);
}

}  // namespace assay::cli
