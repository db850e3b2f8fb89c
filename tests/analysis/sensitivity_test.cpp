// Claims about what a decision follows, on networks whose logit difference and layers are known by construction.
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

constexpr int kLayers = 4;

/// The logit difference is a function of the tokens. The tokens that differ are read up to `moved`; from there on their meaning lies at the last one.
class LayeredNetwork : public FakeNetwork {
 public:
  using Difference = std::function<double(const Tokens& tokens)>;
  explicit LayeredNetwork(Difference by_tokens)
      : FakeNetwork([](std::span<const TokenId>) { return 0; },
                    [](std::span<const TokenId>, std::optional<std::int64_t>) { return circuits::Answer{}; }),
        difference_(std::move(by_tokens)) {}

  Result<circuits::StreamReading> read_stream(std::span<const circuits::StreamInput> inputs, const Tokens&, Session&) override {
    circuits::StreamReading reading;
    for (int layer = 0; layer < kLayers; ++layer)
      for (const char* site : {"resid_pre.", "resid_mid."}) reading.sites.push_back(site + std::to_string(layer));
    reading.values.resize(reading.sites.size());
    for (const circuits::StreamInput& input : inputs) {
      reading.logits.push_back({static_cast<float>(difference_(input.tokens)), 0});
      for (std::size_t site = 0; site < reading.sites.size(); ++site)
        for (std::size_t place = 0; place < input.positions.size(); ++place) {
          const bool seen = place == 0 ? attribute_stays : static_cast<int>(site) / 2 >= moved;
          const float value = static_cast<float>(input.tokens[static_cast<std::size_t>(input.positions[0])]);
          const float surface = static_cast<float>(input.tokens[kName]);
          reading.values[site].insert(reading.values[site].end(), {seen ? value : 0, surface, static_cast<float>(place), 1});
        }
    }
    return reading;
  }

  Result<std::vector<std::vector<std::vector<float>>>> patch_stream(std::span<const circuits::StreamPatch> patches, std::span<const int> layers,
                                                                    const Tokens&, Session&) override {
    std::vector<std::vector<std::vector<float>>> all;
    for (const circuits::StreamPatch& patch : patches) {
      Tokens mixed = patch.base;
      for (const std::int32_t position : patch.positions)
        mixed[static_cast<std::size_t>(position)] = patch.source[static_cast<std::size_t>(position)];
      all.emplace_back();
      for (const int layer : layers) all.back().push_back({static_cast<float>(difference_(layer < moved ? mixed : patch.base)), 0});
    }
    return all;
  }

  const circuits::NetworkInfo& info() const override {
    info_ = FakeNetwork::info();
    info_.layers = kLayers;
    return info_;
  }

  /// The metric of a circuit is a tenth of what it is elsewhere: the contrast hardly moves it.
  Result<std::vector<circuits::CircuitScores>> evaluate(std::span<const circuits::Example> examples, std::span<const std::vector<bool>> circuits,
                                                        const circuits::EvaluationOptions& options, Session& session) override {
    auto scores = FakeNetwork::evaluate(examples, circuits, options, session);
    for (circuits::CircuitScores& each : *scores)
      for (double& metric : each.metric) metric /= 10;
    return scores;
  }

  static constexpr std::size_t kAttribute = 3, kName = 16;  ///< tokens of the template below
  int moved = 2;
  bool attribute_stays = true;

 private:
  Difference difference_;
  mutable circuits::NetworkInfo info_;
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

const char* const kReferences = R"(
//@ requires x >= -100 && x <= 100 && y >= -100 && y <= 100;
int sum(int x, int y) { return x + y; }
//@ requires x >= -100 && x <= 100 && y >= -100 && y <= 100;
int product(int x, int y) { return y * x; }
)";

const char* const kProgram =
    "int demanded(int attribute) { return attribute; }\nint always(int attribute) { return 0; }\n"
    "int negated(int attribute) { return !attribute; }\n";

/// How far the meaning and the name of the parameter move the difference, and what every prompt adds at random.
LayeredNetwork::Difference moved_by(double meaning, double name, double noise = 0) {
  return [=](const Tokens& tokens) {
    std::uint64_t hash = 1;
    for (const TokenId token : tokens) hash = hash * 6'364'136'223'846'793'005U + static_cast<std::uint64_t>(token);
    const double random = static_cast<double>(hash >> 40) / static_cast<double>(1 << 24) - 0.5;
    return (tokens[LayeredNetwork::kAttribute] == 's' ? meaning / 2 : -meaning / 2) + name * (tokens[LayeredNetwork::kName] - 'a') + noise * random;
  };
}

struct Sensitivity : ::testing::Test {
  Workspace workspace;
  NetworkStore store;
  Cache cache = *Cache::open("");
  LayeredNetwork* network = nullptr;
  std::string task = kTask, references = kReferences, function = "demanded";

