#include "analysis/bench/statistics.h"

#include <algorithm>
#include <map>

#include "circuits/evaluation/estimate.h"

namespace assay::analysis::bench {
namespace {

bool proved(const Judgement& judgement) { return label_of(judgement) == Label::kProved; }

int count_if(const TaskRun& run, bool (*holds)(const Judgement&)) {
  int count = 0;
  for (std::size_t i = 0; i < run.samples.size(); ++i) count += holds(run.judgement(i)) ? 1 : 0;
  return count;
}

/// The runs that count, with their tasks: variations of requests are compared, not counted.
struct Counted {
  const CodeTask* task = nullptr;
  const TaskRun* run = nullptr;
};
using CountedRuns = std::vector<Counted>;

CountedRuns counted(const std::vector<CodeTask>& tasks, const ModelRun& model) {
  CountedRuns runs;
  for (std::size_t i = 0; i < model.tasks.size(); ++i)
    if (tasks[i].variation.empty()) runs.push_back({&tasks[i], &model.tasks[i]});
  return runs;
}

Estimate95 pass_estimate(const CountedRuns& runs, int k, bool (*holds)(const Judgement&)) {
  double sum = 0;
  std::size_t requests = 0;
  for (const Counted& entry : runs) {
    const int samples = static_cast<int>(entry.run->samples.size());
    if (samples < k) continue;
    sum += pass_at_k(samples, count_if(*entry.run, holds), k);
    ++requests;
  }
  return estimate(sum, requests);
}

bool has_tests(const CodeTask& task) { return !task.visible.empty() || !task.hidden.empty() || !task.test_source.empty(); }

std::vector<PassAtK> pass_table(const CountedRuns& runs) {
  std::size_t most = 0;
  CountedRuns tested;
  for (const Counted& entry : runs) {
    most = std::max(most, entry.run->samples.size());
    if (has_tests(*entry.task)) tested.push_back(entry);
  }
  std::vector<PassAtK> table;
  for (int k = 1; static_cast<std::size_t>(k) <= most; k *= 2)
    table.push_back({k, pass_estimate(tested, k, [](const Judgement& j) { return j.passes_tests(); }), pass_estimate(runs, k, proved)});
  return table;
}

// ---- choosing ---------------------------------------------------------------------------------------------------------------------
using Rule = std::function<std::size_t(const TaskRun&)>;

std::size_t first_sample(const TaskRun&) { return 0; }

/// The most probable text; ties: the first.
std::size_t most_probable(const TaskRun& run) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < run.samples.size(); ++i)
    if (run.samples[i].log_probability > run.samples[best].log_probability) best = i;
  return best;
}

/// The first that passes the visible tests; none does: the first.
std::size_t by_visible_tests(const TaskRun& run) {
  for (std::size_t i = 0; i < run.samples.size(); ++i)
    if (run.judgement(i).compiles && run.judgement(i).visible.all_passed()) return i;
  return 0;
}

Choice choose(const CountedRuns& runs, const std::string& name, const Rule& rule) {
  Choice choice{.rule = name};
  for (const Counted& entry : runs) {
    const TaskRun& run = *entry.run;
    if (run.samples.empty()) continue;
    const Label label = label_of(run.judgement(rule(run)));
    ++choice.requests;
    choice.proved += label == Label::kProved ? 1 : 0;
    choice.wrong += label == Label::kWrong ? 1 : 0;
    choice.unsafe += label == Label::kUnsafe ? 1 : 0;
  }
  return choice;
}

std::vector<Group> grouped(const CountedRuns& runs, const std::function<std::vector<std::string>(const CodeTask&)>& names) {
  std::map<std::string, LabelCounts> groups;
  for (const Counted& entry : runs)
    for (const std::string& name : names(*entry.task))
      for (std::size_t i = 0; i < entry.run->samples.size(); ++i) groups[name].add(entry.run->judgement(i));
  std::vector<Group> list;
  for (auto& [name, counts] : groups) list.push_back({name, counts});
  return list;
}

