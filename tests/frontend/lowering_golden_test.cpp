// Golden cases: tests/golden/lowering/*.c and tests/golden/concepts/*.c, with the command in the first line and the expected text in a file
// beside it (name.c.expected). `scripts/update-golden` rewrites the expected texts and shows what changed.
//
//   // golden: lower              the IR as C, what was refused, Clang's warnings; or the error
//   // golden: concepts           one line for each concept
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "frontend/concepts/concepts.h"
#include "frontend/lowering/lowering.h"
#include "frontend/program/printer.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(ASSAY_SOURCE_DIR) / "tests" / "golden";

std::string content(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::vector<fs::path> cases() {
  std::vector<fs::path> found;
  for (const char* folder : {"lowering", "concepts"})
    for (const fs::directory_entry& entry : fs::directory_iterator(kFolder / folder))
      if (entry.path().extension() == ".c") found.push_back(entry.path());
  std::sort(found.begin(), found.end());
  return found;
}

std::string concept_lines(program::Program& program) {
  std::ostringstream out;
  for (const concepts::Concept& one : concepts::find_concepts(program))
    out << one.range.begin.line << ":" << one.range.begin.column << "-" << one.range.end.line << ":" << one.range.end.column << " " << one.function
        << " " << one.kind << " [" << one.ast_kind << "] " << one.subject << " | " << one.detail << " | " << one.explanation << "\n";
  return out.str();
}

std::string answer(const fs::path& path) {
  std::string source = content(path);
  Result<lowering::Lowered> lowered = lowering::lower_source(source, path.filename().string());
  if (!lowered) return lowered.error().to_string() + "\n";
  std::ostringstream out;
  for (const lowering::Diagnostic& warning : lowered->warnings) out << warning.message << "\n";
  for (const std::string& refused : lowered->unsupported) out << "unsupported: " << refused << "\n";
  if (source.starts_with("// golden: concepts")) return out.str() + concept_lines(lowered->program);
  EXPECT_TRUE(source.starts_with("// golden: lower")) << path << " names no command in its first line";
  return out.str() + program::print_c(lowered->program);
}

class Golden : public ::testing::TestWithParam<fs::path> {};

TEST_P(Golden, matches_its_expected_text) {
  fs::path expected = GetParam().string() + ".expected";
  std::string found = answer(GetParam());
  if (std::getenv("ASSAY_UPDATE_GOLDEN")) {
    std::ofstream(expected) << found;
    return;
  }
  EXPECT_EQ(found, content(expected)) << "run scripts/update-golden and look at the difference";
}

INSTANTIATE_TEST_SUITE_P(Frontend, Golden, ::testing::ValuesIn(cases()), [](const auto& test) {
  std::string name = test.param.parent_path().filename().string() + "_" + test.param.stem().string();
  std::replace_if(name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
});

}  // namespace
}  // namespace assay