  void SetUp() override {
    workspace.write("model/tokenizer.json", circuits::byte_level_json({}).dump());
    workspace.write("rule.c", kProgram);
  }
  HypothesisResult hypothesis(const std::string& claim, LayeredNetwork::Difference difference, const std::string& keys) {
    auto made = std::make_unique<LayeredNetwork>(std::move(difference));
    if (network != nullptr) made->moved = network->moved, made->attribute_stays = network->attribute_stays;
    network = made.get();
    store.put(workspace.path("model"), std::move(made));
    workspace.write("combine.task.toml", task);
    workspace.write("references.c", references);
    const std::string file =
        workspace.write("h.hypothesis.toml", "task = \"combine.task.toml\"\nprogram = { file = \"rule.c\", function = \"" + function +
                                                 "\" }\n[[claim]]\nkind = \"" + claim + "\"\nslot = \"attribute\"\n" + keys);
    return verify({file}, {}, store, cache, workspace.session).hypotheses[0];
  }
  ClaimResult claim(const std::string& kind, LayeredNetwork::Difference difference, const std::string& keys = "") {
    const HypothesisResult result = hypothesis(kind, std::move(difference), keys);
    EXPECT_FALSE(result.error) << result.error->to_string();
    return result.claims.empty() ? ClaimResult{} : result.claims[0];
  }
  std::string error(const std::string& kind = "sensitive") {
    const HypothesisResult result = hypothesis(kind, moved_by(2, 0), "");
    return result.error ? result.error->to_string() : "no error";
  }
  void replace(const std::string& from, const std::string& to) { task.replace(task.find(from), from.size(), to); }
};

TEST_F(Sensitivity, decision_that_follows_the_meaning_is_sensitive_and_not_insensitive) {
  const ClaimResult sensitive = claim("sensitive", moved_by(2, 0.1, 0.1));
  EXPECT_EQ(sensitive.grade(), Grade::kMeasured) << sensitive.summary;
  EXPECT_NEAR(sensitive.details["meaning"]["movement"], 2, 0.1);
  EXPECT_EQ(sensitive.details["meaning"]["decided_anew"], 16);
  EXPECT_EQ(sensitive.details["follows"], "meaning");
  EXPECT_EQ(sensitive.details["right"]["right"], 32);
  EXPECT_EQ(claim("insensitive", moved_by(2, 0.1, 0.1)).grade(), Grade::kRefuted);
}

TEST_F(Sensitivity, decision_that_stays_is_insensitive_by_its_whole_interval) {
  const ClaimResult insensitive = claim("insensitive", moved_by(0.05, 1, 0.1));
  EXPECT_EQ(insensitive.grade(), Grade::kMeasured) << insensitive.summary;
  EXPECT_LT(insensitive.details["meaning"]["interval95"][1], 0.3);
  EXPECT_EQ(insensitive.details["follows"], "neither");
  EXPECT_EQ(claim("sensitive", moved_by(0.05, 1, 0.1)).grade(), Grade::kRefuted);
}

TEST_F(Sensitivity, interval_that_straddles_the_band_decides_nothing) {
  for (const char* kind : {"sensitive", "insensitive"}) EXPECT_EQ(claim(kind, moved_by(0.3, 0, 1)).grade(), Grade::kUnknown) << kind;
}

TEST_F(Sensitivity, movements_either_way_that_cancel_are_no_insensitivity) {
  const auto by_name = [](const Tokens& tokens) {
    return (tokens[LayeredNetwork::kAttribute] == 's' ? 0.2 : -0.2) * (tokens[LayeredNetwork::kName] < 'c' ? 1.0 : -1.0);
  };
  const ClaimResult result = claim("insensitive", by_name);
  EXPECT_NEAR(result.details["meaning"]["movement"], 0, 1e-6);
  EXPECT_EQ(result.grade(), Grade::kRefuted) << result.summary;
}

TEST_F(Sensitivity, decision_that_moves_away_from_what_is_right_is_not_sensitive) {
  const ClaimResult result = claim("sensitive", moved_by(-2, 0));
  EXPECT_EQ(result.grade(), Grade::kRefuted);
  EXPECT_THAT(result.details["follows"].get<std::string>(), HasSubstr("away from what is right"));
}

TEST_F(Sensitivity, surface_that_moves_more_than_the_meaning_is_what_is_followed) {
  const ClaimResult result = claim("sensitive", moved_by(1, 3));
  EXPECT_EQ(result.details["follows"], "surface");
  EXPECT_EQ(result.details["surface"][0]["slot"], "name");
  EXPECT_EQ(result.details["surface"][0]["pairs"], 48) << "6 pairs of names, 4 wordings, 2 meanings";
  EXPECT_NEAR(result.details["surface"][0]["size"], 3.0 * (3 + 2 * 2 + 3) / 6, 1e-5);
  EXPECT_NEAR(result.details["surface"][1]["size"], 0, 1e-6);
}

