// The table of the terminal and JUnit XML (Jenkins' schema: testsuites, testsuite, testcase, failure, skipped).
#include <fmt/format.h>

#include <algorithm>

#include "analysis/results/verification.h"

namespace assay::analysis {
namespace {

std::string escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      case '\n': escaped += "&#10;"; break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 || c == '\t') escaped += c;  // other control characters are not XML
    }
  }
  return escaped;
}

bool passes(const ClaimResult& claim) { return claim.expect ? claim.as_expected() : exit_code(std::vector<Grade>{claim.grade()}) == 0; }

std::string test_case(const HypothesisResult& hypothesis, const ClaimResult& claim) {
  std::string text =
      fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\">\n", escape(hypothesis.file), escape(claim.id), claim.seconds);
  const std::string grade(name_of(claim.grade()));
  if (!passes(claim))
    text += fmt::format("      <failure message=\"{}\" type=\"{}\">{}</failure>\n",
                        escape(claim.expect ? fmt::format("expected {}, found {}", *claim.expect, grade) : grade), escape(grade),
                        escape(claim.witness.is_null() ? claim.summary : claim.summary + "\n" + claim.witness.dump(1)));
  text += fmt::format("      <system-out>{}</system-out>\n    </testcase>\n",
                      escape(fmt::format("{} by {}: {}", grade, name_of(claim.evidence), claim.summary)));
  return text;
}

std::string_view colour_of(Grade grade) {
  switch (grade) {
    case Grade::kProved: return "\x1b[32m";
    case Grade::kBounded:
    case Grade::kMeasured: return "\x1b[36m";
    case Grade::kUnknown:
    case Grade::kUnsupported:
    case Grade::kVacuous: return "\x1b[33m";
    case Grade::kRefuted: return "\x1b[31m";
  }
  return "";
}

std::string claim_row(const ClaimResult& claim, std::size_t width, bool colour) {
  const std::string grade = fmt::format("{:<11}", name_of(claim.grade()));
  const std::string shown = colour ? fmt::format("{}{}\x1b[0m", colour_of(claim.grade()), grade) : grade;
  std::string row = fmt::format("  {:<{}}  {:>4}  {} {:<12} {:>8}  {}", claim.id, width, claim.link, shown, name_of(claim.evidence),
                                claim.from_cache ? std::string("cached") : fmt::format("{:.2f} s", claim.seconds), claim.summary);
  if (claim.expect && !claim.as_expected()) row += fmt::format("  (EXPECTED {})", *claim.expect);
  if (claim.replay == Replay::kDisagreed) row += "  (REPLAY DISAGREED: internal error)";
  return row + "\n";
}

}  // namespace

std::string to_junit(const Verification& verification) {
  std::string suites;
  int tests = 0, failures = 0, skipped = 0;
  for (const HypothesisResult& hypothesis : verification.hypotheses) {
    std::string cases;
    int failed = 0;
    for (const ClaimResult& claim : hypothesis.claims) {
      cases += test_case(hypothesis, claim);
      failed += passes(claim) ? 0 : 1;
    }
    int count = static_cast<int>(hypothesis.claims.size());
    if (hypothesis.skipped) {
      cases += fmt::format("    <testcase classname=\"{}\" name=\"hypothesis\">\n      <skipped message=\"{}\"/>\n    </testcase>\n",
                           escape(hypothesis.file), escape(*hypothesis.skipped));
      ++count, ++skipped;
    }
    if (hypothesis.error) {
      cases += fmt::format("    <testcase classname=\"{}\" name=\"hypothesis\">\n      <error message=\"{}\"/>\n    </testcase>\n",
                           escape(hypothesis.file), escape(hypothesis.error->to_string()));
      ++count, ++failed;
    }
    suites += fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">\n{}  </testsuite>\n", escape(hypothesis.file), count,
                          failed, hypothesis.skipped ? 1 : 0, cases);
    tests += count;
    failures += failed;
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"assay\" tests=\"{}\" failures=\"{}\" skipped=\"{}\">\n{}</testsuites>\n", tests,
      failures, skipped, suites);
}

std::string to_table(const Verification& verification, bool colour) {
  std::size_t width = 24;
  for (const HypothesisResult& hypothesis : verification.hypotheses)
    for (const ClaimResult& claim : hypothesis.claims) width = std::max(width, claim.id.size());
  std::string text;
  for (const HypothesisResult& hypothesis : verification.hypotheses) {
    text += fmt::format("{}\n", hypothesis.file);
    if (!hypothesis.claims.empty())
      text += fmt::format("  {:<{}}  {:>4}  {:<11} {:<12} {:>8}\n", "claim", width, "link", "grade", "evidence", "time");
    for (const ClaimResult& claim : hypothesis.claims) text += claim_row(claim, width, colour);
    text += fmt::format("  => {}\n\n", headline(hypothesis));
  }
  return text;
}

}  // namespace assay::analysis
