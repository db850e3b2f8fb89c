// The trainer: exact result on a small domain, same bytes on any thread count and after an interruption, losses by hand.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "base/files.h"
#include "circuits/model/load.h"
#include "circuits/training/batch.h"
#include "circuits/training/checkpoint.h"
#include "circuits/training/optimizer.h"
#include "circuits/training/trainer.h"

namespace assay::circuits {
namespace {

using ::testing::HasSubstr;

/// A Network that can only run forward: all that a DomainCheck of these tests needs.
class ForwardOnly : public Network {
 public:
  explicit ForwardOnly(Transformer transformer) : transformer_(std::move(transformer)) {}
  const NetworkInfo& info() const override { return info_; }
  std::vector<std::pair<std::string, int>> sites() const override { return {}; }
  Result<std::vector<float>> logits(std::span<const TokenId> tokens, bool) override {
    at::Tensor row = at::empty({1, static_cast<std::int64_t>(tokens.size())}, at::kLong);
    std::copy(tokens.begin(), tokens.end(), row.data_ptr<std::int64_t>());
    const at::Tensor all = transformer_.forward(row).contiguous();
    return std::vector<float>(all.data_ptr<float>(), all.data_ptr<float>() + all.numel());
  }
  Result<std::vector<std::vector<Answer>>> answers(std::span<const Tokens>, std::span<const std::vector<std::int32_t>>, const Readout&,
                                                   bool) override {
    return none();
  }
  Result<std::vector<float>> attention(std::span<const TokenId>, int, int) override { return none(); }
  Result<std::vector<float>> read_site(std::span<const Tokens>, std::span<const std::int32_t>, const std::string&) override { return none(); }
  Result<double> float_difference(std::span<const Tokens>) override { return none(); }
  Result<EnumerationSummary> enumerate(const TokenTree&, const EnumerationOptions&, const std::function<bool(const ScoredBatch&)>&,
                                       Session&) override {
    return none();
  }
  Status interchange(const InterchangeRequest&, const InterchangeVisitor&, Session&) override { return none(); }
  Result<Subspace> class_subspace(std::span<const Tokens>, std::span<const std::int32_t>, std::span<const std::int64_t>, const std::string&,
                                  int) override {
    return none();
  }
  Result<DiscoveryResult> discover(std::span<const Example>, const DiscoveryOptions&, Session&) override { return none(); }
  Result<std::vector<CircuitScores>> evaluate(std::span<const Example>, std::span<const std::vector<bool>>, const EvaluationOptions&,
                                              Session&) override {
    return none();
  }
  const CircuitGraph& graph() const override { return graph_; }

