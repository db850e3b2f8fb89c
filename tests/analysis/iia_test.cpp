#include <gmock/gmock.h>

#include "analysis/claims/interchange.h"
#include "analysis/claims/verify.h"
#include "tests/analysis/fake_network.h"
#include "tests/analysis/workspace.h"

namespace assay::analysis {
namespace {

using circuits::Answer;
using ::testing::HasSubstr;
using testing::FakeNetwork;
using testing::kMaximumProgram;
using testing::kMaximumTask;
using testing::Workspace;

std::int64_t maximum(std::span<const TokenId> prefix) {
  std::int64_t best = 0;
  for (const TokenId token : prefix)
    if (token < 4) best = std::max<std::int64_t>(best, token);
  return best;
}

struct Iia : ::testing::Test {
  Workspace workspace;
  NetworkStore store;
  Cache cache = *Cache::open("");
  VerifyOptions options;
  std::string align = "[[align]]\nvariable = \"maximum.read.best\"\nsite = \"resid_mid.0\"\nposition = \"last\"\n";

  void use(FakeNetwork::Read read, FakeNetwork::Compute compute) {
    workspace.write("maximum.task.toml", kMaximumTask);
    workspace.write("maximum.c", kMaximumProgram);
    store.put(workspace.path("model"), std::make_unique<FakeNetwork>(std::move(read), std::move(compute)));
  }
  /// The running maximum sits at resid_mid.0 and nowhere else.
  void use_exact() {
    use(maximum, [](std::span<const TokenId> prefix, std::optional<std::int64_t> hidden) { return Answer{static_cast<TokenId>(hidden.value_or(maximum(prefix))), 0, 2}; });
  }
  ClaimResult claim(const std::string& keys) {
    const std::string file = workspace.write("h.hypothesis.toml", "task = \"maximum.task.toml\"\nprogram = { file = \"maximum.c\", function = \"maximum\" }\n" + align + "[[claim]]\nkind = \"iia\"\n" + keys);
    const HypothesisResult result = verify({file}, options, store, cache, workspace.session).hypotheses[0];
    EXPECT_FALSE(result.error) << result.error->to_string();
    return result.claims.empty() ? ClaimResult{} : result.claims[0];
  }
};

TEST_F(Iia, variable_at_its_site_is_proved_over_all_pairs) {
  use_exact();
  const ClaimResult result = claim("");
  EXPECT_EQ(result.grade(), Grade::kProved) << result.summary;
  const Json& best = result.details["alignments"]["best"];
  // 84 inputs, each a base; sources are distinct prefixes, here all 84.
  EXPECT_EQ(best["changing"]["pairs"].get<int>() + best["unchanged"]["pairs"].get<int>(), 84 * 84);
  EXPECT_EQ(best["changing"]["rate"], 1);
  EXPECT_EQ(best["equal_in_variable"]["rate"], 1);
  EXPECT_EQ(best["raised"]["pairs"], best["lowered"]["pairs"]);
  EXPECT_EQ(best["controls"]["no_swap"]["changing"]["rate"], 0);
  EXPECT_EQ(best["controls"]["no_swap"]["unchanged"]["rate"], 1);
  EXPECT_EQ(best["controls"]["other_site"]["changing"]["rate"], 0);
}

TEST_F(Iia, pair_that_hangs_on_rounding_keeps_the_claim_below_proved) {
  use(maximum, [](std::span<const TokenId> prefix, std::optional<std::int64_t> hidden) {
    return Answer{static_cast<TokenId>(hidden.value_or(maximum(prefix))), 0, prefix.size() == 4 && prefix[1] == 3 && prefix[2] == 3 && prefix[3] == 3 ? 1e-4f : 2.f};
  });
  const ClaimResult result = claim("");
  EXPECT_EQ(result.details["alignments"]["best"]["low_margin_pairs"], 84) << "one base, every source";
  EXPECT_EQ(result.grade(), Grade::kMeasured) << result.summary;
  EXPECT_THAT(result.summary, HasSubstr("hang on rounding"));
}

TEST_F(Iia, inputs_on_which_the_program_is_not_defined_are_counted_and_named) {
  use_exact();
  workspace.write("maximum.c", "int maximum(const int *s, int n) { int best = s[0]; for (int i = 0; i < n; i++) if (s[i] > best) best = s[i];\n //@ label read\n return best + 0 / (s[0] + n - 1); }");
  const ClaimResult result = claim("");
  EXPECT_EQ(result.details["alignments"]["best"]["dropped"]["undefined_inputs"], 1) << "the input 0 alone divides by zero";
  EXPECT_THAT(result.summary, HasSubstr("on which both runs are defined"));
  EXPECT_THAT(result.domain, HasSubstr("on which both runs are defined"));
}

TEST_F(Iia, inputs_that_do_not_reach_the_variable_are_counted) {
  use_exact();
  workspace.write("maximum.c", "int maximum(const int *s, int n) { int best = s[0]; for (int i = 0; i < n; i++) if (s[i] > best) best = s[i];\n if (n > 1) {\n //@ label read\n return best; }\n return best; }");
  const ClaimResult result = claim("");
  EXPECT_EQ(result.details["alignments"]["best"]["dropped"]["unreached"], 4) << "the inputs of one digit";
  EXPECT_THAT(result.assumptions, ::testing::Contains(HasSubstr("does not reach the variable")));
}

TEST_F(Iia, wrong_site_is_refuted_with_a_replayed_pair) {
  use_exact();
  align = "[[align]]\nvariable = \"maximum.read.best\"\nsite = \"resid_pre.0\"\nposition = \"last\"\n";
  const ClaimResult result = claim("");
  EXPECT_EQ(result.grade(), Grade::kRefuted);
  EXPECT_EQ(result.replay, Replay::kAgreed);
  EXPECT_EQ(result.witness["base"], "0");
  EXPECT_EQ(result.witness["source"], "1");
  EXPECT_EQ(result.witness["network_answer"], "0");
  EXPECT_EQ(result.witness["program_answer"], "1");
  EXPECT_EQ(result.details["alignments"]["best"]["unchanged"]["rate"], 1) << "an inert site changes nothing where nothing should change";
}

TEST_F(Iia, inert_variable_is_vacuous) {
  use_exact();
  workspace.write("maximum.c", "int maximum(const int *s, int n) { int best = s[0]; for (int i = 0; i < n; i++) if (s[i] > best) best = s[i]; int unused = n;\n //@ label read\n return best; }");
  align = "[[align]]\nvariable = \"maximum.read.unused\"\nsite = \"resid_mid.0\"\nposition = \"last\"\n";
  const ClaimResult result = claim("");
  EXPECT_EQ(result.grade(), Grade::kVacuous);
  EXPECT_THAT(result.summary, HasSubstr("no pair changes"));
}

TEST_F(Iia, running_variable_is_aligned_at_each_position) {
  use_exact();
  align = "[[align]]\nvariable = \"maximum.step.best\"\nsite = \"resid_mid.0\"\nposition = \"each\"\n";
  // At position i the network holds the maximum so far; later digits are compared with it.
  use(maximum, [](std::span<const TokenId> prefix, std::optional<std::int64_t> hidden) { return Answer{static_cast<TokenId>(hidden.value_or(maximum(prefix))), 0, 2}; });
  const ClaimResult result = claim("");
  // The fake forgets later digits, so a swap at an early position must be refuted: the smallest pair ends one digit later.
  ASSERT_EQ(result.grade(), Grade::kRefuted) << result.summary << result.details.dump(1);
  EXPECT_EQ(result.witness["variables"][0]["visit"], 0);
  EXPECT_EQ(result.witness["base"].get<std::string>().size(), 2u);
}

TEST_F(Iia, sample_whose_interval_straddles_the_threshold_is_unknown) {
  use(maximum, [](std::span<const TokenId> prefix, std::optional<std::int64_t> hidden) {
    const bool slips = hidden && prefix.back() == 0 && prefix.size() == 4;  // 16 of 84 bases ignore the swap
    return Answer{static_cast<TokenId>(slips ? maximum(prefix) : hidden.value_or(maximum(prefix))), 0, 2};
  });
  const ClaimResult exact = claim("threshold = 0.5\n");
  EXPECT_EQ(exact.grade(), Grade::kProved);
  const double rate = exact.details["alignments"]["best"]["changing"]["rate"].get<double>();
  EXPECT_LT(rate, 1);
  const ClaimResult sampled = claim("samples = 60\nthreshold = " + std::to_string(rate) + "\n");
  EXPECT_EQ(sampled.grade(), Grade::kUnknown);
  EXPECT_THAT(sampled.summary, HasSubstr("straddles"));
  EXPECT_EQ(claim("samples = 2000\nthreshold = 0.5\n").grade(), Grade::kMeasured);
  EXPECT_EQ(claim("samples = 2000\nthreshold = 0.99\n").grade(), Grade::kRefuted);
}

TEST_F(Iia, missing_site_is_searched_on_one_half_and_scored_on_the_other) {
  use_exact();
  align = "[[align]]\nvariable = \"maximum.read.best\"\n";
  const ClaimResult result = claim("threshold = 0.9\n");
  const Json& best = result.details["alignments"]["best"];
  EXPECT_EQ(best["site"], "resid_mid.0");
  EXPECT_EQ(best["position"], "last");
  EXPECT_TRUE(best["held_out"].get<bool>());
  EXPECT_EQ(result.grade(), Grade::kMeasured);
}

TEST_F(Iia, subspace_that_beats_the_full_vector_is_flagged) {
  use(maximum, [](std::span<const TokenId> prefix, std::optional<std::int64_t> hidden) { return Answer{static_cast<TokenId>(hidden.value_or(maximum(prefix))), 0, 2}; });
  align = "[[align]]\nvariable = \"maximum.read.best\"\nsite = \"resid_mid.0\"\nposition = \"last\"\nrank = 1\n";
  const ClaimResult result = claim("");
  EXPECT_EQ(result.details["alignments"]["best"]["rank"], 1);
  EXPECT_TRUE(result.details["alignments"]["best"]["controls"].contains("full_vector"));
  EXPECT_TRUE(result.details["alignments"]["best"]["controls"].contains("random_subspace"));
  EXPECT_FALSE(result.details["alignments"]["best"].contains("flag"));
}

TEST(Wilson, interval_contains_the_rate_and_narrows) {
  const Interval few = wilson({10, 9}), many = wilson({1000, 900});
  EXPECT_NEAR(few.low, 0.5958, 1e-3);  // Brown, Cai, DasGupta 2001
  EXPECT_NEAR(few.high, 0.9821, 1e-3);
  EXPECT_LT(many.high - many.low, few.high - few.low);
  EXPECT_LT(wilson({50, 50}).low, 1);
}

}  // namespace
}  // namespace assay::analysis