/// "answer.c:8:32: parameter of type 'std::string'" without the place.
std::string without_place(const std::string& construct) {
  std::size_t at = 0;
  for (int colon = 0; colon < 3; ++colon) {
    const std::size_t found = construct.find(':', at);
    if (found == std::string::npos) return construct;
    at = found + 1;
  }
  return construct.substr(std::min(construct.find_first_not_of(' ', at), construct.size()));
}

std::vector<std::pair<std::string, std::uint64_t>> most_frequent(const std::map<std::string, std::uint64_t>& counts) {
  constexpr std::size_t kShown = 10;
  std::vector<std::pair<std::string, std::uint64_t>> list(counts.begin(), counts.end());
  std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  if (list.size() > kShown) list.resize(kShown);
  return list;
}

}  // namespace

double pass_at_k(int samples, int correct, int k) {
  if (samples - correct < k) return 1;
  double all_fail = 1;
  for (int i = samples - correct + 1; i <= samples; ++i) all_fail *= 1.0 - static_cast<double>(k) / i;
  return 1 - all_fail;
}

Estimate95 estimate(double sum, std::size_t requests) {
  const circuits::Estimate mean = circuits::share_of(sum, requests, {});
  return {mean.value, mean.low, mean.high, requests};
}

void PassingCounts::add(Label label) {
  ++pass;
  wrong += label == Label::kWrong ? 1 : 0;
  unsafe += label == Label::kUnsafe ? 1 : 0;
  unproved += label == Label::kUndecided || label == Label::kUnsupported || label == Label::kBounded ? 1 : 0;
}

void LabelCounts::add(const Judgement& judgement) {
  const Label label = label_of(judgement);
  ++samples;
  ++by_label[static_cast<std::size_t>(label)];
  if (judgement.passes_visible_tests()) visible_tests.add(label);
  if (judgement.passes_tests()) all_tests.add(label);
  else fail_tests_proved += label == Label::kProved ? 1 : 0;
}

void GradeCounts::add(Grade grade) {
  switch (grade) {
    case Grade::kProved: ++proved; return;
    case Grade::kBounded: ++bounded; return;
    case Grade::kRefuted: ++refuted; return;
    case Grade::kUnsupported: ++unsupported; return;
    case Grade::kMeasured:
    case Grade::kUnknown:
    case Grade::kVacuous: ++undecided; return;
  }
}

void BrokenCounts::add(const Judgement& judgement) {
  const bool read = judgement.parses || !judgement.unsupported.empty();  // what is unsupported was read up to there
  ++(read ? do_not_compile : do_not_parse);
}

/// "the grammar has 5 completions" and "... 7 completions" are one reason.
std::string without_numbers(std::string reason) {
  std::string text;
  for (const char c : reason) {
    const bool digit = (c >= '0' && c <= '9') || c == '.';
    if (!digit) text += c;
    else if (text.empty() || text.back() != '#') text += '#';
  }
  return text;
}

void DecisionCounts::add(const WrongDecision& decision) {
  sizes.push_back(decision.completions + decision.partial_completions);
  ranges += decision.is_range() ? 1 : 0;
  if ((decision.is_range() || decision.state == WrongDecision::State::kUndecided) && !decision.reason.empty())
    ++reasons[without_numbers(decision.reason)];
  switch (decision.state) {
    case WrongDecision::State::kFound:
      ++found;
      ++by_kind[decision.others.front().kind];
      ++by_grammar[decision.shown_by];
      return;
    case WrongDecision::State::kStillOpen: ++still_open; return;
    case WrongDecision::State::kNoCompletion: ++no_completion; return;
    case WrongDecision::State::kUndecided: ++undecided; return;
  }
}

std::uint64_t DecisionCounts::median_size() const {
  std::vector<std::uint64_t> sorted = sizes;
  std::sort(sorted.begin(), sorted.end());
  return sorted.empty() ? 0 : sorted[(sorted.size() - 1) / 2];
}

std::uint64_t DecisionCounts::largest_size() const { return sizes.empty() ? 0 : *std::max_element(sizes.begin(), sizes.end()); }

