// The programs of c-testsuite: lowered, interpreted, compared with the text that they must print and with exit status 0.
//
// A program counts as covered if it runs to its end. Three of them are undefined by C17, so the interpreter must stop there, at exactly the
// stated check; everything else that it does not run must be refused by name and place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "frontend/lowering/lowering.h"
#include "frontend/program/interpreter.h"

namespace assay::lowering {
namespace {

using program::Argument;
using program::CheckKind;
using program::RunEnd;

constexpr int kCoveredAtLeast = 180;

// C17 6.5.6p8 (a pointer moves before its array), 6.3.2.1p2 (reads of uninitialised variables), 6.5.7p4 (-1 << n).
const std::map<std::string, CheckKind>& undefined_programs() {
  static const std::map<std::string, CheckKind> programs = {
      {"00032.c", CheckKind::kPointerArithmetic}, {"00141.c", CheckKind::kUninitialisedRead}, {"00200.c", CheckKind::kShiftOverflow}};
  return programs;
}

struct Tally {
  int covered = 0, undefined = 0, total = 0;
  std::map<std::string, int> refused;
  std::vector<std::string> disagreements;
};

/// "file:line:column: union 'u'" -> "union"
std::string construct_of(const std::string& refusal) {
  std::size_t at = refusal.find(": ");
  std::string construct = at == std::string::npos ? refusal : refusal.substr(at + 2);
  return construct.substr(0, construct.find('\''));
}

void run_one(const std::string& id, const std::string& source, const std::string& expected, Tally& tally) {
  ++tally.total;
  Result<Lowered> lowered = lower_source(source, id);
  if (!lowered) {
    tally.disagreements.push_back(id + ": " + lowered.error().to_string());
    return;
  }
  auto main_function = lowered->program.find("main");
  ASSERT_TRUE(main_function.has_value()) << id;
  std::vector<Argument> arguments;
  std::uint32_t parameters = lowered->program.function(*main_function).parameter_count;
  if (parameters > 0) arguments.push_back(Argument::scalar(1));
  if (parameters > 1) arguments.push_back(Argument::null());
  program::RunResult result = program::Interpreter(lowered->program).run(*main_function, arguments);
  if (result.end == RunEnd::kUnsupported) {
    EXPECT_NE(result.unsupported.find(':'), std::string::npos) << id << ": a refusal names its place";
    ++tally.refused[construct_of(result.unsupported)];
    return;
  }
  auto undefined = undefined_programs().find(id);
  if (result.failure && undefined != undefined_programs().end() && result.failure->kind == undefined->second) {
    ++tally.undefined;
    return;
  }
  std::int64_t status = result.end == RunEnd::kAborted ? result.exit_status : result.value ? result.value->integer & 255 : 0;
  bool ended = result.end == RunEnd::kReturned || result.end == RunEnd::kAborted;
  if (ended && status == 0 && result.output == expected) ++tally.covered;
  else
    tally.disagreements.push_back(
        id + ": " + (result.failure ? result.failure->where.to_string() + " " + result.failure->message : "status " + std::to_string(status)));
}

TEST(CTestsuite, covered_programs_print_and_return_what_they_must) {
  const char* shared = std::getenv("ASSAY_SHARED");
  std::string path = (shared ? std::string(shared) : std::string(ASSAY_SOURCE_DIR) + "/../shared") + "/data/c_testsuite.jsonl";
  std::ifstream in(path);
  if (!in) GTEST_SKIP() << path << " is missing; set ASSAY_SHARED to the folder that holds data/c_testsuite.jsonl";
  Tally tally;
  for (std::string line; std::getline(in, line);) {
    auto row = nlohmann::json::parse(line);
    run_one(row["id"], row["source"], row["stdout"], tally);
  }
  EXPECT_EQ(tally.total, 220);
  EXPECT_EQ(tally.undefined, 3);
  EXPECT_GE(tally.covered, kCoveredAtLeast);
  EXPECT_THAT(tally.disagreements, ::testing::IsEmpty());
  std::vector<std::pair<int, std::string>> frequent;
  for (const auto& [construct, count] : tally.refused) frequent.emplace_back(-count, construct);
  std::sort(frequent.begin(), frequent.end());
  std::cout << "covered " << tally.covered << " of " << tally.total << "; undefined by C17: " << tally.undefined << "; refused:\n";
  for (const auto& [count, construct] : frequent) std::cout << "  " << -count << "  " << construct << "\n";
}

}  // namespace
}  // namespace assay::lowering
