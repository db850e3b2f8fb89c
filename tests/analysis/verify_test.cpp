#include "analysis/claims/verify.h"

#include <gmock/gmock.h>

#include <fstream>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "tests/analysis/fake_network.h"
#include "tests/analysis/workspace.h"

namespace assay::analysis {
namespace {

using circuits::Answer;
using testing::FakeNetwork;
using ::testing::HasSubstr;
using testing::kMaximumProgram;
using testing::kMaximumTask;
using testing::Workspace;

/// Tokens 0..3 are digits, 4 is <bos>.
std::int64_t maximum(std::span<const TokenId> prefix) {
  std::int64_t best = 0;
  for (const TokenId token : prefix)
    if (token < 4) best = std::max<std::int64_t>(best, token);
  return best;
}

Answer answer(std::int64_t token, float margin = 2) { return {static_cast<TokenId>(token), 0, margin}; }

struct Verify : ::testing::Test {
  Workspace workspace;
  NetworkStore store;
  Cache cache = *Cache::open("");
  VerifyOptions options;
  FakeNetwork* network = nullptr;

  void SetUp() override {
    workspace.write("maximum.task.toml", kMaximumTask);
    workspace.write("maximum.c", kMaximumProgram);
    options.replay_natively = false;
  }
  void use(FakeNetwork::Compute compute) {
    auto fake = std::make_unique<FakeNetwork>(maximum, std::move(compute));
    network = fake.get();
    store.put(workspace.path("model"), std::move(fake));
  }
  void use_exact() {
    use([](std::span<const TokenId> prefix, std::optional<std::int64_t> hidden) { return answer(hidden.value_or(maximum(prefix))); });
  }
  std::string hypothesis(const std::string& function, const std::string& rest) {
    return workspace.write(function + ".hypothesis.toml",
                           "task = \"maximum.task.toml\"\nprogram = { file = \"maximum.c\", function = \"" + function + "\" }\n" + rest);
  }
  HypothesisResult check(const std::string& function, const std::string& rest) {
    return verify({hypothesis(function, rest)}, options, store, cache, workspace.session).hypotheses[0];
  }
  ClaimResult claim(const std::string& function, const std::string& rest) {
    const HypothesisResult result = check(function, rest);
    EXPECT_FALSE(result.error) << result.error->to_string();
    return result.claims.empty() ? ClaimResult{} : result.claims[0];
  }
  std::string error(const std::string& function, const std::string& rest) {
    const HypothesisResult result = check(function, rest);
    return result.error ? result.error->to_string() : "no error";
  }
};

const char* const kEqual = "[[claim]]\nkind = \"network_equals_program\"\nextend = \"none\"\n";

TEST_F(Verify, network_that_computes_the_program_is_proved_by_enumeration) {
  use_exact();
  const ClaimResult result = claim("maximum", kEqual);
  EXPECT_EQ(result.grade(), Grade::kProved);
  EXPECT_EQ(result.details["inputs"], 4 + 16 + 64);
  EXPECT_EQ(result.details["margin"]["smallest"], 2);
}

TEST_F(Verify, one_wrong_input_refutes_with_the_smallest_witness_replayed) {
  use([](std::span<const TokenId> prefix, std::optional<std::int64_t>) {
    const bool wrong = prefix.size() >= 3 && prefix[1] == 2 && prefix[2] == 1;  // wrong on 21, 210, 211, 212, 213
    return answer(wrong ? 0 : maximum(prefix));
  });
  const ClaimResult result = claim("maximum", kEqual);
  EXPECT_EQ(result.grade(), Grade::kRefuted);
  EXPECT_EQ(result.details["disagreements"], 5);
  EXPECT_EQ(result.witness["input"], "21");
  EXPECT_EQ(result.witness["network_answer"], "0");
  EXPECT_EQ(result.witness["program_answer"], "2");
  EXPECT_EQ(result.replay, Replay::kAgreed);
}

TEST_F(Verify, tie_for_the_best_logit_fails) {
  use([](std::span<const TokenId> prefix, std::optional<std::int64_t>) {
    return answer(maximum(prefix), prefix.size() == 4 && prefix[3] == 3 && prefix[1] == 3 ? 0.f : 1.f);
  });
  const ClaimResult result = claim("maximum", kEqual);
  EXPECT_EQ(result.grade(), Grade::kRefuted);
  EXPECT_EQ(result.details["ties"], 4);
  EXPECT_THAT(result.summary, HasSubstr("(tie)"));
}

TEST_F(Verify, small_margin_that_changes_in_float64_is_not_proved) {
  const auto compute = [](std::span<const TokenId> prefix, std::optional<std::int64_t>) {
    return answer(maximum(prefix), prefix.size() == 2 ? 1e-4f : 1.f);
  };
  use(compute);
  EXPECT_EQ(claim("maximum", kEqual).grade(), Grade::kProved);  // float64 agrees
  use(compute);
  network->hash = "other";
  network->compute64 = [](std::span<const TokenId> prefix, std::optional<std::int64_t>) { return answer(prefix[1] == 2 ? 3 : maximum(prefix)); };
  cache = *Cache::open("");
  const ClaimResult result = claim("maximum", std::string(kEqual) + "id = \"again\"\n");
  EXPECT_EQ(result.grade(), Grade::kUnknown);
  EXPECT_EQ(result.details["margin"]["changed_in_float64"], 1);
}

TEST_F(Verify, endless_loop_in_a_program_is_reported_with_its_place) {
  use_exact();
  const ClaimResult result = claim("endless", kEqual);
  EXPECT_EQ(result.grade(), Grade::kRefuted);
  EXPECT_THAT(result.summary, HasSubstr("endless loop at"));
  EXPECT_THAT(result.summary, HasSubstr("maximum.c:2"));
}

TEST_F(Verify, extension_stops_at_the_first_failure) {
  use([](std::span<const TokenId> prefix, std::optional<std::int64_t>) { return answer(prefix.size() > 5 ? 0 : maximum(prefix)); });
  const ClaimResult result = claim("maximum", "[[claim]]\nkind = \"network_equals_program\"\n");
  EXPECT_EQ(result.grade(), Grade::kProved);
  const Json& steps = result.details["extension"]["steps"];
  ASSERT_EQ(steps.size(), 2u);
  EXPECT_TRUE(steps[0]["holds"].get<bool>());
  EXPECT_EQ(steps[0]["checked"], 256);
  EXPECT_FALSE(steps[1]["holds"].get<bool>());
  EXPECT_EQ(steps[1]["witness"]["input"], "00001");
}

TEST_F(Verify, end_of_the_position_table_is_unsupported_not_a_failure) {
  auto fake =
      std::make_unique<FakeNetwork>(maximum, [](std::span<const TokenId> prefix, std::optional<std::int64_t>) { return answer(maximum(prefix)); }, 5);
  store.put(workspace.path("model"), std::move(fake));
  const ClaimResult result = claim("maximum", "[[claim]]\nkind = \"network_equals_program\"\n");
  EXPECT_EQ(result.grade(), Grade::kProved);
  EXPECT_THAT(result.details["extension"]["ended"].get<std::string>(), HasSubstr("unsupported: the position table ends at 5"));
}

TEST_F(Verify, hypotheses_of_one_network_share_its_outputs) {
  use_exact();
  const std::vector<std::string> files = {hypothesis("maximum", kEqual), hypothesis("minimum", kEqual), hypothesis("last", kEqual)};
  const Verification result = verify(files, options, store, cache, workspace.session);
  EXPECT_EQ(network->runs, 1);
  EXPECT_EQ(result.hypotheses[1].claims[0].grade(), Grade::kRefuted);
  EXPECT_EQ(result.exit_code(), 1);
}

TEST_F(Verify, hypotheses_of_several_networks_are_checked_side_by_side_with_the_verdicts_of_each_alone) {
  std::vector<std::string> files;
  for (const int wrong_from : {0, 1, 2, 3, 9}) {  // the network of `wrong_from` 0 is wrong everywhere, that of 9 nowhere
    const std::string folder = "of" + std::to_string(wrong_from);
    const auto compute = [wrong_from](std::span<const TokenId> prefix, std::optional<std::int64_t>) {
      const std::int64_t best = maximum(prefix);
      return answer(best >= wrong_from ? (best + 1) % 4 : best);
    };
    store.put(workspace.path(folder + "/model"), std::make_unique<FakeNetwork>(maximum, compute));
    workspace.write(folder + "/maximum.task.toml", kMaximumTask);
    workspace.write(folder + "/maximum.c", kMaximumProgram);
    files.push_back(
        workspace.write(folder + "/m.hypothesis.toml",
                        std::string("task = \"maximum.task.toml\"\nprogram = { file = \"maximum.c\", function = \"maximum\" }\n") + kEqual));
  }
  const auto disagreements = [&](const std::vector<std::string>& some, int threads) {
    Session session{workspace.session.progress, workspace.session.stop, {}, threads};
    Cache none = *Cache::open("");
    std::vector<std::uint64_t> found;
    for (const HypothesisResult& result : verify(some, options, store, none, session).hypotheses) {
      EXPECT_FALSE(result.error) << result.error->to_string();
      found.push_back(result.claims[0].details["disagreements"]);
    }
    return found;
  };
  std::vector<std::uint64_t> alone;
  for (const std::string& file : files) alone.push_back(disagreements({file}, 1)[0]);
  EXPECT_EQ(alone, (std::vector<std::uint64_t>{84, 81, 70, 45, 0}));
  for (const int threads : {1, 2, 4}) EXPECT_EQ(disagreements(files, threads), alone) << threads;
}

TEST_F(Verify, finished_claims_are_cached_and_give_the_same_bytes) {
  use_exact();
  cache = *Cache::open(workspace.path("cache.sqlite"));
  const std::vector<std::string> files = {hypothesis("maximum", kEqual)};
  Json first = to_json(verify(files, options, store, cache, workspace.session));
  const Verification again = verify(files, options, store, cache, workspace.session);
  Json second = to_json(again);
  EXPECT_TRUE(again.hypotheses[0].claims[0].from_cache);
  first.erase("timing");
  second.erase("timing");
  EXPECT_EQ(first.dump(), second.dump());
}

TEST_F(Verify, interruption_ends_cleanly_and_the_next_run_finishes) {
  cache = *Cache::open(workspace.path("cache.sqlite"));
  use([&](std::span<const TokenId> prefix, std::optional<std::int64_t>) {
    workspace.stop = true;
    return answer(maximum(prefix));
  });
  const std::vector<std::string> files = {hypothesis("maximum", kEqual), hypothesis("minimum", kEqual)};
  const Verification interrupted = verify(files, options, store, cache, workspace.session);
  EXPECT_TRUE(interrupted.interrupted);
  EXPECT_EQ(interrupted.hypotheses.size(), 2u);
  EXPECT_EQ(interrupted.hypotheses[1].error->kind, ErrorKind::kCancelled);
  EXPECT_TRUE(interrupted.hypotheses[0].claims.empty());
  EXPECT_EQ(interrupted.exit_code(), 3);
  workspace.stop = false;
  use_exact();
  EXPECT_EQ(verify(files, options, store, cache, workspace.session).hypotheses[0].claims[0].grade(), Grade::kProved);
}

TEST_F(Verify, expectations_decide_the_exit_code) {
  use_exact();
  const auto exit_of = [&](const std::string& function, const std::string& expect) {
    return verify({hypothesis(function, std::string(kEqual) + "expect = \"" + expect + "\"\n")}, options, store, cache, workspace.session)
        .exit_code();
  };
  EXPECT_EQ(exit_of("minimum", "refuted"), 0);
  EXPECT_EQ(exit_of("minimum", "proved"), 1);
  EXPECT_EQ(exit_of("maximum", "proved"), 0);
  EXPECT_EQ(exit_of("maximum", "refuted"), 1);
}

TEST_F(Verify, expected_verdict_files_are_compared) {
  use_exact();
  Verification found = verify({hypothesis("maximum", kEqual)}, options, store, cache, workspace.session);
  ASSERT_TRUE(write_expected(found));
  compare_with_expected(found);
  EXPECT_TRUE(found.unexpected.empty());
  workspace.write("expected.json",
                  R"({"version": 1, "claims": {"maximum/network_equals_program": "refuted by witness", "maximum/iia": "proved by enumeration"}})");
  compare_with_expected(found);
  ASSERT_EQ(found.unexpected.size(), 2u);
  EXPECT_THAT(found.unexpected[0], HasSubstr("expected refuted by witness, found proved by enumeration"));
  EXPECT_THAT(found.unexpected[1], HasSubstr("maximum/iia: was not checked"));
  EXPECT_EQ(found.exit_code(), 1);
}

TEST_F(Verify, a_hypothesis_that_did_not_come_to_its_end_is_not_compared) {
  use_exact();
  workspace.write("expected.json",
                  R"({"version": 1, "claims": {"maximum/network_equals_program": "proved by enumeration", "maximum/iia": "proved by enumeration"}})");
  Verification found = verify({hypothesis("maximum", kEqual)}, options, store, cache, workspace.session);
  found.hypotheses[0].error = Error{ErrorKind::kCancelled, "interrupted", ""};
  compare_with_expected(found);
  EXPECT_TRUE(found.unexpected.empty()) << "iia was not checked because of the interruption: " << found.unexpected[0];
}

TEST_F(Verify, verdicts_are_cached_by_everything_they_depend_on) {
  cache = *Cache::open(workspace.path("cache.sqlite"));
  use_exact();
  const std::string file = hypothesis("maximum", kEqual);
  const auto cached = [&] { return verify({file}, options, store, cache, workspace.session).hypotheses[0].claims.at(0).from_cache; };
  EXPECT_FALSE(cached());
  EXPECT_TRUE(cached());
  for (const char* changed : {"model/config.json", "model/model.safetensors", "model/vocab.json"}) {
    workspace.write(changed, "{}");
    EXPECT_FALSE(cached()) << changed;
    EXPECT_TRUE(cached()) << changed;
  }
  workspace.write("maximum.c", std::string(kMaximumProgram) + "// changed\n");
  EXPECT_FALSE(cached());
  workspace.write("maximum.task.toml", std::string(kMaximumTask) + "[trained]\npositions = 9\n");
  EXPECT_FALSE(cached());
  options.deep = true;
  EXPECT_FALSE(cached());
  workspace.session.budget.unroll = 5;
  EXPECT_FALSE(cached());
}

TEST_F(Verify, an_error_in_one_hypothesis_leaves_the_others_alone) {
  use_exact();
  workspace.write("broken.hypothesis.toml", "task = \"nowhere.task.toml\"\n");
  const Verification result =
      verify({workspace.path("broken.hypothesis.toml"), hypothesis("maximum", kEqual)}, options, store, cache, workspace.session);
  EXPECT_EQ(result.hypotheses[0].error->kind, ErrorKind::kInput);
  EXPECT_EQ(result.hypotheses[1].claims[0].grade(), Grade::kProved);
  EXPECT_EQ(result.exit_code(), 2);
}

TEST_F(Verify, domain_that_is_too_large_is_refused_with_its_size) {
  use_exact();
  const ClaimResult result = claim("maximum", "[domain]\nmax_length = 20\n" + std::string(kEqual));
  EXPECT_EQ(result.grade(), Grade::kUnknown);
  EXPECT_THAT(result.summary, HasSubstr("1.466e+12 inputs"));
}

TEST_F(Verify, bad_hypotheses_name_the_nearest_right_word) {
  use_exact();
  const std::string align = "[[align]]\nvariable = \"maximum.read.best\"\nsite = \"resid_mid.0\"\nposition = \"last\"\n";
  const std::string iia = "[[claim]]\nkind = \"iia\"\n";
  EXPECT_THAT(error("maximum", "[[claim]]\nkind = \"network_equal_program\"\n"), HasSubstr("network_equals_program"));
  EXPECT_THAT(error("maximum", "[[clam]]\nkind = \"iia\"\n"), HasSubstr("did you mean 'claim'"));
  EXPECT_THAT(error("maximun", kEqual), HasSubstr("did you mean 'maximum'"));
  EXPECT_THAT(error("maximum", "[[align]]\nvariable = \"maximum.raed.best\"\nsite = \"resid_mid.0\"\nposition = \"last\"\n" + iia),
              HasSubstr("read"));
  EXPECT_THAT(error("maximum", "[[align]]\nvariable = \"maximum.read.bast\"\nsite = \"resid_mid.0\"\nposition = \"last\"\n" + iia),
              HasSubstr("best"));
  EXPECT_THAT(error("maximum", "[[align]]\nvariable = \"maximum.read.best\"\nsite = \"resid_mid.7\"\nposition = \"last\"\n" + iia),
              HasSubstr("resid_mid.0"));
  EXPECT_THAT(error("maximum", "[[align]]\nvariable = \"maximum.read.best\"\nsite = \"resid_mid.0\"\nposition = \"lats\"\n" + iia),
              HasSubstr("did you mean 'last'"));
  EXPECT_THAT(error("maximum", align + iia + "variables = [\"bets\"]\n"), HasSubstr("did you mean 'best'"));
  workspace.write("maximum.c", "int maximum(const int *s, int n) { return s[0] +; }");
  EXPECT_THAT(error("maximum", kEqual), HasSubstr("expected expression"));
  EXPECT_EQ(verify({workspace.path("maximum.hypothesis.toml")}, options, store, cache, workspace.session).exit_code(), 2);
}

TEST_F(Verify, folders_are_searched_and_empty_ones_refused) {
  hypothesis("maximum", kEqual);
  workspace.write("deeper/b.hypothesis.toml", "");
  EXPECT_EQ(find_hypotheses({workspace.folder.path()})->size(), 2u);
  EXPECT_THAT(find_hypotheses({workspace.path("none")}).error().message, HasSubstr("does not exist"));
  std::filesystem::create_directories(workspace.path("empty"));
  EXPECT_THAT(find_hypotheses({workspace.path("empty")}).error().message, HasSubstr("holds no"));
}

TEST_F(Verify, result_validates_against_the_published_schema_and_names_the_weakest_link) {
  use_exact();
  workspace.write("broken.hypothesis.toml", "tsk = 1\n");
  const std::string rest = "[[align]]\nvariable = \"maximum.read.best\"\nsite = \"resid_mid.0\"\nposition = \"last\"\n" + std::string(kEqual) +
                           "[[claim]]\nkind = \"iia\"\nexpect = \"proved\"\n";
  const Verification result = verify({hypothesis("maximum", rest), hypothesis("minimum", kEqual), workspace.path("broken.hypothesis.toml")}, options,
                                     store, cache, workspace.session);
  const Json json = to_json(result);
  std::ifstream file(std::string(ASSAY_SOURCE_DIR) + "/docs/result.schema.json");
  const Json schema_json = Json::parse(file);
  valijson::Schema schema;
  valijson::SchemaParser parser;
  valijson::adapters::NlohmannJsonAdapter schema_adapter(schema_json), target(json);
  parser.populateSchema(schema_adapter, schema);
  valijson::Validator validator;
  valijson::ValidationResults errors;
  const bool valid = validator.validate(schema, target, &errors);
  valijson::ValidationResults::Error error;
  while (errors.popError(error)) ADD_FAILURE() << (error.context.empty() ? "" : error.context.back()) << ": " << error.description;
  EXPECT_TRUE(valid);
  EXPECT_EQ(json["headline"]["grade"], "refuted");
  EXPECT_EQ(json["headline"]["link"], 2);
  EXPECT_EQ(json["hypotheses"][0]["attention"].size(), 4u);
  EXPECT_THAT(to_junit(result), HasSubstr("<failure message=\"refuted\""));
  Json broken = json;
  broken["hypotheses"][0]["claims"][0]["grade"] = "certain";
  valijson::adapters::NlohmannJsonAdapter wrong(broken);
  EXPECT_FALSE(validator.validate(schema, wrong, nullptr));
}

}  // namespace
}  // namespace assay::analysis
