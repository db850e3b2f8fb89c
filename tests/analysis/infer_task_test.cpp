// Inference from a task: an automaton and an expression are found, verified and aligned; no answer has a reason; and the shipped
// programs of the zoo are what the command writes.
#include "analysis/inference/infer_task.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "analysis/claims/verify.h"
#include "tests/analysis/fake_network.h"
#include "tests/analysis/workspace.h"

namespace assay::analysis {
namespace {

using circuits::Answer;
using testing::FakeNetwork;
using ::testing::HasSubstr;
using testing::Workspace;

/// Ones of a string of bits; token 1 is a one, 2 is <bos>.
std::int64_t ones(std::span<const TokenId> prefix) { return std::count(prefix.begin(), prefix.end(), 1); }

const char* const kBitsTask = R"(
name = "bits"
model = "model"
[vocabulary]
symbols = ["0", "1", "<bos>"]
[domain]
start = ["<bos>"]
alphabet = ["0", "1"]
min_length = 1
max_length = 6
[output]
kind = "argmax"
scored = "every"
symbols = ["0", "1"]
[program]
arguments = ["prefix", "length"]
[positions]
start = { index = 0 }
last = { last = true }
)";

/// Three digits; tokens 0..6 are their own values.
const char* const kDigitsTask = R"(
name = "digits"
model = "model"
[vocabulary]
symbols = ["0..6"]
[domain]
sequence = [ { slot = "a", symbols = ["0..3"] }, { slot = "b", symbols = ["0..3"] }, { slot = "c", symbols = ["0..6"] } ]
[output]
kind = "argmax"
scored = "last"
[program]
arguments = ["a", "b", "c"]
[positions]
a = { slot = "a", index = 0 }
b = { slot = "b", index = 0 }
c = { slot = "c", index = 0 }
)";

struct InferTask : ::testing::Test {
  Workspace workspace;
  NetworkStore store;
  Cache cache = *Cache::open("");
  VerifyOptions options;
  InferenceOptions inference;
  FakeNetwork* network = nullptr;

  void SetUp() override { options.replay_natively = false; }
  Task task(const std::string& text) {
    Result<Task> read = read_task(workspace.write("some.task.toml", text));
    EXPECT_TRUE(read.has_value()) << read.error().to_string();
    return *read;
  }
  void use(FakeNetwork::Read read, FakeNetwork::Compute compute) {
    auto fake = std::make_unique<FakeNetwork>(std::move(read), std::move(compute));
    network = fake.get();
    store.put(workspace.path("model"), std::move(fake));
  }
  Result<InferredProgram> infer(const Task& task) {
    Result<const NetworkOutputs*> outputs = store.outputs(*network, task, task.domain, cache, workspace.session);
    if (!outputs) return fail(outputs.error());
    return infer_program(task, *network, **outputs, inference, workspace.session);
  }
  HypothesisResult check(const InferredProgram& program, const std::vector<FoundSite>& sites) {
    workspace.write("inferred.c", program.text);
    const std::string file = workspace.write(
        "inferred.hypothesis.toml",
        hypothesis_text(program, "some.task.toml", "inferred.c", {}, sites, sites.empty() ? InferredClaims::kVariables : InferredClaims::kAll));
    HypothesisResult result = verify({file}, options, store, cache, workspace.session).hypotheses[0];
    EXPECT_FALSE(result.error) << result.error->to_string() << program.text;
    return result;
  }
  static FoundSite site_of(const HypothesisResult& searched, const std::string& id) {
    for (const ClaimResult& claim : searched.claims)
      if (claim.id == "iia." + id) {
        const Json& found = claim.details["alignments"][id];
        return {found["site"].get<std::string>(), found["position"].get<std::string>(), found["search"]["tried"].get<std::uint64_t>()};
      }
    ADD_FAILURE() << "no claim about " << id;
    return {};
  }
  static Grade grade(const HypothesisResult& result, const std::string& id) {
    for (const ClaimResult& claim : result.claims)
      if (claim.id == id) return claim.grade();
    ADD_FAILURE() << "no claim " << id;
    return Grade::kUnknown;
  }
};