 private:
  static tl::unexpected<Error> none() { return unsupported("not part of this test"); }
  Transformer transformer_;
  NetworkInfo info_;
  CircuitGraph graph_;
};

const NetworkMaker kForwardOnly = [](const ModelConfig& config, const Weights& weights) -> Result<std::unique_ptr<Network>> {
  return std::make_unique<ForwardOnly>(Transformer(config, weights));
};

constexpr TokenId kDigits = 6;

/// The larger of the digits so far at every position from the second; lengths 2 to 3.
struct RunningMaximum : ExampleSource {
  TrainingExample example(std::uint64_t index) const override {
    TrainingExample e;
    const std::size_t length = 2 + index % 2;
    for (std::size_t i = 0; i < length; ++i, index /= kDigits) e.tokens.push_back(static_cast<TokenId>(index / 2 % kDigits));
    for (std::size_t i = 1; i < length; ++i) {
      e.positions.push_back(static_cast<std::int32_t>(i));
      e.targets.push_back(*std::max_element(e.tokens.begin(), e.tokens.begin() + static_cast<std::ptrdiff_t>(i) + 1));
    }
    return e;
  }
};

/// Legal: every digit not smaller than the last one.
struct NotSmaller : ExampleSource {
  TrainingExample example(std::uint64_t index) const override {
    const auto a = static_cast<TokenId>(index % kDigits);
    const auto b = static_cast<TokenId>(index / kDigits % kDigits);
    return {{a, b}, {0, 1}, {}, {0x3fu << a & 0x3fu, 0x3fu << b & 0x3fu}};
  }
};

Result<DomainAccuracy> check_maximum(Network& network) {
  DomainAccuracy accuracy;
  accuracy.smallest_margin = 1e30;
  for (TokenId a = 0; a < kDigits; ++a)
    for (TokenId b = 0; b < kDigits; ++b)
      for (TokenId c = 0; c < kDigits; ++c) {
        const Tokens tokens{a, b, c};
        const auto logits = *network.logits(tokens);
        std::vector<float> last(logits.end() - kDigits, logits.end());
        const auto best = std::max_element(last.begin(), last.end()) - last.begin();
        std::vector<float> sorted = last;
        std::sort(sorted.rbegin(), sorted.rend());
        ++accuracy.inputs;
        accuracy.correct += best == std::max({a, b, c});
        accuracy.smallest_margin = std::min(accuracy.smallest_margin, static_cast<double>(sorted[0] - sorted[1]));
      }
  return accuracy;
}

/// Sets the stop flag when a step is reached.
struct StopAt : Progress {
  std::atomic<bool>& flag;
  std::uint64_t at;
  StopAt(std::atomic<bool>& f, std::uint64_t step) : flag(f), at(step) {}
  void step(std::uint64_t done) override {
    if (done == at) flag = true;
  }
};

class Training : public ::testing::Test {
 protected:
  TemporaryFolder folder = *TemporaryFolder::create("training");
  Progress quiet;
  std::atomic<bool> stop{false};

