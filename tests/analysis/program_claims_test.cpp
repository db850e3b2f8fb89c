// The claims about code: program against reference, and safety, as a hypothesis states them.
#include <gmock/gmock.h>

#include "analysis/claims/verify.h"
#include "tests/analysis/workspace.h"

namespace assay::analysis {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::Workspace;

const char* const kTask = R"(
name = "larger"
model = "model"
[vocabulary]
symbols = ["0..7"]
[domain]
sequence = [ { slot = "a", symbols = ["0..7"] }, { slot = "b", symbols = ["0..7"] } ]
[output]
kind = "argmax"
)";

struct ProgramClaims : ::testing::Test {
  Workspace workspace;
  NetworkStore store;
  Cache cache = *Cache::open("");
  VerifyOptions options;
  std::string reference = "reference = { file = \"reference.c\", function = \"r\" }\n";

  void SetUp() override {
    options.replay_natively = false;
    workspace.write("larger.task.toml", kTask);
    workspace.write("program.c", "int p(int a, int b) {\n  return a > b ? a : b;\n}");
    workspace.write("reference.c", "int r(int a, int b) { int best[2] = {a, b}; return best[a < b]; }");
  }
  HypothesisResult check(const std::string& kind) {
    return verify({workspace.write("h.hypothesis.toml", "task = \"larger.task.toml\"\nprogram = { file = \"program.c\", function = \"p\" }\n" +
                                                            reference + "[[claim]]\nkind = \"" + kind + "\"\n")},
                  options, store, cache, workspace.session)
        .hypotheses[0];
  }
  ClaimResult claim(const std::string& kind) {
    const HypothesisResult result = check(kind);
    EXPECT_FALSE(result.error) << result.error->to_string();
    return result.claims.empty() ? ClaimResult{} : result.claims[0];
  }
};

TEST_F(ProgramClaims, the_same_function_in_another_style_is_proved_for_every_argument) {
  const ClaimResult result = claim("program_equals_reference");
  EXPECT_EQ(result.grade(), Grade::kProved) << result.summary;
  EXPECT_EQ(result.link, 3);
  EXPECT_EQ(result.semantics, "ub-is-error");
  EXPECT_EQ(result.domain, "every argument");
  EXPECT_EQ(result.details["task_domain"]["inside_the_contract"], result.details["task_domain"]["sampled_inputs"]);
}

TEST_F(ProgramClaims, a_mutant_is_refuted_with_the_arguments_and_both_answers) {
  workspace.write("program.c", "int p(int a, int b) {\n  return a == 3 && b == 5 ? 4 : a > b ? a : b;\n}");
  const ClaimResult result = claim("program_equals_reference");
  EXPECT_EQ(result.grade(), Grade::kRefuted);
  EXPECT_EQ(result.replay, Replay::kAgreed);
  EXPECT_THAT(result.summary, AllOf(HasSubstr("int a = 3"), HasSubstr("int b = 5"), HasSubstr("4"), HasSubstr("5")));
  EXPECT_THAT(result.witness["program_answer"].get<std::string>(), HasSubstr("4"));
  EXPECT_THAT(result.witness["reference_answer"].get<std::string>(), HasSubstr("5"));
}

TEST_F(ProgramClaims, the_references_contract_is_the_domain_and_is_compared_with_the_tasks) {
  workspace.write("reference.c", "int r(int a, int b) {\n  //@ requires a >= 4 && a <= 7 && b >= 0 && b <= 7;\n  return a > b ? a : b;\n}");
  const ClaimResult result = claim("program_equals_reference");
  EXPECT_EQ(result.grade(), Grade::kProved);
  EXPECT_EQ(result.domain, "a >= 4 && a <= 7 && b >= 0 && b <= 7");
  const Json& covered = result.details["task_domain"];
  EXPECT_GT(covered["inside_the_contract"].get<int>(), 0);
  EXPECT_LT(covered["inside_the_contract"].get<int>(), covered["sampled_inputs"].get<int>()) << "half of the task's inputs lie outside";
}

TEST_F(ProgramClaims, a_claim_against_a_reference_needs_one) {
  reference.clear();
  const HypothesisResult result = check("program_equals_reference");
  ASSERT_TRUE(result.error);
  EXPECT_THAT(result.error->to_string(), HasSubstr("needs a reference; write reference = "));
}

TEST_F(ProgramClaims, a_safe_program_is_proved_obligation_by_obligation) {
  workspace.write("program.c", "int p(int a, int b) {\n  //@ requires a >= 0 && a <= 7 && b >= 0 && b <= 7;\n  return a + b;\n}");
  const ClaimResult result = claim("safety");
  EXPECT_EQ(result.grade(), Grade::kProved) << result.summary;
  EXPECT_FALSE(result.details["obligations"].empty());
  for (const Json& obligation : result.details["obligations"]) EXPECT_EQ(obligation["grade"], "proved") << obligation.dump();
}

TEST_F(ProgramClaims, an_unsafe_program_is_refuted_with_check_and_place) {
  workspace.write("program.c", "int p(int a, int b) {\n  return a + b;\n}");
  const ClaimResult result = claim("safety");
  EXPECT_EQ(result.grade(), Grade::kRefuted);
  EXPECT_THAT(result.summary, AllOf(HasSubstr("overflow"), HasSubstr("program.c:2:10")));
  EXPECT_EQ(result.replay, Replay::kAgreed);
}

TEST_F(ProgramClaims, an_endless_reference_is_noticed_on_the_first_input) {
  workspace.write("reference.c", "int r(int a, int b) {\n  while (a >= 0) a = a ^ b ^ b;\n  return a;\n}");
  const ClaimResult result = claim("program_equals_reference");
  EXPECT_THAT(result.details["task_domain"]["error"].get<std::string>(), HasSubstr("endless loop at"));
  EXPECT_NE(result.grade(), Grade::kProved);
}

}  // namespace
}  // namespace assay::analysis
