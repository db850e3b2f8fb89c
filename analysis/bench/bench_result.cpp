#include "analysis/bench/bench_result.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "analysis/bench/first_tokens.h"

namespace assay::analysis::bench {
namespace {

Json to_json(const Estimate95& estimate) {
  return {{"value", estimate.value}, {"low", estimate.low}, {"high", estimate.high}, {"requests", estimate.requests}};
}

Json to_json(const PassingCounts& counts) {
  return {{"pass", counts.pass}, {"wrong", counts.wrong}, {"unsafe", counts.unsafe}, {"unproved", counts.unproved}};
}

Json to_json(const LabelCounts& counts) {
  Json json = {{"samples", counts.samples},
               {"visible_tests", to_json(counts.visible_tests)},
               {"all_tests", to_json(counts.all_tests)},
               {"fail_tests_proved", counts.fail_tests_proved}};
  for (int i = 0; i < kLabelCount; ++i) json[std::string(name_of(static_cast<Label>(i)))] = counts.by_label[static_cast<std::size_t>(i)];
  return json;
}

Json to_json(const std::vector<Group>& groups) {
  Json list = Json::array();
  for (const Group& group : groups) {
    Json entry = to_json(group.counts);
    entry["name"] = group.name;
    list.push_back(std::move(entry));
  }
  return list;
}

Json to_json(const GradeCounts& counts) {
  return {{"proved", counts.proved},
          {"bounded", counts.bounded},
          {"refuted", counts.refuted},
          {"undecided", counts.undecided},
          {"unsupported", counts.unsupported}};
}

Json to_json(const BrokenCounts& counts) { return {{"do_not_parse", counts.do_not_parse}, {"do_not_compile", counts.do_not_compile}}; }

Json to_json(const CrossChecks& checks) {
  return {{"replays_agreed", checks.replays_agreed},        {"replays_disagreed", checks.replays_disagreed},
          {"replays_not_run", checks.replays_not_run},      {"random_answers", checks.random_answers},
          {"random_complete", checks.random_complete},      {"random_runs", checks.random_runs},
          {"random_differences", checks.random_differences}};
}

Json to_json(const DecisionCounts& counts) {
  return {{"found", counts.found},
          {"ranges", counts.ranges},
          {"still_open", counts.still_open},
          {"no_completion", counts.no_completion},
          {"undecided", counts.undecided},
          {"by_kind", counts.by_kind},
          {"by_grammar", counts.by_grammar},
          {"reasons", counts.reasons},
          {"not_searched", counts.not_searched},
          {"median_grammar", counts.median_size()},
          {"largest_grammar", counts.largest_size()}};
}

Json to_json(const Summary& summary) {
  Json constructs = Json::array();
  for (const auto& [construct, count] : summary.unsupported) constructs.push_back({{"construct", construct}, {"samples", count}});
  Json pass = Json::array(), choices = Json::array();
  for (const PassAtK& entry : summary.pass) pass.push_back({{"k", entry.k}, {"tests", to_json(entry.tests)}, {"proof", to_json(entry.proof)}});
  for (const Choice& choice : summary.choices)
    choices.push_back(
        {{"rule", choice.rule}, {"requests", choice.requests}, {"proved", choice.proved}, {"wrong", choice.wrong}, {"unsafe", choice.unsafe}});
  return {{"counts", to_json(summary.counts)},
          {"cross_checks", to_json(summary.checks)},
          {"wrong_decisions", to_json(summary.decisions)},
          {"pass_at_k", pass},
          {"by_split", to_json(summary.by_split)},
          {"by_family", to_json(summary.by_family)},
          {"by_attribute", to_json(summary.by_attribute)},
          {"choices", choices},
          {"safety", to_json(summary.safety)},
          {"meaning", to_json(summary.meaning)},
          {"broken", to_json(summary.broken)},
          {"unsupported_constructs", constructs},
          {"at_fault", summary.at_fault},
          {"tokens_per_proved", summary.tokens_per_proved}};
}

Json to_json(const TaskRun& run) {
  Json samples = Json::array(), answers = Json::array();
  for (const Sample& sample : run.samples) {
    Json entry = bench::to_json(sample);
    entry["answer_id"] = sample.answer_id;
    samples.push_back(std::move(entry));
  }
  for (const JudgedAnswer& answer : run.answers) {
    answers.push_back({{"text", answer.text}, {"judgement", to_json(answer.judgement)}});
    if (answer.random_runs) answers.back()["random_runs"] = bench::to_json(*answer.random_runs);
    if (answer.decision) answers.back()["wrong_decision"] = bench::to_json(*answer.decision);
  }
  return {{"samples", samples}, {"answers", answers}, {"meanings", bench::to_json(run.meanings)}};
}

const PredictionScore* prediction_of(const BenchReport& report, std::size_t model) {
  return report.predictions && report.predictions->models[model] ? &*report.predictions->models[model] : nullptr;
}

const std::vector<PolicyScore>& policies_of(const BenchReport& report, std::size_t model) {
  static const std::vector<PolicyScore> kNone;
  return model < report.policies.size() ? report.policies[model] : kNone;
}

/// null where no model has that name.
const ModelRun* model_named(const BenchReport& report, const std::string& name) {
  for (const ModelRun& model : report.run.models)
    if (model.name == name) return &model;
  return nullptr;
}

SiteTally sites_of(const ModelRun& model) {
  SiteTally tally;
  for (const TaskRun& run : model.tasks)
    for (std::size_t s = 0; s < run.samples.size(); ++s) tally.add(label_of(run.judgement(s)), run.samples[s]);
  return tally;
}

Json model_json(const BenchReport& report, std::size_t index) {
  const ModelRun& model = report.run.models[index];
  const std::vector<CodeTask>& tasks = report.tasks;
  if (!model.skipped.empty()) return {{"name", model.name}, {"path", model.path}, {"skipped", model.skipped}};
  Json runs = Json::array(), variations = Json::array(), variation_counts = Json::array();
  for (const TaskRun& run : model.tasks) runs.push_back(to_json(run));
  for (const VariationResult& result : model.variations) variations.push_back(bench::to_json(result));
  for (const VariationCounts& counts : count_variations(model.variations)) variation_counts.push_back(bench::to_json(counts));
  const ModelFacts& facts = model.facts;
  Json json = {{"name", model.name},
               {"path", model.path},
               {"hash", facts.hash},
               {"processing", facts.processing},
               {"parameters", facts.parameters},
               {"tokenizer",
                {{"kind", facts.tokenizer},
                 {"hash", facts.tokenizer_hash},
                 {"adds_bos", facts.adds_bos},
                 {"chat_template_applied", facts.chat_template_applied}}},
               {"tokens", model.tokens},
               {"summary", to_json(summarise(tasks, model))},
               {"variation_counts", variation_counts},
               {"variations", variations},
               {"tasks", runs}};
  if (model.repair) {
    json["repair"] = bench::to_json(*model.repair);
    json["repair"]["score"] = bench::to_json(score_repair(*model_named(report, model.repair->of), model));
    if (model.divergence) json["repair"]["divergence"] = bench::to_json(*model.divergence);
  }
  if (const PredictionScore* score = prediction_of(report, index)) json["prediction"] = bench::to_json(*score);
  for (const PolicyScore& score : policies_of(report, index)) json["policies"].push_back(bench::to_json(score));
  if (report.budget.sites) json["sites"] = sites_of(model).to_json();
  if (const FirstTokens first = first_tokens(tasks, model); first.samples > 0) json["first_tokens"] = first.to_json();
  return json;
}

Json to_json(const CodeTask& task) {
  Json attributes = Json::array();
  for (const auto& [attribute, value] : task.attributes) attributes.push_back({attribute, value});
  return {{"id", task.id},
          {"family", task.family},
          {"attributes", attributes},
          {"split", task.split},
          {"variation", task.variation},
          {"standard", task.standard},
          {"prompt", task.prompt},
          {"declaration", task.declaration},
          {"function", task.function},
          {"contract", task.contract},
          {"reference_body", task.reference_body}};
}

std::string percent(const Estimate95& estimate) {
  if (estimate.requests == 0) return "-";
  return fmt::format("{:5.1f} % ({:.1f} to {:.1f})", 100 * estimate.value, 100 * estimate.low, 100 * estimate.high);
}

std::string counts_line(const std::string& name, const LabelCounts& c) {
  return fmt::format("  {:28.28}{:>8}{:>8}{:>8}{:>8}{:>8}{:>11}{:>13}{:>8}\n", name, c.samples, c.of(Label::kProved), c.of(Label::kBounded),
                     c.of(Label::kWrong), c.of(Label::kUnsafe), c.of(Label::kUndecided), c.of(Label::kUnsupported), c.of(Label::kBroken));
}

std::string grades_line(const char* what, const GradeCounts& c) {
  return fmt::format("  {}: proved {}, bounded {}, refuted {}, undecided {}, unsupported {}\n", what, c.proved, c.bounded, c.refuted, c.undecided,
                     c.unsupported);
}

std::string broken_line(const BrokenCounts& c) {
  if (c.do_not_parse + c.do_not_compile == 0) return {};
  return fmt::format("  broken: {} do not parse, {} do not compile\n", c.do_not_parse, c.do_not_compile);
}

std::string checks_lines(const CrossChecks& c) {
  std::string text;
  if (const std::uint64_t found = c.replays_agreed + c.replays_disagreed + c.replays_not_run; found > 0)
    text += fmt::format("  counterexamples replayed: {} of {}, {} disagree\n", c.replays_agreed + c.replays_disagreed, found, c.replays_disagreed);
  if (c.random_answers > 0)
    text += fmt::format("  proved answers run on random inputs: {} runs of {} of them, {} differ; on fewer inputs than asked for: {}\n",
                        c.random_runs, c.random_answers, c.random_differences, c.random_answers - c.random_complete);
  return text;
}

/// What running an answer says against its verdict; empty: nothing.
std::string contradiction(const JudgedAnswer& answer) {
  const Judgement& judgement = answer.judgement;
  if (replay_disagrees(judgement)) return "the replay of its counterexample disagrees with the solver";
  if (answer.random_runs && answer.random_runs->differences > 0) {
    const RandomRuns& runs = *answer.random_runs;
    return fmt::format("it is proved, and on {} it {} where the reference {}",
                       runs.input.empty() ? "some input" : fmt::format("{}", fmt::join(runs.input, ", ")), runs.answer,
                       runs.reference_answer.empty() ? "has a result" : runs.reference_answer);
  }
  const bool tested = judgement.visible.total + judgement.hidden.total > 0;
  if (label_of(judgement) != Label::kProved || !tested || judgement.passes_tests()) return {};
  const std::string& failure = judgement.visible.first_failure.empty() ? judgement.hidden.first_failure : judgement.visible.first_failure;
  return "it is proved, and fails a test: " + failure;
}

/// "constant 2, name 1"
std::string list_of(const std::map<std::string, std::uint64_t>& counts) {
  std::string text;
  for (const auto& [name, count] : counts) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, count);
  return text;
}

std::string decisions_line(const DecisionCounts& counts) {
  const std::uint64_t all = counts.found + counts.still_open + counts.no_completion + counts.undecided;
  if (all == 0) return {};
  std::string text = fmt::format("  first wrong decision: found in {} of {} answers{}{}; no completion is right: {}, undecided: {}", counts.found,
                                 all, counts.found == 0 ? "" : ": ", list_of(counts.by_kind), counts.no_completion, counts.undecided);
  if (counts.still_open > 0) text += fmt::format(", can still be completed: {}", counts.still_open);
  text += fmt::format("\n    one token: {}, one of several: {}", counts.found - counts.ranges, counts.ranges);
  if (counts.found > 0) text += "; right completion before it: " + list_of(counts.by_grammar);
  text += fmt::format("; completions in an answer's grammars: median {}, largest {}\n", counts.median_size(), counts.largest_size());
  if (!counts.not_searched.empty()) text += "    not searched: " + list_of(counts.not_searched) + "\n";
  for (const auto& [reason, count] : counts.reasons) text += fmt::format("    not decided ({}): {}\n", count, reason);
  return text;
}

/// What each dose changed, in the order of the suite.
std::string repairs_table(const BenchReport& report) {
  const auto name_of_dose = [](const ModelRun& model) { return model.repair->name + ": " + model.repair->described(); };
  std::vector<const ModelRun*> doses;
  std::size_t width = 0;
  for (const ModelRun& model : report.run.models)
    if (model.repair && model.skipped.empty()) {
      doses.push_back(&model);
      width = std::max(width, name_of_dose(model).size());
    }
  if (doses.empty()) return {};
  constexpr const char* kRow = "  {:{}}{:>8}{:>9}{:>9}{:>15}{:>8}{:>8}{:>9}\n";
  std::string text = "repairs\n" + fmt::format(kRow, "", width, "proved", "became", "no more", "other answer", "unsafe", "wrong", "mean KL");
  for (const ModelRun* model : doses) {
    const RepairScore score = score_repair(*model_named(report, model->repair->of), *model);
    text += fmt::format(kRow, name_of_dose(*model), width, score.proved_after, score.became_proved, score.no_longer_proved, score.other_answers,
                        score.unsafe_after, score.wrong_after, model->divergence ? fmt::format("{:.4f}", model->divergence->mean_kl) : "-");
  }
  return text + "\n";
}

std::string table_of(const BenchReport& report, std::size_t index) {
  const ModelRun& model = report.run.models[index];
  const std::vector<CodeTask>& tasks = report.tasks;
  if (!model.skipped.empty()) return fmt::format("{}: skipped: {}\n\n", model.name, model.skipped);
  const Summary summary = summarise(tasks, model);
  std::string text = fmt::format("{}\n  {:28}{:>8}{:>8}{:>8}{:>8}{:>8}{:>11}{:>13}{:>8}\n", model.name, "", "samples", "proved", "bounded", "wrong",
                                 "unsafe", "undecided", "unsupported", "broken");
  text += counts_line("all", summary.counts);
  for (const Group& group : summary.by_split)
    if (!group.name.empty()) text += counts_line(group.name, group.counts);
  for (const Group& group : summary.by_family)
    if (!group.name.empty()) text += counts_line("  " + group.name, group.counts);
  const LabelCounts& c = summary.counts;
  for (const auto& [tests, passing] : {std::pair{"the visible", c.visible_tests}, {"all", c.all_tests}})
    text += fmt::format("  pass {} tests: {} of {}; of these wrong: {}, unsafe: {}, not proved: {}\n", tests, passing.pass, c.samples, passing.wrong,
                        passing.unsafe, passing.unproved);
  text += grades_line("safe", summary.safety) + grades_line("same as the reference", summary.meaning) + broken_line(summary.broken);
  text += checks_lines(summary.checks) + decisions_line(summary.decisions);
  if (const PredictionScore* score = prediction_of(report, index)) text += bench::to_table(*score);
  for (const PassAtK& entry : summary.pass)
    text += fmt::format("  pass@{:<4} by tests {}   by proof {}\n", entry.k, percent(entry.tests), percent(entry.proof));
  if (summary.pass.size() > 1)
    for (const Choice& choice : summary.choices)
      text += fmt::format("  chosen by {:26} proved {:>4} of {}, wrong {}, unsafe {}\n", choice.rule + ":", choice.proved, choice.requests,
                          choice.wrong, choice.unsafe);
  text += bench::to_table(policies_of(report, index)) + sites_of(model).to_text() + first_tokens(tasks, model).to_text();
  if (summary.tokens_per_proved > 0)
    text += fmt::format("  cost of a proved function: {:.0f} tokens, {:.2f} s\n", summary.tokens_per_proved, summary.seconds_per_proved);
  for (const VariationCounts& v : count_variations(model.variations))
    text += fmt::format("  changed {:9} the meaning must {:6}: as it must {}, {} {}, undecided {}, without meaning {} of {} pairs\n", v.kind + ":",
                        v.must_change ? "change" : "stay", v.as_it_must, v.must_change ? "stayed" : "changed", v.against, v.undecided,
                        v.without_meaning, v.pairs);
  if (!summary.at_fault.empty()) text += "  requests at fault, whose answers are compared with nothing:\n";
  for (const std::string& fault : summary.at_fault) text += "    " + fault.substr(0, fault.find('\n')) + "\n";
  if (!summary.unsupported.empty()) text += "  most frequent unsupported constructs:\n";
  for (const auto& [construct, count] : summary.unsupported) text += fmt::format("    {:>5}  {}\n", count, construct);
  return text + "\n";
}

}  // namespace

