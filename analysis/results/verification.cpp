#include "analysis/results/verification.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <thread>

#include "base/version.h"

namespace assay::analysis {
namespace {

constexpr std::array<std::string_view, 4> kLinkNames = {"", "model and circuit", "circuit and program", "program and code"};

bool has_expectations(const HypothesisResult& hypothesis) {
  return std::any_of(hypothesis.claims.begin(), hypothesis.claims.end(), [](const ClaimResult& claim) { return claim.expect.has_value(); });
}

Json counts(const Verification& verification) {
  std::map<std::string, int> grades;
  int claims = 0, skipped = 0, expected = 0, unexpected = 0;
  for (const HypothesisResult& hypothesis : verification.hypotheses) {
    skipped += hypothesis.skipped ? 1 : 0;
    for (const ClaimResult& claim : hypothesis.claims) {
      ++claims;
      ++grades[std::string(name_of(claim.grade()))];
      if (claim.expect) ++(claim.as_expected() ? expected : unexpected);
    }
  }
  return {{"hypotheses", verification.hypotheses.size()},
          {"claims", claims},
          {"skipped", skipped},
          {"as_expected", expected},
          {"not_as_expected", unexpected},
          {"grades", grades}};
}

}  // namespace

const ClaimResult* HypothesisResult::weakest_claim() const {
  const ClaimResult* weakest = nullptr;
  for (const ClaimResult& claim : claims)
    if (weakest == nullptr || claim.grade() > weakest->grade()) weakest = &claim;
  return weakest;
}

Grade HypothesisResult::grade() const {
  const ClaimResult* weakest = weakest_claim();
  return weakest == nullptr ? Grade::kUnknown : weakest->grade();
}

std::string headline(const HypothesisResult& hypothesis) {
  if (hypothesis.skipped) return "skipped: " + *hypothesis.skipped;
  if (hypothesis.error) return hypothesis.error->to_string();
  const ClaimResult* weakest = hypothesis.weakest_claim();
  if (weakest == nullptr) return "no claim was checked";
  const std::string where = fmt::format("link {} ({})", weakest->link, kLinkNames[static_cast<std::size_t>(weakest->link)]);
  return fmt::format("{}: weakest link is {}, claim {}: {}", name_of(weakest->grade()), where, weakest->id, weakest->summary);
}

int Verification::exit_code() const {
  constexpr std::array kOrder = {5, 2, 1, 4, 3, 0};
  std::vector<int> codes = {0};
  if (interrupted) codes.push_back(assay::exit_code(ErrorKind::kCancelled));
  if (!unexpected.empty()) codes.push_back(1);
  for (const HypothesisResult& hypothesis : hypotheses) {
    if (hypothesis.error) codes.push_back(assay::exit_code(hypothesis.error->kind));
    for (const ClaimResult& claim : hypothesis.claims) {
      if (claim.replay == Replay::kDisagreed) codes.push_back(5);
      codes.push_back(claim.expect ? (claim.as_expected() ? 0 : 1) : assay::exit_code(std::vector<Grade>{claim.grade()}));
    }
  }
  for (const int code : kOrder)
    if (std::find(codes.begin(), codes.end(), code) != codes.end()) return code;
  return 0;
}

Json to_json(const HypothesisResult& hypothesis) {
  Json claims = Json::array();
  for (const ClaimResult& claim : hypothesis.claims) claims.push_back(to_json(claim));
  Json json = {{"name", hypothesis.name},           {"file", hypothesis.file},
               {"task", hypothesis.task},           {"network", hypothesis.network},
               {"program", hypothesis.program},     {"reference", hypothesis.reference},
               {"circuit", hypothesis.circuit},     {"alignments", hypothesis.alignments},
               {"attention", hypothesis.attention}, {"attention_rows", hypothesis.attention_rows},
               {"inputs", hypothesis.inputs},       {"claims", claims},
               {"headline", headline(hypothesis)}};
  if (!hypothesis.claims.empty()) {
    json["grade"] = name_of(hypothesis.grade());
    json["weakest"] = hypothesis.weakest_claim()->id;
  }
  if (hypothesis.skipped) json["skipped"] = *hypothesis.skipped;
  if (hypothesis.error) json["error"] = {{"kind", name_of(hypothesis.error->kind)}, {"message", hypothesis.error->to_string()}};
  return json;
}

Json to_json(const Verification& verification) {
  Json hypotheses = Json::array(), seconds = Json::object();
  const HypothesisResult* weakest = nullptr;
  for (const HypothesisResult& hypothesis : verification.hypotheses) {
    hypotheses.push_back(to_json(hypothesis));
    for (const ClaimResult& claim : hypothesis.claims)
      seconds[hypothesis.file][claim.id] = {{"seconds", claim.seconds}, {"from_cache", claim.from_cache}};
    if (!hypothesis.claims.empty() && (weakest == nullptr || hypothesis.grade() > weakest->grade())) weakest = &hypothesis;
  }
  const bool expected = std::any_of(verification.hypotheses.begin(), verification.hypotheses.end(), has_expectations);
  Json top = {{"text", weakest == nullptr ? std::string("no claim was checked") : fmt::format("{}: {}", weakest->name, headline(*weakest))},
              {"expectations", expected}};
  if (weakest != nullptr) {
    top["grade"] = name_of(weakest->grade());
    top["hypothesis"] = weakest->file;
    top["claim"] = weakest->weakest_claim()->id;
    top["link"] = weakest->weakest_claim()->link;
  }
  return {{"format", "assay-result"},
          {"version", kResultVersion},
          {"tool", {{"name", "assay"}, {"version", std::string(assay_version())}}},
          {"headline", top},
          {"counts", counts(verification)},
          {"unexpected", verification.unexpected},
          {"interrupted", verification.interrupted},
          {"hypotheses", hypotheses},
          {"timing", {{"seconds", verification.seconds}, {"claims", seconds}, {"machine", {{"threads", std::thread::hardware_concurrency()}}}}}};
}

}  // namespace assay::analysis
