// The rule of a decision: conditions and decision lists on synthetic rows, readers of a hand-made circuit, and the whole way on a network whose
// causal graph is written down here: a rule is read where heads carry it, refused where they do not, and beats its rivals only in the first case.
#include <gmock/gmock.h>

#include <numeric>
#include <random>
#include <set>

#include "analysis/claims/hypothesis.h"
#include "analysis/site_rules/rule_score.h"
#include "tests/analysis/fake_network.h"
#include "tests/analysis/workspace.h"
#include "tests/circuits/tokenizer_fixtures.h"

namespace assay::analysis::site_rules {
namespace {

using circuits::Answer;
using ::testing::ElementsAre;
using testing::FakeNetwork;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using testing::Workspace;

std::string plain(int, std::int64_t value) { return std::to_string(value); }

/// All rows of two names out of four and a bit.
std::vector<Row> grid() {
  std::vector<Row> rows;
  for (const std::int64_t op : {0, 1})
    for (const std::int64_t before : {105, 107, 113, 121})
      for (const std::int64_t v : {105, 107, 113, 121}) rows.push_back({op, before, v});
  return rows;
}

TEST(Condition, is_found_behind_a_noisy_quantity) {
  const std::vector<Row> rows = grid();
  std::mt19937 random(3);
  std::vector<double> target;
  for (const Row& row : rows)
    target.push_back((row[1] == row[2] && row[2] != 105 ? 0.6 : 0.1) + std::uniform_real_distribution<double>(-0.05, 0.05)(random));
  const FittedCondition fitted = fit_condition(rows, target, {1, 2});
  EXPECT_EQ(to_c(fitted.condition, {"op", "before", "v"}, plain), "before == v && before != 105");
  EXPECT_GT(fitted.explained, 0.9);
  EXPECT_NEAR(fitted.where_true, 0.6, 0.05);
  EXPECT_EQ(fitted.rows_true, 6u);
}

TEST(Condition, is_empty_where_the_quantity_has_no_cause_among_the_attributes) {
  const std::vector<Row> rows = grid();
  std::mt19937 random(5);
  std::vector<double> target(rows.size());
  int found = 0;
  for (int draw = 0; draw < 100; ++draw) {
    for (double& value : target) value = std::uniform_real_distribution<double>(0, 1)(random);
    const FittedCondition fitted = fit_condition(rows, target, {0, 1, 2}, {3, 0.3});
    found += fitted.condition.empty() ? 0 : 1;
  }
  EXPECT_LE(found, 10) << "chance differences that explain three tenths, and in both halves";
}

TEST(DecisionList, says_what_the_answers_say_and_the_rest_by_majority) {
  const std::vector<Row> rows = grid();
  std::vector<int> answers;
  for (const Row& row : rows) answers.push_back(row[1] == row[2] && row[0] == 1 ? 1 : 0);
  const DecisionList list = learn_decision_list(rows, answers, 2);
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(list.decide(rows[i]), answers[i]);
  EXPECT_EQ(list.decide({1, 99, 99}), 1) << "equal names, though these were never seen";
  EXPECT_EQ(list.decide({1, 98, 99}), 0);
}

const char* const kTask = R"(
name = "loops"
model = "model"
[domain]
template = "${before} ${op} ${size};${v}"
slots = [
  { slot = "op", texts = ["<", "<="] },
  { slot = "size", texts = ["n", "m", "p", "h"] },
  { slot = "before", texts = ["i", "k", "q", "y"], values = [105, 107, 113, 121] },
  { slot = "v", texts = ["i", "k", "q", "y"], values = [105, 107, 113, 121] },
]
[program]
arguments = ["op", "before", "v"]
[output]
kind = "argmax"
symbols = [" <", " <="]
[positions]
op = { slot = "op" }
site = { last = true }
)";

/// Head 1.0 looks from the last token for its name, finds it at the comparison if that follows the same name, and copies the comparison; it is faint
/// where the name is `i`. `elsewhere`: the same answers come from a place that no site shows. `relayed`: that share of the comparison comes by way of
/// head 0.0, whose value at the comparison is read on the way. `twin`: head 1.1 hands over the same. `leaky`: the value turns round where the source
/// has another size. `permuted`: every prompt is taken for another one. `writes`: what it ranks first in the whole vocabulary.
class CopyingNetwork : public FakeNetwork {
 public:
  explicit CopyingNetwork(bool elsewhere = false, double relayed = 0) : FakeNetwork({}, {}), elsewhere_(elsewhere), relayed_(relayed) {
    info_.layout = "gpt2", info_.layers = info_.heads = info_.kv_heads = 2, info_.d_model = 4, info_.vocabulary = 300, info_.hash = "copying";
  }
  const Task* task = nullptr;
  bool twin = false, leaky = false;
  std::optional<std::uint64_t> permuted;
  std::optional<TokenId> writes;

