// Interventions while a network writes, against full forward passes in which an observer makes the same change; and what they cost elsewhere.
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

ModelConfig shape(Layout layout) {
  ModelConfig config = layout == Layout::kLlama ? llama_config() : gpt2_config();
  config.positions = 160, config.vocabulary = kVocabulary;
  return config;
}

Tokens prompt_of(int length) {
  Tokens tokens;
  for (int i = 0; i < length; ++i) tokens.push_back((i * 7 + i * i) % kVocabulary);
  return tokens;
}

/// z of one head becomes scale * z + added from position `from` to `to` - 1.
class ChangedHead : public Observer {
 public:
  ChangedHead(Intervention::Head head, std::int64_t from, std::int64_t to) : head_(std::move(head)), from_(from), to_(to) {}
  bool wants(SiteKind kind, int layer) const override { return kind == SiteKind::kZ && layer == head_.layer; }
  at::Tensor at_site(SiteKind, int, const at::Tensor& value) override {
    at::Tensor changed = value.clone();
    at::Tensor part = changed.select(1, head_.head).slice(1, from_, to_);
    part.mul_(head_.scale);
    if (!head_.added.empty()) part.add_(at::tensor(head_.added));
    return changed;
  }

 private:
  Intervention::Head head_;
  std::int64_t from_, to_;
};

std::vector<double> log_probabilities(const Transformer& model, const Tokens& tokens, std::size_t position, Observer* observer) {
  at::Tensor ids = at::empty({1, static_cast<std::int64_t>(tokens.size())}, at::kLong);
  std::copy(tokens.begin(), tokens.end(), ids.data_ptr<std::int64_t>());
  const at::Tensor row = at::log_softmax(model.forward(ids, observer)[0][static_cast<std::int64_t>(position)].to(at::kDouble), 0).contiguous();
  return {row.data_ptr<double>(), row.data_ptr<double>() + row.numel()};
}

struct Subject {
  explicit Subject(Layout layout) : model(shape(layout), lively_weights(shape(layout), 4)) {
    network = std::move(*make_network(Transformer(shape(layout), lively_weights(shape(layout), 4)), {"test", "float32"}));
  }
  Generation written(const Tokens& prompt, const Intervention& intervention, int threads = 1) const {
    QuietSession quiet;
    quiet.session.threads = threads;
    auto texts = network->generate({.prompts = {prompt}, .max_tokens = 12, .alternatives = 3, .intervention = intervention}, quiet.session);
    if (!texts) throw std::runtime_error(texts.error().to_string());
    return std::move(texts->front());
  }
  Transformer model;
  std::unique_ptr<Network> network;
};

Intervention::Head head_of(Layout layout) {
  Intervention::Head head{1, 1, 0.25F, {}};
  for (int i = 0; i < shape(layout).d_head; ++i) head.added.push_back(0.125F * static_cast<float>(i % 5 - 2));
  return head;
}

TEST(Intervention, a_changed_head_writes_what_full_forward_passes_with_the_same_change_give) {
  for (const Layout layout : {Layout::kGpt2, Layout::kLlama}) {
    const Subject subject(layout);
    for (const Where where : {Where::kSite, Where::kAnswer, Where::kEverywhere})
      for (const int length : {1, 9, 100}) {  // 100 rows are two blocks
        Tokens sequence = prompt_of(length);
        const Intervention intervention{.where = where, .heads = {head_of(layout)}, .biases = {}};
        const Generation text = subject.written(sequence, intervention, 2);
        const std::int64_t from = where == Where::kEverywhere ? 0 : length - 1, to = where == Where::kSite ? length : 1000;
        ChangedHead observer(head_of(layout), from, to);
        for (const GeneratedToken& token : text.tokens) {
          const std::vector<double> expected = log_probabilities(subject.model, sequence, sequence.size() - 1, &observer);
          for (const TokenProbability& other : token.alternatives)
            EXPECT_NEAR(other.log_probability, expected[static_cast<std::size_t>(other.token)], 2e-4);
          sequence.push_back(token.token);
        }
      }
  }
}

