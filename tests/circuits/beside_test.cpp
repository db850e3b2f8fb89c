// Heads and MLPs that take, while a text is written, what they write in another text that is read beside it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "circuits/engine/network.h"
#include "circuits/model/transformer.h"
#include "network_fixtures.h"

namespace assay::circuits {
namespace {

using ::testing::HasSubstr;
using Where = Intervention::Where;

constexpr int kVocabulary = 30;

/// Prompts of different numbers end with the same token.
Tokens prompt_of(int length, int number) {
  Tokens tokens;
  for (int i = 0; i + 1 < length; ++i) tokens.push_back((i * 7 + i * i + 3 * number) % kVocabulary);
  tokens.push_back(5);
  return tokens;
}

struct Beside : ::testing::TestWithParam<Layout> {
  ModelConfig shape() const {
    ModelConfig config = GetParam() == Layout::kLlama ? llama_config() : gpt2_config();
    config.positions = 160, config.vocabulary = kVocabulary;
    return config;
  }
  std::vector<Intervention::Taken> everything() const {
    std::vector<Intervention::Taken> all;
    for (int layer = 0; layer < shape().layers; ++layer) {
      all.push_back({.layer = layer});
      for (int head = 0; head < shape().heads; ++head) all.push_back({layer, head, 1});
    }
    return all;
  }
  Result<std::vector<Generation>> texts(const GenerationRequest& request, int threads = 1) const {
    auto network = std::move(*make_network(Transformer(shape(), lively_weights(shape(), 4)), {"test", "float32"}));
    QuietSession quiet;
    quiet.session.threads = threads;
    return network->generate(request, quiet.session);
  }
  Generation written(const Tokens& prompt, std::vector<Intervention::Taken> taken, const Tokens& beside, Where where = Where::kAnswer,
                     int threads = 1) const {
    GenerationRequest request{.prompts = {prompt}, .max_tokens = 20, .alternatives = 3};
    if (!taken.empty()) request.beside = {beside};
    request.intervention.where = where;
    request.intervention.taken = std::move(taken);
    const auto texts_written = texts(request, threads);
    EXPECT_TRUE(texts_written) << texts_written.error().to_string();
    return texts_written->front();
  }
};

std::vector<TokenId> tokens_of(const Generation& generation) {
  std::vector<TokenId> tokens;
  for (const GeneratedToken& token : generation.tokens) tokens.push_back(token.token);
  return tokens;
}

TEST_P(Beside, what_takes_everything_writes_what_is_written_behind_the_other_prompt) {
  // GPT-2 adds the position to the embedding, so there the prompts are equally long; Llama's need not be.
  const int other_length = GetParam() == Layout::kLlama ? 97 + 30 : 20;
  const Tokens prompt = prompt_of(20, 1), other = prompt_of(other_length, 2);
  const Generation own = written(prompt, {}, {}), others = written(other, {}, {});
  ASSERT_NE(tokens_of(own), tokens_of(others));
  for (const int threads : {1, 3}) {
    const Generation taken = written(prompt, everything(), other, Where::kAnswer, threads);
    EXPECT_EQ(tokens_of(taken), tokens_of(others));
    EXPECT_EQ(taken.log_probability, others.log_probability);
  }
}

TEST_P(Beside, taking_from_the_prompt_itself_changes_not_one_bit) {
  const Tokens prompt = prompt_of(100, 1);
  EXPECT_EQ(written(prompt, everything(), prompt).log_probability, written(prompt, {}, {}).log_probability);
}

TEST_P(Beside, a_share_of_nothing_changes_nothing_and_one_node_is_not_everything) {
  const Tokens prompt = prompt_of(20, 1), other = prompt_of(20, 2);
  const Generation own = written(prompt, {}, {});
  EXPECT_EQ(written(prompt, {{.layer = 1, .share = 0}}, other).log_probability, own.log_probability);
  const double mlp = written(prompt, {{.layer = 1}}, other).log_probability, head = written(prompt, {{1, 1, 1}}, other).log_probability;
  EXPECT_NE(mlp, own.log_probability);
  EXPECT_NE(head, own.log_probability);
  EXPECT_NE(mlp, head);
  EXPECT_NE(written(prompt, {{.layer = 1, .share = 0.5F}}, other).log_probability, mlp);
}

TEST_P(Beside, at_the_site_only_the_first_token_is_another) {
  const Tokens prompt = prompt_of(20, 1), other = prompt_of(20, 2);
  const Generation at_site = written(prompt, everything(), other, Where::kSite);
  ASSERT_FALSE(at_site.tokens.empty());
  EXPECT_EQ(at_site.tokens[0].token, written(other, {}, {}).tokens[0].token);
  Tokens forced = prompt;
  forced.push_back(at_site.tokens[0].token);
  const auto rest = tokens_of(written(forced, {}, {})), all = tokens_of(at_site);
  EXPECT_TRUE(std::equal(all.begin() + 1, all.end(), rest.begin()));
}

TEST_P(Beside, what_cannot_be_taken_is_refused) {
  const auto expect_refused = [&](std::vector<Intervention::Taken> taken, std::vector<Tokens> beside, const std::string& reason, int batch = 8,
                                  Where where = Where::kAnswer) {
    GenerationRequest request{.prompts = {prompt_of(3, 1)}, .batch = batch};
    request.beside = std::move(beside);
    request.intervention.where = where;
    request.intervention.taken = std::move(taken);
    const auto refused = texts(request);
    ASSERT_FALSE(refused) << reason;
    EXPECT_THAT(refused.error().to_string(), HasSubstr(reason));
  };
  const Tokens other = prompt_of(4, 2);
  expect_refused({{.layer = 2}}, {other}, "the MLP of layer 2");
  expect_refused({{0, 9, 1}}, {other}, "head 9 of layer 0");
  expect_refused({{0, 1, 1}, {0, 1, 1}}, {other}, "takes one thing twice");
  expect_refused({{0, 1, std::nanf("")}}, {other}, "share is nan");
  expect_refused({{0, 1, 1}}, {}, "0 of 1 prompts");
  expect_refused({{0, 1, 1}}, {{}}, "is empty");
  expect_refused({{0, 1, 1}}, {other}, "batch is 96", 96);
  expect_refused({{0, 1, 1}}, {other}, "need not be as many", 8, Where::kEverywhere);
}

INSTANTIATE_TEST_SUITE_P(Layouts, Beside, ::testing::Values(Layout::kGpt2, Layout::kLlama),
                         [](const auto& one) { return one.param == Layout::kLlama ? "llama" : "gpt2"; });

}  // namespace
}  // namespace assay::circuits
