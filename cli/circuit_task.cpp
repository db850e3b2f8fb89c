#include "cli/circuit_task.h"

namespace assay::cli {

void CircuitOptions::declare(CLI::App& verb) {
  verb.add_option("--models", models, "folder that ${models} stands for (default: ASSAY_MODELS)");
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
  hypothesis_.task = std::move(*task);
  const Result<circuits::Network*> network = store_.network(hypothesis_.task.model);
  if (!network) return fail(network.error());
  network_ = *network;
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
