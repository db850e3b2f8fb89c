#include "analysis/results/claim_result.h"

#include <array>

namespace assay::analysis {
namespace {

template <class Enum, std::size_t N>
std::optional<Enum> by_name(const std::array<Enum, N>& all, const std::string& name) {
  for (const Enum each : all)
    if (name_of(each) == name) return each;
  return {};
}

}  // namespace

Json to_json(const ClaimResult& claim) {
  Json json = {{"id", claim.id},
               {"kind", claim.kind},
               {"link", claim.link},
               {"subject", claim.subject},
               {"domain", claim.domain},
               {"semantics", claim.semantics},
               {"assumptions", claim.assumptions},
               {"outcome", name_of(claim.outcome)},
               {"evidence", name_of(claim.evidence)},
               {"grade", name_of(claim.grade())},
               {"summary", claim.summary},
               {"details", claim.details},
               {"witness", claim.witness},
               {"replay", name_of(claim.replay)}};
  if (claim.expect) {
    json["expect"] = *claim.expect;
    json["as_expected"] = claim.as_expected();
  }
  return json;
}

std::optional<ClaimResult> claim_from_json(const Json& json) {
  using enum EvidenceKind;
  constexpr std::array kOutcomes = {Outcome::kHolds, Outcome::kFails, Outcome::kUndecided, Outcome::kUnsupported, Outcome::kVacuous};
  constexpr std::array kEvidence = {kNone, kSolver, kEnumeration, kBoundedSolver, kSample, kWitness};
  constexpr std::array kReplays = {Replay::kNotApplicable, Replay::kAgreed, Replay::kDisagreed, Replay::kNotRun};
  try {
    ClaimResult claim;
    claim.id = json.at("id").get<std::string>();
    claim.kind = json.at("kind").get<std::string>();
    claim.link = json.at("link").get<int>();
    claim.subject = json.at("subject").get<std::string>();
    claim.domain = json.at("domain").get<std::string>();
    claim.semantics = json.at("semantics").get<std::string>();
    claim.assumptions = json.at("assumptions").get<std::vector<std::string>>();
    const auto outcome = by_name(kOutcomes, json.at("outcome").get<std::string>());
    const auto evidence = by_name(kEvidence, json.at("evidence").get<std::string>());
    const auto replay = by_name(kReplays, json.at("replay").get<std::string>());
    if (!outcome || !evidence || !replay) return {};
    claim.outcome = *outcome;
    claim.evidence = *evidence;
    claim.replay = *replay;
    claim.summary = json.at("summary").get<std::string>();
    claim.details = json.at("details");
    claim.witness = json.at("witness");
    return claim;
  } catch (const Json::exception&) { return {}; }
}

}  // namespace assay::analysis
