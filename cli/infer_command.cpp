// `assay infer TASK`: finds the program that a network computes, writes it as C with a hypothesis, and verifies that.
#include <fmt/format.h>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "analysis/claims/verify.h"
#include "analysis/inference/infer_task.h"
#include "base/files.h"
#include "cli/infer_site.h"

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
    verb->add_option("--states", options_.learner.most_states, "largest automaton")->check(CLI::Range(1, 100'000))->capture_default_str();
    verb->add_option("--size", options_.search.most_size, "largest enumerated term, in nodes")->check(CLI::Range(1, 32))->capture_default_str();
    verb->add_flag("--no-verify", no_verify_, "write the program and the hypothesis only");
    verb->add_option("--circuit", site_.circuit,
                     "of a template of prompts: circuit with spans that the rule of the decision is read from (default: found by EAP-IG)");
    verb->add_option("--test", site_.tests,
                     "of a template: task with other prompts, on which the rule is tested against rivals (default: halves of TASK)");
    verb->add_option("--where", site_.where, "of a template: FILE:FUNCTION, a predicate over its slots: the rule is read from these prompts alone");
    verb->add_option("--test-where", site_.test_where, "of a template: FILE:FUNCTION: prompts of TASK on which the rule is tested");
    verb->add_option("--edges", site_.edges, "of a template: edges of a circuit that is found")->capture_default_str();
    verb->add_option("--examples", site_.examples, "of a template: pairs that a circuit is found on")->capture_default_str();
    verb->add_option("--seed", site_.read.seed, "of a template: of pairs and swaps")->capture_default_str();
    verb->footer(
        "Examples:\n  assay infer zoo/running_parity/running_parity.task.toml\n"
        "  assay infer zoo/addition/addition.task.toml --reference zoo/addition/reference.c:digit --out /tmp/addition\n"
        "  assay infer zoo/smollm2/loop_comparison/found_on.task.toml --circuit zoo/smollm2/loop_comparison/copying.circuit.json \\\n"
        "              --test zoo/smollm2/loop_comparison/held_out.task.toml\n"
        "  assay infer zoo/smollm2/decisions/operator/operator.task.toml --where zoo/smollm2/decisions/halves.c:found_on \\\n"
        "              --test-where zoo/smollm2/decisions/halves.c:held_out");
    return verb;
  }

  int run(const Common& common, Session& session) override {
    if (Status status = read_reference(); !status) return report(status.error());
    Result<analysis::Task> task = analysis::read_task(task_, {verify_.models});
    if (!task) return report(task.error());
    if (task->skipped) return report({ErrorKind::kInput, *task->skipped, "pass --models DIR"});
    if (task->domain.spec().prompts) return infer_decision(common, session);
    Result<Cache> cache = Cache::open(session.cache_path);
    if (!cache) return report(cache.error());
    analysis::NetworkStore store;
    Result<circuits::Network*> network = store.network(task->model);
    if (!network) return report(network.error());
    Result<const analysis::NetworkOutputs*> outputs = store.outputs(**network, *task, task->domain, *cache, session);
    if (!outputs) return report(outputs.error());
    Result<analysis::InferredProgram> program = analysis::infer_program(*task, **network, **outputs, options_, session);
    session.progress.finish();
    if (!program) return no_answer(program.error());
    if (Status status = choose_files(*task); !status) return report(status.error());
    if (source_) source_->file = seen_from_folder(source_->file);
    if (Status status = write_file(program_file_, program->text); !status) return report(status.error());
    return conclude(common, *task, *program, store, *cache, session);
  }

 private:
  int infer_decision(const Common& common, Session& session) {
    site_.task = task_, site_.out = out_, site_.function = options_.function, site_.reference = source_;
    site_.no_verify = no_verify_, site_.verify = verify_;
    return infer_site(site_, common, session);
  }

  /// Searches the variables' sites, writes the hypothesis that states them, and verifies it.
  int conclude(const Common& common, const analysis::Task& task, analysis::InferredProgram& program, analysis::NetworkStore& store, Cache& cache,
               Session& session) {
    std::vector<analysis::FoundSite> sites;
    if (!no_verify_ && !program.variables.empty()) {
      if (Status status = write_hypothesis(task, program, sites, analysis::InferredClaims::kVariables); !status) return report(status.error());
      find_sites(analysis::verify({hypothesis_file_}, verify_, store, cache, session), program, sites);
    }
    if (Status status = write_hypothesis(task, program, sites, analysis::InferredClaims::kAll); !status) return report(status.error());
    if (common.format == "text") print_program(task, program);
    nlohmann::json json = to_json(program);
    int code = 0;
    if (!no_verify_) {
      const analysis::Verification verification = analysis::verify({hypothesis_file_}, verify_, store, cache, session);
      code = verification.exit_code();
      json["verification"] = analysis::to_json(verification);
      if (common.format == "text") {
        fmt::print("{}", analysis::to_table(verification, common.colour));
        print_variables(verification, program);
      }
    }
    if (common.format == "json") fmt::print("{}\n", json.dump(1));
    return code;
  }

  /// No answer is a legal answer: it has a reason, and the exit code of what ran out.
  static int no_answer(Error error) {
    if (error.kind == ErrorKind::kBudget) error.message = "no program found: " + error.message;
    return report(error);
  }

  /// Reads from a search where each variable was found best. Without an answer for one of them none is aligned, and a note says why.
  static void find_sites(const analysis::Verification& search, analysis::InferredProgram& program, std::vector<analysis::FoundSite>& sites) {
    const analysis::HypothesisResult& hypothesis = search.hypotheses.front();
    for (const analysis::ClaimResult& claim : hypothesis.claims) {
      const nlohmann::json& alignments = claim.details.value("alignments", nlohmann::json::object());
      for (const analysis::InferredVariable& variable : program.variables)
        if (alignments.contains(variable.id()) && alignments[variable.id()].contains("search")) {
          const nlohmann::json& found = alignments[variable.id()];
          sites.push_back({found["site"].get<std::string>(), found["position"].get<std::string>(), found["search"]["tried"].get<std::uint64_t>()});
        }
    }
    if (sites.size() == program.variables.size()) return;
    sites.clear();
    program.variables.clear();
    program.notes.push_back("no variable is aligned: " + (hypothesis.error ? hypothesis.error->message : std::string("the search was interrupted")));
  }

  void print_program(const analysis::Task& task, const analysis::InferredProgram& program) const {
    fmt::print("{}: {}\n", task.name, program.summary);
    for (const std::string& note : program.notes) fmt::print("{}: {}\n", task.name, note);
    fmt::print("\n{}\nwritten: {}\n\n", program.text, hypothesis_file_);
  }

  static const char* verdict_on(Grade grade) {
    switch (grade) {
      case Grade::kProved:
      case Grade::kBounded:
      case Grade::kMeasured: return "found in the network";
      case Grade::kRefuted: return "not found in the network, so far the program describes behaviour only";
      case Grade::kVacuous: return "cannot be found: no swap of it changes the program's answer";
      case Grade::kUnknown:
      case Grade::kUnsupported: break;
    }
    return "undecided whether it is in the network";
  }

  /// Which of the program's variables were found in the network: a program that only behaves alike says nothing about internals.
  static void print_variables(const analysis::Verification& verification, const analysis::InferredProgram& program) {
    for (const analysis::ClaimResult& claim : verification.hypotheses.front().claims) {
      if (claim.kind != "iia") continue;
      fmt::print("{}: {} ({}: {})\n", claim.id, verdict_on(claim.grade()), claim.subject, claim.summary);
      for (const analysis::InferredVariable& variable : program.variables)
        if (claim.id == "iia." + variable.id() && variable.is_answer)
          fmt::print("  {} decides the answer one to one: where it is found the answer sits, and no more than that is said\n", variable.id());
    }
  }

  nlohmann::json to_json(const analysis::InferredProgram& program) const {
    nlohmann::json variables = nlohmann::json::array();
    for (const analysis::InferredVariable& variable : program.variables)
      variables.push_back({{"point", variable.point}, {"is_answer", variable.is_answer}});
    return {{"function", program.function}, {"program", program.text}, {"summary", program.summary},
            {"variables", variables},       {"notes", program.notes},  {"hypothesis", hypothesis_file_}};
  }

  /// Where both files go; paths inside the hypothesis are relative to its folder.
  Status choose_files(const analysis::Task& task) {
    folder_ = out_.empty() ? fs::path("inferred") / task.name : fs::path(out_);
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error) return input_error(fmt::format("cannot create {}: {}", folder_.string(), error.message()), "name a folder that can be written");
    program_file_ = (folder_ / "inferred.c").string();
    hypothesis_file_ = (folder_ / "inferred.hypothesis.toml").string();
    return {};
  }

  /// Before the search, which may take minutes: a reference that cannot be read would make them useless.
  Status read_reference() {
    if (reference_.empty()) return {};
    const std::size_t colon = reference_.rfind(':');
    if (colon == std::string::npos)
      return fail({ErrorKind::kUsage, fmt::format("--reference {}: no function is named", reference_), "write FILE:FUNCTION"});
    source_ = analysis::FunctionSource{reference_.substr(0, colon), reference_.substr(colon + 1)};
    if (Result<analysis::CFunction> code = analysis::CFunction::load(*source_); !code) return fail(code.error());
    return {};
  }

  std::string seen_from_folder(const std::string& path) const { return fs::relative(path, folder_).generic_string(); }

  Status write_hypothesis(const analysis::Task& task, const analysis::InferredProgram& program, const std::vector<analysis::FoundSite>& sites,
                          analysis::InferredClaims claims) const {
    return write_file(hypothesis_file_, analysis::hypothesis_text(program, seen_from_folder(task.file), "inferred.c", source_, sites, claims));
  }

  std::string task_, out_, reference_;
  fs::path folder_;
  std::string program_file_, hypothesis_file_;
  std::optional<analysis::FunctionSource> source_;
  analysis::InferenceOptions options_;
  analysis::VerifyOptions verify_;
  InferSiteOptions site_;
  bool no_verify_ = false;
};

}  // namespace

std::unique_ptr<Command> infer_command() { return std::make_unique<InferCommand>(); }

}  // namespace assay::cli