TEST(Intervention, one_that_changes_nothing_gives_the_same_bits) {
  const Subject subject(Layout::kLlama);
  const Generation plain = subject.written(prompt_of(20), {});
  const Generation same = subject.written(prompt_of(20), {.where = Where::kEverywhere, .heads = {{0, 2, 1, {}}}, .biases = {{3, 0}}});
  EXPECT_EQ(plain.log_probability, same.log_probability);
}

TEST(Intervention, a_bias_moves_one_logit_at_the_site_or_in_the_whole_answer) {
  const Subject subject(Layout::kGpt2);
  const Tokens prompt = prompt_of(5);
  const TokenId least = 17;
  const std::vector<double> own = log_probabilities(subject.model, prompt, 4, nullptr);
  const Generation site = subject.written(prompt, {.where = Where::kSite, .heads = {}, .biases = {{least, 40}}});
  EXPECT_EQ(site.tokens.front().token, least);
  const double expected = own[17] + 40 - std::log(1 + std::exp(own[17]) * (std::exp(40.0) - 1));
  EXPECT_NEAR(site.tokens.front().log_probability, expected, 2e-4);
  Tokens after = prompt;
  after.push_back(least);
  const std::vector<double> second = log_probabilities(subject.model, after, 5, nullptr);
  EXPECT_NEAR(site.tokens[1].log_probability, *std::max_element(second.begin(), second.end()), 2e-4);
  for (const GeneratedToken& token : subject.written(prompt, {.where = Where::kAnswer, .heads = {}, .biases = {{least, 40}}}).tokens)
    EXPECT_EQ(token.token, least);
}

TEST(Intervention, divergence_is_the_mean_of_what_two_forward_passes_differ_by) {
  for (const Layout layout : {Layout::kGpt2, Layout::kLlama}) {
    const Subject subject(layout);
    const Intervention intervention{.where = Where::kSite, .heads = {head_of(layout)}, .biases = {{2, 0.5F}}};
    const std::vector<Tokens> texts = {prompt_of(100), prompt_of(7)};
    QuietSession quiet;
    const Result<Divergence> found = subject.network->divergence(texts, intervention, quiet.session);
    ASSERT_TRUE(found) << found.error().to_string();
    double sum = 0, largest = 0;
    ChangedHead observer(head_of(layout), 0, 1000);
    for (const Tokens& text : texts)
      for (std::size_t position = 0; position < text.size(); ++position) {
        const std::vector<double> own = log_probabilities(subject.model, text, position, nullptr);
        std::vector<double> changed = log_probabilities(subject.model, text, position, &observer);
        const double normal = std::log(1 + std::exp(changed[2]) * (std::exp(0.5) - 1));
        double kl = 0;
        for (std::size_t token = 0; token < own.size(); ++token)
          kl += std::exp(own[token]) * (own[token] - (changed[token] + (token == 2 ? 0.5 : 0) - normal));
        sum += kl, largest = std::max(largest, kl);
      }
    EXPECT_EQ(found->positions, 107u);
    EXPECT_NEAR(found->mean_kl, sum / 107, 1e-4);
    EXPECT_NEAR(found->largest_kl, largest, 1e-3);
    EXPECT_GT(found->mean_kl, 1e-3);
    const Result<Divergence> none =
        subject.network->divergence(texts, {.where = Where::kSite, .heads = {{0, 0, 1, {}}}, .biases = {}}, quiet.session);
    ASSERT_TRUE(none);
    EXPECT_EQ(none->mean_kl, 0);
    EXPECT_EQ(none->other_first_choice, 0u);
  }
}

