// `assay train SPEC`: trains a network on a task, with the labels of a C function, until it is exact on the whole declared domain.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "analysis/code_tasks/code_training.h"
#include "analysis/tasks/training_run.h"
#include "cli/command.h"

namespace assay::cli {
namespace {

class TrainCommand : public Command {
 public:
  CLI::App* declare(CLI::App& app) override {
    CLI::App* verb = app.add_subcommand("train", "Train a small network on a task; deterministic, resumes after an interruption");
    verb->add_option("spec", spec_, "training spec (TOML, see docs/formats.md)")->required();
    verb->add_option("--models", models_, "folder that ${models} stands for");
    verb->footer("Examples:\n  assay train zoo/max_of_four/max_of_four.train.toml\n  assay train parity.train.toml --format json");
    return verb;
  }

  int run(const Common& common, Session& session) override {
    Result<std::optional<analysis::code_tasks::CodeTraining>> code = analysis::code_tasks::read_code_training(spec_);
    if (!code) return report(code.error());
    return *code ? run_and_report(**code, "requests written as the reference", common, session) : train_task(common, session);
  }

 private:
  int train_task(const Common& common, Session& session) {
    Result<analysis::TrainingRun> run = analysis::read_training_run(spec_, {models_});
    if (!run) return report(run.error());
    return run_and_report(*run, "scored positions right on the whole domain", common, session);
  }

  /// `counted` says what the exact check counts; the run's type says which train() is meant.
  template <class Run>
  int run_and_report(const Run& run, const char* counted, const Common& common, Session& session) {
    Result<circuits::Engine*> engine = circuits::open_engine();
    if (!engine) return report(engine.error());
    Result<circuits::TrainingReport> trained = train(run, **engine, session);
    session.progress.finish();
    if (!trained) return report(trained.error());
    const circuits::DomainAccuracy& accuracy = trained->accuracy;
    if (common.format == "json") {
      const nlohmann::json result = {{"model", run.output},       {"steps", trained->steps},     {"loss", trained->final_loss},
                                     {"scored", accuracy.inputs}, {"correct", accuracy.correct}, {"smallest_margin", accuracy.smallest_margin},
                                     {"exact", accuracy.exact()}, {"resumed", trained->resumed}, {"seconds", trained->seconds}};
      fmt::print("{}\n", result.dump(1));
      return 0;
    }
    fmt::print("{}: {} of {} {}, {}; {} steps, loss {:.4g}, smallest margin {:.4g}, {:.1f} s{}\n", run.output, accuracy.correct, accuracy.inputs,
               counted, accuracy.exact() ? "exact" : "not exact", trained->steps, trained->final_loss, accuracy.smallest_margin, trained->seconds,
               trained->resumed ? " (resumed)" : "");
    return 0;
  }

  std::string spec_, models_;
};

}  // namespace

std::unique_ptr<Command> train_command() { return std::make_unique<TrainCommand>(); }

}  // namespace assay::cli
