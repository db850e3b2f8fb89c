#include "analysis/bench/pages/report_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/bench/pages/document_check.h"
#include "analysis/bench/pages/html.h"

namespace assay::analysis::bench {
namespace {

CodeTask task_from(const Json& json) {
  CodeTask task{.id = text_of(json, "id"), .family = text_of(json, "family"), .split = text_of(json, "split")};
  if (is_variation(json)) task.variation = text_of(json, "variation");
  for (const Json& entry : json.at("attributes")) task.attributes.emplace_back(entry.at(0).get<std::string>(), entry.at(1).get<std::string>());
  task.standard = text_of(json, "standard");
  task.prompt = text_of(json, "prompt");
  task.declaration = text_of(json, "declaration");
  task.function = text_of(json, "function");
  task.contract = json.at("contract").get<std::vector<std::string>>();
  task.reference_body = text_of(json, "reference_body");
  return task;
}

/// Of a part that its own reader has to accept; the document check has said that it is there.
template <class Part>
Part whole(std::optional<Part> part, const Json& json) {
  if (!part) throw Json::other_error::create(501, "unknown contents", &json);
  return std::move(*part);
}

TaskRun run_from(const Json& json) {
  TaskRun run;
  for (const Json& entry : json.at("samples")) {
    run.samples.push_back(whole(sample_from_json(entry), entry));
    run.samples.back().answer_id = entry.at("answer_id").get<std::size_t>();
  }
  for (const Json& entry : json.at("answers")) {
    JudgedAnswer& answer = run.answers.emplace_back(JudgedAnswer{text_of(entry, "text"), whole(judgement_from_json(entry.at("judgement")), entry)});
    if (entry.contains("random_runs")) answer.random_runs = whole(random_runs_from_json(entry.at("random_runs")), entry);
    if (entry.contains("wrong_decision")) answer.decision = whole(wrong_decision_from_json(entry.at("wrong_decision")), entry);
  }
  run.meanings = whole(meanings_from_json(json.at("meanings")), json);
  return run;
}

ModelRun model_from(const Json& json) {
  ModelRun model{.name = text_of(json, "name"), .path = text_of(json, "path")};
  if (is_skipped(json)) {
    model.skipped = text_of(json, "skipped");
    return model;
  }
  const Json& tokenizer = json.at("tokenizer");
  model.facts = {.hash = text_of(json, "hash"),
                 .processing = text_of(json, "processing"),
                 .tokenizer = text_of(tokenizer, "kind"),
                 .tokenizer_hash = text_of(tokenizer, "hash"),
                 .adds_bos = tokenizer.at("adds_bos").get<bool>(),
                 .chat_template_applied = tokenizer.at("chat_template_applied").get<bool>(),
                 .parameters = json.at("parameters").get<std::uint64_t>()};
  model.tokens = json.at("tokens").get<std::uint64_t>();
  for (const Json& run : json.at("tasks")) model.tasks.push_back(run_from(run));
  if (json.contains("repair")) {
    const Json& repair = json.at("repair");
    model.repair = whole(repair_from_json(repair), repair);
    if (repair.contains("divergence")) model.divergence = whole(divergence_from_json(repair.at("divergence")), repair);
  }
  for (const Json& pair : json.value("variations", Json::array())) model.variations.push_back(whole(variation_from_json(pair), pair));
  return model;
}

/// A repair is compared with the model that it changes.
void check_repairs(const std::vector<ModelRun>& models, const Json& document) {
  for (const ModelRun& model : models) {
    const auto is_changed = [&](const ModelRun& other) { return model.repair && other.name == model.repair->of && other.skipped.empty(); };
    if (model.repair && std::none_of(models.begin(), models.end(), is_changed))
      throw Json::other_error::create(501, fmt::format("a repair of '{}', which is no model of the run", model.repair->of), &document);
  }
}

Sampling sampling_from(const Json& json) {
  Sampling sampling;
  sampling.samples = json.at("samples").get<int>();
  sampling.temperature = json.at("temperature").get<double>();
  sampling.top_p = json.at("top_p").get<double>();
  sampling.seed = json.at("seed").get<std::uint64_t>();
  sampling.max_tokens = json.at("max_tokens").get<int>();
  sampling.stop = json.at("stop").get<std::vector<std::string>>();
  sampling.chat = json.value("chat", "");
  return sampling;
}

VerificationBudget budget_from(const Json& json) {
  VerificationBudget budget;
  budget.rlimit = json.at("rlimit").get<std::uint64_t>();
  if (json.contains("bound") && !json.at("bound").is_null()) budget.bound = json.at("bound").get<int>();
  budget.elements = json.at("elements").get<int>();
  budget.random_runs = json.at("random_runs").get<std::uint64_t>();
  budget.doomed = json.value("doomed", false);
  return budget;
}

std::vector<PolicyScore> policies_from(const Json& model) {
  std::vector<PolicyScore> scores;
  for (const Json& score : model.value("policies", Json::array())) scores.push_back(whole(policy_score_from_json(score), score));
  return scores;
}

std::optional<ScoredPredictions> predictions_from(const Json& document) {
  if (!document.contains("predictions")) return {};
  const Json& found = document.at("predictions");
  ScoredPredictions scored{.sha256 = text_of(found, "sha256"), .count = found.at("count").get<std::uint64_t>(), .models = {}};
  for (const Json& model : document.at("models"))
    scored.models.push_back(model.contains("prediction") ? std::optional(whole(prediction_score_from_json(model.at("prediction")), model))
                                                         : std::nullopt);
  return scored;
}

/// Seconds are for people: a document without them is as good.
void read_timing(const Json& document, BenchRun& run) {
  const Json timing = document.value("timing", Json::object());
  run.seconds = timing.value("seconds", 0.0);
  run.judged = timing.value("judged", std::uint64_t{0});
  run.judging_wall_seconds = timing.value("judging_wall_seconds", 0.0);
  const Json models = timing.value("models", Json::array());
  for (std::size_t m = 0; m < std::min(models.size(), run.models.size()); ++m) {
    run.models[m].writing_seconds = models[m].value("writing_seconds", 0.0);
    run.models[m].judging_seconds = models[m].value("judging_seconds", 0.0);
  }
}

}  // namespace

bool is_bench_result(const Json& document) { return document.is_object() && document.contains("kind") && document["kind"] == "assay-bench"; }

Result<BenchReport> read_report(const Json& document) {
  if (Status status = check_document(document); !status) return fail(status.error());
  try {
    BenchReport report{.source = text_of(document, "source"), .rules = document.at("rules").get<std::vector<std::string>>()};
    for (const Json& task : document.at("tasks")) report.tasks.push_back(task_from(task));
    report.sampling = sampling_from(document.at("sampling"));
    report.budget = budget_from(document.at("verification"));
    for (const Json& model : document.at("models")) report.run.models.push_back(model_from(model));
    check_repairs(report.run.models, document);
    report.predictions = predictions_from(document);
    for (const Json& model : document.at("models")) report.policies.push_back(policies_from(model));
    read_timing(document, report.run);
    return report;
  } catch (const Json::exception& error) {
    return input_error(fmt::format("bench.json cannot be read: {}", error.what()), "write it again with `assay bench`");
  }
}

}  // namespace assay::analysis::bench
