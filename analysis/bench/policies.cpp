#include "analysis/bench/policies.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "analysis/bench/statistics.h"

namespace assay::analysis::bench {
namespace {

/// How many tokens of a sample are paid for before it is given up; none: it is taken.
using GivesUp = std::function<std::optional<std::size_t>(std::size_t task, std::size_t sample)>;

class Policies {
 public:
  Policies(const std::vector<CodeTask>& tasks, const ModelRun& model, const Predictions* predictions)
      : tasks_(tasks), model_(model), predictions_(predictions) {}

  std::vector<PolicyScore> run() const {
    std::vector<PolicyScore> all = {one_by_one("first sample", [](std::size_t, std::size_t) { return std::nullopt; }), log_probability(), majority()};
    if (has_visible_tests())
      all.push_back(one_by_one("visible tests", [this](std::size_t task, std::size_t sample) {
        return judgement(task, sample).passes_visible_tests() ? std::nullopt : whole(task, sample);
      }));
    if (predictions_ != nullptr) {
      all.push_back(at_the_site("the rule at the site", [](const Prediction& prediction) { return prediction.fails(); }));
      all.push_back(at_the_site("the demanded token", [](const Prediction&) { return true; }));
    }
    if (looked_for_decisions())
      all.push_back(one_by_one("doomed prefix (a bound)", [this](std::size_t task, std::size_t sample) { return doomed_at(task, sample); }));
    return all;
  }

 private:
  const Sample& sample_of(std::size_t task, std::size_t sample) const { return model_.tasks[task].samples[sample]; }
  const Judgement& judgement(std::size_t task, std::size_t sample) const { return model_.tasks[task].judgement(sample); }
  std::optional<std::size_t> whole(std::size_t task, std::size_t sample) const { return sample_of(task, sample).tokens.size(); }

  void take(PolicyScore& score, std::size_t task, std::size_t sample) const {
    const std::optional<bool> known = failed(label_of(judgement(task, sample)));
    ++score.taken;
    score.proved += known == false ? 1 : 0;
    score.failed += known == true ? 1 : 0;
  }

  PolicyScore one_by_one(const std::string& name, const GivesUp& gives_up) const {
    PolicyScore score{.name = name};
    for (std::size_t task = 0; task < model_.tasks.size(); ++task) {
      if (is_variation(task)) continue;
      ++score.requests;
      for (std::size_t sample = 0; sample < model_.tasks[task].samples.size(); ++sample) {
        const std::optional<std::size_t> paid = gives_up(task, sample);
        score.tokens += paid.value_or(*whole(task, sample));
        if (paid) continue;
        take(score, task, sample);
        break;
      }
    }
    return score;
  }

  bool is_variation(std::size_t task) const { return !tasks_[task].variation.empty(); }

  /// From the fourth token on: before it the mean says little, and every threshold would act there.
  std::optional<std::size_t> improbable_at(std::size_t task, std::size_t sample, double threshold) const {
    constexpr std::size_t kFirst = 4;
    double sum = 0;
    const std::vector<AnswerToken>& tokens = sample_of(task, sample).tokens;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      sum += tokens[i].log_probability;
      if (i + 1 >= kFirst && sum / static_cast<double>(i + 1) < threshold) return i + 1;
    }
    return std::nullopt;
  }

  PolicyScore log_probability() const {
    std::set<double> means;
    for (const TaskRun& run : model_.tasks)
      for (const Sample& sample : run.samples)
        if (!sample.tokens.empty()) means.insert(sample.log_probability / static_cast<double>(sample.tokens.size()));
    const std::vector<double> sorted(means.begin(), means.end());
    PolicyScore best;
    constexpr std::size_t kThresholds = 100;
    for (std::size_t i = 0; i < std::min(kThresholds, sorted.size()); ++i) {
      const double threshold = sorted[i * sorted.size() / std::min(kThresholds, sorted.size())];
      const PolicyScore tried = one_by_one("log-probability, best threshold in hindsight",
                                           [&](std::size_t task, std::size_t sample) { return improbable_at(task, sample, threshold); });
      if (best.name.empty() || tried.proved_per_1000_tokens() > best.proved_per_1000_tokens()) best = tried;
    }
    return best;
  }

