// Negative controls of claims about circuits, on networks of the zoo: a circuit is refuted at another site than the one that it was found for and in
// a network with shuffled weights, and never holds in one with random weights.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "analysis/claims/verify.h"
#include "base/files.h"
#include "tests/analysis/workspace.h"

namespace assay::analysis {
namespace {

using ::testing::HasSubstr;
using testing::Workspace;

/// The sum's hundreds, tens or units, each with the digits before it given: one site of the addition network at a time.
const char* const kSite = R"(
name = "SITE"
model = "MODEL"
[vocabulary]
symbols = ["0..9", "+", "="]
[domain]
sequence = [ { slot = "a", length = 2, symbols = ["0..9"] }, "+", { slot = "b", length = 2, symbols = ["0..9"] }, "="GIVEN ]
answer = 1
where = { file = "digits.c", function = "SITE_inside" }
[output]
kind = "argmax"
scored = "answer"
[program]
arguments = ARGUMENTS
)";

const char* const kDigits = R"(
static int sum(const int *a, const int *b) { return 10 * (a[0] + b[0]) + a[1] + b[1]; }
int hundreds_inside(const int *a, const int *b) { return 1; }
int hundreds(const int *a, const int *b) { return sum(a, b) / 100; }
int tens_inside(const int *a, const int *b, const int *given) { return given[0] == sum(a, b) / 100; }
int tens(const int *a, const int *b, const int *given) { return sum(a, b) / 10 % 10; }
int units_inside(const int *a, const int *b, const int *given) { return given[0] == sum(a, b) / 100 && given[1] == sum(a, b) / 10 % 10; }
int units(const int *a, const int *b, const int *given) { return sum(a, b) % 10; }
)";

void replace(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
}

struct CircuitControls : ::testing::Test {
  Workspace workspace;
  NetworkStore store;
  Cache cache = *Cache::open("");
  const std::string model = std::string(ASSAY_SOURCE_DIR) + "/zoo/addition/model";

  void SetUp() override {
    workspace.write("digits.c", kDigits);
    site("hundreds", "", "[\"a\", \"b\"]");
    site("tens", ", { slot = \"given\", length = 1, symbols = [\"0..9\"] }", "[\"a\", \"b\", \"given\"]");
    site("units", ", { slot = \"given\", length = 2, symbols = [\"0..9\"] }", "[\"a\", \"b\", \"given\"]");
  }
  void site(const std::string& name, const std::string& given, const std::string& arguments) const {
    std::string text = kSite;
    replace(text, "SITE", name), replace(text, "MODEL", model), replace(text, "GIVEN", given), replace(text, "ARGUMENTS", arguments);
    workspace.write(name + ".task.toml", text);
  }

  HypothesisResult verified(const std::string& site, const std::string& circuit, const std::string& keys) {
    const std::string file =
        workspace.write("c.hypothesis.toml", "task = \"" + site + ".task.toml\"\nprogram = { file = \"digits.c\", function = \"" + site +
                                                 "\" }\n[circuit]\n" + circuit + "\n[[claim]]\nkind = \"faithfulness\"\n" +
                                                 "samples = 256\nthreshold = 0.8\nrandom_circuits = 0\nablations = [\"resample\"]\n" + keys);
    HypothesisResult result = verify({file}, {}, store, cache, workspace.session).hypotheses[0];
    EXPECT_FALSE(result.error) << result.error->to_string();
    return result;
  }
  ClaimResult claim(const std::string& site, const std::string& circuit, const std::string& keys = "") {
    const HypothesisResult result = verified(site, circuit, keys);
    return result.claims.empty() ? ClaimResult{} : result.claims[0];
  }

  /// The last claim asked of another network of this shape.
  HypothesisResult in_network(std::unique_ptr<circuits::Network> network) {
    NetworkStore other;
    Cache fresh = *Cache::open("");
    other.put(model, std::move(network));
    return verify({workspace.path("c.hypothesis.toml")}, {}, other, fresh, workspace.session).hypotheses[0];
  }