/// Records parts of heads at some positions of one run, or replaces them by what another one recorded.
class Parts : public Observer {
 public:
  Parts(std::vector<Intervention::Patch> patches, std::vector<std::int32_t> positions, int group)
      : patches_(std::move(patches)), positions_(std::move(positions)), group_(group), values_(patches_.size()) {}
  void replace_from(const std::vector<const Parts*>& others) { sources_ = others; }
  bool wants(SiteKind kind, int layer) const override {
    for (const Intervention::Patch& patch : patches_)
      if (kind_of(patch.part) == kind && patch.layer == layer) return true;
    return false;
  }
  at::Tensor at_site(SiteKind kind, int layer, const at::Tensor& value) override {  // [batch, heads or groups, tokens, d_head]
    at::Tensor changed = value.clone();
    for (std::size_t p = 0; p < patches_.size(); ++p) {
      if (kind_of(patches_[p].part) != kind || patches_[p].layer != layer) continue;
      const bool shared = kind == SiteKind::kK || kind == SiteKind::kV;
      at::Tensor part = changed.select(1, shared ? patches_[p].head / group_ : patches_[p].head).select(1, positions_[p]);
      values_[p] = part.clone();
      if (sources_.empty()) continue;
      at::Tensor mean = at::zeros_like(part);
      for (const Parts* source : sources_) mean += source->values_[p] / static_cast<double>(sources_.size());
      part.copy_(part * (1 - patches_[p].share) + mean * patches_[p].share);
    }
    return changed;
  }

 private:
  static SiteKind kind_of(Intervention::Part part) {
    switch (part) {
      case Intervention::Part::kOutput: return SiteKind::kZ;
      case Intervention::Part::kQuery: return SiteKind::kQ;
      case Intervention::Part::kKey: return SiteKind::kK;
      case Intervention::Part::kValue: return SiteKind::kV;
    }
    return SiteKind::kZ;
  }
  std::vector<Intervention::Patch> patches_;
  std::vector<std::int32_t> positions_;
  int group_;
  std::vector<at::Tensor> values_;
  std::vector<const Parts*> sources_;
};

const std::vector<Intervention::Patch> kPatches = {{Intervention::Part::kOutput, 1, 1, 0.75F},
                                                   {Intervention::Part::kKey, 0, 1, 1},
                                                   {Intervention::Part::kValue, 0, 1, 0.5F},
                                                   {Intervention::Part::kQuery, 1, 0, 1}};

TEST(Intervention, a_patch_writes_what_full_forward_passes_with_values_of_other_runs_give) {
  for (const Layout layout : {Layout::kGpt2, Layout::kLlama}) {
    const Subject subject(layout);
    const int group = shape(layout).heads / shape(layout).kv_heads;
    Tokens prompt = prompt_of(100), first = prompt_of(103), second = prompt_of(100);  // 100 rows are two blocks
    first[4] = 5, second[4] = 6, second[30] = 7;
    const PatchedPrompt patched{.positions = {99, 40, 40, 98}, .runs = {{first, {102, 41, 41, 98}}, {second, {99, 40, 40, 98}}}};
    QuietSession quiet;
    const auto texts = subject.network->generate({.prompts = {prompt},
                                                  .max_tokens = 8,
                                                  .alternatives = 3,
                                                  .intervention = {.heads = {}, .biases = {}, .patches = kPatches},
                                                  .patched = {patched}},
                                                 quiet.session);
    ASSERT_TRUE(texts) << texts.error().to_string();
    Parts one(kPatches, patched.runs[0].positions, group), other(kPatches, patched.runs[1].positions, group);
    log_probabilities(subject.model, first, 0, &one);
    log_probabilities(subject.model, second, 0, &other);
    Parts replaced(kPatches, patched.positions, group);
    replaced.replace_from({&one, &other});
    double moved = 0;
    for (const GeneratedToken& token : texts->front().tokens) {
      const std::vector<double> expected = log_probabilities(subject.model, prompt, prompt.size() - 1, &replaced);
      const std::vector<double> own = log_probabilities(subject.model, prompt, prompt.size() - 1, nullptr);
      for (const TokenProbability& probability : token.alternatives) {
        EXPECT_NEAR(probability.log_probability, expected[static_cast<std::size_t>(probability.token)], 2e-4);
        moved = std::max(moved, std::abs(probability.log_probability - own[static_cast<std::size_t>(probability.token)]));
      }
      prompt.push_back(token.token);
    }
    EXPECT_GT(moved, 1e-2);
  }
}

