// The include lines of the tree against DESIGN section 4, and both checks against text that must fail.
#include "layering.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>

namespace assay {
namespace {

using testing::IsEmpty;
using testing::SizeIs;
namespace fs = std::filesystem;

std::map<std::string, std::string> sources() {
  std::map<std::string, std::string> texts;
  const fs::path root = ASSAY_SOURCE_DIR;
  for (const char* folder : {"base", "frontend", "solver", "circuits", "analysis", "cli"})
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      if (entry.path().extension() != ".h" && entry.path().extension() != ".cpp") continue;
      std::ostringstream text;
      text << std::ifstream(entry.path()).rdbuf();
      texts[entry.path().lexically_relative(root).generic_string()] = text.str();
    }
  return texts;
}

/// Headers that another folder includes, and what those include in turn, from the folder's own: what users of a folder see.
std::set<std::string> public_headers(const std::map<std::string, std::string>& texts) {
  std::set<std::string> found;
  std::function<void(const std::string&)> add = [&](const std::string& header) {
    auto text = texts.find(header);
    if (text == texts.end() || !found.insert(header).second) return;
    for (const auto& [other, ignored] : texts)
      if (other.ends_with(".h") && text->second.find("#include \"" + other + "\"") != std::string::npos) add(other);
  };
  for (const auto& [path, text] : texts)
    for (const auto& [header, ignored] : texts)
      if (header.ends_with(".h") && !path.starts_with(fs::path(header).parent_path().string() + "/") &&
          text.find("#include \"" + header + "\"") != std::string::npos)
        add(header);
  return found;
}

// The parts of circuits/ behind the engine share headers among themselves; nobody outside circuits/ sees them.
/// circuits/evaluation is not among them: it works through the Network interface and includes no libtorch. Nor are the container and the
/// tokenizer of a model file, which a task reads before any network is opened.
bool behind_the_engine(const std::string& header) {
  for (const char* folder : {"circuits/model/gguf/", "circuits/model/tokenizer/"})
    if (header.starts_with(folder)) return false;
  for (const char* folder : {"circuits/model/", "circuits/discovery/", "circuits/training/", "circuits/engine/"})
    if (header.starts_with(folder)) return true;
  return false;
}

TEST(Layering, no_file_includes_across_a_forbidden_edge) {
  auto texts = sources();
  EXPECT_GT(texts.size(), 60u) << "the tree was not found";
  for (const auto& [path, text] : texts) EXPECT_THAT(forbidden_edges(path, text), IsEmpty());
}

TEST(Layering, no_public_header_includes_clang_z3_or_torch) {
  auto texts = sources();
  std::set<std::string> headers = public_headers(texts);
  EXPECT_TRUE(headers.contains("base/result.h"));
  EXPECT_TRUE(headers.contains("circuits/engine.h"));
  for (const std::string& header : headers) {
    if (behind_the_engine(header)) continue;
    EXPECT_THAT(exposed_libraries(header, texts.at(header)), IsEmpty());
  }
}

TEST(Layering, what_lies_behind_the_engine_is_included_by_circuits_alone) {
  auto texts = sources();
  for (const auto& [path, text] : texts) {
    if (path.starts_with("circuits/")) continue;
    for (const auto& [header, ignored] : texts) {
      if (!behind_the_engine(header)) continue;
      EXPECT_EQ(text.find("#include \"" + header + "\""), std::string::npos) << path << " includes " << header;
    }
  }
}

TEST(Layering, every_test_that_a_comment_names_exists) {
  std::size_t named = 0;
  for (const auto& [path, text] : sources())
    for (const std::string& test : tests_named_in(text)) {
      ++named;
      EXPECT_TRUE(fs::exists(fs::path(ASSAY_SOURCE_DIR) / test)) << path << " names " << test;
    }
  EXPECT_GT(named, 60u) << "no comments were found";
}

TEST(LayeringCheck, sees_the_tests_that_are_named) {
  EXPECT_THAT(tests_named_in("// Test: tests/base/hash_test.cpp\n"), testing::ElementsAre("tests/base/hash_test.cpp"));
  EXPECT_THAT(tests_named_in("// Tests: tests/cli/{one, two}_test.cpp and tests/solver/three_test.cpp."),
              testing::ElementsAre("tests/cli/one_test.cpp", "tests/cli/two_test.cpp", "tests/solver/three_test.cpp"));
  EXPECT_THAT(tests_named_in("#include \"tests/analysis/workspace.h\"\n// Tests: tests/circuits/\n"), IsEmpty());
}

TEST(LayeringCheck, sees_each_kind_of_forbidden_edge) {
  EXPECT_THAT(forbidden_edges("base/x.cpp", "#include \"frontend/program/type.h\"\n"), SizeIs(1));
  EXPECT_THAT(forbidden_edges("frontend/lowering/x.cpp", "#include \"solver/verdict.h\"\n"), SizeIs(1));
  EXPECT_THAT(forbidden_edges("frontend/program/x.cpp", "#include \"frontend/lowering/lowering.h\"\n"), SizeIs(1));
  EXPECT_THAT(forbidden_edges("solver/checks/x.cpp", "#include \"frontend/lowering/lowering.h\"\n"), SizeIs(1));
  EXPECT_THAT(forbidden_edges("solver/smt/x.h", "#include \"solver/checks/check.h\"\n"), SizeIs(1));
  EXPECT_THAT(forbidden_edges("circuits/graph/x.cpp", "#include \"frontend/program/type.h\"\n"), SizeIs(1));
  EXPECT_THAT(forbidden_edges("analysis/x.cpp", "#include \"cli/command.h\"\n"), SizeIs(1));
  EXPECT_THAT(forbidden_edges("analysis/x.cpp", "  #  include <ATen/ATen.h>\n"), SizeIs(1));
  EXPECT_THAT(forbidden_edges("frontend/concepts/x.cpp", "\n#include <clang/AST/Expr.h>\n"), SizeIs(1));
  EXPECT_THAT(forbidden_edges("solver/checks/x.cpp", "#include <z3++.h>\n"), SizeIs(1));
  EXPECT_THAT(forbidden_edges("circuits/graph/x.cpp", "#include <torch/torch.h>\n"), SizeIs(1));
}

TEST(LayeringCheck, is_silent_on_allowed_edges) {
  EXPECT_THAT(forbidden_edges("solver/checks/x.cpp", "#include \"frontend/program/type.h\"\n#include <vector>\n"), IsEmpty());
  EXPECT_THAT(forbidden_edges("frontend/lowering/x.cpp", "#include <clang/AST/Expr.h>\n#include \"frontend/program/type.h\"\n"), IsEmpty());
  EXPECT_THAT(forbidden_edges("solver/smt/x.cpp", "#include <z3++.h>\n"), IsEmpty());
  EXPECT_THAT(forbidden_edges("cli/x.cpp", "#include \"analysis/x.h\"\n"), IsEmpty());
}

TEST(LayeringCheck, sees_a_library_in_a_public_header) {
  EXPECT_THAT(exposed_libraries("solver/smt/x.h", "#pragma once\n#include <z3++.h>\n"),
              testing::ElementsAre("solver/smt/x.h:2: a public header includes Z3 (z3++.h)"));
  EXPECT_THAT(exposed_libraries("solver/smt/x.h", "#include <string>\n"), IsEmpty());
}

}  // namespace
}  // namespace assay