  TrainingSpec spec(const std::string& name) const {
    TrainingSpec s;
    s.layers = 2, s.heads = 2, s.d_model = 16, s.positions = 5, s.vocabulary = kDigits;
    s.seed = 5, s.steps = 60, s.batch = 192, s.learning_rate = 3e-3, s.warmup = 10, s.check_every = 20, s.checkpoint_every = 25;
    s.stop_when_exact = false;
    s.output = folder.path() + "/" + name;
    return s;
  }
  Result<TrainingReport> train(const TrainingSpec& s, const ExampleSource& source = RunningMaximum(), int threads = 2) {
    Session session{quiet, stop, {}, threads};
    return train_network(s, source, check_maximum, kForwardOnly, session);
  }
  static std::string bytes(const TrainingSpec& s, const std::string& file) { return *read_file(s.output + "/" + file); }
  static void expect_same_run(const TrainingSpec& a, const TrainingSpec& b) {
    for (const char* file : {"model.safetensors", "config.json", "training_log.jsonl"}) EXPECT_EQ(bytes(a, file), bytes(b, file)) << file;
    EXPECT_FALSE(std::filesystem::exists(checkpoint_path(b)));
  }
};

TEST_F(Training, reaches_exact_accuracy_on_the_whole_domain_and_stops_there) {
  TrainingSpec s = spec("maximum");
  s.d_model = 32, s.steps = 3000, s.check_every = 100, s.stop_when_exact = true, s.stop_margin = 0.5;
  const auto report = train(s);
  ASSERT_TRUE(report.has_value()) << report.error().to_string();
  EXPECT_TRUE(report->accuracy.exact()) << report->accuracy.correct;
  EXPECT_EQ(report->accuracy.inputs, 216u);
  EXPECT_GE(report->accuracy.smallest_margin, 0.5);
  EXPECT_LT(report->steps, 3000);
  const auto stored = load_model(s.output, at::kFloat);
  ASSERT_TRUE(stored.has_value()) << stored.error().to_string();
  ForwardOnly network(stored->transformer);
  EXPECT_EQ(check_maximum(network)->smallest_margin, report->accuracy.smallest_margin);
}

TEST_F(Training, one_and_two_threads_give_the_same_bytes) {
  TrainingSpec one = spec("one"), two = spec("two");
  one.optimizer = two.optimizer = "muon";
  ASSERT_TRUE(train(one, RunningMaximum(), 1).has_value());
  ASSERT_TRUE(train(two, RunningMaximum(), 2).has_value());
  expect_same_run(one, two);
}

TEST_F(Training, another_seed_gives_another_network) {
  TrainingSpec one = spec("one"), two = spec("two");
  two.seed = 6;
  ASSERT_TRUE(train(one).has_value());
  ASSERT_TRUE(train(two).has_value());
  EXPECT_NE(bytes(one, "model.safetensors"), bytes(two, "model.safetensors"));
}

TEST_F(Training, interrupted_run_resumes_and_ends_with_the_same_bytes) {
  const TrainingSpec whole = spec("whole");
  ASSERT_TRUE(train(whole).has_value());
  for (const std::uint64_t at : {1u, 25u, 37u, 40u, 59u}) {
    const TrainingSpec broken = spec("broken" + std::to_string(at));
    StopAt progress(stop, at);
    Session session{progress, stop};
    const auto first = train_network(broken, RunningMaximum(), check_maximum, kForwardOnly, session);
    ASSERT_FALSE(first.has_value());
    EXPECT_EQ(first.error().kind, ErrorKind::kCancelled);
    EXPECT_FALSE(std::filesystem::exists(broken.output + "/model.safetensors"));
    stop = false;
    const auto second = train(broken);
    ASSERT_TRUE(second.has_value()) << second.error().to_string();
    EXPECT_TRUE(second->resumed);
    expect_same_run(whole, broken);
  }
}

TEST_F(Training, interruption_inside_the_domain_check_repeats_the_check) {
  const TrainingSpec whole = spec("whole"), broken = spec("broken");
  ASSERT_TRUE(train(whole).has_value());
  const DomainCheck interrupted = [](Network&) -> Result<DomainAccuracy> { return fail({ErrorKind::kCancelled, "interrupted", ""}); };
  Session session{quiet, stop};
  ASSERT_EQ(train_network(broken, RunningMaximum(), interrupted, kForwardOnly, session).error().kind, ErrorKind::kCancelled);
  ASSERT_TRUE(train(broken).has_value());
  expect_same_run(whole, broken);
}

TEST_F(Training, a_run_can_start_from_a_stored_model_and_only_from_one_that_fits) {
  TrainingSpec first = spec("first");
  ASSERT_TRUE(train(first).has_value());
  TrainingSpec second = spec("second");
  second.from = first.output, second.steps = 1, second.learning_rate = 1e-9, second.layers = 7;  // shapes are the model's
  ASSERT_TRUE(train(second).has_value());
  const auto before = load_model(first.output, at::kFloat), after = load_model(second.output, at::kFloat);
  ASSERT_TRUE(after.has_value()) << after.error().to_string();
  EXPECT_EQ(after->transformer.config().layers, 2);
  EXPECT_LT((before->transformer.weights().layers[1].w_q - after->transformer.weights().layers[1].w_q).abs().max().item<double>(), 1e-6);
  second.vocabulary = kDigits + 1;
  EXPECT_THAT(train(second).error().to_string(), HasSubstr("has 6 tokens, the training examples have 7"));
  second.from = first.output + "/absent";
  EXPECT_FALSE(train(second).has_value());
}

TEST_F(Training, checkpoint_of_other_examples_or_of_another_start_is_refused) {
  TrainingSpec start = spec("start");
  ASSERT_TRUE(train(start).has_value());
  TrainingSpec run = spec("run");
  run.from = start.output, run.examples = "those";
  StopAt progress(stop, 30);
  Session session{progress, stop};
  ASSERT_FALSE(train_network(run, RunningMaximum(), check_maximum, kForwardOnly, session).has_value());
  stop = false;
  TrainingSpec other = run;
  other.examples = "these";
  EXPECT_THAT(train(other).error().to_string(), HasSubstr("to other examples"));
  start.seed = 6;
  ASSERT_TRUE(train(start).has_value());
  EXPECT_THAT(train(run).error().to_string(), HasSubstr("another initial model"));
}

TEST_F(Training, checkpoint_of_another_specification_and_a_broken_one_are_refused) {
  TrainingSpec s = spec("run");
  StopAt progress(stop, 30);
  Session session{progress, stop};
  ASSERT_FALSE(train_network(s, RunningMaximum(), check_maximum, kForwardOnly, session).has_value());
  stop = false;
  TrainingSpec other = s;
  other.learning_rate *= 2;
  EXPECT_THAT(train(other).error().to_string(), HasSubstr("another specification"));
  std::filesystem::resize_file(checkpoint_path(s), std::filesystem::file_size(checkpoint_path(s)) / 2);
  EXPECT_THAT(train(s).error().to_string(), HasSubstr("remove the file"));
}

TEST_F(Training, what_is_checked_is_what_is_stored_in_sixteen_bits) {
  TrainingSpec s = spec("half");
  s.dtype = "bfloat16";
  const auto report = train(s);
  ASSERT_TRUE(report.has_value()) << report.error().to_string();
  const auto stored = load_model(s.output, at::kFloat);
  ASSERT_TRUE(stored.has_value());
  EXPECT_EQ(stored->stored_type, "bfloat16");
  ForwardOnly network(stored->transformer);
  EXPECT_EQ(check_maximum(network)->smallest_margin, report->accuracy.smallest_margin);
}

TEST_F(Training, every_layout_and_option_learns) {
  const auto first_and_last_loss = [&](TrainingSpec s, const ExampleSource& source) {
    s.steps = 1;
    const double first = train(s, source)->final_loss;
    s.steps = 150;
    return std::pair{first, train(s, source)->final_loss};
  };
  TrainingSpec llama = spec("llama");
  llama.layout = "llama", llama.heads = 4, llama.kv_heads = 2, llama.d_mlp = 24;
  TrainingSpec bare = spec("bare");
  bare.mlp = false, bare.norm = false, bare.margin_loss = 0.1;
  TrainingSpec muon = llama;
  muon.optimizer = "muon", muon.output = folder.path() + "/muon";
  TrainingSpec tied = spec("tied");
  tied.tied_embeddings = true, tied.activation = "relu", tied.schedule = "linear";
  for (const TrainingSpec& s : {llama, bare, muon, tied}) {
    const auto [first, last] = first_and_last_loss(s, RunningMaximum());
    EXPECT_LT(last, 0.7 * first) << s.output;
  }
  const auto [first, last] = first_and_last_loss(spec("sets"), NotSmaller());
  EXPECT_LT(last, 0.7 * first);
}

TEST_F(Training, wrong_specifications_and_examples_say_what_is_wrong) {
  const auto error_of = [&](void (*change)(TrainingSpec&)) {
    TrainingSpec s = spec("wrong");
    change(s);
    const auto report = train(s);
    return report ? std::string("no error") : report.error().to_string();
  };
  EXPECT_THAT(error_of([](TrainingSpec& s) { s.steps = 0; }), HasSubstr("steps"));
  EXPECT_THAT(error_of([](TrainingSpec& s) { s.batch = -1; }), HasSubstr("batch"));
  EXPECT_THAT(error_of([](TrainingSpec& s) { s.learning_rate = std::nan(""); }), HasSubstr("learning_rate"));
  EXPECT_THAT(error_of([](TrainingSpec& s) { s.schedule = "cosin"; }), HasSubstr("schedule"));
  EXPECT_THAT(error_of([](TrainingSpec& s) { s.layout = "bert"; }), HasSubstr("layout"));
  EXPECT_THAT(error_of([](TrainingSpec& s) { s.dtype = "int8"; }), HasSubstr("dtype"));
  EXPECT_THAT(error_of([](TrainingSpec& s) { s.check_every = 0; }), HasSubstr("check_every"));
  EXPECT_THAT(error_of([](TrainingSpec& s) { s.heads = 3; }), HasSubstr("3"));
  EXPECT_THAT(error_of([](TrainingSpec& s) { s.vocabulary = 3; }), HasSubstr("token"));
  EXPECT_THAT(error_of([](TrainingSpec& s) { s.positions = 2; }), HasSubstr("3 tokens"));
}

ModelConfig small_config() {
  ModelConfig config;
  config.vocabulary = 3, config.positions = 4;
  return config;
}

TEST(Batch, sequences_of_different_lengths_are_padded_and_only_scored_positions_counted) {
  const TrainingExample examples[] = {{{1, 2, 0}, {2}, {1}, {}}, {{2}, {0}, {2}, {}}};
  const auto batch = make_batch(examples, small_config());
  ASSERT_TRUE(batch.has_value());
  EXPECT_EQ(batch->tokens.sizes(), (std::vector<std::int64_t>{2, 3}));
  EXPECT_TRUE(batch->scored.equal(at::tensor({2, 3}, at::kLong)));
  EXPECT_TRUE(batch->targets.equal(at::tensor({1, 2}, at::kLong)));
}

TEST(Batch, cross_entropy_and_margin_are_the_ones_computed_by_hand) {
  const TrainingExample examples[] = {{{0}, {0}, {1}, {}}};
  const auto batch = make_batch(examples, small_config());
  TrainingSpec s;
  const at::Tensor logits = at::tensor({1.0, 2.0, 0.5}).unsqueeze(0);
  const double cross_entropy = std::log(std::exp(1.0) + std::exp(2.0) + std::exp(0.5)) - 2.0;
  EXPECT_NEAR(loss_sum(logits, *batch, s).item<double>(), cross_entropy, 1e-6);
  s.margin_loss = 0.5, s.margin = 3;  // margin of the target: 2 - 1 = 1
  EXPECT_NEAR(loss_sum(logits, *batch, s).item<double>(), cross_entropy + 0.5 * 2, 1e-6);
}

TEST(Batch, set_loss_is_the_mean_binary_cross_entropy_over_all_tokens) {
  const TrainingExample examples[] = {{{0}, {0}, {}, {0b101}}};
  const auto batch = make_batch(examples, small_config());
  TrainingSpec s;
  const at::Tensor logits = at::tensor({1.0, -2.0, 0.5}).unsqueeze(0);
  const double by_hand = (std::log1p(std::exp(-1.0)) + std::log1p(std::exp(-2.0)) + std::log1p(std::exp(-0.5))) / 3;
  EXPECT_NEAR(loss_sum(logits, *batch, s).item<double>(), by_hand, 1e-6);
  s.margin_loss = 1, s.margin = 2;  // short of the margin by 1, 0 and 1.5
  EXPECT_NEAR(loss_sum(logits, *batch, s).item<double>(), by_hand + 2.5 / 3, 1e-6);
}

TEST(Optimizer, learning_rate_warms_up_and_decays) {
  TrainingSpec s;
  s.learning_rate = 1, s.warmup = 4, s.steps = 104;
  EXPECT_DOUBLE_EQ(learning_rate(s, 0), 0.25);
  EXPECT_DOUBLE_EQ(learning_rate(s, 3), 1);
  EXPECT_DOUBLE_EQ(learning_rate(s, 54), 0.5);
  s.schedule = "linear";
  EXPECT_DOUBLE_EQ(learning_rate(s, 29), 0.75);
  s.schedule = "constant";
  EXPECT_DOUBLE_EQ(learning_rate(s, 103), 1);
}

TEST(Optimizer, orthogonalised_matrix_keeps_the_singular_vectors_and_brings_every_singular_value_near_one) {
  at::manual_seed(3);
  for (const auto& [rows, columns] : {std::pair{6, 6}, {4, 9}, {9, 4}}) {
    const at::Tensor matrix = at::randn({rows, columns}) + 3 * at::eye(rows, columns);  // no singular value near 0: five steps do not lift those
    const auto [u, values, v] = at::linalg_svd(matrix, false);
    const at::Tensor between = at::mm(at::mm(u.t(), orthogonalised(matrix)), v.t());  // diagonal iff the singular vectors are kept
    EXPECT_LT((between - at::diag(at::diagonal(between))).abs().max().item<double>(), 1e-3) << rows << " x " << columns;
    EXPECT_GT(at::diagonal(between).min().item<double>(), 0.6);
    EXPECT_LT(at::diagonal(between).max().item<double>(), 1.3);
  }
}

TEST(Optimizer, muon_steps_matrices_of_layers_along_the_orthogonalised_momentum_and_leaves_embeddings_to_adamw) {
  Weights weights;
  weights.token_embedding = at::ones({1, 2});
  weights.layers.resize(1);
  weights.layers[0].w_q = at::eye(2);
  FlatParameters parameters(weights);
  Optimizer optimizer(6);
  TrainingSpec s;
  s.optimizer = "muon", s.learning_rate = 0.1, s.warmup = 0, s.schedule = "constant", s.weight_decay = 0.5, s.clip = 0;
  optimizer.update(parameters, {2, -1, 3, 0, 0, 5}, 1, s, 0, 1);
  EXPECT_NEAR(parameters.values()[0], 0.95 - 0.1, 1e-6);  // AdamW's first step: the sign
  EXPECT_NEAR(parameters.values()[1], 0.95 + 0.1, 1e-6);
  const double along = 0.2 * std::sqrt(2.0) * 0.1;
  const at::Tensor direction = orthogonalised(at::tensor({3.0F, 0.0F, 0.0F, 5.0F}).view({2, 2}));
  EXPECT_NEAR(parameters.values()[2], 0.95 - along * direction[0][0].item<double>(), 1e-5);
  EXPECT_NEAR(parameters.values()[3], 0, 1e-5);
  EXPECT_NEAR(parameters.values()[5], 0.95 - along * direction[1][1].item<double>(), 1e-5);
}

TEST(Optimizer, two_steps_of_adamw_are_the_ones_computed_by_hand) {
  Weights weights;
  weights.token_embedding = at::tensor({1.0F, 1.0F}).view({1, 2});
  FlatParameters parameters(weights);
  Optimizer optimizer(2);
  TrainingSpec s;
  s.learning_rate = 0.1, s.warmup = 0, s.schedule = "constant", s.weight_decay = 0.5, s.clip = 0;
  const auto by_hand = [&](std::vector<double> gradients) {
    double value = 1, m = 0, v = 0;
    for (std::size_t t = 0; t < gradients.size(); ++t) {
      const double g = gradients[t];
      m = 0.9 * m + 0.1 * g, v = 0.999 * v + 0.001 * g * g;
      const auto steps = static_cast<double>(t + 1);
      value -= 0.1 * 0.5 * value + 0.1 * (m / (1 - std::pow(0.9, steps))) / (std::sqrt(v / (1 - std::pow(0.999, steps))) + 1e-8);
    }
    return value;
  };
  optimizer.update(parameters, {2, -1}, 1, s, 0, 1);
  EXPECT_NEAR(parameters.values()[0], by_hand({2}), 1e-6);
  optimizer.update(parameters, {3, 4}, 1, s, 1, 1);
  EXPECT_NEAR(parameters.values()[0], by_hand({2, 3}), 1e-6);
  EXPECT_NEAR(parameters.values()[1], by_hand({-1, 4}), 1e-6);
}

TEST(Optimizer, gradient_norm_is_clipped) {
  Weights weights;
  weights.token_embedding = at::zeros({1, 2});
  FlatParameters parameters(weights);
  Optimizer optimizer(2);
  TrainingSpec s;
  s.clip = 1;
  EXPECT_NEAR(optimizer.update(parameters, {30, 40}, 0.1, s, 0, 1), 5, 1e-6);
  EXPECT_NEAR(optimizer.first_moment[0], 0.1 * 0.6, 1e-6);
  EXPECT_NEAR(optimizer.first_moment[1], 0.1 * 0.8, 1e-6);
}

}  // namespace
}  // namespace assay::circuits
