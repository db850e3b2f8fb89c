#include "analysis/bench/pages/document_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>

#include "analysis/bench/bench_result.h"

namespace assay::analysis::bench {
namespace {

constexpr std::string_view kRemedy = "give the bench.json that `assay bench --out` writes";

enum class Type { kText, kCount, kNumber, kFlag, kList, kObject };

struct Rule {
  std::string_view path;  ///< members and elements, parted by dots: "name", "name?" may be absent or null, "[]" all elements, "0" one element
  Type type;
};

// What holds something stands before what it holds, so that an error names the outermost thing that is wrong.
constexpr Rule kDocumentRules[] = {{"source", Type::kText},
                                   {"rules", Type::kList},
                                   {"rules.[]", Type::kText},
                                   {"sampling", Type::kObject},
                                   {"sampling.samples", Type::kCount},
                                   {"sampling.temperature", Type::kNumber},
                                   {"sampling.top_p", Type::kNumber},
                                   {"sampling.seed", Type::kCount},
                                   {"sampling.max_tokens", Type::kCount},
                                   {"sampling.stop", Type::kList},
                                   {"sampling.stop.[]", Type::kText},
                                   {"verification", Type::kObject},
                                   {"verification.rlimit", Type::kCount},
                                   {"verification.bound?", Type::kCount},
                                   {"verification.elements", Type::kCount},
                                   {"verification.random_runs", Type::kCount},
                                   {"verification.random_seed", Type::kCount},
                                   {"verification.doomed?", Type::kFlag},
                                   {"verification.sites?", Type::kFlag},
                                   {"disagreements", Type::kList},
                                   {"disagreements.[]", Type::kText},
                                   {"tasks", Type::kList},
                                   {"tasks.[]", Type::kObject},
                                   {"models", Type::kList},
                                   {"models.[]", Type::kObject},
                                   {"models.[].name", Type::kText},
                                   {"models.[].path", Type::kText},
                                   {"models.[].skipped?", Type::kText}};
constexpr Rule kTaskRules[] = {{"id", Type::kText},
                               {"family", Type::kText},
                               {"attributes", Type::kList},
                               {"attributes.[]", Type::kList},
                               {"attributes.[].0", Type::kText},
                               {"attributes.[].1", Type::kText},
                               {"split", Type::kText},
                               {"variation?", Type::kText},
                               {"standard", Type::kText},
                               {"prompt", Type::kText},
                               {"function", Type::kText},
                               {"contract", Type::kList},
                               {"contract.[]", Type::kText},
                               {"reference_body", Type::kText}};
constexpr Rule kModelRules[] = {{"hash", Type::kText},
                                {"processing", Type::kText},
                                {"parameters", Type::kCount},
                                {"tokens", Type::kCount},
                                {"tokenizer", Type::kObject},
                                {"tokenizer.kind", Type::kText},
                                {"tokenizer.hash", Type::kText},
                                {"tokenizer.adds_bos", Type::kFlag},
                                {"tokenizer.chat_template_applied", Type::kFlag},
                                {"summary", Type::kObject},
                                {"summary.cross_checks", Type::kObject},
                                {"summary.cross_checks.replays_agreed", Type::kCount},
                                {"summary.cross_checks.replays_disagreed", Type::kCount},
                                {"summary.cross_checks.replays_not_run", Type::kCount},
                                {"summary.cross_checks.random_answers", Type::kCount},
                                {"summary.cross_checks.random_complete", Type::kCount},
                                {"summary.cross_checks.random_runs", Type::kCount},
                                {"summary.cross_checks.random_differences", Type::kCount},
                                {"summary.pass_at_k", Type::kList},
                                {"summary.pass_at_k.[]", Type::kObject},
                                {"summary.pass_at_k.[].k", Type::kCount},
                                {"summary.pass_at_k.[].tests", Type::kObject},
                                {"summary.pass_at_k.[].tests.value", Type::kNumber},
                                {"summary.pass_at_k.[].tests.low", Type::kNumber},
                                {"summary.pass_at_k.[].tests.high", Type::kNumber},
                                {"summary.pass_at_k.[].proof", Type::kObject},
                                {"summary.pass_at_k.[].proof.value", Type::kNumber},
                                {"summary.pass_at_k.[].proof.low", Type::kNumber},
                                {"summary.pass_at_k.[].proof.high", Type::kNumber},
                                {"summary.pass_at_k.[].proof.requests", Type::kCount},
                                {"summary.choices", Type::kList},
                                {"summary.choices.[]", Type::kObject},
                                {"summary.choices.[].rule", Type::kText},
                                {"summary.choices.[].requests", Type::kCount},
                                {"summary.choices.[].proved", Type::kCount},
                                {"summary.choices.[].wrong", Type::kCount},
                                {"summary.choices.[].unsafe", Type::kCount},
                                {"summary.broken?", Type::kObject},
                                {"summary.broken?.do_not_parse", Type::kCount},
                                {"summary.broken?.do_not_compile", Type::kCount},
                                {"summary.tokens_per_proved", Type::kNumber},
                                {"prediction?", Type::kObject},
                                {"prediction?.samples", Type::kCount},
                                {"prediction?.reached", Type::kCount},
                                {"prediction?.decided_as_ruled", Type::kCount},
                                {"prediction?.left_out", Type::kCount},
                                {"prediction?.failed", Type::kCount},
                                {"prediction?.failed_elsewhere", Type::kCount},
                                {"prediction?.predictors", Type::kList},
                                {"prediction?.predictors.[]", Type::kObject},
                                {"prediction?.predictors.[].name", Type::kText},
                                {"prediction?.predictors.[].hits", Type::kCount},
                                {"prediction?.predictors.[].false_alarms", Type::kCount},
                                {"prediction?.predictors.[].misses", Type::kCount},
                                {"policies?", Type::kList},
                                {"policies?.[]", Type::kObject},
                                {"policies?.[].policy", Type::kText},
                                {"policies?.[].requests", Type::kCount},
                                {"policies?.[].taken", Type::kCount},
                                {"policies?.[].proved", Type::kCount},
                                {"policies?.[].failed", Type::kCount},
                                {"policies?.[].tokens", Type::kCount},
                                {"policies?.[].proved_per_1000_tokens", Type::kNumber},
                                {"repair?", Type::kObject},
                                {"repair?.name", Type::kText},
                                {"repair?.of", Type::kText},
                                {"repair?.description", Type::kText},
                                {"repair?.score", Type::kObject},
                                {"repair?.score.samples", Type::kCount},
                                {"repair?.score.other_answers", Type::kCount},
                                {"repair?.score.proved_before", Type::kCount},
                                {"repair?.score.proved_after", Type::kCount},
                                {"repair?.score.became_proved", Type::kCount},
                                {"repair?.score.no_longer_proved", Type::kCount},
                                {"repair?.score.unsafe_before", Type::kCount},
                                {"repair?.score.unsafe_after", Type::kCount},
                                {"repair?.divergence?", Type::kObject},
                                {"repair?.divergence?.positions", Type::kCount},
                                {"repair?.divergence?.mean_kl", Type::kNumber},
                                {"repair?.divergence?.other_first_choice", Type::kCount},
                                {"variation_counts?", Type::kList},
                                {"variation_counts?.[]", Type::kObject},
                                {"variation_counts?.[].kind", Type::kText},
                                {"variation_counts?.[].must_change", Type::kFlag},
                                {"variation_counts?.[].pairs", Type::kCount},
                                {"variation_counts?.[].as_it_must", Type::kCount},
                                {"variation_counts?.[].against", Type::kCount},
                                {"variation_counts?.[].undecided", Type::kCount},
                                {"variation_counts?.[].without_meaning", Type::kCount},
                                {"variations?", Type::kList},
                                {"variations?.[]", Type::kObject},
                                {"variations?.[].base", Type::kCount},
                                {"variations?.[].task", Type::kCount},
                                {"variations?.[].kind", Type::kText},
                                {"variations?.[].detail", Type::kText},
                                {"variations?.[].must_change", Type::kFlag},
                                {"variations?.[].comparable", Type::kFlag},
                                {"variations?.[].meaning?", Type::kText},
                                {"variations?.[].input?", Type::kList},
                                {"variations?.[].input?.[]", Type::kText},
                                {"variations?.[].first_answer?", Type::kText},
                                {"variations?.[].second_answer?", Type::kText},
                                {"variations?.[].reason?", Type::kText},
                                {"tasks", Type::kList},
                                {"tasks.[]", Type::kObject}};
constexpr Rule kRunRules[] = {{"samples", Type::kList},
                              {"samples.[]", Type::kObject},
                              {"samples.[].answer", Type::kText},
                              {"samples.[].answer_id", Type::kCount},
                              {"samples.[].finish", Type::kText},
                              {"samples.[].log_probability", Type::kNumber},
                              {"samples.[].tokens", Type::kList},
                              {"samples.[].tokens.[]", Type::kObject},
                              {"samples.[].tokens.[].begin", Type::kCount},
                              {"samples.[].tokens.[].end", Type::kCount},
                              {"samples.[].tokens.[].log_probability", Type::kNumber},
                              {"samples.[].tokens.[].alternatives", Type::kList},
                              {"samples.[].tokens.[].alternatives.[]", Type::kList},
                              {"samples.[].tokens.[].alternatives.[].0", Type::kText},
                              {"samples.[].tokens.[].alternatives.[].1", Type::kNumber},
                              {"answers", Type::kList},
                              {"answers.[]", Type::kObject},
                              {"answers.[].text", Type::kText},
                              {"answers.[].judgement", Type::kObject},
                              {"answers.[].random_runs?", Type::kObject},
                              {"answers.[].wrong_decision?", Type::kObject},
                              {"meanings", Type::kObject},
                              {"meanings.classes", Type::kList},
                              {"meanings.classes.[]", Type::kList},
                              {"meanings.classes.[].[]", Type::kCount},
                              {"meanings.unsorted", Type::kList},
                              {"meanings.unsorted.[]", Type::kCount},
                              {"meanings.reference_class?", Type::kCount},
                              {"meanings.undecided_pairs", Type::kCount},
                              {"meanings.distinctions", Type::kList},
                              {"meanings.distinctions.[]", Type::kObject},
                              {"meanings.distinctions.[].first", Type::kCount},
                              {"meanings.distinctions.[].second", Type::kCount},
                              {"meanings.distinctions.[].input", Type::kList},
                              {"meanings.distinctions.[].input.[]", Type::kText},
                              {"meanings.distinctions.[].first_answer", Type::kText},
                              {"meanings.distinctions.[].second_answer", Type::kText}};
constexpr Rule kJudgementRules[] = {{"label", Type::kText},
                                    {"compiles", Type::kFlag},
                                    {"broken", Type::kText},
                                    {"unsupported", Type::kText},
                                    {"has_reference", Type::kFlag},
                                    {"concepts", Type::kList},
                                    {"concepts.[]", Type::kObject},
                                    {"concepts.[].kind", Type::kText},
                                    {"concepts.[].explanation", Type::kText},
                                    {"concepts.[].begin", Type::kList},
                                    {"concepts.[].begin.0", Type::kCount},
                                    {"concepts.[].begin.1", Type::kCount},
                                    {"concepts.[].end", Type::kList},
                                    {"concepts.[].end.0", Type::kCount},
                                    {"concepts.[].end.1", Type::kCount},
                                    {"visible_tests", Type::kObject},
                                    {"visible_tests.passed", Type::kCount},
                                    {"visible_tests.total", Type::kCount},
                                    {"visible_tests.first_failure", Type::kText},
                                    {"hidden_tests", Type::kObject},
                                    {"hidden_tests.passed", Type::kCount},
                                    {"hidden_tests.total", Type::kCount},
                                    {"hidden_tests.first_failure", Type::kText},
                                    {"safety", Type::kObject},
                                    {"safety.grade", Type::kText},
                                    {"safety.reason", Type::kText},
                                    {"safety.check?", Type::kText},
                                    {"safety.line?", Type::kCount},
                                    {"safety.column?", Type::kCount},
                                    {"safety.counterexample?", Type::kObject},
                                    {"safety.counterexample?.input", Type::kList},
                                    {"safety.counterexample?.input.[]", Type::kText},
                                    {"safety.counterexample?.answer", Type::kText},
                                    {"safety.counterexample?.reference_answer", Type::kText},
                                    {"safety.counterexample?.interpreter_replay", Type::kText},
                                    {"safety.counterexample?.native_replay", Type::kText},
                                    {"safety.counterexample?.repro_c", Type::kText},
                                    {"safety.counterexample?.repro_command", Type::kText},
                                    {"meaning", Type::kObject},
                                    {"meaning.grade", Type::kText},
                                    {"meaning.reason", Type::kText},
                                    {"meaning.check?", Type::kText},
                                    {"meaning.line?", Type::kCount},
                                    {"meaning.column?", Type::kCount},
                                    {"meaning.counterexample?", Type::kObject},
                                    {"meaning.counterexample?.input", Type::kList},
                                    {"meaning.counterexample?.input.[]", Type::kText},
                                    {"meaning.counterexample?.answer", Type::kText},
                                    {"meaning.counterexample?.reference_answer", Type::kText},
                                    {"meaning.counterexample?.interpreter_replay", Type::kText},
                                    {"meaning.counterexample?.native_replay", Type::kText},
                                    {"meaning.counterexample?.repro_c", Type::kText},
                                    {"meaning.counterexample?.repro_command", Type::kText}};

constexpr std::string_view kTypeNames[] = {"a text", "a number that is no less than 0", "a number", "true or false", "a list", "an object"};

bool is_of(const Json& value, Type type) {
  switch (type) {
    case Type::kText: return value.is_string();
    case Type::kCount: return value.is_number_unsigned() || (value.is_number_integer() && value.get<std::int64_t>() >= 0);
    case Type::kNumber: return value.is_number();
    case Type::kFlag: return value.is_boolean();
    case Type::kList: return value.is_array();
    case Type::kObject: return value.is_object();
  }
  return false;
}

Status wrong(std::string_view where, std::string_view found, std::string_view expected) {
  return input_error(fmt::format("{}: {}, expected {}", where, found, expected), std::string(kRemedy));
}

std::string found(const Json& value) { return fmt::format("found {} {}", value.is_object() || value.is_array() ? "an" : "a", value.type_name()); }

/// `path` relative to `value`, which stands at `where` of the document.
Status check(const Json& value, std::string_view path, Type type, const std::string& where) {
  if (path.empty()) return is_of(value, type) ? Status() : wrong(where, found(value), kTypeNames[static_cast<std::size_t>(type)]);
  const std::string_view part = path.substr(0, path.find('.'));
  const std::string_view rest = path.substr(std::min(path.size(), part.size() + 1));
  if (part == "[]") {
    for (std::size_t i = 0; i < value.size(); ++i)
      if (Status status = check(value[i], rest, type, fmt::format("{}[{}]", where, i)); !status) return status;
    return {};
  }
  if (value.is_array()) {
    const std::size_t index = part == "0" ? 0 : 1;
    const std::string inner = fmt::format("{}[{}]", where, index);
    return index < value.size() ? check(value[index], rest, type, inner) : wrong(inner, "missing", kTypeNames[static_cast<std::size_t>(type)]);
  }
  const bool optional = part.back() == '?';
  const std::string name(part.substr(0, part.size() - (optional ? 1 : 0)));
  const std::string inner = where.empty() ? name : where + "." + name;
  if (optional && (!value.contains(name) || value[name].is_null())) return {};
  if (!value.contains(name)) return wrong(inner, "missing", kTypeNames[static_cast<std::size_t>(type)]);
  return check(value[name], rest, type, inner);
}

bool all_below(const Json& indices, std::size_t size) {
  return std::all_of(indices.begin(), indices.end(), [&](const Json& index) { return index.get<std::size_t>() < size; });
}

/// Numbers that stand for answers and classes.
Status check_indices(const Json& run, const std::string& where) {
  const std::size_t answers = run["answers"].size(), classes = run["meanings"]["classes"].size();
  for (std::size_t s = 0; s < run["samples"].size(); ++s)
    if (run["samples"][s]["answer_id"].get<std::size_t>() >= answers)
      return wrong(fmt::format("{}.samples[{}].answer_id", where, s), "found no such answer", fmt::format("less than {}", answers));
  const Json& meanings = run["meanings"];
  for (const Json& members : meanings["classes"])
    if (!all_below(members, answers)) return wrong(where + ".meanings.classes", "found no such answer", fmt::format("less than {}", answers));
  if (!all_below(meanings["unsorted"], answers))
    return wrong(where + ".meanings.unsorted", "found no such answer", fmt::format("less than {}", answers));
  for (const Json& entry : meanings["distinctions"])
    if (!all_below({entry["first"], entry["second"]}, classes))
      return wrong(where + ".meanings.distinctions", "found no such class", fmt::format("less than {}", classes));
  return {};
}

template <std::size_t kSize>
Status check_all(const Json& value, const Rule (&rules)[kSize], const std::string& where) {
  for (const Rule& rule : rules)
    if (Status status = check(value, rule.path, rule.type, where); !status) return status;
  return {};
}

Status check_decision(const Json& answer, const std::string& where) {
  const std::optional<WrongDecision> decision = wrong_decision_from_json(answer["wrong_decision"]);
  if (!decision) return wrong(where, "found something else", "what docs/formats.md lists");
  const std::size_t size = answer["text"].get_ref<const std::string&>().size();
  if (decision->until > size) return wrong(where, "found an end outside of the text", fmt::format("bytes below {}", size));
  for (const OtherToken& token : decision->others)
    if (token.begin >= token.end || token.end > size) return wrong(where, "found a token outside of the text", fmt::format("bytes below {}", size));
  return {};
}

Status check_sites(const Json& sample, const Json& answer, const std::string& where) {
  if (!sample.contains("sites")) return {};
  const std::optional<Sample> read = sample_from_json(sample);
  if (!sample["sites"].is_array() || !read) return wrong(where, "found something else", "a list of decision sites");
  for (std::size_t s = 0; s < sample["sites"].size(); ++s) {
    const std::optional<Site> site = site_from_json(sample["sites"][s], *read);
    const bool known = site && (!site->place.concept_id || *site->place.concept_id < answer["judgement"]["concepts"].size());
    if (!known) return wrong(fmt::format("{}[{}]", where, s), "found no site of this sample", "what docs/formats.md lists");
  }
  return {};
}

Status check_run(const Json& run, const std::string& where) {
  if (Status status = check_all(run, kRunRules, where); !status) return status;
  for (std::size_t a = 0; a < run["answers"].size(); ++a) {
    const std::string judgement = fmt::format("{}.answers[{}].judgement", where, a);
    const Json& answer = run["answers"][a];
    if (Status status = check_all(answer["judgement"], kJudgementRules, judgement); !status) return status;
    if (answer.contains("random_runs") && !random_runs_from_json(answer["random_runs"]))
      return wrong(fmt::format("{}.answers[{}].random_runs", where, a), "found something else", "what docs/formats.md lists");
    if (answer.contains("wrong_decision"))
      if (Status status = check_decision(answer, fmt::format("{}.answers[{}].wrong_decision", where, a)); !status) return status;
    const std::optional<Judgement> read = judgement_from_json(answer["judgement"]);
    if (!read) return wrong(judgement, "found a judgement with a member missing", "what docs/formats.md lists");
    const std::string &label = answer["judgement"]["label"].get_ref<const std::string&>(), earned(name_of(label_of(*read)));
    if (label != earned)
      return wrong(judgement + ".label", fmt::format("found \"{}\"", label), fmt::format("\"{}\", which is what its proofs earn", earned));
  }
  if (Status status = check_indices(run, where); !status) return status;
  for (std::size_t s = 0; s < run["samples"].size(); ++s) {
    const Json& sample = run["samples"][s];
    const Json& answer = run["answers"][sample["answer_id"].get<std::size_t>()];
    if (Status status = check_sites(sample, answer, fmt::format("{}.samples[{}].sites", where, s)); !status) return status;
  }
  return {};
}

bool has(const Json& object, const char* name) { return object.contains(name) && !object[name].is_null(); }

/// Pairs name requests, and say how they differ where they do.
Status check_variations(const Json& model, std::size_t tasks, const std::string& where) {
  if (!model.contains("variations")) return {};
  for (std::size_t v = 0; v < model["variations"].size(); ++v) {
    const Json& pair = model["variations"][v];
    const std::string place = fmt::format("{}.variations[{}]", where, v);
    if (!all_below({pair["base"], pair["task"]}, tasks)) return wrong(place, "found no such request", fmt::format("less than {}", tasks));
    if (!pair["comparable"].get<bool>()) continue;
    if (!has(pair, "meaning")) return wrong(place + ".meaning", "missing", "\"same\", \"different\" or \"unknown\"");
    if (pair["meaning"] != "different") continue;
    for (const char* name : {"input", "first_answer", "second_answer"})
      if (!has(pair, name)) return wrong(fmt::format("{}.{}", place, name), "missing", "where the answers differ");
  }
  return {};
}

Status check_model(const Json& model, std::size_t tasks, const std::string& where) {
  if (model.contains("skipped") && model["skipped"].is_string()) return {};
  if (Status status = check_all(model, kModelRules, where); !status) return status;
  if (Status status = check_variations(model, tasks, where); !status) return status;
  const Json& runs = model["tasks"];
  if (runs.size() != tasks) return wrong(where + ".tasks", fmt::format("found {}", runs.size()), fmt::format("one for each of {} tasks", tasks));
  for (std::size_t t = 0; t < tasks; ++t)
    if (Status status = check_run(runs[t], fmt::format("{}.tasks[{}]", where, t)); !status) return status;
  return {};
}

}  // namespace

Status check_document(const Json& document) {
  if (!document.is_object()) return wrong("the document", found(document), "an object");
  const auto kind = document.find("kind"), version = document.find("version");
  if (kind == document.end() || *kind != "assay-bench") return wrong("kind", "found another document", "\"assay-bench\"");
  if (version == document.end() || *version != kBenchVersion) return wrong("version", "found another version", std::to_string(kBenchVersion));
  if (Status status = check_all(document, kDocumentRules, ""); !status) return status;
  const Json &tasks = document["tasks"], &models = document["models"];
  for (std::size_t t = 0; t < tasks.size(); ++t)
    if (Status status = check_all(tasks[t], kTaskRules, fmt::format("tasks[{}]", t)); !status) return status;
  for (std::size_t m = 0; m < models.size(); ++m)
    if (Status status = check_model(models[m], tasks.size(), fmt::format("models[{}]", m)); !status) return status;
  return {};
}

}  // namespace assay::analysis::bench
