// What a circuit follows, on a network whose metric is known by construction: each kept edge lets one token of the prompt through.
#include <gmock/gmock.h>

#include "analysis/claims/verify.h"
#include "tests/analysis/fake_network.h"
#include "tests/analysis/workspace.h"
#include "tests/circuits/tokenizer_fixtures.h"

namespace assay::analysis {
namespace {

using testing::FakeNetwork;
using ::testing::HasSubstr;
using testing::Workspace;

constexpr std::size_t kAttribute = 3, kName = 16;  ///< tokens of the template below
constexpr std::uint32_t kAttributeEdge = 0, kNameEdge = 1;

/// The logit difference is `meaning` times the attribute plus `surface` times the name, each read from the clean run if its edge is kept, else from
/// the partner's.
class TwoTokenNetwork : public FakeNetwork {
 public:
  TwoTokenNetwork(double meaning, double surface)
      : FakeNetwork([](std::span<const TokenId>) { return 0; },
                    [](std::span<const TokenId>, std::optional<std::int64_t>) { return circuits::Answer{}; }),
        meaning_(meaning),
        surface_(surface) {}

  Result<circuits::DiscoveryResult> discover(std::span<const circuits::Example>, const circuits::DiscoveryOptions&, Session&) override {
    return internal_error("not asked for");
  }

  Result<std::vector<circuits::CircuitScores>> evaluate(std::span<const circuits::Example> examples, std::span<const std::vector<bool>> circuits,
                                                        const circuits::EvaluationOptions&, Session&) override {
    std::vector<circuits::CircuitScores> all;
    for (const std::vector<bool>& kept : circuits) {
      all.emplace_back();
      for (const circuits::Example& example : examples) {
        const Tokens& attribute = kept[kAttributeEdge] ? example.clean : example.corrupted;
        const Tokens& name = kept[kNameEdge] ? example.clean : example.corrupted;
        const double moved = meaning_ * (attribute[kAttribute] == 's' ? 0.5 : -0.5) + surface_ * (name[kName] - 'a');
        all.back().metric.push_back(example.correct[0] == '+' ? moved : -moved);
        all.back().same_answer.push_back(true);
        all.back().answers.push_back({0});
      }
    }
    return all;
  }

 private:
  double meaning_, surface_;
};

const char* const kTask = R"(
name = "combine"
model = "model"
[domain]
template = "// ${attribute}${wording}\nint f(int ${name}, int y) {\n return ${name}"
slots = [
  { slot = "attribute", texts = ["s", "p"] },
  { slot = "name", texts = ["a", "b", "c", "d"] },
  { slot = "wording", texts = [".", "!", "?", ";"] },
]
[program]
arguments = ["attribute"]
[output]
kind = "argmax"
symbols = ["+", "*"]
[code]
slot = "attribute"
begins = "f"
functions = ["sum", "product"]
references = "references.c"
rest = [" y;\n}\n", " y;\n}\n"]
)";

struct FollowsMeaning : ::testing::Test {
  Workspace workspace;
  NetworkStore store;
  Cache cache = *Cache::open("");
  std::string task = kTask, function = "demanded";

  void SetUp() override {
    workspace.write("model/tokenizer.json", circuits::byte_level_json({}).dump());
    workspace.write("rule.c",
                    "int demanded(int attribute) { return attribute; }\nint always(int attribute) { return 0; }\n"
                    "int negated(int attribute) { return !attribute; }\n");
    workspace.write("references.c",
                    "//@ requires x >= -100 && x <= 100 && y >= -100 && y <= 100;\nint sum(int x, int y) { return x + y; }\n"
                    "//@ requires x >= -100 && x <= 100 && y >= -100 && y <= 100;\nint product(int x, int y) { return x * y; }\n");
  }