void CrossChecks::add(const JudgedAnswer& answer) {
  for (const Finding* finding : {&answer.judgement.safety, &answer.judgement.meaning}) {
    if (finding->grade != Grade::kRefuted) continue;
    const auto either = [&](Replay replay) { return finding->interpreter_replay == replay || finding->native_replay == replay; };
    ++(either(Replay::kDisagreed) ? replays_disagreed : either(Replay::kAgreed) ? replays_agreed : replays_not_run);
  }
  if (!answer.random_runs) return;
  ++random_answers;
  random_complete += answer.random_runs->complete() ? 1 : 0;
  random_runs += answer.random_runs->runs;
  random_differences += answer.random_runs->differences;
}

std::size_t sample_of_majority(const TaskRun& run) {
  std::vector<std::size_t> class_of(run.answers.size(), SIZE_MAX);
  for (std::size_t c = 0; c < run.meanings.classes.size(); ++c)
    for (const std::size_t answer : run.meanings.classes[c]) class_of[answer] = c;
  std::vector<std::size_t> votes(run.meanings.classes.size(), 0), first(run.meanings.classes.size(), SIZE_MAX);
  for (std::size_t i = 0; i < run.samples.size(); ++i) {
    const std::size_t c = class_of[run.samples[i].answer_id];
    if (c == SIZE_MAX) continue;
    ++votes[c];
    first[c] = std::min(first[c], i);
  }
  std::size_t best = SIZE_MAX;
  for (std::size_t c = 0; c < votes.size(); ++c)
    if (best == SIZE_MAX || votes[c] > votes[best] || (votes[c] == votes[best] && first[c] < first[best])) best = c;
  return best == SIZE_MAX ? 0 : first[best];
}

Summary summarise(const std::vector<CodeTask>& tasks, const ModelRun& model) {
  Summary summary;
  std::map<std::string, std::uint64_t> constructs;
  const CountedRuns runs = counted(tasks, model);
  std::map<std::string, std::uint64_t> not_searched;
  for (const Counted& entry : runs) {
    const auto& answers = entry.run->answers;
    const auto faulty =
        std::find_if(answers.begin(), answers.end(), [](const auto& each) { return each.judgement.meaning.reason.starts_with(kAtFault); });
    if (faulty != answers.end()) summary.at_fault.push_back(faulty->judgement.meaning.reason.substr(kAtFault.size()));
    for (const JudgedAnswer& answer : answers) {
      summary.checks.add(answer);
      if (answer.decision) summary.decisions.add(*answer.decision);
      if (const std::string why = why_not_searched(answer.judgement); !why.empty()) ++not_searched[why];
    }
    for (std::size_t i = 0; i < entry.run->samples.size(); ++i) {
      const Judgement& judgement = entry.run->judgement(i);
      summary.counts.add(judgement);
      if (!judgement.unsupported.empty()) ++constructs[without_place(judgement.unsupported)];
      if (label_of(judgement) == Label::kBroken) {
        summary.broken.add(judgement);
        continue;
      }
      summary.safety.add(judgement.safety.grade);
      summary.meaning.add(judgement.meaning.grade);
    }
  }
  if (!summary.decisions.sizes.empty()) summary.decisions.not_searched = std::move(not_searched);
  summary.unsupported = most_frequent(constructs);
  summary.pass = pass_table(runs);
  summary.by_split = grouped(runs, [](const CodeTask& task) { return std::vector{task.split}; });
  summary.by_family = grouped(runs, [](const CodeTask& task) { return std::vector{task.family}; });
  summary.by_attribute = grouped(runs, [](const CodeTask& task) {
    std::vector<std::string> names;
    for (const auto& [attribute, value] : task.attributes) names.push_back(attribute + "=" + value);
    return names;
  });
  summary.choices = {choose(runs, "first sample", first_sample), choose(runs, "highest log-probability", most_probable),
                     choose(runs, "largest class of meaning", sample_of_majority), choose(runs, "visible tests", by_visible_tests)};
  if (const std::uint64_t proofs = summary.counts.of(Label::kProved); proofs > 0) {
    summary.tokens_per_proved = static_cast<double>(model.tokens) / static_cast<double>(proofs);
    summary.seconds_per_proved = (model.writing_seconds + model.judging_seconds) / static_cast<double>(proofs);
  }
  return summary;
}

}  // namespace assay::analysis::bench
