// `assay check` and `assay equiv` on good and bad input: exit codes, places, and queries that another solver decides the same way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "base/process.h"
#include "base/sanitizers.h"

namespace assay {
namespace {

using testing::HasSubstr;

class CodeCommands : public testing::Test {
 protected:
  void SetUp() override {
    Result<TemporaryFolder> folder = TemporaryFolder::create("code-commands");
    ASSERT_TRUE(folder);
    folder_ = std::make_unique<TemporaryFolder>(std::move(*folder));
  }

  std::string write(const std::string& name, const std::string& text) {
    const std::string path = folder_->path() + "/" + name;
    EXPECT_TRUE(write_file(path, text));
    return path;
  }

  static ProcessResult assay(std::vector<std::string> arguments) {
    ProcessSpec spec;
    spec.command = {ASSAY_BINARY_DIR "/bin/assay"};
    spec.command.insert(spec.command.end(), arguments.begin(), arguments.end());
    spec.wall_seconds = 300;
    Result<ProcessResult> result = run_process(spec);
    EXPECT_TRUE(result) << result.error().to_string();
    return result ? *result : ProcessResult{};
  }

  std::unique_ptr<TemporaryFolder> folder_;
};

TEST_F(CodeCommands, an_unsupported_construct_exits_with_4_and_its_place) {
  const std::string file = write("float.c", "int f(int x) {\n  double d = x;\n  return d > 0;\n}\n");
  const ProcessResult result = assay({"check", file});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(result.output, HasSubstr("float.c:2:10"));
}

TEST_F(CodeCommands, code_for_another_machine_is_not_replayed_on_this_one) {
  const std::string file = write("wide.c", "long next(long x) { return x + 1; }\nint low(char c) { return 100 / (c - 128 + 256 * (c < 0)); }\n");
  for (const char* target : {"i386-linux-gnu", "armv7-linux-gnueabihf", "x86_64-pc-windows-msvc"}) {
    const ProcessResult result = assay({"check", file, "--function", "next", "--target", target});
    EXPECT_EQ(result.exit_code, 1) << target << result.error_output;
    EXPECT_THAT(result.output, HasSubstr("long x = 2147483647")) << target;
    EXPECT_THAT(result.output, HasSubstr("interpreter agreed, native not-applicable")) << target;
    EXPECT_THAT(result.output, HasSubstr(std::string("--target="))) << target;
  }
  EXPECT_EQ(assay({"check", file, "--function", "low", "--target", "armv7-linux-gnueabihf"}).exit_code, 1) << "plain char is unsigned there";
}

TEST_F(CodeCommands, c_that_does_not_parse_exits_with_2_and_the_words_of_clang) {
  const std::string file = write("broken.c", "int f(int x) {\n  return x +;\n}\n");
  const ProcessResult result = assay({"check", file});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error_output, testing::AllOf(HasSubstr("broken.c:2:13"), HasSubstr("expected expression")));
  EXPECT_EQ(result.output, "");
}

TEST_F(CodeCommands, a_file_that_is_not_there_exits_with_2) {
  const ProcessResult result = assay({"check", folder_->path() + "/none.c"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.error_output, HasSubstr("none.c"));
}

TEST_F(CodeCommands, a_solver_child_without_memory_exits_with_3_and_says_so) {
  if (kAddressSanitizer) GTEST_SKIP() << "an instrumented child cannot live under a limit on address space";
  const std::string file = write("big.c",
                                 "#include <assert.h>\nint f(unsigned long a, unsigned long b) { unsigned long s = a; for (int i = 0; i < 100; i++) "
                                 "s = s * b ^ (s >> 7); assert(s != 17); return 0; }\n");
  const ProcessResult result = assay({"check", file, "--memory", "96", "--rlimit", "2000000000"});
  EXPECT_EQ(result.exit_code, 3) << result.output;
  EXPECT_THAT(result.output, HasSubstr("memory"));
}

TEST_F(CodeCommands, functions_that_differ_under_sharing_exit_with_1_and_a_replayed_input) {
  const std::string file = write("swap.c", "void f(int *a, int *b) { *a = 1; *b = 2; }\nvoid g(int *a, int *b) { *b = 2; *a = 1; }\n");
  const ProcessResult result = assay({"equiv", file, file, "--ref-function", "f", "--function", "g"});
  EXPECT_EQ(result.exit_code, 1) << result.error_output;
  EXPECT_THAT(result.output, HasSubstr("int *b = a"));
  EXPECT_THAT(result.output, HasSubstr("interpreter agreed, native agreed"));
}

// ---- exported queries -----------------------------------------------------------------------------------------------------
/// Reads an SMT-LIB file with the named module of the virtual environment and prints sat or unsat.
const char* const kCvc5 = R"PY(
import cvc5, sys
tm = cvc5.TermManager(); s = cvc5.Solver(tm)
p = cvc5.InputParser(s); p.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, open(sys.argv[1]).read(), "q"); sm = p.getSymbolManager()
while True:
    c = p.nextCommand()
    if c.isNull(): break
    print(c.invoke(s, sm), end="")
)PY";
const char* const kBitwuzla = R"PY(
import bitwuzla, sys
tm = bitwuzla.TermManager(); o = bitwuzla.Options(); o.set(bitwuzla.Option.PRODUCE_MODELS, True)
p = bitwuzla.Parser(tm, o); p.parse(sys.argv[1], True)
print(str(p.bitwuzla().check_sat()).split(".")[-1].lower())
)PY";
const char* const kZ3 = R"PY(
import z3, sys
s = z3.Solver(); s.from_string(open(sys.argv[1]).read())
print(s.check())
)PY";