TEST_F(InferTask, learns_an_automaton_and_finds_its_state_in_the_network) {
  const auto count = [](std::span<const TokenId> prefix) { return ones(prefix) % 4; };
  use(count, [&](std::span<const TokenId> prefix, std::optional<std::int64_t> hidden) {
    return Answer{static_cast<TokenId>(hidden.value_or(count(prefix)) / 2), 0, 2};
  });
  const Result<InferredProgram> program = infer(task(kBitsTask));
  ASSERT_TRUE(program.has_value()) << program.error().to_string();
  EXPECT_THAT(program->summary, HasSubstr("automaton of 4 states"));
  EXPECT_THAT(program->text, HasSubstr("case STATE_0: return symbol == 1 ? STATE_1 : STATE_0;"));
  ASSERT_EQ(program->variables.size(), 1u);
  EXPECT_FALSE(program->variables[0].is_answer);  // four states, two answers

  const FoundSite found = site_of(check(*program, {}), "state");
  EXPECT_EQ(found.site, "resid_mid.0");
  EXPECT_EQ(found.position, "last");
  EXPECT_EQ(found.tried, 6u);  // three sites, two positions
  const HypothesisResult result = check(*program, {found});
  EXPECT_EQ(grade(result, "network_equals_program"), Grade::kProved);
  EXPECT_EQ(grade(result, "iia.state"), Grade::kProved);
  EXPECT_EQ(grade(result, "safety"), Grade::kProved);
}

TEST_F(InferTask, behaviour_without_the_state_inside_is_not_found_in_the_network) {
  const auto count = [](std::span<const TokenId> prefix) { return ones(prefix) % 4; };
  use([](std::span<const TokenId>) { return 0; },  // the site holds nothing
      [&](std::span<const TokenId> prefix, std::optional<std::int64_t>) { return Answer{static_cast<TokenId>(count(prefix) / 2), 0, 2}; });
  const Result<InferredProgram> program = infer(task(kBitsTask));
  ASSERT_TRUE(program.has_value()) << program.error().to_string();
  const HypothesisResult result = check(*program, {site_of(check(*program, {}), "state")});
  EXPECT_EQ(grade(result, "network_equals_program"), Grade::kProved);
  EXPECT_EQ(grade(result, "iia.state"), Grade::kRefuted);
}

TEST_F(InferTask, one_state_per_answer_is_said_to_be_the_answer) {
  use([](std::span<const TokenId> prefix) { return ones(prefix) % 2; },
      [](std::span<const TokenId> prefix, std::optional<std::int64_t> hidden) {
        return Answer{static_cast<TokenId>(hidden.value_or(ones(prefix) % 2)), 0, 2};
      });
  const Result<InferredProgram> program = infer(task(kBitsTask));
  ASSERT_TRUE(program.has_value()) << program.error().to_string();
  ASSERT_EQ(program->variables.size(), 1u);
  EXPECT_TRUE(program->variables[0].is_answer);
}

TEST_F(InferTask, finds_an_expression_and_which_of_its_values_the_network_holds) {
  const auto sum = [](std::span<const TokenId> prefix) -> std::int64_t { return prefix[0] + (prefix.size() > 1 ? prefix[1] : 0); };
  use(sum, [&](std::span<const TokenId> prefix, std::optional<std::int64_t> hidden) {
    return Answer{static_cast<TokenId>(std::max<std::int64_t>(hidden.value_or(sum(prefix)), prefix.back())), 0, 2};
  });
  const Result<InferredProgram> program = infer(task(kDigitsTask));
  ASSERT_TRUE(program.has_value()) << program.error().to_string();
  ASSERT_EQ(program->variables.size(), 2u) << program->text;
  EXPECT_EQ(program->variables[0].point, "after_1.value_1");
  EXPECT_EQ(program->variables[1].point, "after_2.larger_2");
  EXPECT_FALSE(program->variables[0].is_answer);
  EXPECT_TRUE(program->variables[1].is_answer);

  const HypothesisResult searched = check(*program, {});
  const FoundSite value = site_of(searched, "value_1");
  EXPECT_EQ(value.site, "resid_mid.0");
  EXPECT_EQ(value.position, "b");
  const HypothesisResult result = check(*program, {value, site_of(searched, "larger_2")});
  EXPECT_EQ(grade(result, "network_equals_program"), Grade::kProved);
  EXPECT_EQ(grade(result, "iia.value_1"), Grade::kProved);
  EXPECT_EQ(grade(result, "iia.larger_2"), Grade::kRefuted);
}

