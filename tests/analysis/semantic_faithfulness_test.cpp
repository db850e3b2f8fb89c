// Semantic faithfulness on a network whose circuits decide by one edge, and that writes real C behind every decision; and the code behind decisions
// by itself.
#include <gmock/gmock.h>

#include "analysis/bench/decided_code.h"
#include "analysis/claims/verify.h"
#include "tests/analysis/bench_support.h"
#include "tests/analysis/fake_network.h"
#include "tests/analysis/workspace.h"
#include "tests/circuits/tokenizer_fixtures.h"

namespace assay::analysis {
namespace {

using bench::SameMeaning;
using circuits::Answer;
using testing::FakeNetwork;
using ::testing::HasSubstr;
using testing::Workspace;

const std::vector<std::pair<std::string, std::string>> kMerges = {{"<", "="}, {" ", "<"}, {" ", "<="}};
constexpr TokenId kLess = 257, kLessEqual = 258;

const char* const kTask = R"(
name = "loops"
model = "model"
[domain]
template = '''
// ${op}
int first(const int *a, int n) {
    for (int ${v} = 0; ${v}'''
slots = [
  { slot = "op", texts = ["<", "<="] },
  { slot = "v", texts = ["i", "k"] },
]
[program]
arguments = ["op", "v"]
[output]
kind = "argmax"
symbols = [" <", " <="]
[counterfactual]
partner = "slot"
slots = ["op"]
[code]
slot = "op"
functions = ["first", "first"]
references = "references.c"
)";

const char* const kReferences = R"(
//@ requires n >= 0 && n <= 3;
//@ requires length(a) == n;
int first(const int *a, int n) {
    for (int i = 0; i < n; i++) { if (a[i] == 0) return i; }
    return -1;
}
)";

/// Decides what the comment says; a circuit does so if it keeps input->logits, and else decides what the partner's comment says.
class Copier : public FakeNetwork {
 public:
  Copier() : FakeNetwork({}, [](std::span<const TokenId> prefix, std::optional<std::int64_t>) { return Answer{decision(prefix), 0, 2}; }) {}
  std::string rest = " n; V++) {\n        if (a[V] == 0) return V;\n    }\n    return -1;";  ///< V is the prompt's variable
  int written = 0;

  static TokenId decision(std::span<const TokenId> tokens) {
    return words().decode(tokens.first(6)).find("<=") == std::string::npos ? kLess : kLessEqual;
  }
  Result<const circuits::Tokenizer*> tokenizer() override { return &words(); }
  Result<std::vector<circuits::Generation>> generate(const circuits::GenerationRequest& request, Session&) override {
    std::vector<circuits::Generation> all;
    for (std::size_t i = 0; i < request.prompts.size(); ++i) {
      const Tokens& prompt = request.prompts[i];
      std::string text = rest;
      const char variable = words().decode(prompt)[words().decode(std::span(prompt).first(prompt.size() - 1)).size() - 1];
      for (std::size_t at = text.find('V'); at != std::string::npos; at = text.find('V')) text[at] = variable;
      all.push_back({.prompt = i, .text = text, .finish = circuits::Generation::Finish::kStopString, .stop = "\n}"});
      ++written;
    }
    return all;
  }
  Result<std::vector<circuits::CircuitScores>> evaluate(std::span<const circuits::Example> examples, std::span<const std::vector<bool>> circuits,
                                                        const circuits::EvaluationOptions&, Session&) override {
    std::vector<circuits::CircuitScores> all;
    for (const std::vector<bool>& kept : circuits) {
      circuits::CircuitScores scores;
      for (const circuits::Example& example : examples) {
        const bool sees = kept[*graph().find_edge("input->logits")];
        scores.metric.push_back(sees ? 1 : 0);
        scores.same_answer.push_back(sees);
        scores.answers.push_back({decision(sees ? example.clean : example.corrupted)});
      }
      all.push_back(std::move(scores));
    }
    return all;
  }

