#include "analysis/bench/judgement.h"

namespace assay::analysis::bench {
namespace {

Json to_json(const program::Argument& argument) {
  Json cells = Json::array();
  for (const program::Scalar& cell : argument.cells) cells.push_back(cell.integer);
  return {{"kind", static_cast<int>(argument.kind)}, {"cells", cells}, {"shared_with", argument.shared_with}, {"offset", argument.offset}};
}

program::Argument argument_from(const Json& json) {
  program::Argument argument;
  argument.kind = static_cast<program::Argument::Kind>(json.at("kind").get<int>());
  for (const Json& cell : json.at("cells")) argument.cells.push_back({true, cell.get<std::int64_t>(), false});
  argument.shared_with = json.at("shared_with").get<std::uint32_t>();
  argument.offset = json.at("offset").get<std::uint64_t>();
  return argument;
}

Json to_json(const Finding& finding) {
  Json json = {{"grade", name_of(finding.grade)}, {"reason", finding.reason}};
  if (!finding.check.empty()) json["check"] = finding.check;
  if (finding.line > 0) json["line"] = finding.line, json["column"] = finding.column;
  if (finding.input.empty() && finding.answer.empty()) return json;
  Json arguments = Json::array();
  for (const program::Argument& argument : finding.arguments) arguments.push_back(to_json(argument));
  json["counterexample"] = {{"input", finding.input},
                            {"arguments", arguments},
                            {"answer", finding.answer},
                            {"reference_answer", finding.reference_answer},
                            {"interpreter_replay", name_of(finding.interpreter_replay)},
                            {"native_replay", name_of(finding.native_replay)},
                            {"repro_c", finding.repro_c},
                            {"repro_command", finding.repro_command}};
  return json;
}

template <class Enum>
Enum named(const Json& json, std::initializer_list<Enum> values) {
  for (const Enum value : values)
    if (name_of(value) == json.get<std::string>()) return value;
  throw Json::other_error::create(501, "unknown name", &json);
}

Replay replay_named(const Json& json) { return named(json, {Replay::kNotApplicable, Replay::kAgreed, Replay::kDisagreed, Replay::kNotRun}); }

Finding finding_from(const Json& json) {
  Finding finding;
  finding.grade = named(json.at("grade"),
                        {Grade::kProved, Grade::kBounded, Grade::kMeasured, Grade::kUnknown, Grade::kUnsupported, Grade::kVacuous, Grade::kRefuted});
  finding.reason = json.at("reason").get<std::string>();
  finding.check = json.value("check", "");
  finding.line = json.value("line", 0);
  finding.column = json.value("column", 0);
  if (!json.contains("counterexample")) return finding;
  const Json& found = json.at("counterexample");
  finding.input = found.at("input").get<std::vector<std::string>>();
  for (const Json& argument : found.at("arguments")) finding.arguments.push_back(argument_from(argument));
  finding.answer = found.at("answer").get<std::string>();
  finding.reference_answer = found.at("reference_answer").get<std::string>();
  finding.interpreter_replay = replay_named(found.at("interpreter_replay"));
  finding.native_replay = replay_named(found.at("native_replay"));
  finding.repro_c = found.at("repro_c").get<std::string>();
  finding.repro_command = found.at("repro_command").get<std::string>();
  return finding;
}

Json to_json(const TestCount& tests) { return {{"passed", tests.passed}, {"total", tests.total}, {"first_failure", tests.first_failure}}; }

TestCount tests_from(const Json& json) {
  return {json.at("passed").get<int>(), json.at("total").get<int>(), json.at("first_failure").get<std::string>()};
}

Json to_json(const Mark& mark) {
  return {{"kind", mark.kind},
          {"subject", mark.subject},
          {"detail", mark.detail},
          {"explanation", mark.explanation},
          {"ast_kind", mark.ast_kind},
          {"begin", {mark.begin.line, mark.begin.column}},
          {"end", {mark.end.line, mark.end.column}}};
}

Mark mark_from(const Json& json) {
  const auto point = [](const Json& at) { return SourcePoint{at.at(0).get<int>(), at.at(1).get<int>()}; };
  return {json.at("kind").get<std::string>(),
          json.at("subject").get<std::string>(),
          json.at("detail").get<std::string>(),
          json.at("explanation").get<std::string>(),
          json.at("ast_kind").get<std::string>(),
          point(json.at("begin")),
          point(json.at("end"))};
}

bool disagrees(const Finding& finding) { return finding.interpreter_replay == Replay::kDisagreed || finding.native_replay == Replay::kDisagreed; }

}  // namespace

std::string_view name_of(Label label) {
  switch (label) {
    case Label::kProved: return "proved";
    case Label::kBounded: return "bounded";
    case Label::kWrong: return "wrong";
    case Label::kUnsafe: return "unsafe";
    case Label::kUndecided: return "undecided";
    case Label::kUnsupported: return "unsupported";
    case Label::kBroken: return "broken";
  }
  return "";
}

Label label_of(const Judgement& judgement) {
  if (!judgement.broken.empty() || !judgement.compiles) return Label::kBroken;
  if (judgement.safety.grade == Grade::kRefuted) return Label::kUnsafe;
  if (judgement.meaning.grade == Grade::kRefuted) return Label::kWrong;
  if (!judgement.has_reference) return judgement.unsupported.empty() ? Label::kUndecided : Label::kUnsupported;
  const Grade both = weakest(judgement.safety.grade, judgement.meaning.grade);
  switch (both) {
    case Grade::kProved: return Label::kProved;
    case Grade::kBounded: return Label::kBounded;
    case Grade::kUnsupported: return Label::kUnsupported;
    case Grade::kMeasured:
    case Grade::kUnknown:
    case Grade::kVacuous:
    case Grade::kRefuted: return Label::kUndecided;
  }
  return Label::kUndecided;
}

bool has_meaning(const Judgement& judgement) {
  const Label label = label_of(judgement);
  return label != Label::kBroken && label != Label::kUnsupported;
}

bool replay_disagrees(const Judgement& judgement) { return disagrees(judgement.safety) || disagrees(judgement.meaning); }

Json to_json(const Judgement& judgement) {
  Json concepts = Json::array();
  for (const Mark& mark : judgement.concepts) concepts.push_back(to_json(mark));
  return {{"label", name_of(label_of(judgement))},
          {"parses", judgement.parses},
          {"compiles", judgement.compiles},
          {"broken", judgement.broken},
          {"unsupported", judgement.unsupported},
          {"visible_tests", to_json(judgement.visible)},
          {"hidden_tests", to_json(judgement.hidden)},
          {"has_reference", judgement.has_reference},
          {"safety", to_json(judgement.safety)},
          {"meaning", to_json(judgement.meaning)},
          {"concepts", concepts}};
}

std::optional<Judgement> judgement_from_json(const Json& json) {
  try {
    Judgement judgement;
    judgement.parses = json.at("parses").get<bool>();
    judgement.compiles = json.at("compiles").get<bool>();
    judgement.broken = json.at("broken").get<std::string>();
    judgement.unsupported = json.at("unsupported").get<std::string>();
    judgement.visible = tests_from(json.at("visible_tests"));
    judgement.hidden = tests_from(json.at("hidden_tests"));
    judgement.has_reference = json.at("has_reference").get<bool>();
    judgement.safety = finding_from(json.at("safety"));
    judgement.meaning = finding_from(json.at("meaning"));
    for (const Json& mark : json.at("concepts")) judgement.concepts.push_back(mark_from(mark));
    return judgement;
  } catch (const Json::exception&) { return std::nullopt; }
}

}  // namespace assay::analysis::bench
