// `assay doctor`: versions of everything that takes part, the devices, and a self-test of each solver and of the sandbox.
//
// Versions are asked of the libraries that are really loaded, not of the headers, wherever a library can be asked.
// Test: tests/cli/command_line_test.cpp
#include <fmt/format.h>
#include <graphviz/gvc.h>
#include <sqlite3.h>

#include <boost/version.hpp>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/process.h"
#include "base/sandbox.h"
#include "base/version.h"
#include "circuits/engine.h"
#include "cli/command.h"
#include "frontend/lowering/version.h"
#include "solver/smt/version.h"

namespace assay::cli {
namespace {

enum class State { kOk, kAbsent, kFailed };

struct Row {
  std::string part, version;
  State state = State::kOk;
  std::string detail;  ///< what its self-test showed, or what to do
  bool needed = true;  ///< without it some verb cannot work
};

std::string_view name_of(State state) {
  switch (state) {
    case State::kOk: return "ok";
    case State::kAbsent: return "absent";
    case State::kFailed: return "failed";
  }
  return "failed";
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

Row tested(Row row, const Status& status, std::string success) {
  row.state = status ? State::kOk : State::kFailed;
  row.detail = status ? std::move(success) : status.error().to_string();
  return row;
}

/// A program and the first line of what it prints for `--version`.
Row program_row(const std::string& part, const std::string& program, const std::string& remedy, bool needed) {
  if (find_program(program).empty()) return {part, "", State::kAbsent, remedy, needed};
  ProcessSpec spec;
  spec.command = {program, "--version"};
  spec.wall_seconds = 10;
  Result<ProcessResult> result = run_process(spec);
  if (!result || result->exit_code != 0) return {part, "", State::kFailed, program + " --version failed", needed};
  return {part, first_line(result->output), State::kOk, "", needed};
}

// No 8-bit square root of 49 lies below 7: a query whose answer every solver must know.
constexpr const char* kQuery =
    "(set-logic QF_BV)\n(declare-const x (_ BitVec 8))\n(assert (= (bvmul x x) #x31))\n(assert (bvult x #x07))\n(check-sat)\n(exit)\n";

/// How a second solver is started on an SMT-LIB file: as a program, or through its Python wheel in the build's virtual environment.
struct SecondSolver {
  std::string name, python;
};

const SecondSolver kSecondSolvers[] = {
    {"cvc5",
     "import sys, cvc5\ns = cvc5.Solver()\np = cvc5.InputParser(s)\np.setFileInput(cvc5.InputLanguage.SMT_LIB_2_6, sys.argv[1])\nm = "
     "p.getSymbolManager()\n"
     "c = p.nextCommand()\nwhile not c.isNull():\n  print(c.invoke(s, m), end='')\n  c = p.nextCommand()\n"},
    {"bitwuzla", "import sys, bitwuzla\np = bitwuzla.Parser(bitwuzla.TermManager(), bitwuzla.Options())\np.parse(sys.argv[1], False, True)\n"},
};

std::string wheel_version(const std::string& python, const std::string& package) {
  ProcessSpec spec;
  spec.command = {python, "-c", "import importlib.metadata as m, sys; print(m.version(sys.argv[1]))", package};
  spec.wall_seconds = 20;
  Result<ProcessResult> result = run_process(spec);
  return result && result->exit_code == 0 ? first_line(result->output) : std::string();
}

Row second_solver_row(const SecondSolver& solver) {
  Row row{solver.name, "", State::kAbsent, fmt::format("optional: a second opinion on exported queries; `pip install {}`", solver.name), false};
  ProcessSpec spec;
  spec.wall_seconds = 20;
  if (!find_program(solver.name).empty()) {
    row.version = program_row(solver.name, solver.name, "", false).version;
    spec.command = {solver.name};
  } else {
    std::string python = executable_folder() + "/../../venv/bin/python";
    std::string version = find_program(python).empty() ? std::string() : wheel_version(python, solver.name);
    if (version.empty()) return row;
    row.version = version + " (wheel)";
    spec.command = {python, "-c", solver.python};
  }
  Result<TemporaryFolder> folder = TemporaryFolder::create("assay-doctor");
  if (!folder) return tested(row, fail(folder.error()), "");
  std::string query = folder->path() + "/query.smt2";
  if (Status written = write_file(query, kQuery); !written) return tested(row, written, "");
  spec.command.push_back(query);
  Result<ProcessResult> result = run_process(spec);
  if (!result) return tested(row, fail(result.error()), "");
  bool right = first_line(result->output) == "unsat";
  row.state = right ? State::kOk : State::kFailed;
  row.detail = right ? "decides an unsatisfiable query" : "answered '" + first_line(result->output + result->error_output) + "', expected 'unsat'";
  return row;
}

Row graphviz_row() {
  std::unique_ptr<GVC_t, decltype(&gvFreeContext)> context(gvContext(), &gvFreeContext);
  return {"Graphviz", gvcVersion(context.get()), State::kOk, "lays circuits out in reports", true};
}

Row engine_row() {
  Result<circuits::Engine*> engine = circuits::open_engine();
  if (!engine) return {"libtorch", "", State::kFailed, engine.error().to_string(), true};
  std::string devices;
  for (const std::string& device : (*engine)->devices()) devices += (devices.empty() ? "" : ", ") + device;
  return tested({"libtorch", (*engine)->torch_version(), State::kOk, "", true}, (*engine)->self_test(),
                "forward pass self-test passed; devices: " + devices);
}

Row sandbox_row() {
  Row row = program_row("sandbox", "bwrap", "install the package bubblewrap", true);
  if (row.state != State::kOk) return row;
  row = tested(row, sandbox_available(), "");
  if (row.state != State::kOk) return row;
  NativeRunSpec spec;
  spec.sources = {{"probe.c",
                   "#include <sys/socket.h>\n#include <unistd.h>\n"
                   "int main(void) { return fork() >= 0 || socket(AF_INET, SOCK_STREAM, 0) >= 0 || access(\"/etc/shadow\", F_OK) == 0; }\n"}};
  spec.flags = {"-std=gnu17", "-O1"};
  Result<NativeRunResult> result = compile_and_run(spec);
  if (!result) return tested(row, fail(result.error()), "");
  bool contained = result->compiled && result->process.signal == 0 && result->process.exit_code == 0;
  row.state = contained ? State::kOk : State::kFailed;
  row.detail = contained          ? "compiles and runs C; processes, sockets and host files are out of reach"
               : result->compiled ? "a probe reached a process, a socket or a host file: do not run untrusted code here"
                                  : "the probe did not compile: " + first_line(result->compiler_output);
  return row;
}

std::vector<Row> examine() {
  std::vector<Row> rows;
  rows.push_back({"Assay", std::string(assay_version()), State::kOk, "", true});
  rows.push_back(
      tested({"Z3", solver::smt::z3_version(), State::kOk, "", true}, solver::smt::self_test(), "decides a satisfiable and an unsatisfiable query"));
  for (const SecondSolver& solver : kSecondSolvers) rows.push_back(second_solver_row(solver));
  rows.push_back({"Clang (front end)", lowering::clang_version(), State::kOk, "", true});
  rows.push_back(program_row("Clang (replay)", "clang-19", "optional: gcc is used for replays instead; install the package clang-19", false));
  rows.push_back(engine_row());
  rows.push_back({"SQLite", sqlite3_libversion(), State::kOk, "", true});
  rows.push_back(
      {"Boost", fmt::format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100), State::kOk, "headers", true});
  rows.push_back(graphviz_row());
  rows.push_back(program_row("limits", "prlimit", "install the package util-linux", true));
  rows.push_back(sandbox_row());
  return rows;
}

class DoctorCommand : public Command {
 public:
  CLI::App* declare(CLI::App& app) override {
    CLI::App* verb = app.add_subcommand("doctor", "Versions, devices, and a self-test of solvers and sandbox");
    verb->footer("Exit code 1 if a needed part failed.\nExamples:\n  assay doctor\n  assay doctor --format json");
    return verb;
  }

  int run(const Common& common, Session& session) override {
    session.progress.stage("examine", 0);
    std::vector<Row> rows = examine();
    session.progress.finish();
    bool healthy = true;
    for (const Row& row : rows) healthy &= row.state == State::kOk || !row.needed;
    if (common.json()) print_json(rows, healthy);
    else print_text(rows);
    return healthy ? 0 : 1;
  }

 private:
  static void print_text(const std::vector<Row>& rows) {
    for (const Row& row : rows) fmt::print("{:18} {:7} {:44} {}\n", row.part, name_of(row.state), row.version, row.detail);
  }

  static void print_json(const std::vector<Row>& rows, bool healthy) {
    nlohmann::ordered_json parts = nlohmann::ordered_json::array();
    for (const Row& row : rows)
      parts.push_back({{"part", row.part}, {"version", row.version}, {"state", name_of(row.state)}, {"needed", row.needed}, {"detail", row.detail}});
    fmt::print("{}\n", nlohmann::ordered_json{{"healthy", healthy}, {"parts", parts}}.dump(2));
  }
};

}  // namespace

std::unique_ptr<Command> doctor_command() { return std::make_unique<DoctorCommand>(); }

}  // namespace assay::cli