  const circuits::NetworkInfo& info() const override { return info_; }

  Result<std::vector<std::vector<Answer>>> answers(std::span<const Tokens> sequences, std::span<const std::vector<std::int32_t>>,
                                                   const circuits::Readout& readout, bool) override {
    std::vector<std::vector<Answer>> all;
    for (const Tokens& tokens : sequences) all.push_back({answer(state(tokens), readout)});
    return all;
  }
  Status interchange(const circuits::InterchangeRequest& request, const circuits::InterchangeVisitor& visit, Session&) override {
    std::vector<std::vector<Answer>> all;
    for (const circuits::InterchangePair& pair : request.pairs) {
      State patched = state(request.bases[pair.base].tokens);
      const State source = state(request.sources[pair.source].tokens);
      std::optional<double> written;
      for (const circuits::SiteSwap& swap : request.swaps) {
        if (elsewhere_) continue;
        if (swap.site.name == "q.1.0" || (twin && swap.site.name == "q.1.1")) patched.query = source.query;
        if (swap.site.name == "k.1.0" || (twin && swap.site.name == "k.1.1")) patched.key = source.key;
        if (swap.site.name == "v.1.0" || (twin && swap.site.name == "v.1.1"))
          patched.value = leaky && source.size != patched.size ? 1 - source.value : source.value;
        if (swap.site.name == "v.0.0") patched.on_the_way = source.on_the_way;
        if (swap.site.name == "attn_out.1.0") written = output(source);
      }
      all.push_back({answer_of(written.value_or(output(patched)), request.readout)});
    }
    visit(0, all);
    return {};
  }
  Result<std::vector<std::vector<float>>> read_sites(std::span<const Tokens> sequences, std::span<const std::vector<std::int32_t>> positions,
                                                     std::span<const std::string> sites) override {
    std::vector<std::vector<float>> all;
    for (const std::string& site : sites) {
      all.emplace_back();
      for (std::size_t i = 0; i < sequences.size(); ++i)
        for (std::int32_t at = 0; at <= positions[i][0]; ++at) {
          const bool reads = site == "pattern.1.0" && at == 1 && looks(state(sequences[i])) && !elsewhere_;
          all.back().push_back(site.starts_with("pattern") ? (reads ? 0.7f : 0.1f) : static_cast<float>((i * 31 + static_cast<std::size_t>(at)) % 7));
        }
    }
    return all;
  }

 private:
  struct State {
    std::int64_t query = 0, key = 0, value = 0, on_the_way = 0;
    std::size_t size = 0;
  };
  /// Of a prompt, or of the one that a random order puts in its place.
  State state(const Tokens& tokens) const {
    const std::vector<Prompt>& all = task->domain.spec().prompts->all();
    const Prompt* prompt = task->domain.spec().prompts->find(tokens);
    if (permuted) {
      std::vector<std::size_t> order(all.size());
      std::iota(order.begin(), order.end(), std::size_t{0});
      std::shuffle(order.begin(), order.end(), std::mt19937_64(*permuted));
      prompt = &all[order[static_cast<std::size_t>(prompt - all.data())]];
    }
    const std::vector<PromptSlot>& slots = task->domain.spec().prompts->form().slots;
    return {slots[3].values[prompt->choices[3]], slots[2].values[prompt->choices[2]], slots[0].values[prompt->choices[0]],
            slots[0].values[prompt->choices[0]], prompt->choices[1]};
  }
  static bool looks(const State& state) { return state.query == state.key; }
  double output(const State& state) const {
    const double copied = (1 - relayed_) * (state.value == 1 ? 1 : -0.2) + relayed_ * (state.on_the_way == 1 ? 1 : -0.2);
    return looks(state) ? (state.query == 105 ? 0.4 : 3) * copied : 0;
  }
  Answer answer(const State& state, const circuits::Readout& readout) const { return answer_of(output(state), readout); }
  Answer answer_of(double written, const circuits::Readout& readout) const {
    const double apart = written - 1;  // logit of <= minus logit of <
    const TokenId less = task->output.symbols[0], or_equal = task->output.symbols[1];
    EXPECT_TRUE(readout.allowed.size() == 2 || readout.allowed.empty());
    if (readout.allowed.empty() && writes) return {*writes, 0, 1};
    return {apart > 0 ? or_equal : less, 0, static_cast<float>(std::abs(apart))};
  }
  const bool elsewhere_;
  const double relayed_;
};

struct SiteRules : ::testing::Test {
  Workspace workspace;
  std::optional<Task> task;
  CopyingNetwork network;

