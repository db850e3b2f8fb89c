#include <gmock/gmock.h>

#include "analysis/claims/interchange.h"
#include "analysis/claims/verify.h"
#include "tests/analysis/adder.h"

namespace assay::analysis {
namespace {

using circuits::Answer;
using testing::FakeNetwork;
using ::testing::HasSubstr;
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
    use(maximum, [](std::span<const TokenId> prefix, std::optional<std::int64_t> hidden) {
      return Answer{static_cast<TokenId>(hidden.value_or(maximum(prefix))), 0, 2};
    });
  }
  ClaimResult claim(const std::string& keys) {
    const std::string file =
        workspace.write("h.hypothesis.toml", "task = \"maximum.task.toml\"\nprogram = { file = \"maximum.c\", function = \"maximum\" }\n" + align +
                                                 "[[claim]]\nkind = \"iia\"\n" + keys);
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
    return Answer{static_cast<TokenId>(hidden.value_or(maximum(prefix))), 0,
                  prefix.size() == 4 && prefix[1] == 3 && prefix[2] == 3 && prefix[3] == 3 ? 1e-4f : 2.f};
  });
  const ClaimResult result = claim("");
  EXPECT_EQ(result.details["alignments"]["best"]["low_margin_pairs"], 84) << "one base, every source";
  EXPECT_EQ(result.grade(), Grade::kMeasured) << result.summary;
  EXPECT_THAT(result.summary, HasSubstr("hang on rounding"));
}

TEST_F(Iia, inputs_on_which_the_program_is_not_defined_are_counted_and_named) {
  use_exact();
  workspace.write("maximum.c",
                  "int maximum(const int *s, int n) { int best = s[0]; for (int i = 0; i < n; i++) if (s[i] > best) best = s[i];\n //@ label read\n "
                  "return best + 0 / (s[0] + n - 1); }");
  const ClaimResult result = claim("");
  EXPECT_EQ(result.details["alignments"]["best"]["dropped"]["undefined_inputs"], 1) << "the input 0 alone divides by zero";
  EXPECT_THAT(result.summary, HasSubstr("on which both runs are defined"));
  EXPECT_THAT(result.domain, HasSubstr("on which both runs are defined"));
}

TEST_F(Iia, inputs_that_do_not_reach_the_variable_are_counted) {
  use_exact();
  workspace.write("maximum.c",
                  "int maximum(const int *s, int n) { int best = s[0]; for (int i = 0; i < n; i++) if (s[i] > best) best = s[i];\n if (n > 1) {\n "
                  "//@ label read\n return best; }\n return best; }");
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
  workspace.write("maximum.c",
                  "int maximum(const int *s, int n) { int best = s[0]; for (int i = 0; i < n; i++) if (s[i] > best) best = s[i]; int unused = n;\n "
                  "//@ label read\n return best; }");
  align = "[[align]]\nvariable = \"maximum.read.unused\"\nsite = \"resid_mid.0\"\nposition = \"last\"\n";
  const ClaimResult result = claim("");
  EXPECT_EQ(result.grade(), Grade::kVacuous);
  EXPECT_THAT(result.summary, HasSubstr("no pair changes"));
}

TEST_F(Iia, running_variable_is_aligned_at_each_position) {
  use_exact();
  align = "[[align]]\nvariable = \"maximum.step.best\"\nsite = \"resid_mid.0\"\nposition = \"each\"\n";
  // At position i the network holds the maximum so far; later digits are compared with it.
  use(maximum, [](std::span<const TokenId> prefix, std::optional<std::int64_t> hidden) {
    return Answer{static_cast<TokenId>(hidden.value_or(maximum(prefix))), 0, 2};
  });
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
  use(maximum, [](std::span<const TokenId> prefix, std::optional<std::int64_t> hidden) {
    return Answer{static_cast<TokenId>(hidden.value_or(maximum(prefix))), 0, 2};
  });
  align = "[[align]]\nvariable = \"maximum.read.best\"\nsite = \"resid_mid.0\"\nposition = \"last\"\nrank = 1\n";
  const ClaimResult result = claim("");
  EXPECT_EQ(result.details["alignments"]["best"]["rank"], 1);
  EXPECT_TRUE(result.details["alignments"]["best"]["controls"].contains("full_vector"));
  EXPECT_TRUE(result.details["alignments"]["best"]["controls"].contains("random_subspace"));
  EXPECT_FALSE(result.details["alignments"]["best"].contains("flag"));
}

