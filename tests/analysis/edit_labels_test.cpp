// What edits of prompts change, by the solver: equivalent ones, ones that change a finished function, ones that turn what is right.
#include <gmock/gmock.h>

#include "analysis/claims/contrast.h"
#include "analysis/claims/verify.h"
#include "tests/analysis/fake_network.h"
#include "tests/analysis/workspace.h"
#include "tests/circuits/tokenizer_fixtures.h"

namespace assay::analysis {
namespace {

using testing::FakeNetwork;
using ::testing::HasSubstr;
using testing::Workspace;

/// Decides as it should by attribute and operator, and hears another operator in the finished function besides.
class OperatorNetwork : public FakeNetwork {
 public:
  OperatorNetwork()
      : FakeNetwork([](std::span<const TokenId>) { return 0; },
                    [](std::span<const TokenId>, std::optional<std::int64_t>) { return circuits::Answer{}; }) {}

  Result<circuits::StreamReading> read_stream(std::span<const circuits::StreamInput> inputs, const Tokens&, Session&) override {
    circuits::StreamReading reading;
    reading.sites = {"resid_pre.0", "resid_mid.0"};
    reading.values.resize(2);
    for (const circuits::StreamInput& input : inputs) {
      const std::string text(input.tokens.begin(), input.tokens.end());
      const bool subtracts = text[text.find("= (") + 5] == '-', first = text[3] == 's';
      reading.logits.push_back({first == subtracts ? 1.f : -1.f, 0});
      if (text.find("i - i") != std::string::npos) reading.logits.back()[0] += 5;
      for (auto& values : reading.values)
        for (std::size_t place = 0; place < input.positions.size(); ++place) values.insert(values.end(), {0, 0, 0, 1});
    }
    return reading;
  }
  Result<std::vector<std::vector<std::vector<float>>>> patch_stream(std::span<const circuits::StreamPatch> patches, std::span<const int> layers,
                                                                    const Tokens&, Session&) override {
    return std::vector<std::vector<std::vector<float>>>(patches.size(), std::vector<std::vector<float>>(layers.size(), {0, 0}));
  }
};

// The sum is asked for by `s`, the difference by `p`: behind `(x - y)` the first needs `+`, and behind `(x + y)` the other one.
const char* const kTask = R"(
name = "combine"
model = "model"
[domain]
template = "// ${attribute}\nint twice(int i) {\n return i + i;\n}\nint f(int x, int y) {\n int s = (x - y);\n return s"
slots = [ { slot = "attribute", texts = ["s", "p"] } ]
[program]
arguments = ["attribute"]
[output]
kind = "argmax"
symbols = ["+", "-"]
[counterfactual]
partner = "slot"
edits = ["rename", "reorder", "token"]
[code]
slot = "attribute"
begins = "f"
functions = ["first", "less"]
references = "references.c"
rest = [" y;\n}\n", " y;\n}\n"]
)";

struct EditLabels : ::testing::Test {
  Workspace workspace;
  NetworkStore store;
  Cache cache = *Cache::open("");

  ClaimResult claim() {
    workspace.write("model/tokenizer.json", circuits::byte_level_json({}).dump());
    workspace.write("rule.c", "int demanded(int attribute) { return attribute; }\n");
    workspace.write("references.c",
                    "//@ requires x >= -100 && x <= 100 && y >= -100 && y <= 100;\nint first(int x, int y) { return x; }\n"
                    "//@ requires x >= -100 && x <= 100 && y >= -100 && y <= 100;\nint less(int x, int y) { return x - 2 * y; }\n");
    workspace.write("combine.task.toml", kTask);
    store.put(workspace.path("model"), std::make_unique<OperatorNetwork>());
    const std::string file = workspace.write("h.hypothesis.toml",
                                             "task = \"combine.task.toml\"\nprogram = { file = \"rule.c\", function = \"demanded\" }\n"
                                             "[[claim]]\nkind = \"sensitive\"\nslot = \"attribute\"\n");
    const HypothesisResult result = verify({file}, {}, store, cache, workspace.session).hypotheses[0];
    EXPECT_FALSE(result.error) << result.error->to_string();
    return result.claims.empty() ? ClaimResult{} : result.claims[0];
  }
};

Json of_kind(const Json& list, const char* key, const std::string& name) {
  for (const Json& each : list)
    if (each[key] == name) return each;
  ADD_FAILURE() << name << " is not in " << list.dump();
  return Json::object();
}

TEST_F(EditLabels, the_solver_sorts_them) {
  const Json edits = claim().details["labels"]["edits"];
  const Json rename = of_kind(edits, "kind", "rename"), token = of_kind(edits, "kind", "token");
  EXPECT_EQ(rename["prompts"], rename["same_meaning"]) << "of i, x, y and s";
  EXPECT_EQ(rename["prompts"], 8);
  EXPECT_EQ(token["other_meaning"], 2) << "i - i in the finished function: " << token.dump();
  EXPECT_EQ(token["other_symbol_right"], 1) << "(x + y) - y is what the first request wants; the second has no symbol then";
  EXPECT_EQ(token["no_symbol_right"].get<int>() + token["undecided"].get<int>(), token["prompts"].get<int>() - 3);
  EXPECT_EQ(token["undecided"], 0);
}

TEST_F(EditLabels, pairs_of_each_label_are_measured_apart) {
  const ClaimResult result = claim();
  EXPECT_EQ(of_kind(result.details["surface"], "slot", "rename")["size"], 0.0);
  EXPECT_EQ(of_kind(result.details["surface"], "slot", "token, other meaning")["largest"], 5.0) << "the finished function's operator moves it";
  const Json turned = of_kind(result.details["turned"], "slot", "token, other symbol right");
  EXPECT_EQ(turned["pairs"], 1);
  EXPECT_EQ(turned["movement"], 2.0) << "towards what is right";
}

}  // namespace
}  // namespace assay::analysis