Json to_json(const BenchReport& report) {
  Json models = Json::array(), tasks = Json::array(), timing = Json::array();
  for (const CodeTask& task : report.tasks) tasks.push_back(to_json(task));
  for (std::size_t index = 0; index < report.run.models.size(); ++index) {
    const ModelRun& model = report.run.models[index];
    models.push_back(model_json(report, index));
    timing.push_back({{"name", model.name}, {"writing_seconds", model.writing_seconds}, {"judging_seconds", model.judging_seconds}});
  }
  const Sampling& s = report.sampling;
  Json json = {{"kind", "assay-bench"},
               {"version", kBenchVersion},
               {"source", report.source},
               {"rules", report.rules},
               {"sampling",
                {{"samples", s.samples},
                 {"temperature", s.temperature},
                 {"top_p", s.top_p},
                 {"seed", s.seed},
                 {"max_tokens", s.max_tokens},
                 {"stop", s.stop},
                 {"chat", s.chat}}},
               {"verification",
                {{"rlimit", report.budget.rlimit},
                 {"bound", report.budget.bound ? Json(*report.budget.bound) : Json()},
                 {"elements", report.budget.elements},
                 {"random_runs", report.budget.random_runs},
                 {"random_seed", kRandomSeed},
                 {"doomed", report.budget.doomed},
                 {"sites", report.budget.sites}}},
               {"disagreements", disagreements(report)},
               {"tasks", tasks},
               {"models", models},
               {"timing",
                {{"seconds", report.run.seconds},
                 {"judged", report.run.judged},
                 {"judging_wall_seconds", report.run.judging_wall_seconds},
                 {"models", timing}}}};
  if (report.predictions) json["predictions"] = {{"sha256", report.predictions->sha256}, {"count", report.predictions->count}};
  return json;
}

