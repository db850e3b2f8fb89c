#include "analysis/claims/hypothesis.h"

#include <gmock/gmock.h>

#include <set>

#include "tests/analysis/workspace.h"

namespace assay::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kMaximumProgram;
using testing::kMaximumTask;
using testing::Workspace;

const char* const kHead = "task = \"maximum.task.toml\"\nprogram = { file = \"maximum.c\", function = \"maximum\" }\n";
const char* const kEqual = "[[claim]]\nkind = \"network_equals_program\"\n";
const char* const kAlign = "[[align]]\nvariable = \"maximum.read.best\"\n";

struct HypothesisTest : ::testing::Test {
  Workspace workspace;

  void SetUp() override {
    workspace.write("maximum.task.toml", kMaximumTask);
    workspace.write("maximum.c", kMaximumProgram);
  }
  Result<Hypothesis> read(const std::string& text) { return read_hypothesis(workspace.write("h.hypothesis.toml", text)); }
  Hypothesis good(const std::string& rest) {
    Result<Hypothesis> hypothesis = read(kHead + rest);
    EXPECT_TRUE(hypothesis) << hypothesis.error().to_string();
    return hypothesis ? std::move(*hypothesis) : Hypothesis{};
  }
  std::string error(const std::string& rest) {
    const Result<Hypothesis> hypothesis = read(kHead + rest);
    if (hypothesis) return "no error";
    EXPECT_EQ(hypothesis.error().kind, ErrorKind::kInput) << hypothesis.error().to_string();
    return hypothesis.error().to_string();
  }
};

TEST_F(HypothesisTest, what_is_left_out_has_the_documented_default) {
  const Hypothesis hypothesis = good(kEqual);
  EXPECT_EQ(hypothesis.name, "h") << "the file's name";
  EXPECT_FALSE(hypothesis.reference || hypothesis.domain || hypothesis.circuit);
  ASSERT_EQ(hypothesis.claims.size(), 1u);
  const ClaimSpec& claim = hypothesis.claims[0];
  EXPECT_EQ(claim.id, "network_equals_program");
  EXPECT_FALSE(claim.expect || claim.extend || claim.threshold || claim.domain);
  EXPECT_EQ(claim.samples, 0u);
  EXPECT_EQ(&hypothesis.domain_of(claim), &hypothesis.task.domain);
}

TEST_F(HypothesisTest, every_key_is_read) {
  const Hypothesis hypothesis = good(
      "name = \"n\"\nreference = { file = \"maximum.c\", function = \"last\" }\n[circuit]\nfind = { method = \"acdc\", threshold = 0.5, ablation = "
      "\"mean-positional\", seed = 3, examples = 9 }\n" +
      std::string(kAlign) +
      "site = \"resid_mid.0\"\nposition = \"last\"\nrank = 2\nid = \"running\"\n[[claim]]\nkind = \"iia\"\nid = \"x\"\nexpect = "
      "\"refuted\"\nthreshold = 1\nsamples = 50\nseed = 4\nvariables = [\"running\"]\n" +
      "[[claim]]\nkind = \"faithfulness\"\nablations = [\"zero\", \"mean\"]\n[[claim]]\nkind = \"completeness\"\nbound = 0.2\n[[claim]]\nkind = "
      "\"network_equals_program\"\nextend = \"length + 2\"\n");
  EXPECT_EQ(hypothesis.name, "n");
  EXPECT_EQ(hypothesis.reference->function().name, "last");
  EXPECT_EQ(hypothesis.circuit->method, "acdc");
  EXPECT_EQ(hypothesis.circuit->ablation, circuits::Ablation::kMeanPositional);
  EXPECT_EQ(hypothesis.circuit->examples, 9);
  EXPECT_EQ(hypothesis.alignments[0].id, "running");
  EXPECT_EQ(hypothesis.alignments[0].rank, 2);
  EXPECT_TRUE(hypothesis.alignments[0].position->last);
  EXPECT_EQ(hypothesis.claims[0].expect, "refuted");
  EXPECT_EQ(hypothesis.claims[0].threshold, 1.0);
  EXPECT_EQ(hypothesis.claims[0].samples, 50u);
  EXPECT_THAT(hypothesis.claims[0].variables, ElementsAre("running"));
  EXPECT_THAT(hypothesis.claims[1].ablations, ElementsAre(circuits::Ablation::kZero, circuits::Ablation::kMean));
  EXPECT_EQ(hypothesis.claims[2].bound, 0.2);
  EXPECT_EQ(hypothesis.claims[3].extend, "length + 2");
}