/// Claims about the adder of adder.h, whose variables lie where its author put them.
struct IiaByHand : ::testing::Test {
  Workspace workspace;
  NetworkStore store;
  Cache cache = *Cache::open("");
  VerifyOptions options;
  testing::HandMadeNetwork* network = nullptr;

  static std::string align(const std::string& variable, const std::string& rest) { return "[[align]]\nvariable = \"add." + variable + "\"\n" + rest; }
  const std::string carry = align("added.carry", "site = \"resid_mid.0\"\nposition = \"second\"\n");
  const std::string unit = align("added.unit", "site = \"mlp_out.0\"\nposition = \"equals\"\n");

  void SetUp() override {
    workspace.write("adder.task.toml", testing::kAdderTask);
    workspace.write("adder.c", testing::kAdderProgram);
    use(testing::adder_network());
    store.put(workspace.path("model") + " random 1",
              testing::adder_network([](std::span<const TokenId>, const testing::HandMadeNetwork::Look&) { return Answer{3, 0, 2}; }));
  }
  void use(std::unique_ptr<testing::HandMadeNetwork> made) {
    network = made.get();
    store.put(workspace.path("model"), std::move(made));
  }
  HypothesisResult checked(const std::string& alignments, const std::string& keys) {
    const std::string file =
        workspace.write("h.hypothesis.toml", "task = \"adder.task.toml\"\nprogram = { file = \"adder.c\", function = \"add\" }\n" + alignments +
                                                 "[[claim]]\nkind = \"iia\"\n" + keys);
    return verify({file}, options, store, cache, workspace.session).hypotheses[0];
  }
  ClaimResult claim(const std::string& alignments, const std::string& keys = "") {
    const HypothesisResult result = checked(alignments, keys);
    EXPECT_FALSE(result.error) << result.error->to_string();
    return result.claims.empty() ? ClaimResult{} : result.claims[0];
  }
};

TEST_F(IiaByHand, every_control_is_there_and_says_what_it_should) {
  const ClaimResult result = claim(carry + "rank = 1\n");
  EXPECT_EQ(result.grade(), Grade::kProved) << result.summary;
  const Json& controls = result.details["alignments"]["carry"]["controls"];
  const auto changing = [&](const char* name) { return controls.at(name).at("changing").at("rate").get<double>(); };
  const auto unchanged = [&](const char* name) { return controls.at(name).at("unchanged").at("rate").get<double>(); };
  for (const char* inert : {"no_swap", "random_subspace", "previous_position", "other_site"}) {
    EXPECT_EQ(changing(inert), 0) << inert;
    EXPECT_EQ(unchanged(inert), 1) << inert;
  }
  EXPECT_EQ(changing("full_vector"), 1);
  EXPECT_EQ(unchanged("full_vector"), 1);
  EXPECT_EQ(controls["other_site"]["site"], "resid_pre.0");
  EXPECT_EQ(changing("random_network"), 0) << "it always answers 3 3, which no sum is";
  EXPECT_EQ(unchanged("random_network"), 0);
}

TEST_F(IiaByHand, a_control_that_cannot_be_run_is_named_with_its_reason) {
  workspace.write("adder.c", "int add(int a, int b, int step) {\n //@ label added\n return step == 0 ? a + b >= 4 : (a + b) % 4; }");
  const ClaimResult result = claim(align("added.a", "site = \"resid_mid.0\"\nposition = \"first\"\n"), "seed = 2\n");
  const Json& controls = result.details["alignments"]["a"]["controls"];
  EXPECT_THAT(controls["previous_position"]["not_run"].get<std::string>(), HasSubstr("first token"));
  EXPECT_FALSE(controls["random_network"]["not_run"].get<std::string>().empty()) << "there is no folder with a configuration";
  EXPECT_TRUE(controls["no_swap"].contains("changing"));
}

TEST_F(IiaByHand, both_directions_and_equal_sources_are_reported) {
  const ClaimResult result = claim(carry);
  const Json& found = result.details["alignments"]["carry"];
  EXPECT_EQ(found["raised"]["pairs"], 60);
  EXPECT_EQ(found["lowered"]["pairs"], 60);
  EXPECT_EQ(found["equal_in_variable"]["pairs"], 136);
  EXPECT_EQ(found["equal_in_variable"]["rate"], 1);
  EXPECT_THAT(result.assumptions, ::testing::Contains("carry: every unchanged pair has a source equal in it and different elsewhere"));
  EXPECT_EQ(found["evidence"], "enumeration");
  EXPECT_THAT(result.summary, HasSubstr("IIA 1.0000 changing, 1.0000 unchanged (all 256 pairs)"));
}

