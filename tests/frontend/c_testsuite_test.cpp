// The c-testsuite programs that the covered subset reaches: they must return 0 and print what the suite expects, and so must what the
// printer makes of them. What is refused is counted, never passed over in silence.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "frontend/lowering/lowering.h"
#include "frontend/program/interpreter.h"
#include "frontend/program/printer.h"
#include "frontend/program/text.h"

namespace assay::program {
namespace {

// These rely on undefined behaviour, at which the interpreter must stop: a pointer before its array, a local never set, -1 << 1.
const std::map<std::string, std::string> kUndefined = {
    {"00032.c", "pointer-arithmetic"}, {"00141.c", "uninitialised-read"}, {"00200.c", "shift-overflow"}};

std::string shared_folder() {
  if (const char* folder = std::getenv("ASSAY_SHARED")) return folder;
  return std::string(ASSAY_SOURCE_DIR) + "/../shared";
}

/// Empty when the program behaves; otherwise why not. `unsupported` tells refusals from faults.
std::string fault(const Program& program, const std::string& expected, bool& unsupported) {
  const auto main = program.find("main");
  unsupported = true;
  if (!main) return "no main";
  const Interpreter interpreter(program);
  std::vector<Argument> arguments;
  const Function& function = program.function(*main);
  for (std::uint32_t i = 0; i < function.parameter_count; ++i)
    arguments.push_back(program.type(function.locals[i].type).is_pointer() ? Argument::null() : Argument::scalar(1));
  const RunResult run = interpreter.run(*main, arguments);
  if (run.end == RunEnd::kUnsupported) return run.unsupported;
  unsupported = false;
  if (run.end == RunEnd::kCheckFailed)
    return run.failure->where.to_string() + ": " + std::string(info(run.failure->kind).id) + ": " + run.failure->message;
  if (run.end != RunEnd::kReturned && !(run.end == RunEnd::kAborted && run.exit_status == 0)) return "does not end as expected";
  if (run.value && run.value->integer != 0) return "returns " + std::to_string(run.value->integer);
  if (run.output != expected) return "prints '" + run.output + "' rather than '" + expected + "'";
  return "";
}

TEST(CTestsuite, every_covered_program_behaves_and_so_does_its_printed_form) {
  const std::string path = shared_folder() + "/data/c_testsuite.jsonl";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
  std::ifstream file(path);
  std::string line;
  int total = 0, covered = 0, printed_covered = 0;
  std::map<std::string, int> refusals;
  while (std::getline(file, line)) {
    const auto entry = nlohmann::json::parse(line);
    const std::string id = entry["id"], source = entry["source"], expected = entry["stdout"];
    ++total;
    const auto lowered = lowering::lower_source(source, id, {.standard = "gnu17"});
    if (!lowered) {
      ++refusals["does not parse"];
      continue;
    }
    ASSERT_TRUE(validate(lowered->program)) << id << ": " << validate(lowered->program).error().to_string();
    bool unsupported = false;
    const std::string why = fault(lowered->program, expected, unsupported);
    if (unsupported) {
      ++refusals["unsupported"];
      if (std::getenv("ASSAY_VERBOSE")) std::cout << id << " " << why << "\n";
      continue;
    }
    if (kUndefined.contains(id)) {
      EXPECT_NE(why.find(kUndefined.at(id)), std::string::npos) << id << ": " << why;
      continue;
    }
    EXPECT_EQ(why, "") << id << "\n" << source;
    ++covered;
    const std::string text = print_c(lowered->program, *lowered->program.find("main"));
    const auto again = lowering::lower_source(text, id, {.standard = "gnu17"});
    EXPECT_TRUE(again) << id << "\n" << text << "\n" << (again ? "" : again.error().to_string());
    if (!again) continue;
    EXPECT_EQ(fault(again->program, expected, unsupported), "") << id << "\n" << text;
    ++printed_covered;
  }
  std::cout << "c-testsuite: " << covered << " of " << total << " covered, all as expected; " << printed_covered << " again after printing\n";
  for (const auto& [why, count] : refusals) std::cout << "  " << why << ": " << count << "\n";
  EXPECT_GE(covered, 100);
}

}  // namespace
}  // namespace assay::program
