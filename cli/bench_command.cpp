// `assay bench SUITE`: lets models write code, judges every answer, and reports what is proved, wrong, unsafe or only passes the tests.
#include <fmt/format.h>

#include <filesystem>

#include "analysis/bench/bench_result.h"
#include "analysis/bench/completions.h"
#include "analysis/bench/pages/pages.h"
#include "base/files.h"
#include "base/sandbox.h"
#include "cli/command.h"
#include "cli/probe_predictions.h"

namespace assay::cli {
namespace {

namespace bench = analysis::bench;

class BenchCommand : public Command {
 public:
  CLI::App* declare(CLI::App& app) override {
    CLI::App* verb = app.add_subcommand("bench", "Let models write C functions and prove or refute them");
    auto* suite = verb->add_option("SUITE", suite_, "suite (TOML, see docs/formats.md)");
    verb->add_option("--completions", completions_, "judge the completions of this file (JSONL) instead")->excludes(suite);
    verb->add_option("--std", completion_options_.standard, "language standard of the completions")->capture_default_str();
    verb->add_option("--generation-key", completion_options_.generation_key, "key of the completion in each line (default: generation)");
    verb->add_option("--rlimit", budget_.rlimit, "with --completions: solver budget per query, in Z3 resource units")->capture_default_str();
    verb->add_option("--bound", bound_, "with --completions: iterations of loops that nothing bounds")->check(CLI::Range(1, 100'000));
    verb->add_option("--random-runs", random_runs_, "also run each proved answer beside its reference on so many random inputs")
        ->check(CLI::Range(0, 10'000'000));
    verb->add_flag("--doomed", doomed_, "find the first decision after which a wrong or unsafe answer could not become right any more");
    verb->add_flag("--sites", sites_, "map each answer's decision sites: tokens, AST node, concept, and alternatives with their probabilities");
    verb->add_option("--out", out_, "folder for bench.json and the HTML pages");
    verb->add_option("--models", options_.models, "folder that ${models} stands for (default: ASSAY_MODELS)");
    verb->add_option("--limit", options_.limit, "only the first N requests or completions")->check(CLI::Range(1, 1'000'000));
    verb->add_flag("--variants", options_.variants, "also ask each drawn request in other words, names and form, and for another attribute");
    verb->add_option("--write-requests", requests_, "write the suite's requests to this file and do nothing else");
    verb->footer(
        "Examples:\n  assay bench zoo/code/suite.toml --out build/bench\n  assay bench --completions generations.jsonl --std c++20 --out "
        "build/judged");
    return verb;
  }

  int run(const Common& common, Session& session) override {
    if (suite_.empty() && completions_.empty())
      return report({ErrorKind::kUsage, "found neither a suite nor --completions", "name a suite, or a file of completions", {}});
    if (requests_.empty())
      if (Status available = sandbox_available(); !available) return report(available.error());
    if (Status status = make_folder(); !status) return report(status.error());
    Result<Cache> cache = Cache::open(session.cache_path);
    if (!cache) return report(cache.error());
    Result<std::optional<bench::BenchReport>> result = suite_.empty() ? judge_completions(*cache, session) : run_suite(*cache, session);
    session.progress.finish();
    if (!result) return report(result.error());
    return *result ? show(**result, common) : 0;
  }

 private:
  /// Nothing where only the requests were to be written.
  Result<std::optional<bench::BenchReport>> run_suite(Cache& cache, Session& session) {
    Result<bench::Suite> suite = bench::read_suite(suite_, options_);
    if (!suite) return fail(suite.error());
    if (random_runs_) suite->budget.random_runs = *random_runs_;
    if (doomed_) suite->budget.doomed = true;
    if (sites_) suite->budget.sites = true;
    if (!requests_.empty()) {
      if (suite->requests.empty())
        return input_error("the suite's requests are the prompts of a task", "read them in bench.json", SourceRange{suite_, {}, {}});
      if (Status status = analysis::code_tasks::write_requests(requests_, suite->requests); !status) return fail(status.error());
      fmt::print("{}: {} requests\n", requests_, suite->requests.size());
      return std::nullopt;
    }
    Result<std::optional<bench::Predictions>> predictions = predict(*suite);
    if (!predictions) return fail(predictions.error());
    const Result<std::optional<bench::ProbePredictions>> probe = probe_predictions(*suite, session);
    if (!probe) return fail(probe.error());
    Result<bench::BenchRun> run = bench::run_suite(*suite, cache, session);
    if (!run) return fail(run.error());
    std::optional<bench::ScoredPredictions> scored;
    if (*predictions) scored = bench::score_run(**predictions, suite->tasks, *run, *probe ? &**probe : nullptr);
    bench::BenchReport report{suite_, std::move(suite->tasks), suite->sampling, suite->budget, std::move(*run), {}, std::move(scored)};
    report.policies = bench::score_policies(report.tasks, report.run, *predictions ? &**predictions : nullptr);
    return report;
  }

  /// Written, and their hash shown, before anything is generated.
  Result<std::optional<bench::Predictions>> predict(const bench::Suite& suite) const {
    if (!suite.prediction) return std::nullopt;
    Result<bench::Predictions> predictions = bench::predict(suite.prediction->task, suite.prediction->rule, suite.prediction->demanded);
    if (!predictions) return fail(predictions.error());
    const std::string file = out_.empty() ? "predictions" : out_ + "/predictions.jsonl";
    if (!out_.empty())
      if (Status status = write_file(file, predictions->text); !status) return fail(status.error());
    fmt::print(stderr, "{}: {} before anything was generated, sha256 {}\n", file, predictions->entries.size(), predictions->sha256);
    return std::optional(std::move(*predictions));
  }

  Result<std::optional<bench::BenchReport>> judge_completions(Cache& cache, Session& session) {
    completion_options_.limit = options_.limit;
    if (bound_ > 0) budget_.bound = bound_;
    budget_.random_runs = random_runs_.value_or(0);
    budget_.doomed = doomed_;
    budget_.sites = sites_;
    Result<bench::Completions> completions = bench::read_completions(completions_, completion_options_);
    if (!completions) return fail(completions.error());
    Result<bench::BenchRun> run = bench::judge_completions(completions->tasks, std::move(completions->samples), budget_, cache, session);
    if (!run) return fail(run.error());
    bench::BenchReport result{completions_, std::move(completions->tasks), {}, budget_, std::move(*run), std::move(completions->rules)};
    result.run.models.front().name = completions_;
    return result;
  }

  /// Before the work, so that a folder that cannot be written is found at once.
  Status make_folder() const {
    if (out_.empty()) return {};
    std::error_code error;
    std::filesystem::create_directories(out_, error);
    if (error) return input_error(fmt::format("cannot create {}: {}", out_, error.message()), "name a folder that can be written");
    const std::string file = out_ + "/bench.json";
    return std::filesystem::exists(file, error) ? Status() : write_file(file, "{}\n");
  }

  Status write(const nlohmann::json& json) const {
    if (Status status = write_file(out_ + "/bench.json", json.dump(1) + "\n"); !status) return status;
    return bench::write_bench_pages(json, out_);
  }

  int show(const bench::BenchReport& result, const Common& common) const {
    const nlohmann::json json = bench::to_json(result);
    if (!out_.empty())
      if (Status status = write(json); !status) return report(status.error());
    if (common.json()) fmt::print("{}\n", json.dump(1));
    else fmt::print("{}", bench::to_table(result));
    return bench::exit_code(result);
  }

  std::string suite_, completions_, out_, requests_;
  bench::SuiteOptions options_;
  bench::CompletionsOptions completion_options_;
  bench::VerificationBudget budget_;
  int bound_ = 0;
  bool doomed_ = false, sites_ = false;
  std::optional<std::uint64_t> random_runs_;
};

}  // namespace

std::unique_ptr<Command> bench_command() { return std::make_unique<BenchCommand>(); }

}  // namespace assay::cli