TEST_F(IiaByHand, the_right_answer_by_another_road_is_refuted_with_a_pair) {
  use(testing::adder_network(testing::reads_tokens));
  const ClaimResult result = claim(carry);
  EXPECT_EQ(result.grade(), Grade::kRefuted);
  EXPECT_EQ(result.replay, Replay::kAgreed);
  EXPECT_EQ(result.witness["base"], "00=");
  EXPECT_EQ(result.witness["source"], "13=") << "the first whose sum carries";
  EXPECT_EQ(result.witness["network_answer"], "0 0");
  EXPECT_EQ(result.witness["program_answer"], "1 0");
  EXPECT_EQ(result.details["alignments"]["carry"]["unchanged"]["rate"], 1) << "an inert site scores full marks where nothing changes";
}

TEST_F(IiaByHand, a_variable_that_no_answer_depends_on_is_vacuous) {
  const ClaimResult result = claim(align("added.unused", "site = \"resid_mid.0\"\nposition = \"second\"\n"));
  EXPECT_EQ(result.grade(), Grade::kVacuous);
  EXPECT_THAT(result.summary, HasSubstr("no pair changes the program's output"));
}

TEST_F(IiaByHand, several_variables_are_swapped_jointly_too) {
  const ClaimResult result = claim(carry + unit);
  EXPECT_EQ(result.grade(), Grade::kProved) << result.summary;
  const Json& joint = result.details["alignments"]["joint"];
  EXPECT_EQ(joint["variables"], Json({"carry", "unit"}));
  EXPECT_EQ(joint["changing"]["rate"], 1);
  EXPECT_EQ(joint["changing"]["pairs"].get<int>() + joint["unchanged"]["pairs"].get<int>(), 256);
}

TEST_F(IiaByHand, a_joint_swap_has_the_controls_too) {
  const Json controls = claim(carry + unit).details["alignments"]["joint"]["controls"];
  for (const char* inert : {"no_swap", "previous_position", "other_site"})
    EXPECT_LT(controls.at(inert).at("changing").at("rate").get<double>(), 0.5) << inert;
  EXPECT_EQ(controls["other_site"]["sites"], Json({"resid_pre.0", "resid_pre.0"}));
  EXPECT_EQ(controls["random_network"]["changing"]["rate"], 0);
}

TEST_F(IiaByHand, a_variable_in_a_head_is_compared_with_other_heads_and_with_the_whole_token) {
  const auto in_a_head = [](std::span<const TokenId> prefix, const testing::HandMadeNetwork::Look& look) {
    return Answer{static_cast<TokenId>(prefix.size() == 3 ? look("v.0.0", 1) : testing::unit_of(prefix)), 0, 2};
  };
  const std::string head = align("added.carry", "site = \"v.0.0\"\nposition = \"second\"\n");
  for (const int heads : {1, 2}) {
    use(std::make_unique<testing::HandMadeNetwork>(std::map<std::string, FakeNetwork::Read>{{"v.0.0", testing::carry_of}}, in_a_head));
    network->set_heads(heads);
    const ClaimResult result = claim(head, "seed = " + std::to_string(heads) + "\n");
    EXPECT_EQ(result.grade(), Grade::kProved) << result.summary;
    const Json& controls = result.details["alignments"]["carry"]["controls"];
    EXPECT_EQ(controls["whole_token"]["changing"]["rate"], 0) << "here the word itself is read by nobody";
    if (heads == 1) {
      EXPECT_THAT(controls["other_site"]["not_run"].get<std::string>(), HasSubstr("the network has only 0 others"));
    } else {
      EXPECT_EQ(controls["other_site"]["site"], "v.0.1");
      EXPECT_EQ(controls["other_site"]["changing"]["rate"], 0);
    }
  }
}