 private:
  static const circuits::Tokenizer& words() {
    static const circuits::Tokenizer tokenizer = circuits::tokenizer_of(circuits::byte_level_json(kMerges));
    return tokenizer;
  }
};

struct SemanticFaithfulness : bench::InSandbox {
  Workspace workspace;
  NetworkStore store;
  Cache cache = *Cache::open("");
  Copier* network = nullptr;

  void SetUp() override {
    InSandbox::SetUp();
    workspace.write("model/tokenizer.json", circuits::byte_level_json(kMerges).dump());
    workspace.write("loops.task.toml", kTask);
    workspace.write("references.c", kReferences);
    workspace.write("rule.c", "int copied(int op, int v) { return op; }\n");
    auto made = std::make_unique<Copier>();
    network = made.get();
    store.put(workspace.path("model"), std::move(made));
  }

  ClaimResult claim(const std::vector<std::string>& edges, const std::string& keys = "") {
    const std::size_t count = network->graph().edges.size();
    circuits::Circuit circuit{network->graph(), std::vector<double>(count, 0.0), std::vector<bool>(count, false), {}};
    for (const std::string& edge : edges) circuit.kept[*circuit.graph.find_edge(edge)] = true;
    circuit.provenance.ablation = "resample";
    EXPECT_TRUE(circuits::write_circuit(workspace.path("circuit.json"), circuit));
    const std::string file = workspace.write("c.hypothesis.toml",
                                             "task = \"loops.task.toml\"\nprogram = { file = \"rule.c\", function = \"copied\" }\n"
                                             "circuit = { file = \"circuit.json\" }\n[[claim]]\nkind = \"semantic_faithfulness\"\n" +
                                                 keys);
    const HypothesisResult result = verify({file}, {}, store, cache, workspace.session).hypotheses[0];
    EXPECT_FALSE(result.error) << result.error->to_string();
    return result.claims.empty() ? ClaimResult{} : result.claims[0];
  }
};

TEST_F(SemanticFaithfulness, holds_where_the_circuits_code_means_what_the_models_does_and_the_empty_circuits_does_not) {
  const ClaimResult result = claim({"input->logits"}, "random_circuits = 4\n");
  EXPECT_EQ(result.grade(), Grade::kProved) << result.summary << " (every prompt has one partner, nothing is drawn)";
  EXPECT_EQ(result.link, 1);
  const Json& numbers = result.details["ablations"]["resample"];
  EXPECT_EQ(numbers["counted"], 4);
  EXPECT_EQ(numbers["same_meaning"], 4);
  EXPECT_EQ(numbers["labels"]["model"], (Json{{"proved", 2}, {"unsafe", 2}})) << "the two that copy <= read past the end";
  EXPECT_EQ(numbers["labels"]["empty"], (Json{{"proved", 2}, {"unsafe", 2}}));
  EXPECT_EQ(numbers["random_circuits"]["circuits"], 4);
  EXPECT_EQ(network->written, 8) << "a text per prompt and different token, not per circuit";
  EXPECT_FALSE(result.details["ablations"].contains("zero")) << "the claim is about resampling";
}

TEST_F(SemanticFaithfulness, the_empty_circuit_and_one_that_does_not_decide_are_refuted_with_the_input) {
  for (const std::vector<std::string>& edges : {std::vector<std::string>{}, {"input->a0.h0<v>", "a0.h0->logits"}}) {
    const ClaimResult result = claim(edges, "random_circuits = 0\n");
    EXPECT_EQ(result.grade(), Grade::kRefuted) << result.summary;
    const Json& witness = result.witness["resample"];
    EXPECT_FALSE(witness["input"].empty());
    EXPECT_EQ(witness["request"], "p0001");
    EXPECT_THAT(witness["model_code"].get<std::string>(), HasSubstr("i < n; i++"));
    EXPECT_THAT(witness["circuit_code"].get<std::string>(), HasSubstr("i <= n; i++"));
  }
}

