#include "analysis/bench/bench_run.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <thread>

#include "analysis/bench/find_sites.h"
#include "base/hash.h"

namespace assay::analysis::bench {
namespace {

using Clock = std::chrono::steady_clock;

double since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

/// What a judgement depends on; random runs and decisions are kept apart.
std::string text_of(const VerificationBudget& budget) {
  return fmt::format("{} {:.17g} {} {} {:.17g}", budget.rlimit, budget.wall_seconds, budget.bound.value_or(-1), budget.elements, budget.test_seconds);
}

/// Runs `work(0)` .. `work(count - 1)` on the session's threads; the first failure in order of index is the result.
Status in_parallel(std::size_t count, const char* stage, Session& session, const std::function<Status(std::size_t)>& work) {
  if (count == 0) return {};
  session.progress.stage(stage, count);
  std::vector<Status> results(count);
  std::atomic<std::size_t> next = 0, done = 0;
  std::atomic<bool> failed = false;
  std::mutex progress;
  const auto worker = [&] {
    for (std::size_t i = next++; i < count && !failed && !session.cancelled(); i = next++) {
      results[i] = work(i);
      if (!results[i]) failed = true;
      const std::lock_guard lock(progress);
      session.progress.step(++done);
    }
  };
  std::vector<std::thread> threads;
  for (int i = 1; i < session.threads; ++i) threads.emplace_back(worker);
  worker();
  for (std::thread& thread : threads) thread.join();
  for (Status& result : results)
    if (!result) return result;
  if (session.cancelled()) return fail({ErrorKind::kCancelled, "interrupted", "run the command again: finished answers are cached", {}});
  return {};
}

/// What a request that is at fault does to a run: a suite is somebody's own, a file of completions comes from elsewhere.
enum class OnFault : std::uint8_t { kEnd, kGoOnWithoutReference };

/// Makes a task's judge when the first answer needs it, and keeps it for the others.
class Judges {
 public:
  Judges(const std::vector<CodeTask>& tasks, const VerificationBudget& budget, OnFault on_fault)
      : tasks_(tasks), budget_(budget), on_fault_(on_fault), entries_(tasks.size()) {}

  Result<const TaskJudge*> of(std::size_t task, const Session& session) {
    Entry& entry = entries_[task];
    const std::lock_guard lock(entry.mutex);
    if (!entry.judge) {
      Result<TaskJudge> made = TaskJudge::create(tasks_[task], budget_, session);
      if (!made && (on_fault_ == OnFault::kEnd || made.error().kind != ErrorKind::kInput)) return fail(made.error());
      entry.judge = std::make_unique<TaskJudge>(made ? std::move(*made) : TaskJudge::without_reference(tasks_[task], budget_, made.error().message));
    }
    return entry.judge.get();
  }

 private:
  struct Entry {
    std::mutex mutex;
    std::unique_ptr<TaskJudge> judge;
  };
  const std::vector<CodeTask>& tasks_;
  const VerificationBudget& budget_;
  OnFault on_fault_;
  std::vector<Entry> entries_;
};

class Run {
 public:
  Run(const std::vector<CodeTask>& tasks, const VerificationBudget& budget, OnFault on_fault, Cache& cache, Session& session)
      : tasks_(tasks), judges_(tasks, budget, on_fault), budget_text_(text_of(budget)), budget_(budget), cache_(cache), session_(session) {
    for (const CodeTask& task : tasks) hashes_.push_back(hash_of(task));
  }

  /// Judges every answer, sorts them and compares variations; `models` have samples.
  Status judge(const std::vector<ModelRun*>& models, const std::vector<Variation>& variations) {
    if (Status status = judge_answers(models); !status) return status;
    for (ModelRun* model : models) {
      if (Status status = sort(*model); !status) return status;
      if (Status status = compare(*model, variations); !status) return status;
      if (!budget_.doomed) continue;
      if (Status status = find_decisions(*model); !status) return status;
    }
    return {};
  }