TEST_F(IiaByHand, sources_equal_in_the_variable_that_change_the_answer_refute_the_claim) {
  workspace.write("adder.c", "int add(int a, int b, int step) {\n int sum = a + b;\n //@ label added\n return step == 0 ? sum >= 4 : 0; }");
  // The site holds the sum and the first digit; `fussy` answers 3 where the sum is its own and the digit is another's.
  const auto sum_and_digit = [](std::span<const TokenId> prefix) { return 4 * (prefix[0] + prefix[1]) + prefix[0]; };
  for (const bool fussy : {false, true}) {
    use(std::make_unique<testing::HandMadeNetwork>(std::map<std::string, FakeNetwork::Read>{{"resid_mid.0", sum_and_digit}},
                                                   [=](std::span<const TokenId> prefix, const testing::HandMadeNetwork::Look& look) {
                                                     if (prefix.size() != 3) return Answer{0, 0, 2};
                                                     const std::int64_t held = look("resid_mid.0", 1), own = sum_and_digit(prefix);
                                                     return Answer{fussy && held / 4 == own / 4 && held != own ? 3 : held / 4 >= 4 ? 1 : 0, 0, 2};
                                                   }));
    const std::string keys = std::string("threshold = 0.7\nid = \"") + (fussy ? "fussy" : "plain") + "\"\n";
    const ClaimResult result = claim(align("added.sum", "site = \"resid_mid.0\"\nposition = \"second\"\n"), keys);
    const Json& found = result.details["alignments"]["sum"];
    EXPECT_EQ(found["equal_in_variable"]["pairs"], 44);
    EXPECT_EQ(found["equal_in_variable"]["agree"], fussy ? 16 : 44);
    EXPECT_EQ(found["unchanged"]["agree"], fussy ? 108 : 136) << "of 136: above the threshold either way";
    EXPECT_THAT(result.assumptions, ::testing::Not(::testing::Contains(HasSubstr("every unchanged pair")))) << "other sums change nothing either";
    EXPECT_EQ(result.grade(), fussy ? Grade::kRefuted : Grade::kProved) << result.summary;
  }
}

TEST_F(IiaByHand, variables_that_hold_alone_but_not_together_refute_the_claim) {
  // Whoever moves both the carry and the unit breaks the answer.
  const auto jealous = [](std::span<const TokenId> prefix, const testing::HandMadeNetwork::Look& look) {
    const bool both = look("resid_mid.0", 1) != testing::carry_of(prefix) && prefix.size() > 2 && look("mlp_out.0", 2) != testing::unit_of(prefix);
    return both ? Answer{3, 0, 2} : testing::reads_its_variables(prefix, look);
  };
  use(testing::adder_network(jealous));
  const ClaimResult result = claim(carry + unit, "threshold = 0.99\n");
  EXPECT_EQ(result.details["alignments"]["carry"]["grade"], "proved");
  EXPECT_EQ(result.details["alignments"]["unit"]["grade"], "proved");
  EXPECT_EQ(result.details["alignments"]["joint"]["grade"], "refuted");
  EXPECT_EQ(result.grade(), Grade::kRefuted);
  EXPECT_THAT(result.summary, HasSubstr("joint: "));
}

TEST_F(IiaByHand, a_claim_about_some_variables_leaves_the_others_out) {
  const ClaimResult result = claim(carry + unit, "variables = [\"unit\"]\n");
  EXPECT_EQ(result.details["alignments"].size(), 1u);
  EXPECT_TRUE(result.details["alignments"].contains("unit"));
}

TEST_F(IiaByHand, the_search_is_scored_on_the_half_it_has_not_seen) {
  const ClaimResult result = claim(align("added.carry", "position = \"second\"\n"), "threshold = 0.5\n");
  const Json& found = result.details["alignments"]["carry"];
  EXPECT_EQ(found["site"], "resid_mid.0");
  EXPECT_EQ(found["search"]["tried"], 4);
  EXPECT_EQ(found["search"]["best_on_search_half"], 1);
  EXPECT_TRUE(found["held_out"].get<bool>());
  EXPECT_EQ(found["evidence"], "sample") << "however small the domain: the site was chosen by looking at it";
  EXPECT_LT(found["changing"]["pairs"].get<int>() + found["unchanged"]["pairs"].get<int>(), 256);
  EXPECT_THAT(result.summary, HasSubstr("searched"));
}