TEST_F(InferTask, no_automaton_is_an_answer_with_its_reason) {
  use([](std::span<const TokenId>) { return 0; },
      [](std::span<const TokenId> prefix, std::optional<std::int64_t>) { return Answer{static_cast<TokenId>(ones(prefix) % 4 / 2), 0, 2}; });
  inference.learner.most_states = 3;
  const Result<InferredProgram> program = infer(task(kBitsTask));
  ASSERT_FALSE(program.has_value());
  EXPECT_EQ(program.error().kind, ErrorKind::kBudget);
  EXPECT_THAT(program.error().to_string(), HasSubstr("more than 3 states are needed; raise --states"));
}

TEST_F(InferTask, no_expression_is_an_answer_with_its_reason) {
  use([](std::span<const TokenId>) { return 0; },
      [](std::span<const TokenId> prefix, std::optional<std::int64_t>) {
        return Answer{static_cast<TokenId>((prefix[0] * 37 + prefix[1] * 11 + prefix[2] * 5 + 3) * 40503u / 256 % 7), 0, 2};
      });
  inference.search.most_size = 2;
  inference.search.most_pair_terms = inference.search.most_join_terms = 20;
  const Result<InferredProgram> program = infer(task(kDigitsTask));
  ASSERT_FALSE(program.has_value());
  EXPECT_EQ(program.error().kind, ErrorKind::kBudget);
  EXPECT_THAT(program.error().to_string(), HasSubstr("no program of the grammar with terms to size 2"));
}

TEST_F(InferTask, a_domain_that_is_too_large_is_refused_before_the_network_runs) {
  use([](std::span<const TokenId>) { return 0; }, [](std::span<const TokenId>, std::optional<std::int64_t>) { return Answer{0, 0, 2}; });
  std::string text = kBitsTask;
  text.replace(text.find("max_length = 6"), 14, "max_length = 60");
  const Result<InferredProgram> program = infer(task(text));
  ASSERT_FALSE(program.has_value());
  EXPECT_EQ(program.error().kind, ErrorKind::kBudget);
  EXPECT_THAT(program.error().message, HasSubstr("more than the"));
  EXPECT_EQ(network->runs, 0);
}

TEST_F(InferTask, an_answer_that_no_value_stands_for_is_named) {
  for (const char* const text : {kBitsTask, kDigitsTask}) {
    use([](std::span<const TokenId>) { return 0; },
        [](std::span<const TokenId> prefix, std::optional<std::int64_t>) { return Answer{static_cast<TokenId>(prefix.size() % 3), 0, 2}; });
    std::string narrow = text;
    const std::size_t argmax = narrow.find("[output]\nkind = \"argmax\"");
    if (text == kDigitsTask) narrow.insert(narrow.find("scored", argmax), "symbols = [\"1..2\"]\n");
    store.forget_outputs();
    const Result<InferredProgram> program = infer(task(narrow));
    ASSERT_FALSE(program.has_value());
    EXPECT_EQ(program.error().kind, ErrorKind::kInput);
    EXPECT_THAT(program.error().to_string(), HasSubstr("which no value of the task stands for; add the symbol to [output] symbols and values"));
  }
}

TEST_F(InferTask, a_task_of_another_shape_is_unsupported) {
  use([](std::span<const TokenId>) { return 0; }, [](std::span<const TokenId>, std::optional<std::int64_t>) { return Answer{0, 0, 2}; });
  std::string text = kBitsTask;
  text.replace(text.find("\"prefix\", \"length\""), 18, "\"length\"");
  const Result<InferredProgram> program = infer(task(text));
  ASSERT_FALSE(program.has_value());
  EXPECT_EQ(program.error().kind, ErrorKind::kUnsupported);
  EXPECT_THAT(program.error().to_string(), HasSubstr("call programs with (prefix, length)"));
}

TEST_F(InferTask, shipped_program_of_running_parity_is_what_the_network_teaches) {
  const std::string folder = std::string(ASSAY_SOURCE_DIR) + "/zoo/running_parity/";
  Result<Task> parity = read_task(folder + "running_parity.task.toml");
  ASSERT_TRUE(parity.has_value()) << parity.error().to_string();
  Result<circuits::Network*> real = store.network(parity->model);
  ASSERT_TRUE(real.has_value()) << real.error().to_string();
  Result<const NetworkOutputs*> outputs = store.outputs(**real, *parity, parity->domain, cache, workspace.session);
  ASSERT_TRUE(outputs.has_value()) << outputs.error().to_string();
  const Result<InferredProgram> program = infer_program(*parity, **real, **outputs, inference, workspace.session);
  ASSERT_TRUE(program.has_value()) << program.error().to_string();
  EXPECT_EQ(program->text, *read_file(folder + "inferred.c"));
}

}  // namespace
}  // namespace assay::analysis
