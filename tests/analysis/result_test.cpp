#include <gmock/gmock.h>

#include <array>
#include <fstream>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "analysis/results/verification.h"

namespace assay::analysis {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::array kOutcomes = {Outcome::kHolds, Outcome::kFails, Outcome::kUndecided, Outcome::kUnsupported, Outcome::kVacuous};
constexpr std::array kEvidence = {EvidenceKind::kNone,          EvidenceKind::kSolver, EvidenceKind::kEnumeration,
                                  EvidenceKind::kBoundedSolver, EvidenceKind::kSample, EvidenceKind::kWitness};
constexpr std::array kReplays = {Replay::kNotApplicable, Replay::kAgreed, Replay::kDisagreed, Replay::kNotRun};

ClaimResult claim(Outcome outcome, EvidenceKind evidence, int link = 2) {
  ClaimResult result;
  result.id = "claim_of_link_" + std::to_string(link);
  result.kind = "network_equals_program";
  result.link = link;
  result.subject = "a subject";
  result.domain = "a domain";
  result.semantics = "float32-as-run";
  result.assumptions = {"one", "two"};
  result.outcome = outcome;
  result.evidence = evidence;
  result.summary = "what was found <&\"> \n in words";
  result.details = {{"inputs", 3}};
  return result;
}
ClaimResult proved(int link = 2) { return claim(Outcome::kHolds, EvidenceKind::kEnumeration, link); }
ClaimResult refuted(int link = 2) { return claim(Outcome::kFails, EvidenceKind::kWitness, link); }
ClaimResult unknown(int link = 2) { return claim(Outcome::kUndecided, EvidenceKind::kNone, link); }
ClaimResult unsupported_claim(int link = 2) { return claim(Outcome::kUnsupported, EvidenceKind::kNone, link); }

HypothesisResult with(std::vector<ClaimResult> claims, const std::string& name = "h") {
  HypothesisResult hypothesis;
  hypothesis.name = name;
  hypothesis.file = name + ".hypothesis.toml";
  hypothesis.claims = std::move(claims);
  return hypothesis;
}
HypothesisResult broken(ErrorKind kind) {
  HypothesisResult hypothesis = with({}, "broken");
  hypothesis.error = Error{kind, "found this", "do that"};
  return hypothesis;
}
Verification of(std::vector<HypothesisResult> hypotheses) {
  Verification verification;
  verification.hypotheses = std::move(hypotheses);
  return verification;
}

std::vector<std::string> schema_errors(const Json& json) {
  std::ifstream file(std::string(ASSAY_SOURCE_DIR) + "/docs/result.schema.json");
  const Json schema_json = Json::parse(file);
  valijson::Schema schema;
  valijson::SchemaParser parser;
  valijson::adapters::NlohmannJsonAdapter schema_adapter(schema_json), target(json);
  parser.populateSchema(schema_adapter, schema);
  valijson::Validator validator;
  valijson::ValidationResults errors;
  validator.validate(schema, target, &errors);
  std::vector<std::string> all;
  valijson::ValidationResults::Error error;
  while (errors.popError(error)) all.push_back((error.context.empty() ? "" : error.context.back()) + ": " + error.description);
  return all;
}

TEST(ClaimResult, comes_back_from_json_with_every_outcome_evidence_and_replay) {
  for (const Outcome outcome : kOutcomes)
    for (const EvidenceKind evidence : kEvidence)
      for (const Replay replay : kReplays) {
        ClaimResult result = claim(outcome, evidence, 3);
        result.replay = replay;
        result.witness = {{"input", "12"}};
        const std::optional<ClaimResult> back = claim_from_json(to_json(result));
        ASSERT_TRUE(back);
        EXPECT_EQ(to_json(*back), to_json(result));
      }
}

TEST(ClaimResult, what_a_damaged_cache_holds_is_no_claim) {
  const Json good = to_json(proved());
  for (const auto& [key, value] : good.items()) {
    if (key == "grade") continue;  // follows from outcome and evidence
    Json without = good;
    without.erase(key);
    EXPECT_FALSE(claim_from_json(without)) << key;
  }
  for (const char* key : {"outcome", "evidence", "replay"}) {
    Json wrong = good;
    wrong[key] = "certain";
    EXPECT_FALSE(claim_from_json(wrong)) << key;
  }
  EXPECT_FALSE(claim_from_json(Json()));
  EXPECT_FALSE(claim_from_json(Json::array({1, 2})));
}

TEST(ClaimResult, expect_is_about_the_grade) {
  ClaimResult result = proved();
  EXPECT_TRUE(result.as_expected()) << "nothing was expected";
  EXPECT_FALSE(to_json(result).contains("as_expected"));
  result.expect = "proved";
  EXPECT_TRUE(result.as_expected());
  result.evidence = EvidenceKind::kSample;
  EXPECT_FALSE(result.as_expected()) << "measured is less than the proof that was expected";
  EXPECT_EQ(to_json(result)["as_expected"], false);
}

TEST(ExitCode, is_the_first_in_the_order_5_2_1_4_3_0) {
  ClaimResult disagreed = refuted();
  disagreed.replay = Replay::kDisagreed;
  const HypothesisResult internal = with({disagreed}), input = broken(ErrorKind::kInput), fails = with({refuted()}),
                         lacks = with({unsupported_claim()}), open = with({unknown()}), good = with({proved()});
  const std::vector<std::pair<HypothesisResult, int>> order = {{internal, 5}, {input, 2}, {fails, 1}, {lacks, 4}, {open, 3}, {good, 0}};
  for (std::size_t i = 0; i < order.size(); ++i)
    for (std::size_t j = i; j < order.size(); ++j) {
      EXPECT_EQ(of({order[i].first, order[j].first}).exit_code(), order[i].second) << i << " " << j;
      EXPECT_EQ(of({order[j].first, order[i].first}).exit_code(), order[i].second) << i << " " << j;
    }
  EXPECT_EQ(of({}).exit_code(), 0);
  EXPECT_EQ(of({broken(ErrorKind::kInternal)}).exit_code(), 5);
}

TEST(ExitCode, of_a_claim_with_expect_says_whether_it_came_out_so) {
  ClaimResult mutant = refuted();
  mutant.expect = "refuted";
  EXPECT_EQ(of({with({mutant})}).exit_code(), 0);
  mutant.expect = "proved";
  EXPECT_EQ(of({with({mutant})}).exit_code(), 1);
  ClaimResult open = unknown();
  open.expect = "unknown";
  EXPECT_EQ(of({with({open})}).exit_code(), 0);
  open.expect = "proved";
  EXPECT_EQ(of({with({open})}).exit_code(), 1);
  EXPECT_EQ(of({with({open, unsupported_claim()})}).exit_code(), 1);
  mutant.expect = "refuted";
  mutant.replay = Replay::kDisagreed;
  EXPECT_EQ(of({with({mutant})}).exit_code(), 5) << "a witness that does not come back is our mistake, whatever was expected";
}

TEST(ExitCode, of_an_interrupted_run_is_3_unless_something_worse_was_found) {
  Verification verification = of({with({proved()}), broken(ErrorKind::kCancelled)});
  verification.interrupted = true;
  EXPECT_EQ(verification.exit_code(), 3);
  verification.hypotheses[0].claims[0] = refuted();
  EXPECT_EQ(verification.exit_code(), 1);
}

TEST(ExitCode, of_a_difference_from_the_expected_file_is_1) {
  Verification verification = of({with({proved()})});
  verification.unexpected = {"expected refuted, found proved"};
  EXPECT_EQ(verification.exit_code(), 1);
}

TEST(Headline, is_the_weakest_link_in_the_order_of_grades) {
  const std::vector<ClaimResult> best_to_worst = {claim(Outcome::kHolds, EvidenceKind::kSolver, 3),
                                                  claim(Outcome::kHolds, EvidenceKind::kBoundedSolver, 3),
                                                  claim(Outcome::kHolds, EvidenceKind::kSample, 1),
                                                  unknown(2),
                                                  unsupported_claim(3),
                                                  claim(Outcome::kVacuous, EvidenceKind::kNone, 2),
                                                  refuted(1)};
  for (std::size_t i = 0; i < best_to_worst.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      const HypothesisResult hypothesis = with({best_to_worst[j], best_to_worst[i]});
      EXPECT_EQ(hypothesis.grade(), best_to_worst[i].grade());
      EXPECT_EQ(hypothesis.weakest_claim()->link, best_to_worst[i].link);
    }
  EXPECT_THAT(headline(with({proved(), refuted(1), unknown(3)})),
              HasSubstr("refuted: weakest link is link 1 (model and circuit), claim claim_of_link_1"));
  EXPECT_THAT(headline(with({proved(3)})), HasSubstr("proved: weakest link is link 3 (program and code)"));
}

TEST(Headline, of_several_hypotheses_is_the_weakest_of_all) {
  const Json json = to_json(of({with({proved()}, "good"), with({proved(), unknown(3)}, "open"), with({proved()}, "also good")}));
  EXPECT_EQ(json["headline"]["grade"], "unknown");
  EXPECT_EQ(json["headline"]["hypothesis"], "open.hypothesis.toml");
  EXPECT_EQ(json["headline"]["link"], 3);
  EXPECT_THAT(json["headline"]["text"].get<std::string>(), HasSubstr("open: unknown"));
}

TEST(Headline, says_when_nothing_was_checked) {
  HypothesisResult skipped = with({});
  skipped.skipped = "no model";
  EXPECT_EQ(headline(skipped), "skipped: no model");
  EXPECT_EQ(headline(broken(ErrorKind::kInput)), "found this; do that");
  EXPECT_EQ(headline(with({})), "no claim was checked");
  EXPECT_EQ(to_json(of({skipped}))["headline"]["text"], "no claim was checked");
}

TEST(ResultJson, validates_whatever_was_found) {
  for (const Outcome outcome : kOutcomes)
    for (const EvidenceKind evidence : kEvidence) EXPECT_THAT(schema_errors(to_json(of({with({claim(outcome, evidence)})}))), ::testing::IsEmpty());
  HypothesisResult skipped = with({});
  skipped.skipped = "no model";
  ClaimResult expecting = proved();
  expecting.expect = "refuted";
  Verification verification = of({skipped, broken(ErrorKind::kInput), with({expecting})});
  verification.interrupted = true;
  verification.unexpected = {"one"};
  EXPECT_THAT(schema_errors(to_json(verification)), ::testing::IsEmpty());
}

TEST(ResultJson, what_is_not_a_result_does_not_validate) {
  const Json good = to_json(of({with({proved()})}));
  for (const auto& [key, value] : good.items()) {
    Json without = good;
    without.erase(key);
    EXPECT_FALSE(schema_errors(without).empty()) << key;
  }
  Json other = good;
  other["hypotheses"][0]["claims"][0]["grade"] = "certain";
  EXPECT_FALSE(schema_errors(other).empty());
  other = good;
  other["hypotheses"][0]["claims"][0]["link"] = 4;
  EXPECT_FALSE(schema_errors(other).empty());
  other = good;
  other["seconds"] = 1;
  EXPECT_FALSE(schema_errors(other).empty()) << "times have a block of their own";
}

TEST(ResultJson, times_and_machine_are_in_the_timing_block_alone) {
  ClaimResult slow = proved();
  slow.seconds = 77.5;
  slow.from_cache = true;
  Verification quick = of({with({proved()})}), late = of({with({slow})});
  late.seconds = 99;
  Json first = to_json(quick), second = to_json(late);
  EXPECT_NE(first["timing"], second["timing"]);
  EXPECT_EQ(second["timing"]["claims"]["h.hypothesis.toml"]["claim_of_link_2"]["seconds"], 77.5);
  first.erase("timing");
  second.erase("timing");
  EXPECT_EQ(first.dump(), second.dump());
}

TEST(ResultJson, counts_what_was_checked_skipped_and_expected) {
  HypothesisResult skipped = with({});
  skipped.skipped = "no model";
  ClaimResult met = proved(), missed = proved();
  met.expect = "proved";
  missed.expect = "refuted";
  const Json json = to_json(of({skipped, with({met, missed, unknown()})}));
  EXPECT_EQ(
      json["counts"],
      Json::parse(R"({"hypotheses": 2, "claims": 3, "skipped": 1, "as_expected": 1, "not_as_expected": 1, "grades": {"proved": 2, "unknown": 1}})"));
  EXPECT_EQ(json["headline"]["expectations"], true);
}

TEST(Table, shows_expectation_replay_and_cache) {
  ClaimResult missed = proved(), disagreed = refuted(), cached = proved();
  missed.expect = "refuted";
  disagreed.replay = Replay::kDisagreed;
  cached.from_cache = true;
  const std::string table = to_table(of({with({missed, disagreed, cached})}), false);
  EXPECT_THAT(table, HasSubstr("(EXPECTED refuted)"));
  EXPECT_THAT(table, HasSubstr("(REPLAY DISAGREED: internal error)"));
  EXPECT_THAT(table, HasSubstr("cached"));
  EXPECT_THAT(table, Not(HasSubstr("\x1b"))) << "no colour was asked for";
  EXPECT_THAT(to_table(of({with({proved()})}), true), HasSubstr("\x1b[32m"));
}

TEST(Junit, fails_on_what_is_not_as_it_should_be_and_escapes_it) {
  HypothesisResult skipped = with({}, "skipped");
  skipped.skipped = "no \"model\"";
  ClaimResult mutant = refuted();
  mutant.expect = "refuted";
  const std::string xml = to_junit(of({with({proved(), mutant, unknown()}), broken(ErrorKind::kInput), skipped}));
  EXPECT_THAT(xml, HasSubstr("<testsuites name=\"assay\" tests=\"5\" failures=\"2\" skipped=\"1\">"));
  EXPECT_THAT(xml, HasSubstr("<failure message=\"unknown\""));
  EXPECT_THAT(xml, HasSubstr("<error message=\"found this; do that\"/>"));
  EXPECT_THAT(xml, HasSubstr("<skipped message=\"no &quot;model&quot;\"/>"));
  EXPECT_THAT(xml, HasSubstr("what was found &lt;&amp;&quot;&gt; &#10; in words"));
}

}  // namespace
}  // namespace assay::analysis