  PolicyScore majority() const {
    PolicyScore score{.name = "majority of meaning"};
    for (std::size_t task = 0; task < model_.tasks.size(); ++task) {
      if (is_variation(task)) continue;
      ++score.requests;
      for (std::size_t sample = 0; sample < model_.tasks[task].samples.size(); ++sample) score.tokens += *whole(task, sample);
      take(score, task, sample_of_majority(model_.tasks[task]));
    }
    return score;
  }

  PolicyScore at_the_site(const std::string& name, const std::function<bool(const Prediction&)>& watches) const {
    return one_by_one(name, [this, &watches](std::size_t task, std::size_t sample) -> std::optional<std::size_t> {
      const Prediction& prediction = predictions_->entries[task];
      const Sample& written = sample_of(task, sample);
      if (!watches(prediction) || written.tokens.empty()) return std::nullopt;
      const std::string first = first_token(written);
      const bool at_site = std::find(predictions_->tokens.begin(), predictions_->tokens.end(), first) != predictions_->tokens.end();
      return at_site && first != prediction.demanded ? std::optional<std::size_t>(1) : std::nullopt;
    });
  }

  bool has_visible_tests() const {
    return std::any_of(tasks_.begin(), tasks_.end(), [](const CodeTask& task) { return !task.visible.empty(); });
  }

  bool looked_for_decisions() const {
    return std::any_of(model_.tasks.begin(), model_.tasks.end(), [](const TaskRun& run) {
      return std::any_of(run.answers.begin(), run.answers.end(), [](const JudgedAnswer& answer) { return answer.decision.has_value(); });
    });
  }

  /// The token that holds the first byte of the first wrong decision; of several that it may be, the last.
  std::optional<std::size_t> doomed_at(std::size_t task, std::size_t sample) const {
    const Sample& written = sample_of(task, sample);
    const std::optional<WrongDecision>& decision = model_.tasks[task].answers[written.answer_id].decision;
    if (!decision || decision->state != WrongDecision::State::kFound) return std::nullopt;
    const std::size_t prompt = tasks_[task].prompt.size(), at = decision->is_range() ? decision->until - 1 : decision->others.front().begin;
    if (at < prompt) return std::nullopt;
    for (std::size_t i = 0; i < written.tokens.size(); ++i)
      if (written.tokens[i].end > at - prompt) return i + 1;
    return std::nullopt;
  }

  const std::vector<CodeTask>& tasks_;
  const ModelRun& model_;
  const Predictions* predictions_;
};

}  // namespace

std::vector<PolicyScore> score_policies(const std::vector<CodeTask>& tasks, const ModelRun& model, const Predictions* predictions) {
  const bool several = std::any_of(model.tasks.begin(), model.tasks.end(), [](const TaskRun& run) { return run.samples.size() > 1; });
  return several ? Policies(tasks, model, predictions).run() : std::vector<PolicyScore>();
}

std::vector<std::vector<PolicyScore>> score_policies(const std::vector<CodeTask>& tasks, const BenchRun& run, const Predictions* predictions) {
  std::vector<std::vector<PolicyScore>> all;
  for (const ModelRun& model : run.models) all.push_back(score_policies(tasks, model, is_predicted(model) ? predictions : nullptr));
  return all;
}

Json to_json(const PolicyScore& score) {
  return {{"policy", score.name},
          {"requests", score.requests},
          {"taken", score.taken},
          {"proved", score.proved},
          {"failed", score.failed},
          {"tokens", score.tokens},
          {"proved_per_1000_tokens", score.proved_per_1000_tokens()}};
}

std::optional<PolicyScore> policy_score_from_json(const Json& json) {
  try {
    const auto count = [&](const char* name) { return json.at(name).get<std::uint64_t>(); };
    return PolicyScore{json.at("policy").get<std::string>(), count("requests"), count("taken"), count("proved"), count("failed"), count("tokens")};
  } catch (const Json::exception&) { return std::nullopt; }
}

std::string to_table(const std::vector<PolicyScore>& scores) {
  std::string text;
  for (const PolicyScore& score : scores)
    text +=
        fmt::format("  policy {:46} proved {:>4} of {}, failed {:>4}, nothing taken {:>4}; {:>7} tokens, {:.2f} proved per 1,000\n", score.name + ":",
                    score.proved, score.requests, score.failed, score.requests - score.taken, score.tokens, score.proved_per_1000_tokens());
  return text;
}

}  // namespace assay::analysis::bench