  void SetUp() override {
    const std::vector<std::pair<std::string, std::string>> merges = {{"<", "="}, {" ", "<"}, {" ", "<="}};
    workspace.write("model/tokenizer.json", circuits::byte_level_json(merges).dump());
    Result<Task> read = read_task(workspace.write("loops.task.toml", kTask));
    ASSERT_TRUE(read) << read.error().to_string();
    task = std::move(*read);
    network.task = &*task;
  }

  /// Keeps these edges with these scores.
  static circuits::Circuit circuit(const std::vector<std::pair<std::string, double>>& kept) {
    circuits::Circuit circuit;
    circuit.graph = circuits::build_graph({2, 2, 4, false, false, {{"to_op", false}, {"op", false}, {"to_site", false}, {"site", true}}});
    circuit.scores.assign(circuit.graph.edges.size(), std::nan(""));
    circuit.kept.assign(circuit.graph.edges.size(), false);
    for (const auto& [name, score] : kept) {
      const Result<std::uint32_t> edge = circuit.graph.find_edge(name);
      EXPECT_TRUE(edge) << edge.error().to_string();
      circuit.scores[*edge] = score, circuit.kept[*edge] = true;
    }
    return circuit;
  }
  static circuits::Circuit copying() {
    return circuit(
        {{"a0.h1@op->a1.h0@site<k>", 2}, {"input@op->a1.h0@site<v>", 1}, {"input@op->a1.h1@site<v>", 0.5}, {"input@site->a1.h0@site<q>", 3}});
  }
  /// All variables swapped, half of the time such that the rule's answer changes.
  static const RuleTest& joint_of(const RuleScore& score) {
    const auto is_joint = [](const RuleTest& test) { return test.what.ends_with("all of them swapped"); };
    return *std::find_if(score.tests.begin(), score.tests.end(), is_joint);
  }
  Result<SiteRule> read(circuits::Network& from) {
    Result<SiteLab> lab = SiteLab::create(*task, from, workspace.session);
    if (!lab) return fail(lab.error());
    return read_rule(*lab, copying(), {}, workspace.session);
  }
};

TEST_F(SiteRules, readers_are_the_heads_with_kept_keys_or_values_at_a_named_position) {
  const auto positions = positions_read(circuit({{"a0.h1@op->a1.h0@site<k>", 2},
                                                 {"input@op->a1.h0@site<v>", 1},
                                                 {"input@op->a0.h1@op<v>", 9},
                                                 {"input@to_site->a1.h1@site<v>", 9},
                                                 {"input@site->a1.h1@site<v>", 9},
                                                 {"input@op->a1.h1@site<v>", 0.5}}),
                                        {"op"});
  ASSERT_TRUE(positions) << positions.error().to_string();
  ASSERT_THAT(*positions, SizeIs(1));
  const ReadPosition& read = positions->front();
  EXPECT_EQ(read.position, "op");
  EXPECT_DOUBLE_EQ(read.score, 3.5);
  ASSERT_THAT(read.readers, SizeIs(2));
  EXPECT_EQ(read.readers[0].name() + " " + read.readers[0].keys_come_from, "a1.h0 a0.h1@op");
  EXPECT_EQ(read.readers[1].name() + " " + read.readers[1].keys_come_from, "a1.h1 ");
}

TEST_F(SiteRules, a_circuit_without_positions_is_refused) {
  circuits::Circuit circuit;
  circuit.graph = circuits::build_graph({2, 2, 4, false, false});
  circuit.scores.assign(circuit.graph.edges.size(), 1), circuit.kept.assign(circuit.graph.edges.size(), true);
  EXPECT_THAT(positions_read(circuit, {"op"}).error().to_string(), HasSubstr("assay discover TASK --spans"));
}

TEST_F(SiteRules, the_rule_that_the_heads_carry_is_read) {
  const Result<SiteRule> rule = read(network);
  ASSERT_TRUE(rule) << rule.error().to_string();
  ASSERT_THAT(rule->reads, SizeIs(1));
  EXPECT_THAT(rule->reads[0].heads, SizeIs(1)) << "the second reader carries nothing";
  EXPECT_NEAR(rule->reads[0].output_share, 1, 1e-6);
  const SiteLab lab = *SiteLab::create(*task, network, workspace.session);
  EXPECT_EQ(agreement(*rule, lab), 1);
  const std::string text = to_c(*rule, "copied", *task, {"from a test"}).text;
  EXPECT_THAT(text, HasSubstr("int looked_for_v = v;  // a1.h0: queries at the decision"));
  EXPECT_THAT(text, HasSubstr("int found_before = before;  // a1.h0: keys at op"));
  EXPECT_THAT(text, HasSubstr("written there by a0.h1@op"));
  EXPECT_THAT(text, HasSubstr("int copied_op = op;  // a1.h0: values at op"));
  EXPECT_THAT(text, HasSubstr("found_before == looked_for_v;  // a1.h0: attention to op 0.70 where this holds, 0.10 elsewhere (R2 1.00)"));
  EXPECT_THAT(text, HasSubstr("!= 'i';  // a1.h0: what they write moves the logits by 3.00"));
  EXPECT_THAT(text, Not(HasSubstr("// behavioural: ")));
}

TEST_F(SiteRules, what_is_read_on_the_way_belongs_to_the_values) {
  CopyingNetwork on_the_way(false, 0.4);
  on_the_way.task = &*task;
  const SiteLab lab = *SiteLab::create(*task, on_the_way, workspace.session);
  const circuits::Circuit relayed =
      circuit({{"a0.h1@op->a1.h0@site<k>", 2}, {"input@op->a1.h0@site<v>", 1}, {"input@site->a1.h0@site<q>", 3}, {"input@op->a0.h0@to_site<v>", 1}});
  const Result<SiteRule> rule = read_rule(lab, relayed, {}, workspace.session);
  ASSERT_TRUE(rule) << rule.error().to_string();
  const SiteRead& read = rule->reads[0];
  ASSERT_GE(read.copies, 0);
  const Carried& copied = read.carried[static_cast<std::size_t>(read.copies)];
  ASSERT_THAT(copied.relays, SizeIs(1));
  EXPECT_EQ(copied.relays[0].name(), "a0.h0@to_site");
  EXPECT_NEAR(copied.without_relays, 0.6, 1e-6);
  EXPECT_NEAR(copied.share, 1, 1e-6);
  EXPECT_THAT(copied.places, SizeIs(2));
  EXPECT_THAT(to_c(*rule, "copied", *task, {"from a test"}).text,
              HasSubstr("100 % of the effect of changing it; 40 % of these by a0.h0@to_site, which read them on the way"));
}

TEST_F(SiteRules, a_relay_that_carries_nothing_stays_out) {
  const SiteLab lab = *SiteLab::create(*task, network, workspace.session);
  const circuits::Circuit idle =
      circuit({{"a0.h1@op->a1.h0@site<k>", 2}, {"input@op->a1.h0@site<v>", 1}, {"input@site->a1.h0@site<q>", 3}, {"input@op->a0.h0@to_site<v>", 1}});
  const Result<SiteRule> rule = read_rule(lab, idle, {}, workspace.session);
  ASSERT_TRUE(rule) << rule.error().to_string();
  for (const Carried& carried : rule->reads[0].carried) EXPECT_THAT(carried.relays, IsEmpty());
}

TEST_F(SiteRules, changes_are_counted_by_direction_and_by_what_they_do_to_the_code) {
  const Result<SiteRule> rule = read(network);
  const SiteLab lab = *SiteLab::create(*task, network, workspace.session);
  ScoreOptions options;
  options.reference = *CFunction::from_text("int less(int op, int before, int v) { return 0; }", "less.c", "less");
  const Result<RuleScore> score = score_rule(*rule, lab, {&lab}, options, workspace.session);
  ASSERT_TRUE(score) << score.error().to_string();
  const RuleTest& joint = joint_of(*score);
  ASSERT_THAT(joint.directions, SizeIs(2));
  for (const RuleTest::Direction& one : joint.directions) EXPECT_EQ(one.makes, one.to == 0 ? Makes::kRight : Makes::kWrong) << "`<` is demanded";
  EXPECT_EQ(joint.directions[0].changing + joint.directions[1].changing, joint.changing);
  EXPECT_EQ(joint.directions[0].changed + joint.directions[1].changed, joint.changed);
  EXPECT_THAT(to_table(*score, {"<", "<="}), HasSubstr("from '<' to '<=', makes wrong: 8 of 8"));
}

TEST_F(SiteRules, the_c_text_decides_as_the_rule_does) {
  const Result<SiteRule> rule = read(network);
  ASSERT_TRUE(rule) << rule.error().to_string();
  const RuleText text = to_c(*rule, "copied", *task, {"from a test", "behavioural: a remark"});
  EXPECT_THAT(text.text, HasSubstr("// from a test\n// behavioural: a remark\n"));
  const Result<CFunction> function = CFunction::from_text(text.text, "rule.c", "copied");
  ASSERT_TRUE(function) << function.error().to_string() << text.text;
  for (const Row& row : grid()) {
    std::int64_t value = -1;
    ASSERT_TRUE(function->interpreter().run_integers(function->id(), row, {}, value));
    EXPECT_EQ(value, decide(*rule, row));
  }
}

TEST_F(SiteRules, an_assignment_to_a_variable_is_a_swap_of_what_carries_it) {
  const Result<SiteRule> rule = read(network);
  const SiteLab lab = *SiteLab::create(*task, network, workspace.session);
  std::vector<PromptPair> pairs;
  for (std::size_t base = 0; base < lab.prompts(); ++base)
    for (std::size_t source = 0; source < lab.prompts(); ++source) pairs.push_back({base, source});
  for (std::size_t c = 0; c < rule->reads[0].carried.size(); ++c) {
    const Carried& carried = rule->reads[0].carried[c];
    if (carried.channel != Channel::kValue) continue;  // of the other two loudness depends on the query, of which the key says nothing
    const auto decided = lab.decisions(carried.places, pairs);
    for (std::size_t i = 0; i < pairs.size(); ++i)
      ASSERT_EQ((*decided)[i], decide(*rule, lab.rows()[pairs[i].base], {{{0, c}, lab.rows()[pairs[i].source][carried.argument]}}))
          << lab.described(pairs[i].base) << " with the value of " << lab.described(pairs[i].source);
  }
}

TEST_F(SiteRules, it_beats_its_rivals_under_interventions) {
  const Result<SiteRule> rule = read(network);
  const SiteLab lab = *SiteLab::create(*task, network, workspace.session);
  const Result<RuleScore> score = score_rule(*rule, lab, {&lab}, {}, workspace.session);
  ASSERT_TRUE(score) << score.error().to_string();
  EXPECT_TRUE(score->beats_all()) << to_table(*score, {"<", "<="});
  EXPECT_EQ(score->tests[0].rivals[0], lab.prompts()) << "on prompts alone the decision list is as good";
  EXPECT_LT(joint_of(*score).rivals[0], joint_of(*score).rule);
}

TEST_F(SiteRules, a_list_that_is_told_of_the_swap_is_reported_beside_the_rule) {
  const Result<SiteRule> rule = read(network);
  const SiteLab lab = *SiteLab::create(*task, network, workspace.session);
  const Result<RuleScore> score = score_rule(*rule, lab, {&lab}, {}, workspace.session);
  ASSERT_TRUE(score) << score.error().to_string();
  EXPECT_EQ(score->tests[0].told, lab.prompts()) << "on prompts nothing is swapped: it is the decision list";
  for (const RuleTest& test : score->tests) EXPECT_GE(test.told, test.rule) << test.what;
  EXPECT_LT(joint_of(*score).rivals[0], joint_of(*score).told);
  EXPECT_FALSE(score->told.beaten());
  EXPECT_FALSE(score->behavioural()) << "it says what is decided, not where: it does not take part";
  EXPECT_THAT(remarks_of(*score), ElementsAre(HasSubstr("says as well what is decided, if it is told of the swap")));
  EXPECT_THAT(to_table(*score, {"<", "<="}), HasSubstr("does not beat the decision list, told of the swap: alone right on "));
}

TEST_F(SiteRules, a_list_that_never_saw_what_is_swapped_is_beaten_though_it_is_told) {
  const Result<SiteRule> rule = read(network);
  const SiteLab lab = *SiteLab::create(*task, network, workspace.session);
  RuleScore score = *score_rule(*rule, lab, {&lab}, {}, workspace.session);
  score.told = {20, 0, 1e-6};
  EXPECT_THAT(remarks_of(score), IsEmpty());
}

TEST_F(SiteRules, as_many_other_heads_do_not_change_what_the_rule_says_unless_they_carry_it_too) {
  const Result<SiteRule> rule = read(network);
  const SiteLab lab = *SiteLab::create(*task, network, workspace.session);
  for (const bool twin : {false, true}) {
    network.twin = twin;
    const Result<RuleScore> score = score_rule(*rule, lab, {&lab}, {}, workspace.session);
    const RuleTest& joint = joint_of(*score);
    ASSERT_TRUE(joint.other_heads);
    EXPECT_THAT(joint.other_heads->sites, ElementsAre("q.1.1", "k.1.1", "v.1.1"));
    EXPECT_EQ(joint.other_heads->changed, twin ? joint.changed : 0u);
    EXPECT_EQ(joint.changing, 16u);
  }
}

TEST_F(SiteRules, a_source_that_is_equal_in_what_is_swapped_must_change_nothing) {
  const Result<SiteRule> rule = read(network);
  const SiteLab lab = *SiteLab::create(*task, network, workspace.session);
  for (const bool leaky : {false, true}) {
    network.leaky = leaky;
    const Result<RuleScore> score = score_rule(*rule, lab, {&lab}, {}, workspace.session);
    std::uint64_t cases = 0, stays = 0;
    for (const RuleTest& test : score->tests)
      if (test.equal) {
        EXPECT_THAT(test.what, HasSubstr("equal in it, different elsewhere"));
        cases += test.total, stays += test.stays;
      }
    EXPECT_EQ(cases, 4u * 32u) << "the three variables, and all of them";
    EXPECT_EQ(stays == cases, !leaky);
    EXPECT_EQ(score->keeps_equal(), !leaky) << stays;
    EXPECT_EQ(score->behavioural(), leaky);
    EXPECT_EQ(remarks_of(*score)[0].starts_with("behavioural: a source that is equal"), leaky);
  }
}

TEST_F(SiteRules, permuted_attribute_labels_give_no_rule) {
  int refused = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CopyingNetwork permuted;
    permuted.task = &*task;
    permuted.permuted = seed;
    const SiteLab first = *SiteLab::create(*task, permuted, workspace.session, SiteLab::Part::kFirstHalf);
    const SiteLab second = *SiteLab::create(*task, permuted, workspace.session, SiteLab::Part::kSecondHalf);
    const Result<SiteRule> rule = read_rule(first, copying(), {}, workspace.session);
    if (!rule) {
      ++refused;
      continue;
    }
    const Result<RuleScore> score = score_rule(*rule, first, {&second}, {}, workspace.session);
    ASSERT_TRUE(score) << score.error().to_string();
    EXPECT_TRUE(score->behavioural()) << seed << "\n" << to_table(*score, {"<", "<="});
  }
  RecordProperty("refused", refused);
}