  std::uint64_t judged() const { return judged_; }
  double wall_seconds() const { return wall_seconds_; }

 private:
  Status judge_answers(const std::vector<ModelRun*>& models) {
    std::map<std::pair<std::size_t, std::string>, std::vector<JudgedAnswer*>> wanted;
    for (ModelRun* model : models)
      for (std::size_t task = 0; task < model->tasks.size(); ++task) {
        collect_answers(tasks_[task], model->tasks[task]);
        for (JudgedAnswer& answer : model->tasks[task].answers) wanted[{task, answer.text}].push_back(&answer);
      }
    struct Item {
      std::size_t task = 0;
      std::vector<JudgedAnswer*> answers;
    };
    std::vector<Item> items;
    for (auto& [key, answers] : wanted) items.push_back({key.first, std::move(answers)});
    const auto begin = Clock::now();
    Status status = in_parallel(items.size(), "judge", session_, [&](std::size_t i) -> Status {
      Result<JudgedAnswer> judged = judge_answer(items[i].task, items[i].answers.front()->text);
      if (!judged) return fail(judged.error());
      for (JudgedAnswer* answer : items[i].answers) *answer = *judged;
      return {};
    });
    wall_seconds_ = since(begin);
    return status;
  }

  static void collect_answers(const CodeTask& task, TaskRun& run) {
    std::map<std::string, std::size_t> ids;
    for (Sample& sample : run.samples) {
      std::string text = answer_text(task, sample.answer);
      const auto [found, added] = ids.emplace(std::move(text), run.answers.size());
      if (added) run.answers.push_back({found->first, {}});
      sample.answer_id = found->second;
    }
  }

  Result<JudgedAnswer> judge_answer(std::size_t task, const std::string& text) {
    Result<Judgement> judgement = judgement_of(task, text);
    if (!judgement) return fail(judgement.error());
    JudgedAnswer judged{text, std::move(*judgement)};
    if (budget_.random_runs == 0 || label_of(judged.judgement) != Label::kProved) return judged;
    Result<RandomRuns> runs = random_runs_of(task, text);
    if (!runs) return fail(runs.error());
    judged.random_runs = std::move(*runs);
    return judged;
  }

  /// What the cache has under `key`, else what `make` finds for the task's judge; that is kept unless the clock ended it.
  template <class Found, class Parse, class Make>
  Result<Found> cached(const std::string& key, std::size_t task, const Parse& parse, const Make& make) {
    if (const std::optional<std::string> text = cache_.get(key))
      if (std::optional<Found> known = parse(Json::parse(*text, nullptr, false))) return std::move(*known);
    Result<const TaskJudge*> judge = judges_.of(task, session_);
    if (!judge) return fail(judge.error());
    Result<Found> found = make(**judge);
    if (!found || out_of_time(*found)) return found;
    if (Status status = cache_.put(key, kept(*found).dump(-1, ' ', false, Json::error_handler_t::replace)); !status) return fail(status.error());
    return found;
  }
  template <class Found>
  static bool out_of_time(const Found& found) {
    return found.out_of_time;
  }
  static bool out_of_time(const Meanings&) { return false; }
  template <class Found>
  static Json kept(const Found& found) {
    return to_json(found);
  }
  static Json kept(const Judgement& judgement) {
    Json json = to_json(judgement);
    json["seconds"] = judgement.seconds;
    return json;
  }

  Result<RandomRuns> random_runs_of(std::size_t task, const std::string& text) {
    const std::string key = cache_key("bench-random-runs", {hashes_[task], fmt::format("{} {}", budget_.random_runs, kRandomSeed), text});
    return cached<RandomRuns>(key, task, random_runs_from_json,
                              [&](const TaskJudge& judge) { return run_at_random(judge, text, budget_.random_runs, session_); });
  }

