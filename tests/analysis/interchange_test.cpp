#include "analysis/claims/interchange.h"

#include <gmock/gmock.h>

#include <set>

#include "tests/analysis/adder.h"

namespace assay::analysis {
namespace {

using circuits::Answer;
using testing::adder_network;
using testing::carry_of;
using testing::HandMadeNetwork;
using ::testing::HasSubstr;
using testing::kAdderProgram;
using testing::kAdderTask;
using testing::unit_of;
using testing::Workspace;
using Mode = circuits::InterchangeRequest::Mode;

struct InterchangeTest : ::testing::Test {
  Workspace workspace;
  Hypothesis hypothesis;

  void SetUp() override { use(kAdderProgram); }
  void use(const std::string& program) {
    workspace.write("adder.task.toml", kAdderTask);
    workspace.write("adder.c", program);
    Result<Hypothesis> read = read_hypothesis(workspace.write(
        "h.hypothesis.toml", "task = \"adder.task.toml\"\nprogram = { file = \"adder.c\", function = \"add\" }\n[[claim]]\nkind = \"iia\"\n"));
    ASSERT_TRUE(read) << read.error().to_string();
    hypothesis = std::move(*read);
  }
  ResolvedSwap swap(const std::string& variable, const std::string& site, const std::string& position) const {
    return {variable, *program::ProgramPoint::parse(variable), {site, {}}, *hypothesis.task.position(position)};
  }
  ResolvedSwap carry() const { return swap("add.added.carry", "resid_mid.0", "second"); }
  ResolvedSwap unit() const { return swap("add.added.unit", "mlp_out.0", "equals"); }
  InterchangeSetup setup(std::vector<ResolvedSwap> swaps, std::size_t most = 1000) {
    Result<InterchangeSetup> made = InterchangeSetup::create(hypothesis, hypothesis.task.domain, std::move(swaps), most, 1);
    EXPECT_TRUE(made) << made.error().to_string();
    return std::move(*made);
  }
  SwapScore score(const InterchangeSetup& made, Mode mode = Mode::kSwap, HandMadeNetwork::Respond respond = testing::reads_its_variables) {
    Result<SwapScore> found = made.run(*adder_network(std::move(respond)), made.all_pairs(), mode, 1, workspace.session);
    EXPECT_TRUE(found) << found.error().to_string();
    return *found;
  }
};

TEST_F(InterchangeTest, sources_are_distinct_prefixes_not_distinct_inputs) {
  EXPECT_EQ(setup({carry()}).inputs(), 16u);
  EXPECT_EQ(setup({carry()}).sources(), 16u) << "all pairs of digits";
  EXPECT_EQ(setup({swap("add.begin.first", "resid_mid.0", "first")}).sources(), 4u) << "what lies at the first digit depends on nothing behind it";
  EXPECT_EQ(setup({swap("add.begin.first", "resid_mid.0", "first")}).pair_count(), 64);
}

TEST_F(InterchangeTest, a_network_that_holds_the_variable_agrees_on_every_pair) {
  const SwapScore found = score(setup({carry()}));
  // 6 of 16 sums carry, so 2 * 6 * 10 of the 256 pairs change the tens.
  EXPECT_EQ(found.changing.pairs, 120u);
  EXPECT_EQ(found.changing.agree, 120u);
  EXPECT_EQ(found.unchanged.pairs, 136u);
  EXPECT_EQ(found.unchanged.agree, 136u);
  EXPECT_EQ(found.equal.pairs, 136u) << "sources with the same carry and other digits";
  EXPECT_EQ(found.equal.agree, 136u);
  EXPECT_EQ(found.up.pairs, 60u);
  EXPECT_EQ(found.down.pairs, 60u);
  EXPECT_FALSE(found.failing);
}

TEST_F(InterchangeTest, a_network_that_computes_the_answer_otherwise_agrees_only_where_nothing_changes) {
  const SwapScore found = score(setup({carry()}), Mode::kSwap, testing::reads_tokens);
  EXPECT_EQ(found.changing.agree, 0u);
  EXPECT_EQ(found.unchanged.agree, found.unchanged.pairs);
  ASSERT_TRUE(found.failing);
  EXPECT_EQ(found.failing->base, 0u) << "the first base, 00";
}

TEST_F(InterchangeTest, an_unequal_network_fails_where_the_variable_is_equal_too) {
  // The site holds the whole sum: a swap between equal carries moves more than the carry.
  const auto leaks = [](std::span<const TokenId> prefix, const HandMadeNetwork::Look& look) {
    const std::int64_t sum = look("resid_mid.0", 1);
    return Answer{static_cast<TokenId>(prefix.size() == 3 ? sum >= 4 : sum % 4), 0, 2};
  };
  HandMadeNetwork network({{"resid_mid.0", [](std::span<const TokenId> prefix) { return prefix.size() > 1 ? prefix[0] + prefix[1] : 0; }}}, leaks);
  const InterchangeSetup made = setup({carry()});
  const SwapScore found = *made.run(network, made.all_pairs(), Mode::kSwap, 1, workspace.session);
  EXPECT_LT(found.equal.agree, found.equal.pairs);
  EXPECT_LT(found.changing.agree, found.changing.pairs) << "the units change with the sum";
}

TEST_F(InterchangeTest, directions_are_counted_apart) {
  // A carry can be put in but not taken out.
  const auto sticky = [](std::span<const TokenId> prefix, const HandMadeNetwork::Look& look) {
    if (prefix.size() > 3) return Answer{static_cast<TokenId>(look("mlp_out.0", 2)), 0, 2};
    return Answer{static_cast<TokenId>(std::max(carry_of(prefix), look("resid_mid.0", 1))), 0, 2};
  };
  const SwapScore found = score(setup({carry()}), Mode::kSwap, sticky);
  EXPECT_EQ(found.up.agree, 60u);
  EXPECT_EQ(found.down.agree, 0u);
}

TEST_F(InterchangeTest, controls_that_move_nothing_agree_exactly_where_nothing_changes) {
  const InterchangeSetup made = setup({carry()});
  for (const Mode mode : {Mode::kNoSwap, Mode::kRandomSubspace}) {
    const SwapScore found = score(made, mode);
    EXPECT_EQ(found.changing.agree, 0u);
    EXPECT_EQ(found.unchanged.agree, found.unchanged.pairs);
  }
  EXPECT_EQ(score(made.with_sites({{"resid_pre.0", {}}})).changing.agree, 0u) << "the variable is not there";
  EXPECT_EQ(score(made.shifted(-1)).changing.agree, 0u) << "nor there";
}

TEST_F(InterchangeTest, the_first_token_has_no_position_before_it) {
  const InterchangeSetup at_second = setup({carry()}), at_first = setup({swap("add.begin.first", "resid_mid.0", "first")});
  EXPECT_TRUE(at_second.can_shift({0, 0, 0}, -1));
  EXPECT_FALSE(at_first.can_shift({0, 0, 0}, -1));
}

TEST_F(InterchangeTest, variables_are_swapped_jointly) {
  const SwapScore found = score(setup({carry(), unit()}));
  EXPECT_EQ(found.changing.agree, found.changing.pairs);
  EXPECT_EQ(found.unchanged.agree, found.unchanged.pairs);
  EXPECT_EQ(found.changing.pairs + found.unchanged.pairs, 256u);
  // Sums 0 to 6 in 1, 2, 3, 4, 3, 2, 1 ways give (carry, unit); the pair is equal exactly where the sum is.
  EXPECT_EQ(found.equal.pairs, 1u + 4 + 9 + 16 + 9 + 4 + 1);
  EXPECT_EQ(found.up.pairs + found.down.pairs, 0u) << "two variables have no direction";
}

TEST_F(InterchangeTest, answers_are_fed_back_as_the_program_gives_them) {
  // The units depend on the tens that were said, as a network that reads its own answers does.
  std::set<Tokens> seen;
  const auto listens = [&](std::span<const TokenId> prefix, const HandMadeNetwork::Look& look) {
    if (prefix.size() == 3) return Answer{static_cast<TokenId>(look("resid_mid.0", 1)), 0, 2};
    seen.insert(Tokens(prefix.begin(), prefix.end()));
    return Answer{static_cast<TokenId>(look("mlp_out.0", 2)), 0, 2};
  };
  score(setup({carry()}), Mode::kSwap, listens);
  EXPECT_TRUE(seen.contains(Tokens{0, 0, 4, 1})) << "00= with the carry of another input goes on behind the 1 that the program says then";
  EXPECT_TRUE(seen.contains(Tokens{0, 0, 4, 0}));
}

TEST_F(InterchangeTest, a_swap_behind_an_answer_leaves_that_answer_out) {
  const SwapScore found = score(setup({swap("add.added.unit", "mlp_out.0", "units")}));
  // The site is where the units are read; what was said before it is not asked again.
  EXPECT_EQ(found.changing.pairs + found.unchanged.pairs,
            static_cast<std::uint64_t>(setup({swap("add.added.unit", "mlp_out.0", "units")}).pair_count()));
  EXPECT_EQ(found.changing.agree, 0u) << "the network reads its unit at =, one token earlier";
}

TEST_F(InterchangeTest, some_pairs_are_distinct_ordered_and_follow_the_seed) {
  const InterchangeSetup made = setup({carry()});
  const std::vector<PairId> pairs = made.some_pairs(50, 3);
  EXPECT_EQ(pairs.size(), 50u);
  EXPECT_TRUE(std::is_sorted(pairs.begin(), pairs.end()));
  EXPECT_EQ(std::set<PairId>(pairs.begin(), pairs.end()).size(), 50u);
  EXPECT_EQ(pairs, made.some_pairs(50, 3));
  EXPECT_NE(pairs, made.some_pairs(50, 4));
  EXPECT_EQ(made.some_pairs(1000, 3), made.all_pairs()) << "more than there are is all";
}

TEST_F(InterchangeTest, balanced_pairs_change_the_output_half_the_time) {
  HandMadeNetwork network({{"resid_mid.0", [](std::span<const TokenId>) { return 0; }}},
                          [](std::span<const TokenId>, const HandMadeNetwork::Look&) { return Answer{0, 0, 2}; });
  const InterchangeSetup made = setup({swap("add.begin.first", "resid_mid.0", "first")});
  const SwapScore all = *made.run(network, made.all_pairs(), Mode::kSwap, 1, workspace.session);
  ASSERT_GT(all.changing.pairs, 10u);
  ASSERT_GT(all.unchanged.pairs, 10u);
  const std::vector<PairId> pairs = *made.balanced_pairs(20, 3);
  EXPECT_TRUE(std::is_sorted(pairs.begin(), pairs.end()));
  EXPECT_EQ(std::set<PairId>(pairs.begin(), pairs.end()).size(), 20u);
  EXPECT_EQ(pairs, *made.balanced_pairs(20, 3));
  EXPECT_NE(pairs, *made.balanced_pairs(20, 4));
  const SwapScore found = *made.run(network, pairs, Mode::kSwap, 1, workspace.session);
  EXPECT_EQ(found.changing.pairs, 10u);
  EXPECT_EQ(found.unchanged.pairs, 10u);
  const SwapScore most = *made.run(network, *made.balanced_pairs(1000, 3), Mode::kSwap, 1, workspace.session);
  EXPECT_EQ(most.changing.pairs + most.unchanged.pairs, all.changing.pairs + all.unchanged.pairs) << "more than there are is all";
}

TEST_F(InterchangeTest, search_and_held_out_half_share_no_input) {
  const InterchangeSetup made = setup({carry()});
  std::set<std::uint32_t> search, held_out;
  for (const auto& [half, inputs] : {std::pair{1, &search}, {2, &held_out}})
    for (const PairId& pair : made.some_pairs(1000, 1, half)) {
      inputs->insert(pair.base);  // here base and source number k are input k
      inputs->insert(pair.source);
    }
  EXPECT_EQ(search.size() + held_out.size(), 16u);
  EXPECT_GE(search.size(), 2u);
  EXPECT_GE(held_out.size(), 2u);
  for (const std::uint32_t input : search) EXPECT_FALSE(held_out.contains(input));
}

TEST_F(InterchangeTest, inputs_of_a_large_domain_are_a_sample) {
  const InterchangeSetup made = setup({carry()}, 10);
  EXPECT_TRUE(made.sampled());
  EXPECT_EQ(made.inputs(), 10u);
  EXPECT_FALSE(setup({carry()}, 16).sampled());
}

TEST_F(InterchangeTest, margins_below_the_threshold_are_counted) {
  const auto narrow = [](std::span<const TokenId> prefix, const HandMadeNetwork::Look& look) {
    Answer answer = testing::reads_its_variables(prefix, look);
    if (prefix[0] == 3 && prefix[1] == 3) answer.margin = 5e-4f;
    return answer;
  };
  const InterchangeSetup made = setup({carry()});
  std::unique_ptr<HandMadeNetwork> network = adder_network(narrow);
  EXPECT_EQ(*made.low_margin(*network), 1e-3);
  network->difference = 1e-2;
  EXPECT_DOUBLE_EQ(*made.low_margin(*network), 0.1);
  const SwapScore found = *made.run(*network, made.all_pairs(), Mode::kSwap, 1, workspace.session, 1e-3);
  EXPECT_EQ(found.low_margin, 16u) << "one base, every source";
  EXPECT_NEAR(found.smallest_margin, 5e-4, 1e-9);
}

TEST_F(InterchangeTest, a_tie_does_not_agree) {
  const auto ties = [](std::span<const TokenId> prefix, const HandMadeNetwork::Look& look) {
    Answer answer = testing::reads_its_variables(prefix, look);
    answer.margin = 0;
    return answer;
  };
  EXPECT_EQ(score(setup({carry()}), Mode::kSwap, ties).unchanged.agree, 0u);
}

TEST_F(InterchangeTest, what_no_pair_speaks_about_is_counted) {
  use("int add(int a, int b, int step) {\n  int carry = 10 / (a + b) > 0 && a + b >= 4;\n  if (b < 3) {\n    //@ label added\n    return step == 0 ? "
      "carry : (a + b) % 4;\n  }\n  return step == 0 ? carry : (a + b) % 4;\n}");
  const InterchangeSetup made = setup({carry()});
  EXPECT_EQ(made.dropped().undefined_inputs, 1u) << "00 divides by zero";
  EXPECT_EQ(made.dropped().unreached, 4u) << "b is 3";
  EXPECT_EQ(made.inputs(), 15u);
  EXPECT_EQ(made.pair_count(), 11 * 11);
}

TEST_F(InterchangeTest, counterfactual_runs_that_are_not_defined_are_no_pairs) {
  use("int add(int a, int b, int step) {\n  int carry = a + b >= 4;\n  //@ label added\n  int checked = 1 / (carry <= (a + b) / 2);\n  return step "
      "== 0 ? carry : (a + b) % 4 + checked - checked;\n}");
  // A carry set on a + b < 2 divides by zero: three bases, six sources.
  const SwapScore found = score(setup({carry()}));
  EXPECT_EQ(found.undefined, 18u);
  EXPECT_EQ(found.changing.pairs + found.unchanged.pairs, 256u - 18u);
}

TEST_F(InterchangeTest, a_program_without_an_end_gives_up_with_its_place) {
  use("int add(int a, int b, int step) {\n  int carry = a + b >= 4;\n  //@ label added\n  while (a < 3) step = step * 1;\n  return step == 0 ? carry "
      ": (a + b) % 4;\n}");
  const Result<InterchangeSetup> made = InterchangeSetup::create(hypothesis, hypothesis.task.domain, {carry()}, 1000, 1);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::kBudget);
  EXPECT_THAT(made.error().message, HasSubstr("the program does not end within 10000000 statements: an endless loop at"));
  EXPECT_THAT(made.error().message, HasSubstr("adder.c:4"));
}

TEST_F(InterchangeTest, a_variable_whose_value_makes_the_program_endless_gives_up_with_its_place) {
  use("int add(int a, int b, int step) {\n  int carry = a + b >= 4;\n  //@ label added\n  while (carry && a + b < 4) step = step * 1;\n  return step "
      "== 0 ? carry : (a + b) % 4;\n}");
  const InterchangeSetup made = setup({carry()});
  const Result<SwapScore> found = made.run(*adder_network(), made.all_pairs(), Mode::kSwap, 1, workspace.session);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().kind, ErrorKind::kBudget);
  EXPECT_THAT(found.error().message, HasSubstr("adder.c:4"));
}

