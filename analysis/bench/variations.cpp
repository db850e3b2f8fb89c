#include "analysis/bench/variations.h"

#include <algorithm>

namespace assay::analysis::bench {
namespace {

std::string_view name_of(SameMeaning same) {
  switch (same) {
    case SameMeaning::kYes: return "same";
    case SameMeaning::kNo: return "different";
    case SameMeaning::kUnknown: return "unknown";
  }
  return "";
}

}  // namespace

Result<VariationResult> compare_variation(const Variation& variation, const TaskJudge& base, const JudgedAnswer& base_answer, const TaskJudge& other,
                                          const JudgedAnswer& other_answer, const Session& session) {
  VariationResult result{.variation = variation};
  result.comparable = has_meaning(base_answer.judgement) && has_meaning(other_answer.judgement);
  if (!result.comparable) return result;
  Result<LoweredCode> first = lower_answer(base, base_answer.text, session), second = lower_answer(other, other_answer.text, session);
  if (!first) return fail(first.error());
  if (!second) return fail(second.error());
  QuietSession quiet(session, 1);
  solver::SolverOptions options = base.options();
  options.replay_natively = false;
  Result<MeaningComparison> found = compare_meaning(*first, *second, options, quiet);
  if (!found) return fail(found.error());
  result.found = std::move(*found);
  return result;
}

std::vector<VariationCounts> count_variations(const std::vector<VariationResult>& results) {
  std::vector<VariationCounts> list;
  for (const VariationResult& result : results) {
    auto entry = std::find_if(list.begin(), list.end(), [&](const VariationCounts& c) { return c.kind == result.variation.kind; });
    if (entry == list.end()) entry = list.insert(list.end(), {.kind = result.variation.kind, .must_change = result.variation.must_change()});
    ++entry->pairs;
    if (!result.comparable) ++entry->without_meaning;
    else if (result.found.same == SameMeaning::kUnknown) ++entry->undecided;
    else ++((result.found.same == SameMeaning::kNo) == entry->must_change ? entry->as_it_must : entry->against);
  }
  return list;
}

Json to_json(const VariationResult& result) {
  const Variation& variation = result.variation;
  Json json = {{"base", variation.base},
               {"task", variation.task},
               {"kind", variation.kind},
               {"detail", variation.detail},
               {"must_change", variation.must_change()},
               {"comparable", result.comparable}};
  if (!result.comparable) return json;
  json["meaning"] = name_of(result.found.same);
  if (result.found.same == SameMeaning::kNo) {
    json["input"] = result.found.input;
    json["first_answer"] = result.found.first_answer;
    json["second_answer"] = result.found.second_answer;
  }
  if (result.found.same == SameMeaning::kUnknown) json["reason"] = result.found.reason;
  return json;
}

std::optional<VariationResult> variation_from_json(const Json& json) {
  try {
    VariationResult result{.variation = {json.at("base").get<std::size_t>(), json.at("task").get<std::size_t>(), json.at("kind").get<std::string>(),
                                         json.at("detail").get<std::string>()},
                           .comparable = json.at("comparable").get<bool>()};
    if (!result.comparable) return result;
    const auto meaning = json.at("meaning").get<std::string>();
    result.found.same = meaning == "same" ? SameMeaning::kYes : meaning == "different" ? SameMeaning::kNo : SameMeaning::kUnknown;
    result.found.input = json.value("input", std::vector<std::string>());
    result.found.first_answer = json.value("first_answer", "");
    result.found.second_answer = json.value("second_answer", "");
    result.found.reason = json.value("reason", "");
    return result;
  } catch (const Json::exception&) { return std::nullopt; }
}

Json to_json(const VariationCounts& counts) {
  return {{"kind", counts.kind},
          {"must_change", counts.must_change},
          {"pairs", counts.pairs},
          {"as_it_must", counts.as_it_must},
          {"against", counts.against},
          {"undecided", counts.undecided},
          {"without_meaning", counts.without_meaning}};
}

}  // namespace assay::analysis::bench
