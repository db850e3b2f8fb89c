// `assay infer TASK`: finds the program that a network computes, writes it as C with a hypothesis, and verifies that.
#include <filesystem>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analysis/claims/verify.h"
#include "analysis/inference/infer_task.h"
#include "base/files.h"
#include "cli/command.h"

namespace assay::cli {
namespace {

namespace fs = std::filesystem;

class InferCommand : public Command {
 public:
  CLI::App* declare(CLI::App& app) override {
    CLI::App* verb = app.add_subcommand("infer", "Find the program that a network computes, as C, and verify it");
    verb->add_option("task", task_, "task file")->required();
    verb->add_option("--out", out_, "folder for NAME.c and inferred.hypothesis.toml (default: inferred/NAME)");
    verb->add_option("--function", options_.function, "name of the function to write");
    verb->add_option("--reference", reference_, "FILE:FUNCTION that the inferred program is compared with");
    verb->add_option("--models", verify_.models, "folder that ${models} stands for (default: ASSAY_MODELS)");
    verb->add_option("--states", options_.learner.most_states, "largest automaton");
    verb->add_option("--size", options_.search.most_size, "largest enumerated term, in nodes");
    verb->add_flag("--no-verify", no_verify_, "write the program and the hypothesis only");
    verb->footer("Examples:\n  assay infer zoo/running_parity/running_parity.task.toml\n"
                 "  assay infer zoo/addition/addition.task.toml --reference zoo/addition/reference.c:add --out /tmp/addition");
    return verb;
  }

  int run(const Common& common, Session& session) override {
    Result<analysis::Task> task = analysis::read_task(task_, {verify_.models});
    if (!task) return report(task.error());
    if (task->skipped) return report({ErrorKind::kInput, *task->skipped, "pass --models DIR"});
    Result<Cache> cache = Cache::open(session.cache_path);
    if (!cache) return report(cache.error());
    analysis::NetworkStore store;
    Result<circuits::Network*> network = store.network(task->model);
    if (!network) return report(network.error());
    Result<const analysis::NetworkOutputs*> outputs = store.outputs(**network, *task, task->domain, *cache, session);
    if (!outputs) return report(outputs.error());
    Result<analysis::InferredProgram> program = analysis::infer_program(*task, **network, **outputs, options_, session);
    session.progress.finish();
    if (!program) return report(program.error());

    Result<std::string> hypothesis = write(*task, *program);
    if (!hypothesis) return report(hypothesis.error());
    if (common.format == "text") fmt::print("{}: {}\n\n{}\nwritten: {}\n\n", task->name, program->summary, program->text, *hypothesis);
    if (no_verify_) {
      if (common.format == "json") fmt::print("{}\n", to_json(*program, *hypothesis).dump(1));
      return 0;
    }
    const analysis::Verification verification = analysis::verify({*hypothesis}, verify_, store, *cache, session);
    if (common.format == "json") {
      nlohmann::json json = to_json(*program, *hypothesis);
      json["verification"] = analysis::to_json(verification);
      fmt::print("{}\n", json.dump(1));
    } else {
      fmt::print("{}", analysis::to_table(verification, common.colour));
      print_variables(verification);
    }
    return verification.exit_code();
  }

 private:
  /// Which of the program's variables were found in the network: a program that only behaves alike says nothing about internals.
  static void print_variables(const analysis::Verification& verification) {
    for (const analysis::HypothesisResult& hypothesis : verification.hypotheses)
      for (const analysis::ClaimResult& claim : hypothesis.claims) {
        if (claim.kind != "iia") continue;
        const char* found = "undecided whether it is in the network";
        switch (claim.grade()) {
          case Grade::kProved: case Grade::kBounded: case Grade::kMeasured: found = "found in the network"; break;
          case Grade::kRefuted: found = "not found in the network, so far the program describes behaviour only"; break;
          case Grade::kVacuous: found = "cannot be found: no swap of it changes the program's answer"; break;
          case Grade::kUnknown: case Grade::kUnsupported: break;
        }
        fmt::print("{}: {} ({})\n", claim.id, found, claim.summary);
      }
  }

  static nlohmann::json to_json(const analysis::InferredProgram& program, const std::string& hypothesis) {
    return {{"function", program.function}, {"program", program.text}, {"summary", program.summary}, {"points", program.points}, {"hypothesis", hypothesis}};
  }

  /// Writes both files; gives the path of the hypothesis. Paths inside it are relative to its folder.
  Result<std::string> write(const analysis::Task& task, const analysis::InferredProgram& program) {
    const fs::path folder = out_.empty() ? fs::path("inferred") / task.name : fs::path(out_);
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) return input_error(fmt::format("cannot create {}: {}", folder.string(), error.message()), "name a folder that can be written");
    auto seen_from_folder = [&](const std::string& path) { return fs::relative(path, folder).generic_string(); };
    std::optional<analysis::FunctionSource> reference;
    if (!reference_.empty()) {
      const std::size_t colon = reference_.rfind(':');
      if (colon == std::string::npos)
        return fail({ErrorKind::kUsage, fmt::format("--reference {}: no function is named", reference_), "write FILE:FUNCTION"});
      reference = analysis::FunctionSource{seen_from_folder(reference_.substr(0, colon)), reference_.substr(colon + 1)};
    }
    const std::string file = "inferred.c";
    if (Status status = write_file((folder / file).string(), program.text); !status) return fail(status.error());
    const fs::path hypothesis = folder / "inferred.hypothesis.toml";
    const std::string text = analysis::hypothesis_text(program, seen_from_folder(task.file), file, reference);
    if (Status status = write_file(hypothesis.string(), text); !status) return fail(status.error());
    return hypothesis.string();
  }

  std::string task_, out_, reference_;
  analysis::InferenceOptions options_;
  analysis::VerifyOptions verify_;
  bool no_verify_ = false;
};

}  // namespace

std::unique_ptr<Command> infer_command() { return std::make_unique<InferCommand>(); }

}  // namespace assay::cli
