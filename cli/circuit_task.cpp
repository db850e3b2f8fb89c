#include "cli/circuit_task.h"

#include <fmt/format.h>

namespace assay::cli {

Status narrow(analysis::Task& task, const std::string& option, const std::string& text) {
  if (text.empty()) return {};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon + 1 == text.size())
    return fail({ErrorKind::kUsage, fmt::format("{} {}: no function is named", option, text), "write FILE:FUNCTION"});
  if (task.where)
    return input_error(fmt::format("{}: the task's domain has a predicate of its own, {}", task.file, task.where->function),
                       fmt::format("leave out {}, or put both into one function there", option));
  task.where = analysis::FunctionSource{text.substr(0, colon), text.substr(colon + 1)};
  return analysis::attach_where(task.domain, task.where, task.arguments);
}

void CircuitOptions::declare(CLI::App& verb) {
  verb.add_option("--models", models, "folder that ${models} stands for (default: ASSAY_MODELS)");
  verb.add_option("--where", where, "FILE:FUNCTION, a predicate over the task's arguments: only inputs for which it is not 0");
  verb.add_option("--ablation", ablation, "what a removed edge carries")
      ->check(CLI::IsMember({"resample", "mean", "mean-positional", "zero"}))
      ->capture_default_str();
  verb.add_option("--metric", metric, "what is measured")
      ->check(CLI::IsMember({"logit-difference", "kl", "probability", "accuracy"}))
      ->capture_default_str();
  verb.add_option("--examples", examples, "the whole domain if it has no more inputs, else a seeded sample of this size")
      ->check(CLI::Range(1, 1 << 24))
      ->capture_default_str();
  verb.add_option("--seed", seed, "of the sample and of the counterfactual partners")->capture_default_str();
}

circuits::Ablation CircuitOptions::ablation_kind() const {
  if (ablation == "zero") return circuits::Ablation::kZero;
  if (ablation == "mean") return circuits::Ablation::kMean;
  return ablation == "mean-positional" ? circuits::Ablation::kMeanPositional : circuits::Ablation::kResample;
}

circuits::MetricKind CircuitOptions::metric_kind() const {
  if (metric == "kl") return circuits::MetricKind::kKlDivergence;
  if (metric == "probability") return circuits::MetricKind::kProbability;
  return metric == "accuracy" ? circuits::MetricKind::kAccuracy : circuits::MetricKind::kLogitDifference;
}

Status CircuitTask::open(const CircuitOptions& options, Session& session) {
  Result<analysis::Task> task = analysis::read_task(options.task, {options.models});
  if (!task) return fail(task.error());
  if (task->skipped) return input_error(*task->skipped, "pass --models DIR");
  if (Status narrowed = narrow(*task, "--where", options.where); !narrowed) return narrowed;
  hypothesis_.task = std::move(*task);
  const Result<circuits::Network*> network = store_.network(hypothesis_.task.model);
  if (!network) return fail(network.error());
  network_ = *network;
  if (options.must_reach && hypothesis_.task.domain.spec().prompts && !hypothesis_.task.output.symbols.empty()) {
    const Result<analysis::FirstChoices> first = analysis::first_choices(hypothesis_.task, *network_);
    if (!first) return fail(first.error());
    if (Status reached = analysis::must_reach(hypothesis_.task, *first); !reached) return reached;
    first_choices_ = *first;
  }
  Result<Cache> cache = Cache::open(session.cache_path);
  if (!cache) return fail(cache.error());
  const analysis::VerifyOptions verify{options.models};
  analysis::Json report;
  analysis::ClaimContext context{hypothesis_, verify, store_, *cache, session, report};
  Result<analysis::ExampleSet> examples =
      analysis::make_examples(context, *network_, hypothesis_.task.domain, static_cast<std::size_t>(options.examples), options.seed);
  if (!examples) return fail(examples.error());
  set_ = std::move(*examples);
  return {};
}

}  // namespace assay::cli