TEST_F(HypothesisTest, names_that_occur_twice_are_numbered) {
  const Hypothesis hypothesis = good(std::string(kAlign) + kAlign + kEqual + kEqual + kEqual);
  EXPECT_EQ(hypothesis.alignments[1].id, "best_2");
  EXPECT_EQ(hypothesis.claims[1].id, "network_equals_program_2");
  EXPECT_EQ(hypothesis.claims[2].id, "network_equals_program_3");
}

TEST_F(HypothesisTest, the_narrowest_domain_that_is_declared_counts) {
  const Hypothesis hypothesis = good("[domain]\nmax_length = 2\n" + std::string(kEqual) + kEqual + "domain = { min_length = 2, max_length = 2 }\n");
  EXPECT_EQ(hypothesis.task.domain.size_bound(), 84);
  EXPECT_EQ(hypothesis.domain_of(hypothesis.claims[0]).size_bound(), 20);
  EXPECT_EQ(hypothesis.domain_of(hypothesis.claims[1]).size_bound(), 16);
  EXPECT_THAT(hypothesis.domain_of(hypothesis.claims[1]).described(), HasSubstr("length 2 to 2"));
}

TEST_F(HypothesisTest, a_narrower_domain_keeps_the_tasks_predicate) {
  std::string task = kMaximumTask;
  task.replace(task.find("min_length"), 0, "where = { file = \"w.c\", function = \"inside\" }\n");
  workspace.write("maximum.task.toml", task);
  workspace.write("w.c", "int inside(const int *s, int n) { return s[0] == 1; }");
  const Hypothesis hypothesis = good("[domain]\nmax_length = 2\n" + std::string(kEqual));
  EXPECT_TRUE(hypothesis.domain->scored(Tokens{1, 3}));
  EXPECT_FALSE(hypothesis.domain->scored(Tokens{3, 1}));
  EXPECT_EQ(hypothesis.domain->depth(), 2);
}

TEST_F(HypothesisTest, a_domain_of_its_own_keeps_what_the_task_says_about_scoring) {
  const Hypothesis hypothesis =
      good(std::string(kEqual) + "domain = { start = [\"<bos>\"], alphabet = [\"0\", \"3\"], values = [0, 3], min_length = 1, max_length = 1 }\n");
  EXPECT_EQ(hypothesis.domain_of(hypothesis.claims[0]).spec().scored, Scored::kEvery);
  EXPECT_EQ(hypothesis.domain_of(hypothesis.claims[0]).size_bound(), 2);
}

TEST_F(HypothesisTest, domains_that_make_no_sense_are_refused) {
  EXPECT_THAT(error("[domain]\nmin_length = 3\nmax_length = 2\n" + std::string(kEqual)), HasSubstr("lengths 3 to 2"));
  EXPECT_THAT(error("[domain]\nmax_length = 5000000000\n" + std::string(kEqual)), HasSubstr("use 0 <= min_length <= max_length <= 4096"));
  EXPECT_THAT(error("[domain]\nmax_length = 4294967297\n" + std::string(kEqual)), HasSubstr("max_length <= 4096")) << "it does not become 1";
  EXPECT_THAT(error("[domain]\nmaxlength = 2\n" + std::string(kEqual)), HasSubstr("did you mean 'max_length'?"));
}

TEST_F(HypothesisTest, a_product_is_not_narrowed_by_lengths) {
  workspace.write("maximum.task.toml", R"(
name = "pair"
model = "model"
[vocabulary]
symbols = ["0..3"]
[domain]
sequence = [ { slot = "s", length = 2, symbols = ["0..3"] } ]
[output]
kind = "argmax"
[program]
arguments = ["s", "length.s"]
)");
  EXPECT_EQ(error(kEqual), "no error");
  EXPECT_THAT(error("[domain]\nmax_length = 1\n" + std::string(kEqual)),
              HasSubstr("h.hypothesis.toml:4:14: min_length and max_length narrow strings over an alphabet"));
}

