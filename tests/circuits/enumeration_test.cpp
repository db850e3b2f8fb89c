// Tree enumeration against full forward passes, over every shape of network that the loops treat differently.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <set>

#include "circuits/engine/network.h"
#include "circuits/model/path_kernels.h"
#include "circuits/model/random.h"
#include "network_fixtures.h"

namespace assay::circuits {
namespace {

constexpr double kCachedTolerance = 2e-4;  // cached against full passes, DESIGN section 3

std::unique_ptr<Network> network_of(const ModelConfig& config, std::uint64_t seed) {
  return *make_network(Transformer(config, lively_weights(config, seed)), {"test", "float32"});
}

/// Same answers and margins as a float64 forward pass; inputs whose margin is below the tolerance may go either way.
void expect_like_full_passes(Network& network, const Visited& visited, const Readout& readout, double tolerance) {
  std::vector<std::vector<std::int32_t>> positions;
  for (const Tokens& sequence : visited.sequences) positions.push_back({static_cast<std::int32_t>(sequence.size()) - 1});
  auto full = network.answers(visited.sequences, positions, readout, true);
  ASSERT_TRUE(full) << full.error().to_string();
  for (std::size_t i = 0; i < visited.answers.size(); ++i) {
    const Answer &found = visited.answers[i], &expected = (*full)[i][0];
    EXPECT_NEAR(found.margin, expected.margin, tolerance * (1 + std::abs(expected.margin))) << "input " << i;
    EXPECT_TRUE(found.same_choice(expected) || expected.margin <= 2 * tolerance) << "input " << i;
  }
}

std::vector<ModelConfig> every_shape() {
  std::vector<ModelConfig> shapes;
  for (ModelConfig base : {gpt2_config(), llama_config()})
    for (bool mlp : {true, false})
      for (bool norm : {true, false})
        for (int layers : {1, 2, 3}) {
          base.has_mlp = mlp, base.has_norm = norm, base.layers = layers;
          base.d_mlp = mlp ? 36 : 0;
          shapes.push_back(base);
        }
  for (Activation activation : {Activation::kGelu, Activation::kRelu}) {
    shapes.push_back(gpt2_config());
    shapes.back().activation = activation;
    shapes.back().scale_by_layer = true;
  }
  return shapes;
}

TEST(Enumeration, agrees_with_full_forward_passes_on_every_shape_of_network) {
  QuietSession quiet;
  std::uint64_t seed = 100;
  for (const ModelConfig& config : every_shape()) {
    SCOPED_TRACE(config_json(config));
    std::unique_ptr<Network> network = network_of(config, ++seed);
    for (const Tokens& start : {Tokens{}, Tokens{5}, Tokens{1, 2}}) {
      StringTree tree(start, 4, 4);
      Visited visited = visit_all(*network, tree, {.batch = 50}, quiet.session);
      EXPECT_TRUE(visited.summary.complete);
      EXPECT_EQ(visited.summary.scored, (start.empty() ? 0u : 1u) + 4u + 16u + 64u + 256u);
      expect_like_full_passes(*network, visited, {}, kCachedTolerance);
    }
  }
}

TEST(Enumeration, float64_mode_agrees_with_float64_passes_to_ten_digits) {
  QuietSession quiet;
  std::uint64_t seed = 300;
  for (const ModelConfig& config : every_shape()) {
    std::unique_ptr<Network> network = network_of(config, ++seed);
    StringTree tree({5}, 3, 4);
    expect_like_full_passes(*network, visit_all(*network, tree, {.float64 = true}, quiet.session), {}, 2e-7);  // an Answer's margin is a float
  }
}

TEST(Enumeration, restricted_and_set_readouts_agree_with_full_passes) {
  QuietSession quiet;
  std::unique_ptr<Network> network = network_of(gpt2_config(), 7);
  StringTree tree({5}, 4, 4);
  for (const Readout& readout :
       {Readout{Readout::Kind::kArgmax, {4, 1, 3}}, Readout{Readout::Kind::kSet, {}}, Readout{Readout::Kind::kSet, {2, 0}}}) {
    EnumerationOptions options;
    options.readout = readout;
    expect_like_full_passes(*network, visit_all(*network, tree, options, quiet.session), readout, kCachedTolerance);
  }
}

TEST(Enumeration, visits_every_scored_string_once) {
  QuietSession quiet;
  std::unique_ptr<Network> network = network_of(llama_config(), 8);
  StringTree tree({5}, 3, 5, 2);
  Visited visited = visit_all(*network, tree, {.batch = 7}, quiet.session);
  std::set<Tokens> distinct(visited.sequences.begin(), visited.sequences.end());
  EXPECT_EQ(distinct.size(), visited.sequences.size());
  std::size_t expected = 0;
  std::vector<Tokens> strings = {{}};
  for (std::size_t i = 0; i < strings.size(); ++i) {
    const Tokens string = strings[i];
    expected += tree.scored(string) ? 1 : 0;
    for (TokenId token = 0; token < 3 && string.size() < 5; ++token) {
      strings.push_back(string);
      strings.back().push_back(token);
    }
  }
  EXPECT_EQ(visited.sequences.size(), expected);
  EXPECT_EQ(visited.summary.prefixes, 1u + 3 + 9 + 27 + 81 + 243);
}

bool same_bytes(const Visited& a, const Visited& b) {
  if (a.sequences != b.sequences) return false;
  for (std::size_t i = 0; i < a.answers.size(); ++i) {
    const Answer &x = a.answers[i], &y = b.answers[i];
    if (x.token != y.token || x.set != y.set || std::bit_cast<std::uint32_t>(x.margin) != std::bit_cast<std::uint32_t>(y.margin)) return false;
  }
  return true;
}

TEST(Enumeration, one_and_two_threads_give_the_same_bytes_in_the_same_order) {
  for (const ModelConfig& config : {gpt2_config(), llama_config()}) {
    std::unique_ptr<Network> network = network_of(config, 9);
    StringTree tree({5}, 6, 4);
    std::vector<Visited> runs;
    for (int threads : {1, 2, 3}) {
      QuietSession quiet;
      quiet.session.threads = threads;
      runs.push_back(visit_all(*network, tree, {}, quiet.session));
    }
    EXPECT_TRUE(same_bytes(runs[0], runs[1]));
    EXPECT_TRUE(same_bytes(runs[0], runs[2]));
  }
}

TEST(Enumeration, an_answer_does_not_depend_on_the_batch) {
  QuietSession quiet;
  std::unique_ptr<Network> network = network_of(gpt2_config(), 10);
  StringTree tree({5}, 6, 3);
  std::map<Tokens, Answer> large, small;
  for (auto [answers, batch] : {std::pair(&large, 100000), {&small, 5}}) {
    Visited visited = visit_all(*network, tree, {.batch = batch}, quiet.session);
    for (std::size_t i = 0; i < visited.answers.size(); ++i) (*answers)[visited.sequences[i]] = visited.answers[i];
  }
  ASSERT_EQ(large.size(), small.size());
  for (const auto& [sequence, answer] : large) {
    EXPECT_TRUE(answer.same_choice(small[sequence]));
    EXPECT_EQ(answer.margin, small[sequence].margin);
  }
}

/// The answer becomes the next token.
class EchoTree : public StringTree {
 public:
  using StringTree::StringTree;
  void children(std::span<const TokenId> prefix, const Answer* answer, Tokens& next) const override {
    if (answer == nullptr) return StringTree::children(prefix, answer, next);
    next.push_back(answer->token);
  }
};

TEST(Enumeration, a_task_can_feed_the_networks_own_answer_back) {
  QuietSession quiet;
  std::unique_ptr<Network> network = network_of(gpt2_config(), 11);
  Visited visited = visit_all(*network, EchoTree({}, 6, 4), {}, quiet.session);
  ASSERT_EQ(visited.sequences.size(), 24u);
  for (std::size_t i = 0; i < visited.sequences.size(); ++i) {
    if (visited.sequences[i].size() == 4) continue;
    Tokens longer = visited.sequences[i];
    longer.push_back(visited.answers[i].token);
    EXPECT_NE(std::find(visited.sequences.begin(), visited.sequences.end(), longer), visited.sequences.end());
  }
}

TEST(Enumeration, stops_when_the_visitor_or_the_user_says_so) {
  std::unique_ptr<Network> network = network_of(gpt2_config(), 12);
  StringTree tree({5}, 6, 4);
  QuietSession quiet;
  int visits = 0;
  auto summary = network->enumerate(tree, {.batch = 6}, [&](const ScoredBatch&) { return ++visits < 3; }, quiet.session);
  ASSERT_TRUE(summary);
  EXPECT_FALSE(summary->complete);
  EXPECT_EQ(visits, 3);
  quiet.stop = true;
  summary = network->enumerate(tree, {}, [](const ScoredBatch&) { return true; }, quiet.session);
  ASSERT_TRUE(summary);
  EXPECT_FALSE(summary->complete);
}

TEST(Enumeration, the_end_of_the_position_table_is_unsupported_and_a_foreign_token_an_input_error) {
  QuietSession quiet;
  std::unique_ptr<Network> network = network_of(gpt2_config(), 13);
  const auto ignore = [](const ScoredBatch&) { return true; };
  auto longer = network->enumerate(StringTree({5}, 1, 12), {}, ignore, quiet.session);
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().kind, ErrorKind::kUnsupported);
  auto foreign = network->enumerate(StringTree({5}, 7, 2), {}, ignore, quiet.session);
  ASSERT_FALSE(foreign);
  EXPECT_EQ(foreign.error().kind, ErrorKind::kInput);
}

TEST(Enumeration, a_tie_and_a_nan_give_margin_zero) {
  QuietSession quiet;
  ModelConfig config = gpt2_config();
  Weights tied = lively_weights(config, 14);
  tied.token_embedding[3] = tied.token_embedding[2];
  std::unique_ptr<Network> network = *make_network(Transformer(config, tied), {"test", "float32"});
  Visited visited = visit_all(*network, StringTree({5}, 4, 2), {.readout = {Readout::Kind::kArgmax, {2, 3}}}, quiet.session);
  for (const Answer& answer : visited.answers) EXPECT_EQ(answer.margin, 0);
  Weights broken = lively_weights(config, 14);
  broken.token_embedding[1] = std::nan("");
  network = *make_network(Transformer(config, broken), {"test", "float32"});
  visited = visit_all(*network, StringTree({5}, 4, 2), {}, quiet.session);
  for (const Answer& answer : visited.answers) EXPECT_EQ(answer.margin, 0);
}

TEST(PathKernels, avx2_and_avx512_give_the_same_bytes) {
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512dq"))
    GTEST_SKIP() << "this CPU has no AVX-512";
  SplitMix64 bits(3);
  std::vector<float> a(37 * 48), b(48 * 80), bias(80), first(37 * 80, 1.0f), second = first;
  for (auto* values : {&a, &b, &bias})
    for (float& value : *values) value = static_cast<float>(bits.uniform() - 0.5);
  path_avx2::kernels<float>().matmul({37, 48, 5, a.data(), 48, b.data(), bias.data(), first.data(), 80, true});
  path_avx512::kernels<float>().matmul({37, 48, 5, a.data(), 48, b.data(), bias.data(), second.data(), 80, true});
  EXPECT_EQ(first, second);
  path_avx2::kernels<float>().activate(PathActivation::kGeluTanh, first.data(), nullptr, first.size());
  path_avx512::kernels<float>().activate(PathActivation::kGeluTanh, second.data(), nullptr, second.size());
  EXPECT_EQ(first, second);
}

}  // namespace
}  // namespace assay::circuits
