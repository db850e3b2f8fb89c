#include "analysis/bench/prediction.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "analysis/bench/prompt_tasks.h"
#include "analysis/code_tasks/sha256.h"
#include "analysis/tasks/labels.h"

namespace assay::analysis::bench {
namespace {

Result<std::string> token_of(const Labels& labels, const Prompt& prompt, const Task& task, BoundArguments& scratch) {
  const analysis::Label label = labels.label(prompt.tokens, scratch);
  if (!label.defined || label.answer.token < 0)
    return input_error(
        fmt::format("{} gives no token of the output on {}: it {}", labels.function().function().name, task.domain.spec().prompts->described(prompt),
                    label.defined ? fmt::format("returns {}", label.value) : labels.explain(prompt.tokens)),
        "let it return one of the output's values for every prompt", SourceRange{labels.function().file(), {}, {}});
  return task.words.symbol(label.answer.token);
}

std::string document(const Task& task, const CFunction& rule, const CFunction& demanded, const Predictions& predictions) {
  const Json head = {{"kind", "assay-predictions"},
                     {"version", 1},
                     {"task", task.name},
                     {"rule", {{"function", rule.function().name}, {"sha256", code_tasks::sha256(rule.text())}}},
                     {"demanded", {{"function", demanded.function().name}, {"sha256", code_tasks::sha256(demanded.text())}}},
                     {"tokens", predictions.tokens}};
  std::string text = head.dump() + "\n";
  for (const Prediction& entry : predictions.entries)
    text += Json{{"request", entry.request}, {"token", entry.token}, {"demanded", entry.demanded}, {"fails", entry.fails()}}.dump() + "\n";
  return text;
}

/// One sample whose outcome is known.
struct Outcome {
  const Prediction* prediction = nullptr;
  std::string family, first, best;  ///< tokens at the site: written, and ranked first
  double log_probability = 0;
  bool failed = false;
};

PredictorScore score(const std::string& name, const std::vector<Outcome>& outcomes, const std::function<bool(const Outcome&)>& predicts) {
  PredictorScore found{.name = name};
  for (const Outcome& outcome : outcomes) found.add(predicts(outcome), outcome.failed);
  return found;
}

/// A majority of the other samples of the same function failed.
PredictorScore base_rate(const std::vector<Outcome>& outcomes) {
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> counts;  // samples, failed
  for (const Outcome& outcome : outcomes) ++counts[outcome.family].first, counts[outcome.family].second += outcome.failed ? 1 : 0;
  return score("failures of the same function", outcomes, [&](const Outcome& outcome) {
    const auto& [all, failures] = counts.at(outcome.family);
    return 2 * (failures - (outcome.failed ? 1 : 0)) > all - 1;
  });
}

double f1(const PredictorScore& score) {
  const double wrong = static_cast<double>(score.false_alarms + score.misses), right = 2 * static_cast<double>(score.hits);
  return right + wrong > 0 ? right / (right + wrong) : 0;
}

PredictorScore log_probability(const std::vector<Outcome>& outcomes) {
  PredictorScore best{.name = "log-probability, best threshold in hindsight"};
  for (const Outcome& outcome : outcomes) best.add(false, outcome.failed);
  for (const Outcome& threshold : outcomes) {
    const PredictorScore tried =
        score(best.name, outcomes, [&](const Outcome& outcome) { return outcome.log_probability <= threshold.log_probability; });
    if (f1(tried) > f1(best)) best = tried;
  }
  return best;
}

std::string percent(const std::optional<double>& share) { return share ? fmt::format("{:.1f} %", 100 * *share) : "-"; }

Json json_of(const std::optional<double>& share) { return share ? Json(*share) : Json(); }

}  // namespace

Result<Predictions> predict(const Task& task, const CFunction& rule, const CFunction& demanded) {
  const Result<Labels> ruled = Labels::create(task, task.domain, rule), right = Labels::create(task, task.domain, demanded);
  if (!ruled) return fail(ruled.error());
  if (!right) return fail(right.error());
  Predictions predictions;
  for (const TokenId token : task.output.symbols) predictions.tokens.push_back(task.words.symbol(token));
  BoundArguments scratch;
  for (const Prompt& prompt : task.domain.spec().prompts->all()) {
    if (!task.domain.scored(prompt.tokens)) continue;
    Result<std::string> token = token_of(*ruled, prompt, task, scratch);
    if (!token) return fail(token.error());
    Result<std::string> wanted = token_of(*right, prompt, task, scratch);
    if (!wanted) return fail(wanted.error());
    predictions.entries.push_back({prompt_id(predictions.entries.size()), std::move(*token), std::move(*wanted)});
  }
  predictions.text = document(task, rule, demanded, predictions);
  predictions.sha256 = code_tasks::sha256(predictions.text);
  return predictions;
}

std::optional<bool> failed(Label label) {
  switch (label) {
    case Label::kProved:
    case Label::kBounded: return false;
    case Label::kWrong:
    case Label::kUnsafe:
    case Label::kBroken: return true;
    case Label::kUndecided:
    case Label::kUnsupported: return std::nullopt;
  }
  return std::nullopt;
}

std::string first_token(const Sample& sample) {
  if (sample.tokens.empty()) return {};
  return sample.answer.substr(sample.tokens[0].begin, sample.tokens[0].end - sample.tokens[0].begin);
}

void PredictorScore::add(bool predicted, bool has_failed) {
  if (predicted) ++(has_failed ? hits : false_alarms);
  else ++(has_failed ? misses : right_passes);
}

std::optional<double> PredictorScore::precision() const {
  if (hits + false_alarms == 0) return {};
  return static_cast<double>(hits) / static_cast<double>(hits + false_alarms);
}

std::optional<double> PredictorScore::recall() const {
  if (hits + misses == 0) return {};
  return static_cast<double>(hits) / static_cast<double>(hits + misses);
}

PredictionScore score_predictions(const Predictions& predictions, const std::vector<CodeTask>& tasks, const ModelRun& model,
                                  const ProbePredictions* probe) {
  PredictionScore found;
  std::vector<Outcome> outcomes;
  for (std::size_t task = 0; task < model.tasks.size(); ++task) {
    const Prediction* prediction = &predictions.entries[task];
    const TaskRun& run = model.tasks[task];
    for (std::size_t i = 0; i < run.samples.size(); ++i) {
      const Sample& sample = run.samples[i];
      Outcome outcome{prediction, tasks[task].family, first_token(sample), {}, sample.log_probability, false};
      if (!sample.tokens.empty() && !sample.tokens[0].alternatives.empty()) outcome.best = sample.tokens[0].alternatives[0].first;
      ++found.samples;
      const bool reached = std::find(predictions.tokens.begin(), predictions.tokens.end(), outcome.first) != predictions.tokens.end();
      found.reached += reached ? 1 : 0;
      found.decided_as_ruled += reached && outcome.first == prediction->token ? 1 : 0;
      const std::optional<bool> known = failed(label_of(run.judgement(i)));
      if (!known) {
        ++found.left_out;
        continue;
      }
      outcome.failed = *known;
      found.failed += *known ? 1 : 0;
      found.failed_elsewhere += *known && outcome.first == prediction->demanded ? 1 : 0;
      outcomes.push_back(std::move(outcome));
    }
  }
  found.predictors = {
      score("the rule", outcomes, [](const Outcome& outcome) { return outcome.prediction->fails(); }),
      score("the model's first choice at the site", outcomes, [](const Outcome& outcome) { return outcome.best != outcome.prediction->demanded; }),
      base_rate(outcomes), log_probability(outcomes)};
  if (probe != nullptr)
    found.predictors.insert(found.predictors.begin() + 2, score(probe->name, outcomes, [&](const Outcome& outcome) {
                              const std::size_t prompt = static_cast<std::size_t>(outcome.prediction - predictions.entries.data());
                              return probe->tokens[prompt] != outcome.prediction->demanded;
                            }));
  return found;
}

bool is_predicted(const ModelRun& model) { return model.skipped.empty() && !model.repair; }

ScoredPredictions score_run(const Predictions& predictions, const std::vector<CodeTask>& tasks, const BenchRun& run, const ProbePredictions* probe) {
  ScoredPredictions scored{.sha256 = predictions.sha256, .count = predictions.entries.size(), .models = {}};
  for (const ModelRun& model : run.models)
    scored.models.push_back(is_predicted(model) ? std::optional(score_predictions(predictions, tasks, model, probe)) : std::nullopt);
  return scored;
}

Json to_json(const PredictionScore& score) {
  Json predictors = Json::array();
  for (const PredictorScore& each : score.predictors)
    predictors.push_back({{"name", each.name},
                          {"hits", each.hits},
                          {"false_alarms", each.false_alarms},
                          {"misses", each.misses},
                          {"right_passes", each.right_passes},
                          {"precision", json_of(each.precision())},
                          {"recall", json_of(each.recall())}});
  return {{"samples", score.samples},   {"reached", score.reached}, {"decided_as_ruled", score.decided_as_ruled},
          {"left_out", score.left_out}, {"failed", score.failed},   {"failed_elsewhere", score.failed_elsewhere},
          {"predictors", predictors}};
}

std::optional<PredictionScore> prediction_score_from_json(const Json& json) {
  try {
    const auto count = [](const Json& from, const char* name) { return from.at(name).get<std::uint64_t>(); };
    PredictionScore score{.samples = count(json, "samples"),
                          .reached = count(json, "reached"),
                          .decided_as_ruled = count(json, "decided_as_ruled"),
                          .left_out = count(json, "left_out"),
                          .failed = count(json, "failed"),
                          .failed_elsewhere = count(json, "failed_elsewhere"),
                          .predictors = {}};
    for (const Json& each : json.at("predictors"))
      score.predictors.push_back({.name = each.at("name").get<std::string>(),
                                  .hits = count(each, "hits"),
                                  .false_alarms = count(each, "false_alarms"),
                                  .misses = count(each, "misses"),
                                  .right_passes = count(each, "right_passes")});
    return score;
  } catch (const Json::exception&) { return std::nullopt; }
}

std::string to_table(const PredictionScore& score) {
  std::string text = fmt::format("  predicted decisions: {} of {} samples reach the site, {} of these decide as the rule says\n", score.reached,
                                 score.samples, score.decided_as_ruled);
  if (score.samples > 0 && score.reached == 0)
    text += "  the site is never reached: no sample begins with one of the output's symbols, so nothing predicted here was decided\n";
  text += fmt::format("  failures: {} of {} judged samples ({} left out); with the demanded token at the site: {}\n", score.failed,
                      score.samples - score.left_out, score.left_out, score.failed_elsewhere);
  for (const PredictorScore& each : score.predictors)
    text += fmt::format("  predicted by {:46} precision {:>7}, recall {:>7} ({} hits, {} false alarms, {} misses)\n", each.name + ":",
                        percent(each.precision()), percent(each.recall()), each.hits, each.false_alarms, each.misses);
  return text;
}

}  // namespace assay::analysis::bench