TEST(Intervention, a_patch_from_the_prompt_itself_gives_the_same_bits) {
  const Subject subject(Layout::kLlama);
  const Tokens prompt = prompt_of(100);
  std::vector<Intervention::Patch> whole = kPatches;
  for (Intervention::Patch& patch : whole) patch.share = 1;
  QuietSession quiet;
  const auto patched = subject.network->generate({.prompts = {prompt},
                                                  .max_tokens = 12,
                                                  .intervention = {.heads = {}, .biases = {}, .patches = whole},
                                                  .patched = {{{99, 40, 40, 98}, {{prompt, {99, 40, 40, 98}}}}}},
                                                 quiet.session);
  ASSERT_TRUE(patched) << patched.error().to_string();
  EXPECT_EQ(patched->front().log_probability, subject.written(prompt, {}).log_probability);
}

TEST(Intervention, a_patch_without_its_runs_is_refused) {
  const Subject subject(Layout::kLlama);
  QuietSession quiet;
  const auto expect_refused = [&](const Intervention& intervention, const std::vector<PatchedPrompt>& patched, const std::string& reason) {
    const auto texts = subject.network->generate({.prompts = {prompt_of(3)}, .intervention = intervention, .patched = patched}, quiet.session);
    ASSERT_FALSE(texts) << reason;
    EXPECT_THAT(texts.error().message, HasSubstr(reason));
  };
  const Intervention::Patch patch{Intervention::Part::kKey, 0, 0, 1};
  const Intervention one{.heads = {}, .biases = {}, .patches = {patch}};
  expect_refused(one, {}, "0 of 1 prompts");
  expect_refused(one, {{{1}, {}}}, "no run to patch from");
  expect_refused(one, {{{3}, {{prompt_of(3), {1}}}}}, "prompt 0 is patched at token 3, it has tokens 0 to 2");
  expect_refused(one, {{{2}, {{prompt_of(2), {2}}}}}, "a run that prompt 0 is patched from is patched at token 2");
  expect_refused(one, {{{1, 2}, {{prompt_of(3), {1}}}}}, "2 positions for 1 patches");
  expect_refused(one, {{{1}, {{{3, 30}, {1}}}}}, "token 30");
  expect_refused({.where = Where::kAnswer, .heads = {}, .biases = {}, .patches = {patch}}, {{{1}, {{prompt_of(3), {1}}}}}, "behind the prompt");
  expect_refused({.heads = {}, .biases = {}, .patches = {patch, {Intervention::Part::kKey, 0, 1, 1}}}, {{{1, 1}, {{prompt_of(3), {1, 1}}}}},
                 "shares its key and value");
  const std::vector<Tokens> read = {prompt_of(3)};
  EXPECT_THAT(subject.network->divergence(read, one, quiet.session).error().message, HasSubstr("no other run of a text"));
}

TEST(Intervention, what_the_network_cannot_have_is_refused) {
  const Subject subject(Layout::kLlama);
  QuietSession quiet;
  const auto expect_refused = [&](const Intervention& intervention, const std::string& reason) {
    const auto texts = subject.network->generate({.prompts = {prompt_of(3)}, .intervention = intervention}, quiet.session);
    ASSERT_FALSE(texts) << reason;
    EXPECT_THAT(texts.error().message, HasSubstr(reason));
    const std::vector<Tokens> read = {prompt_of(3)};
    EXPECT_FALSE(subject.network->divergence(read, intervention, quiet.session));
  };
  expect_refused({.heads = {{2, 0, 1, {}}}, .biases = {}}, "layers 0 to 1");
  expect_refused({.heads = {{0, 4, 1, {}}}, .biases = {}}, "heads 0 to 3");
  expect_refused({.heads = {{0, 0, std::nanf(""), {}}}, .biases = {}}, "scale is nan");
  expect_refused({.heads = {{0, 0, 1, {1, 2}}}, .biases = {}}, "adds 2 numbers to a head of width 6");
  expect_refused({.heads = {}, .biases = {{30, 1}}}, "token 30");
  expect_refused({.heads = {}, .biases = {{3, INFINITY}}}, "bias is inf");
}

}  // namespace
}  // namespace assay::circuits