std::string to_table(const BenchReport& report) {
  std::string text;
  for (std::size_t index = 0; index < report.run.models.size(); ++index) text += table_of(report, index);
  text += repairs_table(report);
  for (const std::string& rule : report.rules) text += rule + "\n";
  for (const std::string& line : disagreements(report)) text += "internal disagreement: " + line + "; please report it\n";
  text += fmt::format("{} requests, {} answers judged in this run", report.tasks.size(), report.run.judged);
  if (report.run.judged > 0 && report.run.judging_wall_seconds > 0)
    text += fmt::format(" ({:.0f} a minute)", 60.0 * static_cast<double>(report.run.judged) / report.run.judging_wall_seconds);
  return text + fmt::format("; {:.1f} s\n", report.run.seconds);
}

std::vector<std::string> disagreements(const BenchReport& report) {
  std::vector<std::string> lines;
  for (const ModelRun& model : report.run.models)
    for (std::size_t task = 0; task < model.tasks.size(); ++task)
      for (std::size_t number = 0; number < model.tasks[task].answers.size(); ++number)
        if (const std::string found = contradiction(model.tasks[task].answers[number]); !found.empty())
          lines.push_back(fmt::format("{}, request '{}', answer {}: {}", model.name, report.tasks[task].id, number + 1, found));
  return lines;
}

int exit_code(const BenchReport& report) { return disagreements(report).empty() ? 0 : assay::exit_code(ErrorKind::kInternal); }

}  // namespace assay::analysis::bench