  Result<Judgement> judgement_of(std::size_t task, const std::string& text) {
    const auto parse = [](const Json& json) {
      std::optional<Judgement> judgement = judgement_from_json(json);
      if (judgement) judgement->seconds = json.value("seconds", 0.0);
      return judgement;
    };
    return cached<Judgement>(cache_key("bench-judgement", {hashes_[task], budget_text_, text}), task, parse, [&](const TaskJudge& judge) {
      Result<Judgement> judgement = judge.run(text, session_);
      if (judgement) ++judged_;
      return judgement;
    });
  }

  Status sort(ModelRun& model) {
    for (TaskRun& task : model.tasks)
      for (const JudgedAnswer& answer : task.answers) model.judging_seconds += answer.judgement.seconds;
    return in_parallel(model.tasks.size(), "compare", session_, [&](std::size_t task) { return sort_task(task, model.tasks[task]); });
  }

  Status sort_task(std::size_t task, TaskRun& run) {
    std::string texts;
    for (const JudgedAnswer& answer : run.answers) texts += fmt::format("{}:{}", answer.text.size(), answer.text);
    Result<Meanings> meanings = cached<Meanings>(cache_key("bench-meanings", {hashes_[task], budget_text_, texts}), task, meanings_from_json,
                                                 [&](const TaskJudge& judge) { return sort_by_meaning(judge, run.answers, session_); });
    if (!meanings) return fail(meanings.error());
    run.meanings = std::move(*meanings);
    return {};
  }

  Status compare(ModelRun& model, const std::vector<Variation>& variations) {
    model.variations.resize(variations.size());
    return in_parallel(variations.size(), "compare variations", session_, [&](std::size_t i) -> Status {
      const Variation& variation = variations[i];
      const TaskRun &base = model.tasks[variation.base], &other = model.tasks[variation.task];
      if (base.samples.empty() || other.samples.empty()) return {};
      Result<const TaskJudge*> base_judge = judges_.of(variation.base, session_), other_judge = judges_.of(variation.task, session_);
      if (!base_judge) return fail(base_judge.error());
      if (!other_judge) return fail(other_judge.error());
      Result<VariationResult> found = compare_variation(variation, **base_judge, base.answers[base.samples[0].answer_id], **other_judge,
                                                        other.answers[other.samples[0].answer_id], session_);
      if (!found) return fail(found.error());
      model.variations[i] = std::move(*found);
      return {};
    });
  }

  Status find_decisions(ModelRun& model) {
    struct Item {
      std::size_t task = 0;
      JudgedAnswer* answer = nullptr;
    };
    std::vector<Item> items;
    for (std::size_t task = 0; task < model.tasks.size(); ++task)
      for (JudgedAnswer& answer : model.tasks[task].answers)
        if (went_wrong(answer.judgement)) items.push_back({task, &answer});
    return in_parallel(items.size(), "find decisions", session_, [&](std::size_t i) -> Status {
      Result<WrongDecision> decision = decision_of(items[i].task, model.tasks[items[i].task], *items[i].answer);
      if (!decision) return fail(decision.error());
      items[i].answer->decision = std::move(*decision);
      return {};
    });
  }

  Result<WrongDecision> decision_of(std::size_t task, const TaskRun& run, const JudgedAnswer& answer) {
    std::vector<std::string> right_texts;
    std::string texts = answer.text;
    for (const JudgedAnswer& other : run.answers) {
      if (label_of(other.judgement) != Label::kProved) continue;
      right_texts.push_back(other.text);
      texts += fmt::format("{}:{}", other.text.size(), other.text);
    }
    return cached<WrongDecision>(
        cache_key("bench-decision", {"partial function", hashes_[task], budget_text_, texts}), task, wrong_decision_from_json,
        [&](const TaskJudge& judge) { return find_wrong_decision(judge, answer.text, answer.judgement, right_texts, session_); });
  }

