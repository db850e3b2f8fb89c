// `assay equiv REF IMPL`: does the implementation do what the reference does, wherever the reference is defined?
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/source_options.h"
#include "solver/equivalence/equivalence.h"

namespace assay::cli {
namespace {

class EquivCommand : public Command {
 public:
  CLI::App* declare(CLI::App& app) override {
    CLI::App* verb = app.add_subcommand("equiv", "Refinement of one C function by another");
    verb->add_option("REF", reference_, "C source of the reference")->required();
    verb->add_option("IMPL", implementation_, "C source of the implementation (may be the same file)")->required();
    verb->add_option("--function", function_, "name in IMPL, and in REF unless --ref-function says otherwise");
    verb->add_option("--ref-function", reference_function_, "name in REF");
    flags_.declare(*verb);
    verb->add_option("--elements", flags_.options.shared_object_elements, "size of an object behind a pointer without a length contract")
        ->check(CLI::Range(1, 64))
        ->capture_default_str()
        ->group("Semantics");
    source_.declare(*verb);
    verb->footer(
        "Examples:\n  assay equiv reference.c candidate.c --function sort\n  assay equiv both.c both.c --ref-function slow --function fast --bound "
        "8");
    return verb;
  }

  int run(const Common& common, Session& session) override {
    Result<lowering::Lowered> reference = read_source(reference_, source_);
    if (!reference) return report(reference.error());
    Result<lowering::Lowered> implementation = read_source(implementation_, source_);
    if (!implementation) return report(implementation.error());
    const std::string reference_name = reference_function_.empty() ? function_ : reference_function_;
    Result<program::FunctionId> f = pick_function(reference->program, reference_, reference_name);
    if (!f) return report(f.error());
    Result<program::FunctionId> g = pick_function(implementation->program, implementation_, function_);
    if (!g) return report(g.error());
    std::error_code ignored;
    if (std::filesystem::equivalent(reference_, implementation_, ignored) && f->value == g->value)
      return report({ErrorKind::kUsage,
                     fmt::format("'{}' is compared with itself", reference->program.function(*f).name),
                     "name two functions with --ref-function and --function",
                     {}});
    session.progress.stage("compare", 1);
    Result<solver::Verdict> verdict = solver::refines(reference->program, *f, implementation->program, *g, flags_.read(session), session);
    session.progress.finish();
    if (!verdict) return report(verdict.error());
    if (Status written = write_repros({*verdict}, flags_.repro_folder); !written) return report(written.error());
    if (common.json()) {
      fmt::print("{}\n", nlohmann::ordered_json{{"verdicts", {to_json(*verdict)}}}.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    } else {
      print_table({*verdict}, common);
      print_counterexamples({*verdict}, flags_.repro_folder);
      print_summary({*verdict});
    }
    return exit_code_of({*verdict});
  }

 private:
  std::string reference_, implementation_, function_, reference_function_;
  SolverFlags flags_;
  SourceFlags source_;
};

}  // namespace

std::unique_ptr<Command> equiv_command() { return std::make_unique<EquivCommand>(); }

}  // namespace assay::cli
