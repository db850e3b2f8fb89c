// Result, Error, Verdict: what people read and which exit code follows.
#include "base/result.h"

#include <gtest/gtest.h>

#include <array>

#include "base/verdict.h"

namespace assay {
namespace {

TEST(Error, reads_place_then_message_then_remedy) {
  Error error{ErrorKind::kInput, "found 3, expected 4", "add one", SourceRange{"f.toml", {12, 5}, {12, 6}}};
  EXPECT_EQ(error.to_string(), "f.toml:12:5: found 3, expected 4; add one");
  error.where->begin = {};
  EXPECT_EQ(error.to_string(), "f.toml: found 3, expected 4; add one");
  error.where.reset();
  error.remedy.clear();
  EXPECT_EQ(error.to_string(), "found 3, expected 4");
}

TEST(Error, exit_codes_are_those_of_the_design) {
  EXPECT_EQ(exit_code(ErrorKind::kUsage), 2);
  EXPECT_EQ(exit_code(ErrorKind::kInput), 2);
  EXPECT_EQ(exit_code(ErrorKind::kUnsupported), 4);
  EXPECT_EQ(exit_code(ErrorKind::kBudget), 3);
  EXPECT_EQ(exit_code(ErrorKind::kCancelled), 3);
  EXPECT_EQ(exit_code(ErrorKind::kInternal), 5);
}

TEST(Grade, never_says_more_than_was_earned) {
  EXPECT_EQ(grade_of(Outcome::kHolds, EvidenceKind::kSolver), Grade::kProved);
  EXPECT_EQ(grade_of(Outcome::kHolds, EvidenceKind::kEnumeration), Grade::kProved);
  EXPECT_EQ(grade_of(Outcome::kHolds, EvidenceKind::kBoundedSolver), Grade::kBounded);
  EXPECT_EQ(grade_of(Outcome::kHolds, EvidenceKind::kSample), Grade::kMeasured);
  EXPECT_EQ(grade_of(Outcome::kHolds, EvidenceKind::kNone), Grade::kUnknown);
  for (auto evidence : {EvidenceKind::kNone, EvidenceKind::kSolver, EvidenceKind::kEnumeration, EvidenceKind::kSample, EvidenceKind::kWitness}) {
    EXPECT_EQ(grade_of(Outcome::kFails, evidence), Grade::kRefuted);
    EXPECT_EQ(grade_of(Outcome::kUndecided, evidence), Grade::kUnknown);
    EXPECT_EQ(grade_of(Outcome::kVacuous, evidence), Grade::kVacuous);
    EXPECT_EQ(grade_of(Outcome::kUnsupported, evidence), Grade::kUnsupported);
  }
}

TEST(Grade, weakest_follows_the_order_of_the_design) {
  constexpr std::array kBestToWorst = {Grade::kProved,      Grade::kBounded, Grade::kMeasured, Grade::kUnknown,
                                       Grade::kUnsupported, Grade::kVacuous, Grade::kRefuted};
  for (std::size_t i = 0; i < kBestToWorst.size(); ++i)
    for (std::size_t j = 0; j < kBestToWorst.size(); ++j) EXPECT_EQ(weakest(kBestToWorst[i], kBestToWorst[j]), kBestToWorst[std::max(i, j)]);
}

TEST(ExitCode, of_several_grades_the_first_in_the_order_1_4_3_0) {
  EXPECT_EQ(exit_code(std::vector<Grade>{}), 0);
  EXPECT_EQ(exit_code({Grade::kProved, Grade::kBounded, Grade::kMeasured}), 0);
  EXPECT_EQ(exit_code({Grade::kProved, Grade::kUnknown}), 3);
  EXPECT_EQ(exit_code({Grade::kUnknown, Grade::kUnsupported}), 4);
  EXPECT_EQ(exit_code({Grade::kUnknown, Grade::kUnsupported, Grade::kVacuous}), 1);
  EXPECT_EQ(exit_code({Grade::kRefuted, Grade::kUnsupported}), 1);
}

}  // namespace
}  // namespace assay