  const std::vector<CodeTask>& tasks_;
  Judges judges_;
  std::string budget_text_;
  const VerificationBudget& budget_;
  Cache& cache_;
  Session& session_;
  std::vector<std::string> hashes_;
  std::atomic<std::uint64_t> judged_ = 0;
  double wall_seconds_ = 0;
};

std::vector<TaskRun> runs_of(std::vector<std::vector<Sample>> samples) {
  std::vector<TaskRun> runs;
  for (std::vector<Sample>& list : samples) runs.push_back({.samples = std::move(list), .answers = {}, .meanings = {}});
  return runs;
}

Status judge_all(const std::vector<CodeTask>& tasks, const std::vector<Variation>& variations, const VerificationBudget& budget, OnFault on_fault,
                 BenchRun& run, Cache& cache, Session& session) {
  std::vector<ModelRun*> models;
  for (ModelRun& model : run.models)
    if (model.skipped.empty()) models.push_back(&model);
  Run judging(tasks, budget, on_fault, cache, session);
  if (Status status = judging.judge(models, variations); !status) return status;
  run.judged = judging.judged();
  run.judging_wall_seconds = judging.wall_seconds();
  return {};
}

}  // namespace

namespace {

const SuiteModel* model_named(const Suite& suite, const std::string& name) {
  const auto found = std::find_if(suite.models.begin(), suite.models.end(), [&](const SuiteModel& model) { return model.name == name; });
  return found == suite.models.end() ? nullptr : &*found;
}

}  // namespace

Result<BenchRun> run_suite(const Suite& suite, Cache& cache, Session& session) {
  const auto begin = Clock::now();
  BenchRun run;
  Networks networks;
  for (const SuiteModel& model : suite.models) {
    ModelRun& entry = run.models.emplace_back(ModelRun{.name = model.name, .path = model.path, .skipped = model.missing, .repair = model.repair});
    if (!model.missing.empty()) continue;
    if (model.repair && !model_named(suite, model.repair->of)->missing.empty()) {
      entry.skipped = fmt::format("'{}', which it is compared with, is not there", model.repair->of);
      continue;
    }
    Result<circuits::Network*> network = networks.of(model);
    if (!network) return fail(network.error());
    const Repair* change = model.repair && !model.repair->other_weights ? &*model.repair : nullptr;
    Result<ModelAnswers> answers = answers_of(**network, change, suite, cache, session);
    if (!answers) return fail(answers.error());
    if (model.repair && !model.repair->patch && !suite.unrelated.empty()) {  // an unrelated text has no other run to patch from
      Result<circuits::Divergence> divergence = change != nullptr
                                                    ? divergence_of(**network, *change, suite, cache, session)
                                                    : divergence_from(*model_named(suite, model.repair->of), model, networks, suite, session);
      if (!divergence) return fail(divergence.error());
      entry.divergence = *divergence;
    }
    entry.facts = std::move(answers->facts);
    entry.tokens = answers->tokens;
    entry.writing_seconds = answers->seconds;
    entry.tasks = runs_of(std::move(answers->samples));
  }
  if (Status status = judge_all(suite.tasks, suite.variations, suite.budget, OnFault::kEnd, run, cache, session); !status)
    return fail(status.error());
  for (std::size_t m = 0; suite.budget.sites && m < run.models.size(); ++m)
    if (run.models[m].skipped.empty())
      if (Status status = find_sites(suite.tasks, suite.sampling, &suite.models[m], networks, run.models[m], cache, session); !status)
        return fail(status.error());
  run.seconds = since(begin);
  return run;
}

Result<BenchRun> judge_completions(const std::vector<CodeTask>& tasks, std::vector<std::vector<Sample>> samples, const VerificationBudget& budget,
                                   Cache& cache, Session& session) {
  const auto begin = Clock::now();
  BenchRun run;
  run.models.push_back({.tasks = runs_of(std::move(samples))});
  if (Status status = judge_all(tasks, {}, budget, OnFault::kGoOnWithoutReference, run, cache, session); !status) return fail(status.error());
  Networks none;
  if (budget.sites)
    if (Status status = find_sites(tasks, {}, nullptr, none, run.models.front(), cache, session); !status) return fail(status.error());
  run.seconds = since(begin);
  return run;
}

}  // namespace assay::analysis::bench