TEST_F(IiaByHand, a_site_that_is_right_on_the_search_half_alone_does_not_pass) {
  // Which inputs are searched is said by the setup itself; the network obeys its site on those alone.
  const Hypothesis hypothesis = *read_hypothesis(workspace.write(
      "s.hypothesis.toml", "task = \"adder.task.toml\"\nprogram = { file = \"adder.c\", function = \"add\" }\n[[claim]]\nkind = \"iia\"\n"));
  const ResolvedSwap swap{"carry", *program::ProgramPoint::parse("add.added.carry"), {"resid_mid.0", {}}, *hypothesis.task.position("second")};
  const InterchangeSetup setup = *InterchangeSetup::create(hypothesis, hypothesis.task.domain, {swap}, 1000, 1);
  std::vector<Tokens> searched;
  std::vector<std::int32_t> positions;
  std::vector<std::int64_t> labels;
  setup.labelled(0, 100, 1, searched, positions, labels);
  const auto obeys_there = [searched](std::span<const TokenId> prefix, const testing::HandMadeNetwork::Look& look) {
    const bool known = std::find(searched.begin(), searched.end(), Tokens(prefix.begin(), prefix.begin() + 2)) != searched.end();
    return known ? testing::reads_its_variables(prefix, look) : testing::reads_tokens(prefix, look);
  };
  use(testing::adder_network(obeys_there));
  const ClaimResult result = claim(align("added.carry", "position = \"second\"\n"));
  const Json& found = result.details["alignments"]["carry"];
  EXPECT_EQ(found["search"]["best_on_search_half"], 1);
  EXPECT_EQ(found["changing"]["rate"], 0);
  EXPECT_EQ(result.grade(), Grade::kRefuted) << result.summary;
}

TEST_F(IiaByHand, all_pairs_are_run_only_when_the_forecast_is_short) {
  EXPECT_EQ(claim(carry).details["alignments"]["carry"]["evidence"], "enumeration");
  options.exact_seconds = 1e-9;
  const ClaimResult sampled = claim(carry, "id = \"sampled\"\n");
  EXPECT_EQ(sampled.details["alignments"]["carry"]["evidence"], "sample");
  EXPECT_EQ(sampled.details["alignments"]["carry"]["seed"], 1);
  EXPECT_EQ(sampled.grade(), Grade::kMeasured);
  options.deep = true;
  EXPECT_EQ(claim(carry, "id = \"deep\"\n").grade(), Grade::kProved) << "--deep lifts the forecast";
}

TEST_F(IiaByHand, a_sample_that_was_asked_for_is_drawn_whatever_the_forecast) {
  const ClaimResult result = claim(carry, "samples = 100\nseed = 5\nthreshold = 0.5\n");
  const Json& found = result.details["alignments"]["carry"];
  EXPECT_EQ(found["changing"]["pairs"].get<int>() + found["unchanged"]["pairs"].get<int>(), 100);
  EXPECT_EQ(found["seed"], 5);
  EXPECT_EQ(result.grade(), Grade::kMeasured);
  const double low = found["changing"]["interval95"][0].get<double>();
  EXPECT_LT(low, 1) << "a sample never says more than its interval";
  EXPECT_GT(low, 0.5);
}

TEST_F(IiaByHand, a_program_without_an_end_is_unknown_with_its_place) {
  workspace.write(
      "adder.c",
      "int add(int a, int b, int step) {\n  int carry = a + b >= 4;\n  //@ label added\n  while (b < 4) step = step * 1;\n  return carry;\n}");
  const ClaimResult result = claim(carry);
  EXPECT_EQ(result.grade(), Grade::kUnknown);
  EXPECT_THAT(result.summary, HasSubstr("an endless loop at"));
  EXPECT_THAT(result.summary, HasSubstr("adder.c:4"));
}

TEST_F(IiaByHand, broken_alignments_are_input_errors) {
  const auto error = [&](const std::string& alignments) {
    const HypothesisResult result = checked(alignments, "");
    return result.error ? result.error->to_string() : "no error";
  };
  EXPECT_THAT(error(""), HasSubstr("needs an aligned variable"));
  EXPECT_THAT(error(align("added.carry", "site = \"mlp_out.1\"\nposition = \"second\"\n")), HasSubstr("did you mean 'mlp_out.0'?"));
  const auto subspace = [&](const std::string& text) {
    workspace.write("s.json", text);
    return error(carry + "subspace = \"s.json\"\n");
  };
  EXPECT_THAT(subspace("{"), HasSubstr("is no subspace file"));
  EXPECT_THAT(subspace(R"({"dimension": 4, "rank": 1, "columns": [1, 0, 0]})"), HasSubstr("3 numbers for a 4 x 1 basis"));
  EXPECT_THAT(subspace(R"({"dimension": 1000000000, "rank": 1000000000, "columns": []})"),
              HasSubstr("0 numbers for a 1000000000 x 1000000000 basis"));
  EXPECT_EQ(subspace(R"({"dimension": 4, "rank": 1, "columns": [1, 0, 0, 0]})"), "no error");
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
