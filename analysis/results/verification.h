// The result of `assay verify`: hypotheses with their claims, and result.json, the only source of every report.
//
// The document is the same bytes on every run but for its member "timing". Schema: docs/result.schema.json.
// Test: tests/analysis/result_test.cpp
#pragma once

#include <string>
#include <vector>

#include "analysis/results/claim_result.h"
#include "base/result.h"

namespace assay::analysis {

inline constexpr int kResultVersion = 1;

struct HypothesisResult {
  std::string name, file;                                                          ///< file as given on the command line
  std::optional<std::string> skipped;                                              ///< why nothing was checked
  std::optional<Error> error;                                                      ///< the files are broken: nothing was checked
  Json task, network, program, reference, alignments, circuit, attention, inputs;  ///< what the report shows; null where absent
  Json attention_rows;                                                             ///< what the circuit's heads look at on each prompt, or null
  std::vector<ClaimResult> claims;

  Grade grade() const;  ///< the weakest claim
  const ClaimResult* weakest_claim() const;
};

struct Verification {
  std::vector<HypothesisResult> hypotheses;
  bool interrupted = false;
  double seconds = 0;
  std::vector<std::string> unexpected;  ///< what the expected-verdict files disagree with

  int exit_code() const;  ///< DESIGN section 8; with expectations 0 means as expected
};

/// "weakest link: 2, circuit and program: claim iia.carry is refuted (...)"; for one hypothesis.
std::string headline(const HypothesisResult& hypothesis);
Json to_json(const Verification& verification);
Json to_json(const HypothesisResult& hypothesis);
/// Test suites are hypotheses, test cases are claims; a claim that is not as expected (or, without expect, does not hold) is a failure.
std::string to_junit(const Verification& verification);
/// The table of the terminal: claim, link, grade, evidence, time.
std::string to_table(const Verification& verification, bool colour);

}  // namespace assay::analysis
