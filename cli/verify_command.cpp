// `assay verify HYPOTHESIS...|FOLDER`: checks every claim; the main job.
#include <fmt/format.h>

#include "analysis/claims/verify.h"
#include "base/files.h"
#include "cli/command.h"

#include <filesystem>

namespace assay::cli {
namespace {

class VerifyCommand : public Command {
 public:
  CLI::App* declare(CLI::App& app) override {
    CLI::App* verb = app.add_subcommand("verify", "Check every claim of hypotheses about networks");
    verb->add_option("hypotheses", paths_, "*.hypothesis.toml files, or folders that are searched for them")->required();
    verb->add_option("--out", out_, "folder for result.json");
    verb->add_option("--junit", junit_, "write JUnit XML to this file");
    verb->add_option("--models", options_.models, "folder that ${models} stands for (default: ASSAY_MODELS)");
    verb->add_flag("--deep", options_.deep, "no forecast limits: exact wherever the domain is finite");
    verb->add_option("--rlimit", rlimit_, "solver budget per query, in Z3 resource units");
    verb->add_option("--bound", bound_, "loop iterations where a bound is not constant");
    verb->add_flag("--write-expected", write_expected_, "write expected.json beside the hypotheses from what was found");
    verb->footer("Examples:\n  assay verify zoo --out build/report\n  assay verify zoo/addition/addition.hypothesis.toml --format json");
    return verb;
  }

  int run(const Common& common, Session& session) override {
    Result<std::vector<std::string>> files = analysis::find_hypotheses(paths_);
    if (!files) return report(files.error());
    Result<Cache> cache = Cache::open(session.cache_path);
    if (!cache) return report(cache.error());
    if (rlimit_ > 0) session.budget.solver_rlimit = rlimit_;
    if (bound_ > 0) session.budget.unroll = bound_;
    analysis::NetworkStore store;
    analysis::Verification verification = analysis::verify(*files, options_, store, *cache, session);
    if (write_expected_ && !verification.interrupted)
      if (Status status = analysis::write_expected(verification); !status) return report(status.error());
    analysis::compare_with_expected(verification);
    if (Status status = write(verification); !status) return report(status.error());
    if (common.format == "json") fmt::print("{}\n", analysis::to_json(verification).dump(1));
    else print(verification, common.colour);
    return verification.exit_code();
  }

 private:
  Status write(const analysis::Verification& verification) const {
    if (!out_.empty()) {
      std::error_code error;
      std::filesystem::create_directories(out_, error);
      if (error) return input_error(fmt::format("cannot create {}: {}", out_, error.message()), "name a folder that can be written");
      if (Status status = write_file(out_ + "/result.json", analysis::to_json(verification).dump(1) + "\n"); !status) return status;
    }
    return junit_.empty() ? Status() : write_file(junit_, analysis::to_junit(verification));
  }

  static void print(const analysis::Verification& verification, bool colour) {
    fmt::print("{}", analysis::to_table(verification, colour));
    int claims = 0, skipped = 0, expected = 0, unexpected = 0, broken = 0;
    for (const analysis::HypothesisResult& hypothesis : verification.hypotheses) {
      skipped += hypothesis.skipped ? 1 : 0;
      broken += hypothesis.error ? 1 : 0;
      for (const analysis::ClaimResult& claim : hypothesis.claims) {
        ++claims;
        if (claim.expect) ++(claim.as_expected() ? expected : unexpected);
      }
    }
    for (const std::string& line : verification.unexpected) fmt::print("{}\n", line);
    fmt::print("{} hypotheses ({} skipped, {} with errors), {} claims; {} as expected, {} not as expected; {:.1f} s{}\n",
               verification.hypotheses.size(), skipped, broken, claims, expected, unexpected + static_cast<int>(verification.unexpected.size()),
               verification.seconds, verification.interrupted ? "; interrupted: run the command again, finished claims are cached" : "");
  }

  std::vector<std::string> paths_;
  std::string out_, junit_;
  analysis::VerifyOptions options_;
  std::uint64_t rlimit_ = 0;
  int bound_ = 0;
  bool write_expected_ = false;
};

}  // namespace

std::unique_ptr<Command> verify_command() { return std::make_unique<VerifyCommand>(); }

}  // namespace assay::cli