TEST_F(SiteRules, a_site_that_is_never_reached_is_said_to_be) {
  const SiteLab reached = *SiteLab::create(*task, network, workspace.session);
  EXPECT_EQ(reached.first_choices().reached, reached.prompts());
  EXPECT_TRUE(must_reach(*task, reached.first_choices()));
  network.writes = 'n';
  const SiteLab missed = *SiteLab::create(*task, network, workspace.session);
  EXPECT_EQ(missed.first_choices().reached, 0u);
  const Status refused = must_reach(*task, missed.first_choices());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("the model never reaches this site: on none of 128 prompts is its first choice ' <' or ' <='"));
}

TEST_F(SiteRules, a_rule_that_always_holds_has_no_line_behind_it) {
  Result<SiteRule> rule = read(network);
  const auto text = [&] { return to_c(*rule, "copied", *task, {"from a test"}).text; };
  EXPECT_THAT(text(), HasSubstr("return 0;  // behavioural, no part of the circuit carries it: so decided on "));
  rule->otherwise_rows = rule->otherwise_right = 0;
  EXPECT_THAT(text(), HasSubstr("return 0;  // behavioural, no part of the circuit carries it: no prompt that was seen gets here"));
  rule->reads[0].gate.condition.clear(), rule->reads[0].loud.condition.clear();
  EXPECT_THAT(text(),
              HasSubstr("    //@ label looked\n    return copied_op;  // a1.h0: their outputs carry 100 % of the effect, their attention to op"));
  EXPECT_THAT(text(), Not(HasSubstr("behavioural")));
  const Result<CFunction> function = CFunction::from_text(text(), "rule.c", "copied");
  ASSERT_TRUE(function) << function.error().to_string() << text();
  for (const Row& row : grid()) {
    std::int64_t value = -1;
    ASSERT_TRUE(function->interpreter().run_integers(function->id(), row, {}, value));
    EXPECT_EQ(value, decide(*rule, row));
  }
}