TEST_F(Sensitivity, layers_are_found_where_they_were_built) {
  const ClaimResult result = claim("sensitive", moved_by(2, 0));
  EXPECT_EQ(result.details["layers"]["probe_folds"], 16);
  EXPECT_EQ(result.details["layers"]["decoded_until_at_decision"], 3);
  EXPECT_EQ(result.details["layers"]["by_layer"][1]["decoded_at_decision"], 0.5) << "not there before layer 2";
  EXPECT_EQ(result.details["layers"]["by_layer"][2]["decoded_at_decision"], 1);
  EXPECT_EQ(result.details["layers"]["patching_without_effect_from"], 2);
  EXPECT_NEAR(result.details["layers"]["by_layer"][0]["patch_towards_partner"], 2, 1e-6);
  EXPECT_THAT(result.summary, HasSubstr("patching without effect from layer 2"));
}

TEST_F(Sensitivity, what_is_never_read_is_decoded_nowhere) {
  static_cast<void>(claim("insensitive", moved_by(0, 1)));
  network->moved = kLayers, network->attribute_stays = false;
  const ClaimResult result = claim("insensitive", moved_by(0, 1));
  EXPECT_TRUE(result.details["layers"]["decoded_until_at_decision"].is_null());
  EXPECT_TRUE(result.details["layers"]["decoded_until_at_attribute"].is_null());
  EXPECT_EQ(result.details["layers"]["patching_without_effect_from"], 0) << "a contrast that moves nothing";
}

TEST_F(Sensitivity, too_few_names_and_wordings_leave_decoding_undecided) {
  replace("\"a\", \"b\", \"c\", \"d\"", "\"a\", \"b\"");
  const ClaimResult result = claim("sensitive", moved_by(2, 0));
  EXPECT_EQ(result.details["layers"]["enough_folds"], false);
  EXPECT_THAT(result.summary, HasSubstr("decoded at the decision until (undecided: too few names and wordings)"));
}

TEST_F(Sensitivity, meaning_is_what_the_solver_says) {
  const ClaimResult result = claim("sensitive", moved_by(2, 0));
  EXPECT_EQ(result.details["labels"]["right_symbol"], (Json{{"completions", 8}, {"meet_the_reference", 8}, {"refuted", 0}, {"undecided", 0}}))
      << "four names, two meanings; wordings are comments";
  EXPECT_EQ(result.details["labels"]["other_symbol"]["refuted"], 8);
  EXPECT_EQ(result.details["labels"]["references_differ"][0]["differ"], true);
}

TEST_F(Sensitivity, other_symbol_is_doomed_only_if_no_completion_behind_it_is_right) {
  const Json doomed = claim("sensitive", moved_by(2, 0)).details["labels"]["other_symbol"]["where_refuted"];
  EXPECT_EQ(doomed["doomed"], 8) << doomed;
  EXPECT_GT(doomed["most_completions"], 0);
  replace("\"+\", \"*\"", "\"+\", \"-\"");
  replace("\"sum\", \"product\"", "\"next\", \"previous\"");
  replace("\" y;\\n}\\n\", \" y;\\n}\\n\"", "\" 1;\\n}\\n\", \" 1;\\n}\\n\"");
  references =
      "//@ requires x >= -100 && x <= 100;\nint next(int x, int y) { return x + 1; }\n"
      "//@ requires x >= -100 && x <= 100;\nint previous(int x, int y) { return x - 1; }\n";
  const Json completable = claim("sensitive", moved_by(2, 0)).details["labels"]["other_symbol"]["where_refuted"];
  EXPECT_EQ(completable["still_completable"], 8) << completable;
  EXPECT_EQ(completable["doomed"], 0);
  EXPECT_EQ(completable["example"], "`-1` for `1`") << "x - -1 is x + 1";
}

TEST_F(Sensitivity, program_that_the_references_contradict_is_an_error_with_a_witness) {
  function = "negated";
  EXPECT_THAT(error(), HasSubstr("the program calls '+' right on attribute=p, name=a, wording=., and the completed function is wrong: on "));
}

TEST_F(Sensitivity, references_that_mean_the_same_are_no_contrast) {
  references.replace(references.find("y * x"), 5, "y + x");
  EXPECT_THAT(error(), HasSubstr("the program calls '*' right on attribute=p, name=a, wording=., and the completed function is wrong"));
  replace("rest = [\" y;\\n}\\n\", \" y;\\n}\\n\"]", "");
  EXPECT_THAT(error(), HasSubstr("'sum' and 'product' mean the same"));
}