  /// A copy of the model whose numbers are in another order within each of its tensors (float32).
  std::string shuffled(std::uint64_t seed) const {
    const std::string name = "shuffled_" + std::to_string(seed);
    workspace.write(name + "/config.json", *read_file(model + "/config.json"));
    std::string bytes = *read_file(model + "/model.safetensors");
    std::uint64_t header = 0;
    std::memcpy(&header, bytes.data(), sizeof header);
    std::mt19937_64 random(seed);
    const Json tensors = Json::parse(bytes.substr(8, header));
    for (const auto& [tensor, entry] : tensors.items()) {
      if (tensor == "__metadata__") continue;
      EXPECT_EQ(entry["dtype"], "F32");
      const std::size_t begin = 8 + header + entry["data_offsets"][0].get<std::size_t>(),
                        end = 8 + header + entry["data_offsets"][1].get<std::size_t>();
      std::vector<float> numbers((end - begin) / sizeof(float));
      std::memcpy(numbers.data(), bytes.data() + begin, end - begin);
      std::shuffle(numbers.begin(), numbers.end(), random);
      std::memcpy(bytes.data() + begin, numbers.data(), end - begin);
    }
    workspace.write(name + "/model.safetensors", bytes);
    return workspace.path(name);
  }

  /// The circuit of a site as a file, found on other inputs than those that it is judged on.
  std::string found_for(const std::string& site) {
    const HypothesisResult found = verified(site, "find = { method = \"eap-ig\", edges = 110, prune = 0.01, examples = 96, seed = 5 }", "");
    circuits::Circuit circuit{(*store.network(model))->graph(), {}, {}, {}};
    circuit.kept.assign(circuit.graph.edges.size(), false);
    circuit.scores.assign(circuit.kept.size(), 0);
    for (const Json& edge : found.circuit["edges"]) circuit.kept[*circuit.graph.find_edge(edge["edge"].get<std::string>())] = true;
    circuit.provenance.ablation = "resample";
    EXPECT_TRUE(circuits::write_circuit(workspace.path(site + ".circuit.json"), circuit));
    return "file = \"" + site + ".circuit.json\"";
  }
};

TEST_F(CircuitControls, a_circuit_of_one_site_is_refuted_at_another) {
  const std::string circuit = found_for("hundreds");
  const ClaimResult here = claim("hundreds", circuit);
  EXPECT_EQ(here.grade(), Grade::kMeasured) << here.summary;
  for (const std::string other : {"tens", "units"}) {
    const ClaimResult there = claim(other, circuit);
    EXPECT_EQ(there.grade(), Grade::kRefuted) << other << ": " << there.summary;
    EXPECT_LT(there.details["ablations"]["resample"]["same_answer"].get<double>(), 0.5) << other;
  }
}

/// Random weights often answer one token whatever the input is: then there is no decision to explain, and that is an error. Where they decide, small
/// as they are, inputs move the logits by less than .3, of which no faithfulness is reported; were it more, the claim would be refuted.
TEST_F(CircuitControls, a_circuit_never_holds_in_a_network_with_random_weights) {
  const std::string circuit = found_for("hundreds");
  ASSERT_EQ(claim("hundreds", circuit).grade(), Grade::kMeasured);
  int decided = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const HypothesisResult result = in_network(*(*circuits::open_engine())->load(model, {.random_weights = true, .seed = seed}));
    if (result.error) {
      EXPECT_THAT(result.error->to_string(), HasSubstr("no input has a partner")) << seed;
      continue;
    }
    ++decided;
    const ClaimResult& found = result.claims[0];
    EXPECT_TRUE(found.grade() == Grade::kRefuted || found.summary.find("insensitive: the contrast moves") != std::string::npos)
        << seed << ": " << found.summary;
  }
  EXPECT_GE(decided, 3) << "else the control says nothing";
}

/// The trained numbers in another order are as large as they were, so that inputs do move the logits: there the claim must be refuted.
TEST_F(CircuitControls, a_circuit_is_refuted_in_a_network_with_shuffled_weights) {
  const std::string circuit = found_for("hundreds");
  ASSERT_EQ(claim("hundreds", circuit).grade(), Grade::kMeasured);
  int refuted = 0;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    const HypothesisResult result = in_network(*(*circuits::open_engine())->load(shuffled(seed), {}));
    if (result.error) {
      EXPECT_THAT(result.error->to_string(), HasSubstr("no input has a partner")) << seed;
      continue;
    }
    const ClaimResult& found = result.claims[0];
    if (found.grade() == Grade::kUnknown && found.summary.find("insensitive") != std::string::npos) continue;
    EXPECT_EQ(found.grade(), Grade::kRefuted) << seed << ": " << found.summary;
    ++refuted;
  }
  EXPECT_GE(refuted, 3) << "else the control says nothing";
}

}  // namespace
}  // namespace assay::analysis