TEST_F(HypothesisTest, wrong_words_name_the_nearest_right_one_and_their_place) {
  EXPECT_THAT(error("[[claim]]\nkind = \"iia\"\nexpekt = \"proved\"\n"),
              HasSubstr("h.hypothesis.toml:5:1: unknown key 'claim[0].expekt'; did you mean 'expect'?"));
  EXPECT_THAT(error("[[claim]]\nkind = \"iai\"\n"), HasSubstr("did you mean \"iia\"?"));
  EXPECT_THAT(error("[[claim]]\nkind = \"iia\"\nexpect = \"prooved\"\n"), HasSubstr("did you mean \"proved\"?"));
  EXPECT_THAT(error("[[claim]]\nexpect = \"proved\"\n"), HasSubstr("a claim has no kind"));
  EXPECT_THAT(error("[[claim]]\nkind = \"faithfulness\"\nablations = [\"resampel\"]\n"), HasSubstr("did you mean \"resample\"?"));
  EXPECT_THAT(error("[[claim]]\nkind = \"network_equals_program\"\nextend = \"lenght + 1\"\n"),
              HasSubstr("h.hypothesis.toml:5:10: extend = \"lenght + 1\" names no unit"));
  EXPECT_THAT(error("[[align]]\nvariabel = \"maximum.read.best\"\n" + std::string(kEqual)), HasSubstr("did you mean 'variable'?"));
  EXPECT_THAT(error("[[align]]\nvariable = \"maximum.raed.best\"\n" + std::string(kEqual)), HasSubstr("read"));
  EXPECT_THAT(error("[[align]]\nvariable = \"best\"\n" + std::string(kEqual)), HasSubstr("h.hypothesis.toml:4:12"));
  EXPECT_THAT(error(std::string(kAlign) + "position = \"lsat\"\n" + kEqual), HasSubstr("did you mean 'last'?"));
  EXPECT_THAT(error(std::string(kAlign) + "rank = -1\n" + kEqual), HasSubstr("no negative rank"));
  EXPECT_THAT(error(std::string(kAlign) + "[[claim]]\nkind = \"iia\"\nvariables = [\"bets\"]\n"), HasSubstr("did you mean 'best'?"));
}

TEST_F(HypothesisTest, circuits_say_where_they_come_from) {
  EXPECT_THAT(error("[circuit]\n" + std::string(kEqual)), HasSubstr("needs either `file` or `find`"));
  EXPECT_THAT(error("[circuit]\nfile = \"c.json\"\nfind = { edges = 3 }\n" + std::string(kEqual)), HasSubstr("needs either `file` or `find`"));
  EXPECT_THAT(error("[circuit]\nfile = \"missing.json\"\n" + std::string(kEqual)), HasSubstr("missing.json"));
  EXPECT_THAT(error("[circuit]\nfind = { method = \"eap\" }\n" + std::string(kEqual)), HasSubstr("how many edges to keep is not said"));
  EXPECT_THAT(error("[circuit]\nfind = { method = \"eapig\", edges = 3 }\n" + std::string(kEqual)), HasSubstr("did you mean \"eap-ig\"?"));
  EXPECT_THAT(error("[circuit]\nfind = { sizes = [3, 2] }\n" + std::string(kEqual)), HasSubstr("a size of 2 behind 3"));
  EXPECT_THAT(error("[circuit]\nfind = { sizes = [3], edges = 3 }\n" + std::string(kEqual)), HasSubstr("`edges` and `sizes`"));
  EXPECT_THAT(error("[circuit]\nfind = { sizes = [3], carry = 1.5 }\n" + std::string(kEqual)), HasSubstr("a share of 1.5"));
  EXPECT_THAT(error("[circuit]\nfind = { edges = 3, steps = 0 }\n" + std::string(kEqual)), HasSubstr("0 steps"));
}

TEST_F(HypothesisTest, missing_parts_are_named) {
  EXPECT_THAT(error(""), HasSubstr("makes no claim"));
  EXPECT_THAT(read("task = \"maximum.task.toml\"\n" + std::string(kEqual)).error().to_string(), HasSubstr("has no `program`"));
  EXPECT_THAT(read("tsk = \"maximum.task.toml\"\n" + std::string(kEqual)).error().to_string(), HasSubstr("did you mean 'task'?"));
  EXPECT_THAT(read("task = \"nowhere.task.toml\"\n").error().to_string(), HasSubstr("nowhere.task.toml"));
  EXPECT_THAT(read("task = [\n").error().to_string(), HasSubstr("not valid TOML"));
  EXPECT_FALSE(read_hypothesis(workspace.path("nothing.hypothesis.toml")));
}