TEST_F(Sensitivity, slot_that_changes_the_code_before_the_decision_needs_no_other_reference) {
  replace("return ${name}", "return ${attribute} ${name}");
  replace("\"s\", \"p\"", "\"+\", \"-\"");
  replace("rest = [\" y;\\n}\\n\", \" y;\\n}\\n\"]", "rest = [\" 0 * y;\\n}\\n\", \" -1;\\n}\\n\"]");
  replace("\"sum\", \"product\"", "\"same\", \"same\"");
  references = "//@ requires x >= -100 && x <= 100;\nint same(int x, int y) { return x; }\n";
  const ClaimResult result = claim("sensitive", moved_by(0, 0));
  EXPECT_EQ(result.details["labels"]["references_differ"][0]["differ"], false);
  EXPECT_EQ(result.details["labels"]["other_symbol"]["refuted"], 8) << result.summary;
}

TEST_F(Sensitivity, attribute_without_a_contrast_is_vacuous) {
  task = task.substr(0, task.find("[code]"));
  function = "always";
  const ClaimResult result = claim("sensitive", moved_by(2, 0));
  EXPECT_EQ(result.grade(), Grade::kVacuous);
  EXPECT_THAT(result.summary, HasSubstr("no two prompts that differ in slot 'attribute' alone ask for different symbols"));
}

TEST_F(Sensitivity, texts_of_different_lengths_are_unsupported_and_named) {
  replace("\"s\", \"p\"", "\"s\", \"pp\"");
  const ClaimResult result = claim("insensitive", moved_by(0, 0));
  EXPECT_EQ(result.grade(), Grade::kUnsupported);
  EXPECT_THAT(result.summary, HasSubstr("none of 16 pairs that differ in slot 'attribute' alone has one length: \"s\""));
  EXPECT_THAT(result.summary, HasSubstr("\"pp\""));
}

TEST_F(Sensitivity, surface_pairs_of_different_lengths_are_counted) {
  replace("\".\", \"!\", \"?\", \";\"", "\".\", \"!\", \"?\", \";;\"");
  const ClaimResult result = claim("sensitive", moved_by(2, 0));
  EXPECT_EQ(result.details["surface"][1]["other_length"], 24) << "3 pairs of wordings, 4 names, 2 meanings";
  EXPECT_EQ(result.details["surface"][1]["pairs"], 24);
}

TEST_F(Sensitivity, slot_that_is_not_there_names_the_nearest) {
  EXPECT_THAT(hypothesis("sensitive", moved_by(2, 0), "").claims.size(), 1U);
  const std::string file = workspace.write("h.hypothesis.toml",
                                           "task = \"combine.task.toml\"\nprogram = { file = \"rule.c\", function = \"demanded\" }\n[[claim]]\nkind "
                                           "= \"sensitive\"\nslot = \"atribute\"\n");
  EXPECT_THAT(verify({file}, {}, store, cache, workspace.session).hypotheses[0].error->to_string(), HasSubstr("did you mean 'attribute'?"));
}

TEST_F(Sensitivity, faithfulness_is_not_reported_where_the_contrast_hardly_moves_the_metric) {
  workspace.write("maximum.task.toml", testing::kMaximumTask);
  workspace.write("maximum.c", testing::kMaximumProgram);
  class Faint : public LayeredNetwork {
   public:
    Faint() : LayeredNetwork(moved_by(0, 0)) {}
    Result<std::vector<std::vector<circuits::Answer>>> answers(std::span<const Tokens> sequences,
                                                               std::span<const std::vector<std::int32_t>> positions, const circuits::Readout&,
                                                               bool) override {
      std::vector<std::vector<circuits::Answer>> all;
      for (std::size_t i = 0; i < sequences.size(); ++i)
        for (all.emplace_back(); all.back().size() < positions[i].size();) all.back().push_back({sequences[i].back(), 0, 1});
      return all;
    }
  };
  store.put(workspace.path("model"), std::make_unique<Faint>());
  const std::string file = workspace.write(
      "f.hypothesis.toml",
      "task = \"maximum.task.toml\"\nprogram = { file = \"maximum.c\", function = \"maximum\" }\n[circuit]\nfind = { method = \"eap\", edges = 4 "
      "}\n[[claim]]\nkind = \"faithfulness\"\nablations = [\"resample\"]\n");
  const HypothesisResult result = verify({file}, {}, store, cache, workspace.session).hypotheses[0];
  ASSERT_FALSE(result.error) << result.error->to_string();
  EXPECT_EQ(result.claims[0].grade(), Grade::kUnknown) << result.claims[0].summary;
  EXPECT_THAT(result.claims[0].summary, HasSubstr("insensitive: the contrast moves the logit difference by 0.100, less than 0.3"));
}

}  // namespace
}  // namespace assay::analysis
