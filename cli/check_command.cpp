// `assay check FILE`: safety and contracts of the functions of a C file.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/source_options.h"
#include "solver/checks/check.h"

namespace assay::cli {
namespace {

class CheckCommand : public Command {
 public:
  CLI::App* declare(CLI::App& app) override {
    CLI::App* verb = app.add_subcommand("check", "Safety and contracts of C functions");
    verb->add_option("FILE", file_, "C source")->required();
    verb->add_option("--function", functions_, "only this function (repeatable); without it every function with a body")->allow_extra_args(false);
    flags_.declare(*verb);
    source_.declare(*verb);
    verb->footer("Examples:\n  assay check zoo/max_of_four/reference.c\n  assay check queue.c --function push --bound 16 --dump-smt2 queries");
    return verb;
  }

  int run(const Common& common, Session& session) override {
    Result<lowering::Lowered> lowered = read_source(file_, source_);
    if (!lowered) return report(lowered.error());
    std::vector<program::FunctionId> functions;
    if (functions_.empty()) functions = defined(lowered->program);
    for (const std::string& name : functions_) {
      Result<program::FunctionId> found = pick_function(lowered->program, file_, name);
      if (!found) return report(found.error());
      functions.push_back(*found);
    }
    if (functions.empty()) return report({ErrorKind::kInput, file_ + " defines no function", "name a file with a function definition", {}});
    std::vector<solver::Verdict> verdicts;
    session.progress.stage("check", functions.size());
    for (std::size_t i = 0; i < functions.size(); ++i) {
      Result<std::vector<solver::Verdict>> found = solver::check_function(lowered->program, functions[i], flags_.read(session), session);
      if (!found) return report(found.error());
      verdicts.insert(verdicts.end(), found->begin(), found->end());
      session.progress.step(i + 1);
    }
    session.progress.finish();
    if (Status written = write_repros(verdicts, flags_.repro_folder); !written) return report(written.error());
    print(common, verdicts);
    return exit_code_of(verdicts);
  }

 private:
  static std::vector<program::FunctionId> defined(const program::Program& program) {
    std::vector<program::FunctionId> ids;
    for (std::uint32_t i = 0; i < program.functions.size(); ++i)
      if (program.functions[i].has_body || !program.functions[i].refusal.empty()) ids.push_back({i});
    return ids;
  }

  void print(const Common& common, const std::vector<solver::Verdict>& verdicts) const {
    if (common.json()) {
      nlohmann::ordered_json rows = nlohmann::ordered_json::array();
      for (const solver::Verdict& verdict : verdicts) rows.push_back(to_json(verdict));
      fmt::print("{}\n", nlohmann::ordered_json{{"verdicts", rows}}.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
      return;
    }
    print_table(verdicts, common);
    print_counterexamples(verdicts, flags_.repro_folder);
    print_summary(verdicts);
  }

  std::string file_;
  std::vector<std::string> functions_;
  SolverFlags flags_;
  SourceFlags source_;
};

}  // namespace

std::unique_ptr<Command> check_command() { return std::make_unique<CheckCommand>(); }

}  // namespace assay::cli