TEST_F(SiteRules, a_rule_with_a_line_negated_does_not) {
  Result<SiteRule> rule = read(network);
  rule->reads[0].gate.condition[0].negated = !rule->reads[0].gate.condition[0].negated;
  const SiteLab lab = *SiteLab::create(*task, network, workspace.session);
  const Result<RuleScore> score = score_rule(*rule, lab, {&lab}, {}, workspace.session);
  EXPECT_FALSE(score->beats_all()) << to_table(*score, {"<", "<="});
  EXPECT_LT(agreement(*rule, lab), 0.7);
}

TEST_F(SiteRules, the_same_answers_from_elsewhere_give_no_rule) {
  CopyingNetwork elsewhere(true);
  elsewhere.task = &*task;
  const Result<SiteRule> rule = read(elsewhere);
  ASSERT_FALSE(rule);
  EXPECT_EQ(rule.error().kind, ErrorKind::kBudget);
  EXPECT_THAT(rule.error().message, HasSubstr("no part of the circuit carries a rule: op (outputs of 2 heads carry 0 %)"));
}

TEST_F(SiteRules, the_hypothesis_states_every_variable_where_it_was_read) {
  const Result<SiteRule> rule = read(network);
  const RuleText text = to_c(*rule, "copied", *task, {"from a test"});
  workspace.write("inferred.c", text.text);
  const std::string stated = hypothesis_of(*rule, text, *task, {"loops.task.toml", "inferred.c", std::nullopt}, std::nullopt);
  const Result<Hypothesis> hypothesis = read_hypothesis(workspace.write("inferred.hypothesis.toml", stated));
  ASSERT_TRUE(hypothesis) << hypothesis.error().to_string() << stated;
  EXPECT_THAT(hypothesis->alignments, SizeIs(rule->reads[0].carried.size()));
  EXPECT_EQ(*hypothesis->alignments[0].site, "q.1.0");
  EXPECT_EQ(hypothesis->alignments[0].id, "looked_for_v.q.1.0");
}

TEST_F(SiteRules, halves_of_the_prompts_are_disjoint_and_complete) {
  const SiteLab first = *SiteLab::create(*task, network, workspace.session, SiteLab::Part::kFirstHalf);
  const SiteLab second = *SiteLab::create(*task, network, workspace.session, SiteLab::Part::kSecondHalf);
  EXPECT_EQ(first.prompts() + second.prompts(), 128u);
  std::set<std::string> seen;
  for (const SiteLab* half : {&first, &second})
    for (std::size_t i = 0; i < half->prompts(); ++i) EXPECT_TRUE(seen.insert(half->described(i)).second);
  EXPECT_GT(first.prompts(), 40u);
  EXPECT_GT(second.prompts(), 40u);
}

TEST_F(SiteRules, a_task_that_is_no_template_is_unsupported) {
  const Result<Task> addition = read_task(ASSAY_SOURCE_DIR "/zoo/addition/addition.task.toml");
  EXPECT_EQ(SiteLab::create(*addition, network, workspace.session).error().kind, ErrorKind::kUnsupported);
}

}  // namespace
}  // namespace assay::analysis::site_rules