TEST_F(SemanticFaithfulness, requests_whose_code_does_not_hang_on_the_decision_are_left_out) {
  network->rest = " n && n < 0; V++) {\n    }\n    return -1;";  // never entered
  const ClaimResult result = claim({"input->logits"});
  EXPECT_EQ(result.grade(), Grade::kVacuous) << result.summary;
  EXPECT_EQ(result.details["ablations"]["resample"]["left_out"]["empty_circuit_means_the_same"], 4);
}

TEST_F(SemanticFaithfulness, code_that_does_not_compile_is_no_meaning_to_be_faithful_to) {
  network->rest = " n; V++) {\n        if (b[V] == 0) return V;\n    }\n    return -1;";
  const ClaimResult result = claim({"input->logits"});
  EXPECT_EQ(result.grade(), Grade::kVacuous) << result.summary;
  EXPECT_EQ(result.details["ablations"]["resample"]["left_out"]["model_without_meaning"], 4);
}

TEST_F(SemanticFaithfulness, texts_are_kept_and_a_broken_reference_is_an_error) {
  cache = *Cache::open(workspace.path("cache.sqlite"));
  claim({"input->logits"});
  claim({}, "random_circuits = 0\n");
  EXPECT_EQ(network->written, 8) << "the second claim asks for the same texts";
  cache = *Cache::open("");
  workspace.write("references.c", "//@ requires n >= 0 && n <= 3;\n//@ requires length(a) == n;\nint first(const int *a, int n) { return a[n]; }\n");
  const std::string file = workspace.path("c.hypothesis.toml");
  const HypothesisResult result = verify({file}, {}, store, cache, workspace.session).hypotheses[0];
  ASSERT_TRUE(result.error) << result.claims[0].summary;
  EXPECT_THAT(result.error->to_string(), HasSubstr("the request is at fault"));
}

TEST_F(SemanticFaithfulness, code_behind_decisions_is_compared_by_meaning_and_not_by_text) {
  const Tokens prompt = network->tokenizer().value()->encode("// <\nint first(const int *a, int n) {\n    for (int i = 0; i")->tokens;
  bench::CodeTask task = bench::task_of("int first(const int *a, int n) {", "first", {"requires n >= 0 && n <= 3;", "requires length(a) == n;"},
                                        "\n    for (int i = 0; i < n; i++) { if (a[i] == 0) return i; }\n    return -1;\n}\n");
  task.prompt = "// <\nint first(const int *a, int n) {\n    for (int i = 0; i";
  const TokenId differs = '!', nonsense = '@';  // `i! n` and `i@ n` are no C
  const auto code =
      bench::DecidedCode::write(*network, {{task, prompt, {kLess, kLessEqual, differs, nonsense, -1, kLess}}}, 256, cache, workspace.session);
  ASSERT_TRUE(code) << code.error().to_string();
  EXPECT_EQ(code->written(), 4u);
  EXPECT_EQ(code->compare(0, kLess, kLess).same, SameMeaning::kYes);
  const bench::MeaningComparison differ = code->compare(0, kLess, kLessEqual), back = code->compare(0, kLessEqual, kLess);
  EXPECT_EQ(differ.same, SameMeaning::kNo);
  EXPECT_FALSE(differ.input.empty());
  EXPECT_EQ(differ.first_answer, back.second_answer);
  EXPECT_NE(differ.first_answer, differ.second_answer);
  EXPECT_EQ(code->compare(0, kLess, nonsense).same, SameMeaning::kNo) << "a function against what is none";
  EXPECT_EQ(code->compare(0, kLess, -1).same, SameMeaning::kNo);
  EXPECT_EQ(code->compare(0, differs, nonsense).same, SameMeaning::kUnknown) << "neither is a function";
  EXPECT_EQ(code->answer(0, -1), nullptr);
}

}  // namespace
}  // namespace assay::analysis