TEST_F(HypothesisTest, a_misspelt_key_that_is_required_is_named_in_place_of_the_missing_one) {
  const std::string program = "program = { file = \"maximum.c\", function = \"maximum\" }\n", task = "task = \"maximum.task.toml\"\n";
  const auto error_of = [&](const std::string& text) { return read(text).error().to_string(); };
  EXPECT_THAT(error_of(program + "tsk = \"maximum.task.toml\"\n" + kEqual),
              HasSubstr("h.hypothesis.toml:2:1: unknown key 'tsk'; did you mean 'task'?"));
  EXPECT_THAT(error_of(program + kEqual), HasSubstr("h.hypothesis.toml:1:1: key 'task' is missing")) << "what is not read yet is not unknown";
  EXPECT_THAT(error_of("task = \"\"\n" + program + kEqual), HasSubstr("h.hypothesis.toml:1:8: the hypothesis names no task"));
  EXPECT_THAT(error_of(task + "progam = { file = \"maximum.c\", function = \"maximum\" }\n" + kEqual),
              HasSubstr("h.hypothesis.toml:2:1: unknown key 'progam'; did you mean 'program'?"));
  EXPECT_THAT(error_of(task + "program = { file = \"maximum.c\", functoin = \"maximum\" }\n" + kEqual), HasSubstr("did you mean 'function'?"));
  EXPECT_THAT(error("[[claim]]\nknd = \"iia\"\n"), HasSubstr("h.hypothesis.toml:4:1: unknown key 'claim[0].knd'; did you mean 'kind'?"));
  EXPECT_THAT(error("[[clam]]\nkind = \"iia\"\n"), HasSubstr("did you mean 'claim'?"));
  EXPECT_THAT(error("[circuit]\nfidn = { edges = 3 }\n" + std::string(kEqual)), HasSubstr("did you mean 'find'?"));
  EXPECT_THAT(error("[circuit]\nfind = { edgs = 3 }\n" + std::string(kEqual)), HasSubstr("did you mean 'edges'?"));
}

TEST_F(HypothesisTest, a_program_that_does_not_fit_the_task_is_refused_before_any_claim) {
  workspace.write("maximum.c", "int maximum(const int *s) { return s[0]; }");
  EXPECT_THAT(error(kEqual), HasSubstr("takes 1 parameters, but the task binds 2 arguments"));
}

TEST_F(HypothesisTest, the_hash_follows_everything_a_verdict_depends_on) {
  workspace.write("reference.c", "int r(const int *s, int n) { return s[0]; }");
  const std::string rest = "reference = { file = \"reference.c\", function = \"r\" }\n" + std::string(kEqual);
  std::set<std::string> seen = {good(rest).hash};
  EXPECT_EQ(good(rest).hash, *seen.begin());
  const auto changed = [&](const char* what, const std::string& file, const std::string& text) {
    workspace.write(file, text);
    EXPECT_TRUE(seen.insert(good(rest).hash).second) << what;
  };
  changed("the program", "maximum.c", std::string(kMaximumProgram) + "// another\n");
  changed("the reference", "reference.c", "int r(const int *s, int n) { return s[0] + 0; }");
  changed("the task", "maximum.task.toml", std::string(kMaximumTask) + "[trained]\npositions = 7\n");
  EXPECT_TRUE(seen.insert(good(rest + "seed = 2\n").hash).second) << "the hypothesis itself";
}

TEST_F(HypothesisTest, a_task_without_its_model_reads_nothing_else) {
  std::string task = kMaximumTask;
  task.replace(task.find("\"model\""), 7, "\"${models}/m\"");
  workspace.write("maximum.task.toml", task);
  const Result<Hypothesis> skipped = read_hypothesis(
      workspace.write("h.hypothesis.toml", "task = \"maximum.task.toml\"\nprogram = { file = \"missing.c\", function = \"f\" }\n"), {"/nowhere"});
  ASSERT_TRUE(skipped) << skipped.error().to_string();
  EXPECT_THAT(skipped->task.skipped.value_or(""), HasSubstr("/nowhere/m does not exist"));
}

}  // namespace
}  // namespace assay::analysis