TEST_F(InterchangeTest, a_pair_is_described_by_what_both_sides_say) {
  const InterchangeSetup made = setup({carry()});
  const Json json = made.describe({0, 0, 15}, {Answer{0, 0, 1}, Answer{2, 0, 1}});
  EXPECT_EQ(json["base"], "00=");
  EXPECT_EQ(json["source"], "33=");
  EXPECT_EQ(json["base_tokens"], Json({0, 0, 4}));
  EXPECT_EQ(json["source_tokens"], Json({3, 3})) << "up to the site";
  EXPECT_EQ(json["program_on_base"], "0 0");
  EXPECT_EQ(json["program_answer"], "1 0");
  EXPECT_EQ(json["network_answer"], "0 2");
  EXPECT_EQ(json["variables"][0]["base_value"], 0);
  EXPECT_EQ(json["variables"][0]["source_value"], 1);
  EXPECT_EQ(json["variables"][0]["base_position"], 1);
}

TEST_F(InterchangeTest, labelled_inputs_carry_the_variables_value_and_stay_in_their_half) {
  const InterchangeSetup made = setup({carry()});
  std::vector<Tokens> all, half;
  std::vector<std::int32_t> positions, half_positions;
  std::vector<std::int64_t> labels, half_labels;
  made.labelled(0, 100, 0, all, positions, labels);
  ASSERT_EQ(all.size(), 16u);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(labels[i], carry_of(all[i]));
    EXPECT_EQ(positions[i], 1);
  }
  made.labelled(0, 100, 1, half, half_positions, half_labels);
  EXPECT_LT(half.size(), all.size());
  EXPECT_FALSE(half.empty());
  std::vector<Tokens> few;
  made.labelled(0, 3, 0, few, half_positions, half_labels);
  EXPECT_EQ(few.size(), 3u);
}

TEST_F(InterchangeTest, an_interruption_is_no_score) {
  workspace.stop = true;
  const InterchangeSetup made = setup({carry()});
  EXPECT_EQ(made.run(*adder_network(), made.all_pairs(), Mode::kSwap, 1, workspace.session).error().kind, ErrorKind::kCancelled);
}

}  // namespace
}  // namespace assay::analysis