  HypothesisResult hypothesis(double meaning, double surface, const std::vector<std::uint32_t>& edges, const std::string& keys = "") {
    workspace.write("combine.task.toml", task);
    auto network = std::make_unique<TwoTokenNetwork>(meaning, surface);
    circuits::Circuit circuit;
    circuit.graph = network->graph();
    circuit.kept.assign(circuit.graph.edges.size(), false);
    circuit.scores.assign(circuit.graph.edges.size(), 1);
    for (const std::uint32_t edge : edges) circuit.kept[edge] = true;
    EXPECT_TRUE(circuits::write_circuit(workspace.path("circuit.json"), circuit));
    store.put(workspace.path("model"), std::move(network));
    const std::string file =
        workspace.write("h.hypothesis.toml", "task = \"combine.task.toml\"\nprogram = { file = \"rule.c\", function = \"" + function +
                                                 "\" }\ncircuit = { file = \"circuit.json\" }\n[[claim]]\nkind = "
                                                 "\"follows_meaning\"\nslot = \"attribute\"\nrandom_circuits = 0\n" +
                                                 keys);
    return verify({file}, {}, store, cache, workspace.session).hypotheses[0];
  }
  ClaimResult claim(double meaning, double surface, const std::vector<std::uint32_t>& edges, const std::string& keys = "") {
    const HypothesisResult result = hypothesis(meaning, surface, edges, keys);
    EXPECT_FALSE(result.error) << result.error->to_string();
    return result.claims.empty() ? ClaimResult{} : result.claims[0];
  }
};

TEST_F(FollowsMeaning, circuit_of_the_attribute_alone_follows_the_meaning_of_a_network_that_follows_both) {
  const ClaimResult result = claim(2, 3, {kAttributeEdge});
  EXPECT_EQ(result.grade(), Grade::kMeasured) << result.summary;
  EXPECT_EQ(result.details["follows"], "meaning");
  EXPECT_NEAR(result.details["meaning"]["carried"]["value"], 1, 1e-9);
  EXPECT_NEAR(result.details["meaning"]["size"]["value"], 2, 1e-9);
  EXPECT_NEAR(result.details["slots"][1]["carried"]["value"], 0, 1e-9) << "the name, which it does not let through";
  EXPECT_NEAR(result.details["slots"][1]["network_size"]["value"], 3.0 * (3 + 2 * 2 + 3) / 6, 1e-5);
}

TEST_F(FollowsMeaning, circuit_of_the_name_alone_is_refuted) {
  const ClaimResult result = claim(2, 3, {kNameEdge});
  EXPECT_EQ(result.grade(), Grade::kRefuted) << result.summary;
  EXPECT_EQ(result.witness["follows"], "surface");
  EXPECT_NEAR(result.details["meaning"]["carried"]["value"], 0, 1e-9);
  EXPECT_NEAR(result.details["slots"][1]["carried"]["value"], 1, 1e-9);
}

TEST_F(FollowsMeaning, circuit_that_hears_neither_is_refuted_as_such) { EXPECT_EQ(claim(2, 3, {}).witness["follows"], "neither"); }

TEST_F(FollowsMeaning, one_that_follows_both_about_as_much_is_undecided) {
  EXPECT_EQ(claim(2.5, 3, {kAttributeEdge, kNameEdge}).grade(), Grade::kUnknown)
      << "over both surface slots the mean size is 2.5, since wording moves nothing";
}

TEST_F(FollowsMeaning, pairs_of_other_lengths_and_pairs_not_drawn_are_counted) {
  task.replace(task.find("\";\""), 3, "\";;\"");
  const ClaimResult result = claim(2, 3, {kAttributeEdge}, "samples = 5\n");
  EXPECT_EQ(result.details["slots"][0]["pairs"], 5);
  EXPECT_EQ(result.details["slots"][0]["not_drawn"], 11);
  EXPECT_EQ(result.details["slots"][2]["other_length"], 24) << "3 pairs of wordings, 4 names, 2 meanings";
}

TEST_F(FollowsMeaning, program_that_the_references_contradict_is_an_error) {
  function = "negated";
  EXPECT_THAT(hypothesis(2, 0, {kAttributeEdge}).error->to_string(), HasSubstr("the completed function is wrong"));
}

}  // namespace
}  // namespace assay::analysis
