// Rows of attention that verify records: which heads, at which positions, on which prompts.
#include "analysis/claims/attention_rows.h"

#include <gmock/gmock.h>

#include "tests/analysis/fake_network.h"
#include "tests/analysis/workspace.h"
#include "tests/circuits/tokenizer_fixtures.h"

namespace assay::analysis {
namespace {

using testing::FakeNetwork;
using testing::Workspace;

const char* const kTask = R"(
name = "names"
model = "model"
[domain]
template = "${op}${v}${v}"
slots = [ { slot = "op", texts = ["<", "<="] }, { slot = "v", texts = ["i", "k"] } ]
[program]
arguments = ["op", "v"]
[output]
kind = "argmax"
symbols = ["i", "k"]
[positions]
first = { slot = "v", index = 0 }
site = { last = true }
never = { index = 9 }
)";

/// Head h of layer l looks with weight .75 at token l + h, and with the rest at the first; what was asked for is kept.
class LookingNetwork : public FakeNetwork {
 public:
  explicit LookingNetwork(circuits::Tokenizer tokenizer)
      : FakeNetwork([](std::span<const TokenId>) { return 0; },
                    [](std::span<const TokenId>, std::optional<std::int64_t>) { return circuits::Answer{0, 0, 1}; }),
        tokenizer_(std::move(tokenizer)) {}
  Result<const circuits::Tokenizer*> tokenizer() override { return &tokenizer_; }
  Result<std::vector<std::vector<float>>> read_sites(std::span<const Tokens> sequences, std::span<const std::vector<std::int32_t>> positions,
                                                     std::span<const std::string> sites) override {
    asked.assign(positions.begin(), positions.end());
    std::vector<std::vector<float>> values;
    for (const std::string& site : sites) {
      const std::size_t target = static_cast<std::size_t>(site.at(8) - '0' + site.at(10) - '0');  // pattern.L.H
      values.emplace_back(sequences.size() * kWidth);
      for (std::size_t i = 0; i < sequences.size(); ++i) {
        values.back()[i * kWidth] = 0.2495f;
        values.back()[i * kWidth + target] += 0.75f;
        values.back()[i * kWidth + 1] += 0.0004f;
      }
    }
    return values;
  }
  std::vector<std::vector<std::int32_t>> asked;

 private:
  static constexpr std::size_t kWidth = 3;
  circuits::Tokenizer tokenizer_;
};

struct AttentionRows : ::testing::Test {
  Workspace workspace;
  std::unique_ptr<LookingNetwork> network;
  Hypothesis hypothesis;

  void SetUp() override {
    const std::string words = circuits::byte_level_json({{"<", "="}}).dump();
    workspace.write("model/tokenizer.json", words);
    network = std::make_unique<LookingNetwork>(*circuits::Tokenizer::parse_json(words, "tokenizer.json"));
    Result<Task> task = read_task(workspace.write("names.task.toml", kTask));
    ASSERT_TRUE(task) << task.error().to_string();
    hypothesis.task = std::move(*task);
  }
  void align(const std::string& site, const std::string& position) {
    AlignmentSpec alignment{.id = site};
    alignment.site = site;
    alignment.position = *hypothesis.task.position(position);
    hypothesis.alignments.push_back(alignment);
  }
  static Json edge(const std::string& from, double score) { return {{"from", from}, {"to", "logits"}, {"input", ""}, {"score", score}}; }
  Json rows(const Json& circuit) { return describe_attention_rows(hypothesis, circuit, *network, workspace.session); }
};

const Json kSpans = Json::array({"first", "to_site", "site"});

TEST_F(AttentionRows, aligned_heads_come_first_then_those_of_the_circuit_by_what_their_edges_carry) {
  align("q.0.1", "site");
  align("k.0.2", "first");  // no head of its own looks from there
  const Json edges = {edge("a0.h0@site", 1),    edge("a1.h0@site", -3), edge("a0.h0@site", 1),
                      edge("a1.h1@to_site", 9), edge("m0@site", 9),     edge("a1.h1@never", 4)};
  const Json found = rows({{"spans", kSpans}, {"edges", edges}});
  ASSERT_EQ(found["rows"].size(), 4u);
  EXPECT_EQ(found["rows"][0], (Json{{"node", "a0.h1@site"}, {"head", "a0.h1"}, {"position", "site"}, {"score", 0.0}, {"aligned", true}}));
  EXPECT_EQ(found["rows"][1]["node"], "a1.h1@never");
  EXPECT_EQ(found["rows"][2]["node"], "a1.h0@site");
  EXPECT_EQ(found["rows"][3]["score"], 2.0);
  EXPECT_EQ(found["rows_left_out"], 1) << "a span of several tokens has no one row";
}

TEST_F(AttentionRows, every_prompt_has_its_tokens_positions_and_sparse_rows) {
  const Json found = rows({{"spans", kSpans}, {"edges", {edge("a1.h0@site", 1), edge("a0.h0@never", 1)}}});
  ASSERT_EQ(found["prompts"].size(), 4u);
  const Json& prompt = found["prompts"][3];
  EXPECT_EQ(prompt["text"], "<=kk");
  EXPECT_EQ(prompt["tokens"], Json::array({{0, 2}, {2, 3}, {3, 4}}));
  EXPECT_EQ(prompt["positions"], (Json{{"first", 1}, {"site", 2}, {"last", 2}}));
  EXPECT_EQ(prompt["rows"][0], Json()) << "the prompt has no such position";
  EXPECT_EQ(prompt["rows"][1], Json::parse("[[0,0.25],[1,0.75]]")) << "in thousandths, without what is hardly looked at";
  EXPECT_EQ(network->asked.back(), (std::vector<std::int32_t>{0, 2}));
  EXPECT_EQ(found["prompts_left_out"], 0);
}

TEST_F(AttentionRows, heads_of_a_circuit_without_positions_look_from_the_end) {
  const Json found = rows({{"edges", {edge("a1.h0", 1)}}});
  EXPECT_EQ(found["rows"][0]["node"], "a1.h0");
  EXPECT_EQ(found["rows"][0]["position"], "last");
  EXPECT_EQ(network->asked.back(), (std::vector<std::int32_t>{2}));
}

TEST_F(AttentionRows, nothing_is_recorded_without_heads_without_prompts_or_after_an_interruption) {
  EXPECT_TRUE(rows({}).is_null());
  workspace.stop = true;
  EXPECT_TRUE(rows({{"edges", {edge("a1.h0", 1)}}}).is_null());
  workspace.stop = false;
  workspace.write("maximum.task.toml", testing::kMaximumTask);
  hypothesis.task = *read_task(workspace.path("maximum.task.toml"));
  EXPECT_TRUE(rows({{"edges", {edge("a1.h0", 1)}}}).is_null());
}

}  // namespace
}  // namespace assay::analysis
