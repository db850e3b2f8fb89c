// What one claim came to: outcome, evidence, witness, replay. Everything a report shows about it is in here.
//
// `details` and `witness` are JSON with sorted keys, so that the same finding gives the same bytes; seconds go into the timing block.
// The fields of `details` are listed per claim kind in docs/formats.md. Test: tests/analysis/result_test.cpp
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/verdict.h"

namespace assay::analysis {

using Json = nlohmann::json;

struct ClaimResult {
  std::string id;  ///< stable within its hypothesis: "network_equals_program", "iia.carry"
  std::string kind;
  int link = 0;         ///< 1 model-circuit, 2 circuit-program, 3 program-code
  std::string subject;  ///< "network zoo/addition/model and program digit of schoolbook.c"
  std::string domain, semantics;
  std::vector<std::string> assumptions;
  Outcome outcome = Outcome::kUndecided;
  EvidenceKind evidence = EvidenceKind::kNone;
  std::string summary;  ///< one line for the table: counts, margins, or why not
  Json details = Json::object();
  Json witness;  ///< null if there is none
  Replay replay = Replay::kNotApplicable;
  std::optional<std::string> expect;  ///< a grade
  double seconds = 0;
  bool from_cache = false;

  Grade grade() const { return grade_of(outcome, evidence); }
  bool as_expected() const { return !expect || *expect == name_of(grade()); }
};

Json to_json(const ClaimResult& claim);
/// The inverse, for the cache; nothing if the text is not one of ours.
std::optional<ClaimResult> claim_from_json(const Json& json);

}  // namespace assay::analysis
