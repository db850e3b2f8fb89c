// Generation on small random networks: cached steps against full forward passes, the same bits whatever the batch and the threads, sampling
// against the probabilities it claims, and every way in which a text ends.
#include "circuits/generation/generate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "circuits/engine/network.h"
#include "circuits/generation/sampler.h"
#include "circuits/generation/team.h"
#include "network_fixtures.h"
#include "tokenizer_fixtures.h"

namespace assay::circuits {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Finish = Generation::Finish;

constexpr int kPositions = 160;

ModelConfig shape(Layout layout) {
  ModelConfig config = layout == Layout::kLlama ? llama_config() : gpt2_config();
  config.positions = kPositions, config.vocabulary = 30;
  return config;
}

std::unique_ptr<Network> network_of(const ModelConfig& config, std::uint64_t seed = 4) {
  return std::move(*make_network(Transformer(config, lively_weights(config, seed)), {"test", "float32"}));
}

Tokens prompt_of(int length, int step = 7) {
  Tokens tokens;
  for (int i = 0; i < length; ++i) tokens.push_back((i * step + i * i) % 30);
  return tokens;
}

std::vector<Generation> written(Network& network, const GenerationRequest& request, int threads = 1) {
  QuietSession quiet;
  quiet.session.threads = threads;
  auto texts = network.generate(request, quiet.session);
  if (!texts) throw std::runtime_error(texts.error().to_string());
  return std::move(*texts);
}

Tokens tokens_of(const Generation& generation) {
  Tokens tokens;
  for (const GeneratedToken& token : generation.tokens) tokens.push_back(token.token);
  return tokens;
}

/// log-probabilities of the next token after `tokens`, from a full forward pass.
std::vector<double> full_distribution(Network& network, const Tokens& tokens) {
  const std::vector<float> logits = *network.logits(tokens);
  const std::span<const float> last = std::span(logits).subspan((tokens.size() - 1) * 30, 30);
  double sum = 0;
  for (float logit : last) sum += std::exp(static_cast<double>(logit));
  std::vector<double> out;
  for (float logit : last) out.push_back(static_cast<double>(logit) - std::log(sum));
  return out;
}

void expect_same(const std::vector<Generation>& left, const std::vector<Generation>& right) {
  ASSERT_EQ(left.size(), right.size());
  for (std::size_t i = 0; i < left.size(); ++i) {
    ASSERT_EQ(tokens_of(left[i]), tokens_of(right[i])) << "text " << i;
    EXPECT_EQ(left[i].log_probability, right[i].log_probability) << "text " << i;  // the same bits
    for (std::size_t t = 0; t < left[i].tokens.size(); ++t)
      for (std::size_t a = 0; a < left[i].tokens[t].alternatives.size(); ++a)
        EXPECT_EQ(left[i].tokens[t].alternatives[a].log_probability, right[i].tokens[t].alternatives[a].log_probability);
  }
}

TEST(Generation, greedy_steps_are_what_full_forward_passes_give_in_both_layouts) {
  std::vector<ModelConfig> shapes = {shape(Layout::kGpt2), shape(Layout::kLlama)};
  shapes.push_back(shapes[0]);
  shapes[2].has_mlp = shapes[2].has_norm = false, shapes[2].d_mlp = 0;
  for (const ModelConfig& config : shapes) {
    auto network = network_of(config);
    for (int length : {1, 5, 100}) {  // 100 rows are two blocks
      Tokens sequence = prompt_of(length);
      const Generation text = written(*network, {.prompts = {sequence}, .max_tokens = 20, .alternatives = 3}, 2).front();
      ASSERT_EQ(text.tokens.size(), 20u);
      double total = 0;
      for (const GeneratedToken& token : text.tokens) {
        const std::vector<double> expected = full_distribution(*network, sequence);
        const auto best = std::max_element(expected.begin(), expected.end());
        EXPECT_NEAR(token.log_probability, *best, 2e-4);
        EXPECT_NEAR(expected[static_cast<std::size_t>(token.token)], *best, 2e-4);
        EXPECT_EQ(token.alternatives.front().token, token.token);
        for (const TokenProbability& other : token.alternatives)
          EXPECT_NEAR(other.log_probability, expected[static_cast<std::size_t>(other.token)], 2e-4);
        total += token.log_probability;
        sequence.push_back(token.token);
      }
      EXPECT_DOUBLE_EQ(text.log_probability, total);
    }
  }
}

TEST(Generation, neither_batch_nor_threads_nor_neighbours_change_a_bit) {
  for (Layout layout : {Layout::kGpt2, Layout::kLlama}) {
    auto network = network_of(shape(layout));
    GenerationRequest request{.prompts = {prompt_of(3), prompt_of(20, 3), prompt_of(97, 5)},
                              .samples = 5,
                              .max_tokens = 15,
                              .temperature = 1.3,
                              .top_p = 0.9,
                              .seed = 11,
                              .alternatives = 2,
                              .batch = 1};
    const std::vector<Generation> alone = written(*network, request, 1);
    for (int batch : {2, 4, 7, 15})
      for (int threads : {1, 2, 3}) {
        request.batch = batch;
        expect_same(alone, written(*network, request, threads));
      }
    request.prompts = {prompt_of(20, 3)};
    const std::vector<Generation> one_prompt = written(*network, request, 2);
    expect_same(one_prompt, {alone.begin() + 5, alone.begin() + 10});
  }
}

TEST(Generation, samples_differ_and_the_seed_decides) {
  auto network = network_of(shape(Layout::kLlama));
  GenerationRequest request{.prompts = {prompt_of(4)}, .samples = 4, .max_tokens = 12, .temperature = 1.5, .seed = 1};
  const auto first = written(*network, request);
  EXPECT_NE(tokens_of(first[0]), tokens_of(first[1]));
  EXPECT_EQ(tokens_of(first[2]), tokens_of(written(*network, request)[2]));
  request.seed = 2;
  EXPECT_NE(tokens_of(first[0]), tokens_of(written(*network, request)[0]));
}

TEST(Sampler, draws_tokens_as_often_as_their_probabilities_say) {
  const std::vector<float> logits = {0.0f, 1.0f, -1.0f, 2.0f, std::nanf("")};
  for (double temperature : {0.5, 1.0, 2.0}) {
    Sampler sampler({.temperature = temperature});
    std::vector<double> expected, count(5);
    double sum = 0;
    for (float logit : logits) expected.push_back(std::isnan(logit) ? 0 : std::exp(static_cast<double>(logit) / temperature)), sum += expected.back();
    constexpr int kDraws = 40000;
    for (std::uint64_t i = 0; i < kDraws; ++i) ++count[static_cast<std::size_t>(sampler.choose(logits, draw_of(5, i, 3)).token)];
    for (std::size_t i = 0; i < 5; ++i)
      EXPECT_NEAR(count[i] / kDraws, expected[i] / sum, 0.012) << "temperature " << temperature << " token " << i;  // five deviations
  }
}

TEST(Sampler, top_p_keeps_the_smallest_set_that_reaches_it) {
  const std::vector<float> logits = {std::log(0.1f), std::log(0.4f), std::log(0.2f), std::log(0.3f)};
  Sampler sampler({.temperature = 1, .top_p = 0.69});
  std::vector<double> count(4);
  for (std::uint64_t i = 0; i < 20000; ++i) ++count[static_cast<std::size_t>(sampler.choose(logits, draw_of(1, 0, i)).token)];
  EXPECT_EQ(count[0] + count[2], 0);
  EXPECT_NEAR(count[1] / 20000, 0.4 / 0.7, 0.02);
  Sampler narrow({.temperature = 1, .top_p = 1e-9});
  EXPECT_EQ(narrow.choose(logits, 0.999).token, 1);
  EXPECT_NEAR(narrow.choose(logits, 0.5).log_probability, std::log(0.4), 1e-6);  // the network's own probability
}

TEST(Sampler, ties_go_to_the_smaller_id) {
  Sampler sampler({.alternatives = 3});
  const GeneratedToken token = sampler.choose(std::vector<float>{1, 3, 3, 2}, 0);
  EXPECT_EQ(token.token, 1);
  EXPECT_THAT((Tokens{token.alternatives[0].token, token.alternatives[1].token, token.alternatives[2].token}), ElementsAre(1, 2, 3));
}

/// A network with a tokenizer beside it whose ids are single bytes: 'a' is token 0 and so on; token 29 is "<|endoftext|>".
struct StoredWriter {
  StoredWriter() : folder(stored_network(shape(Layout::kLlama), lively_weights(shape(Layout::kLlama), 4))) {
    nlohmann::json vocabulary;
    for (int id = 0; id < 29; ++id) vocabulary[std::string(1, static_cast<char>("abcdefghijklmnopqrstuvwxyzABC"[id]))] = id;
    nlohmann::json json = byte_level_json({});
    json["model"]["vocab"] = vocabulary;
    json["added_tokens"] = {{{"id", 29}, {"content", "<|endoftext|>"}, {"special", true}}};
    store(json);
  }
  void store(const nlohmann::json& json) {
    if (!write_file(folder.path() + "/tokenizer.json", json.dump())) throw std::runtime_error("cannot write");
    network = std::move(*(**open_engine()).load(folder.path(), {}));
  }
  TemporaryFolder folder;
  std::unique_ptr<Network> network;
};

TEST(Generation, token_ranges_tile_the_text_and_a_stop_string_ends_it) {
  StoredWriter writer;
  GenerationRequest request{.prompts = {prompt_of(4)}, .max_tokens = 40, .temperature = 2, .seed = 3, .ignore_end_tokens = true};
  const Generation whole = written(*writer.network, request).front();
  EXPECT_EQ(whole.finish, Finish::kTokenLimit);
  std::size_t at = 0;
  for (const GeneratedToken& token : whole.tokens) {
    EXPECT_EQ(token.begin, at);
    at = token.end;
  }
  EXPECT_EQ(at, whole.text.size());
  const std::string stop = whole.text.substr(7, 3);  // spans three tokens
  request.stop = {"not there", stop};
  const Generation cut = written(*writer.network, request).front();
  EXPECT_EQ(cut.finish, Finish::kStopString);
  EXPECT_EQ(cut.stop, stop);
  EXPECT_EQ(cut.text, whole.text.substr(0, whole.text.find(stop)));
  EXPECT_EQ(cut.tokens.size(), whole.text.find(stop) + 3);
}

TEST(Generation, ends_at_end_tokens_token_limit_and_the_end_of_the_position_table) {
  StoredWriter writer;
  GenerationRequest request{.prompts = {prompt_of(150)}, .max_tokens = 1000, .temperature = 3, .seed = 1};
  const Generation ended = written(*writer.network, request).front();
  request.ignore_end_tokens = true;
  const Generation full = written(*writer.network, request).front();
  EXPECT_EQ(full.finish, Finish::kPositions);  // a network that never stops
  EXPECT_EQ(full.tokens.size(), 10u);
  request.max_tokens = 4;
  EXPECT_EQ(written(*writer.network, request).front().finish, Finish::kTokenLimit);
  request.max_tokens = 1000, request.ignore_end_tokens = false, request.end_tokens = {full.tokens[2].token};
  const Generation chosen = written(*writer.network, request).front();
  EXPECT_EQ(chosen.finish, Finish::kEndToken);
  EXPECT_LE(chosen.tokens.size(), 2u);
  EXPECT_THAT(ended.finish, ::testing::AnyOf(Finish::kEndToken, Finish::kPositions));
}

TEST(Generation, a_cancelled_session_returns_what_was_written) {
  auto network = network_of(shape(Layout::kLlama));
  QuietSession quiet;
  quiet.stop = true;
  auto texts = network->generate({.prompts = {prompt_of(3)}, .samples = 2}, quiet.session);
  ASSERT_TRUE(texts);
  EXPECT_EQ(texts->size(), 2u);
  for (const Generation& text : *texts) EXPECT_EQ(text.finish, Finish::kCancelled);
}

TEST(Generation, refuses_requests_that_make_no_sense) {
  auto network = network_of(shape(Layout::kLlama));
  QuietSession quiet;
  const auto expect_refused = [&](const GenerationRequest& request, const std::string& reason) {
    auto texts = network->generate(request, quiet.session);
    ASSERT_FALSE(texts) << reason;
    EXPECT_THAT(texts.error().message, HasSubstr(reason));
    EXPECT_FALSE(texts.error().remedy.empty());
  };
  const std::vector<Tokens> good = {prompt_of(3)};
  expect_refused({.prompts = {{}}}, "prompt 0 is empty");
  expect_refused({.prompts = {{1, 30}}}, "token 30, the network has tokens 0 to 29");
  expect_refused({.prompts = {prompt_of(kPositions)}}, "160 positions");
  expect_refused({.prompts = good, .samples = 0}, "samples is 0");
  expect_refused({.prompts = good, .max_tokens = 0}, "max_tokens is 0");
  expect_refused({.prompts = good, .temperature = -1}, "temperature is -1");
  expect_refused({.prompts = good, .temperature = std::nan("")}, "temperature");
  expect_refused({.prompts = good, .top_p = 0}, "top_p is 0");
  expect_refused({.prompts = good, .batch = 97}, "batch is 97");
  expect_refused({.prompts = good, .stop = {"x"}}, "text with a network in memory");
}

TEST(NetworkTokenizer, a_tokenizer_with_ids_that_the_network_lacks_is_refused) {
  StoredWriter writer;
  auto words = writer.network->tokenizer();
  ASSERT_TRUE(words) << words.error().to_string();
  EXPECT_EQ((*words)->info().vocabulary, 30);
  nlohmann::json json = nlohmann::json::parse(*read_file(writer.folder.path() + "/tokenizer.json"));
  json["added_tokens"].push_back({{"id", 30}, {"content", "<more>"}, {"special", false}});
  writer.store(json);
  auto larger = writer.network->tokenizer();
  ASSERT_FALSE(larger);
  EXPECT_THAT(larger.error().message, HasSubstr("ids up to 30, the network has 30 tokens"));
  QuietSession quiet;
  EXPECT_FALSE(writer.network->generate({.prompts = {{1}}, .stop = {"x"}}, quiet.session));
}

TEST(Team, every_member_works_and_all_meet) {
  for (int members : {1, 2, 4}) {
    Team team(members);
    for (int round = 0; round < 200; ++round) {
      std::vector<int> first(static_cast<std::size_t>(members)), sums(static_cast<std::size_t>(members));
      team.run([&](int member) {
        first[static_cast<std::size_t>(member)] = member + round;
        team.meet();
        for (int value : first) sums[static_cast<std::size_t>(member)] += value;
      });
      for (int sum : sums) EXPECT_EQ(sum, members * round + members * (members - 1) / 2);
    }
    EXPECT_THROW(team.run([&](int member) {
      if (member == members - 1) throw std::runtime_error("stop");
    }),
                 std::runtime_error);
    team.run([](int) {});
  }
}

}  // namespace
}  // namespace assay::circuits
