// What a change of the request does to the meaning of the code: answers to a request and to its variation, compared by the equivalence engine.
//
//   wording, names, format   must not change the meaning;   attribute   must
//
// Compared are the first samples. A broken or unsupported answer has no meaning to compare. Parameters correspond by position.
// Test: tests/analysis/bench_variations_test.cpp
#pragma once

#include "analysis/bench/meaning.h"
#include "analysis/bench/suite.h"

namespace assay::analysis::bench {

struct VariationResult {
  Variation variation;
  bool comparable = false;  ///< both answers have a meaning
  MeaningComparison found;
};

struct VariationCounts {
  std::string kind;
  bool must_change = false;
  std::uint64_t pairs = 0, as_it_must = 0, against = 0, undecided = 0, without_meaning = 0;
};

Result<VariationResult> compare_variation(const Variation& variation, const TaskJudge& base, const JudgedAnswer& base_answer, const TaskJudge& other,
                                          const JudgedAnswer& other_answer, const Session& session);
/// By kind, in order of first appearance.
std::vector<VariationCounts> count_variations(const std::vector<VariationResult>& results);

Json to_json(const VariationResult& result);
/// Nothing if the text is not one of ours.
std::optional<VariationResult> variation_from_json(const Json& json);
Json to_json(const VariationCounts& counts);

}  // namespace assay::analysis::bench