struct SecondSolver {
  const char* module;
  const char* script;
};

class ExportedQueries : public CodeCommands, public testing::WithParamInterface<SecondSolver> {};

TEST_P(ExportedQueries, are_decided_as_the_verdicts_say) {
  const std::string python = std::string(ASSAY_SOURCE_DIR) + "/build/venv/bin/python";
  const Result<ProcessResult> probe = run_process({.command = {python, "-c", std::string("import ") + GetParam().module}});
  if (!probe || probe->exit_code != 0) GTEST_SKIP() << GetParam().module << " is not installed in build/venv";
  const std::string file =
      write("mixed.c",
            "#include <assert.h>\n//@ requires n >= 1 && n <= 3 && length(a) == n;\nint f(int *a, int n, int x) {\n  int s = 0;\n"
            "  for (int i = 0; i < n; i++) s ^= a[i];\n  assert(n < 4);\n  return s + x / n + (x << 1) + a[n - 1] % 7 + a[n & 3];\n}\n");
  const std::string queries = folder_->path() + "/queries";
  const ProcessResult verdicts = assay({"check", file, "--dump-smt2", queries, "--no-native", "--format", "json"});
  int files = 0, satisfiable = 0;
  const nlohmann::json parsed = nlohmann::json::parse(verdicts.output);
  for (const nlohmann::json& verdict : parsed["verdicts"]) {
    std::string name = verdict["id"];
    for (char& letter : name)
      if (letter == ':' || letter == '#') letter = '_';
    const std::string query = queries + "/" + name + ".smt2";
    ASSERT_TRUE(std::filesystem::exists(query)) << query;
    const Result<ProcessResult> answer = run_process({.command = {python, "-c", GetParam().script, query}, .wall_seconds = 120});
    ASSERT_TRUE(answer);
    const bool refuted = verdict["grade"] == "refuted";
    EXPECT_TRUE(answer->output.starts_with(refuted ? "sat" : "unsat")) << name << ": " << answer->output << answer->error_output;
    ++files;
    satisfiable += refuted;
  }
  EXPECT_GT(files, 5);
  EXPECT_GT(satisfiable, 0);
  EXPECT_LT(satisfiable, files);
}

INSTANTIATE_TEST_SUITE_P(Solvers, ExportedQueries,
                         testing::Values(SecondSolver{"z3", kZ3}, SecondSolver{"cvc5", kCvc5}, SecondSolver{"bitwuzla", kBitwuzla}),
                         [](const auto& solver) { return std::string(solver.param.module); });

}  // namespace
}  // namespace assay
