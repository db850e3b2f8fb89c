// A real pre-trained model: SmolLM2-135M-Instruct in Q4_1. Its tokens and logits against recorded ones, its tokenizer against two other
// implementations, its answers against what an independent tool saw, and every kind of site on 30 layers.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "circuits/model/load.h"
#include "network_fixtures.h"
#include "shared_models.h"
#include "smollm2_model.h"

namespace assay::circuits {
namespace {

using ::testing::HasSubstr;

class SmolLm2 : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!smollm2_present()) GTEST_SKIP() << no_smollm2();
  }
  /// Loaded once for all tests.
  static Network& network() {
    static const std::unique_ptr<Network> kNetwork = load_smollm2();
    return *kNetwork;
  }
  static const Tokenizer& words() { return **network().tokenizer(); }

  static Generation continued(const std::string& text, int tokens, int alternatives = 8) {
    QuietSession quiet;
    GenerationRequest request{.prompts = {words().encode(text)->tokens}, .max_tokens = tokens, .alternatives = alternatives};
    auto texts = network().generate(request, quiet.session);
    if (!texts) throw std::runtime_error(texts.error().to_string());
    return texts->front();
  }
  static double probability(const GeneratedToken& token, const std::string& text) {
    for (const TokenProbability& each : token.alternatives)
      if (words().bytes_of(each.token) == text) return std::exp(each.log_probability);
    return 0;
  }
};

std::vector<nlohmann::json> golden_lines() {
  std::vector<nlohmann::json> lines;
  std::ifstream file(shared_models() + "/golden_logits.jsonl");
  for (std::string line; std::getline(file, line);)
    if (nlohmann::json json = nlohmann::json::parse(line); json["model"] == "smollm2_135m_q4_1") lines.push_back(std::move(json));
  return lines;
}

TEST_F(SmolLm2, reproduces_recorded_tokens_and_logits) {
  if (!shared_models_present()) GTEST_SKIP() << "no models in " << shared_models() << "; set ASSAY_SHARED";
  const std::vector<nlohmann::json> lines = golden_lines();
  EXPECT_EQ(lines.size(), 3u);
  for (const nlohmann::json& line : lines) {
    const Tokens tokens = words().encode(line["text"].get<std::string>())->tokens;
    ASSERT_EQ(tokens, line["input_ids"].get<Tokens>());
    EXPECT_EQ(words().decode(tokens), line["text"].get<std::string>());
    std::vector<float> values = *network().logits(tokens);
    const std::size_t vocabulary = 49152;
    const at::Tensor logits =
        at::from_blob(values.data(), {static_cast<std::int64_t>(tokens.size()), static_cast<std::int64_t>(vocabulary)}, at::kFloat).to(at::kDouble);
    auto [top, places] = logits[-1].topk(5);
    for (std::int64_t i = 0; i < 5; ++i) {
      EXPECT_EQ(places[i].item<std::int64_t>(), line["last_logits_top5"][static_cast<std::size_t>(i)][0].get<std::int64_t>());
      EXPECT_NEAR(top[i].item<double>(), line["last_logits_top5"][static_cast<std::size_t>(i)][1].get<double>(), 2e-3);
    }
    EXPECT_NEAR(logits[-1].norm().item<double>(), line["last_logit_l2"].get<double>(), 2e-2);
    const double tolerance = 1e-5 * static_cast<double>(vocabulary) * logits.abs().max().item<double>();
    for (std::size_t p = 0; p < tokens.size(); ++p)
      EXPECT_NEAR(logits[static_cast<std::int64_t>(p)].sum().item<double>(), line["logit_sum_per_position"][p].get<double>(), tolerance)
          << "position " << p;
  }
}

TEST_F(SmolLm2, says_what_its_file_says_about_text) {
  const TokenizerInfo& info = words().info();
  EXPECT_FALSE(info.adds_bos);
  EXPECT_EQ(info.pre_tokenizer, "smollm");
  EXPECT_THAT(info.chat_template, HasSubstr("<|im_start|>"));
  EXPECT_EQ(words().encode("<|im_end|>", {.control_tokens = true})->tokens, Tokens{info.eos});
  EXPECT_EQ(network().info().vocabulary, info.vocabulary);
  EXPECT_EQ(network().info().processing, "float32, widened from Q4_1, F32, Q8_0");
}

/// reference/tokenizer_ids.py records what llama.cpp and Hugging Face tokenizers make of generated strings.
TEST_F(SmolLm2, tokenizes_thousands_of_strings_as_two_other_implementations_do) {
  const std::string path = std::string(ASSAY_SOURCE_DIR) + "/build/reference/smollm2_tokens.json";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path << "; run tests/circuits/reference/tokenizer_ids.py";
  const nlohmann::json recorded = nlohmann::json::parse(*read_file(path, 512u << 20));
  EXPECT_GE(recorded["strings"].size(), 2000u);
  const Tokenizer from_json = *Tokenizer::open(std::string(ASSAY_SOURCE_DIR) + "/build/reference/smollm2");
  for (const nlohmann::json& each : recorded["strings"]) {
    const std::string text = each["text"];
    const auto found = words().encode(text), plain = from_json.encode(text), with_control = words().encode(text, {.control_tokens = true}),
               both = from_json.encode(text, {.control_tokens = true});
    ASSERT_TRUE(found && plain && with_control && both) << text;
    EXPECT_EQ(found->tokens, each["llama"].get<Tokens>()) << text;
    EXPECT_EQ(with_control->tokens, each["llama_special"].get<Tokens>()) << text;
    EXPECT_EQ(both->tokens, each["hf"].get<Tokens>()) << text;
    EXPECT_EQ(plain->tokens, found->tokens) << text;
    EXPECT_EQ(words().decode(found->tokens), text);
  }
}

TEST_F(SmolLm2, ignores_the_word_exclusive_as_an_independent_tool_saw) {
  const auto prompt = [](const std::string& word) {
    return "// Sum of the integers from 1 to n, " + word + ".\nint sum(int n) {\n    int s = 0;\n    for (int i = 1; i";
  };
  const Generation inclusive = continued(prompt("inclusive"), 2), exclusive = continued(prompt("exclusive"), 2);
  EXPECT_EQ(words().bytes_of(inclusive.tokens[0].token), " <=");
  EXPECT_EQ(words().bytes_of(exclusive.tokens[0].token), " <=");
  // The other tool computes with quantised activations, which moves a probability by a hundredth or two.
  EXPECT_NEAR(probability(inclusive.tokens[0], " <="), 0.72, 0.02);
  EXPECT_NEAR(probability(exclusive.tokens[0], " <="), 0.74, 0.02);
  EXPECT_GT(probability(inclusive.tokens[1], " n"), 0.97);  // the bound's name is copied
  const Generation first_k =
      continued("// Sum of the first k elements of a.\nint sum(const int *a, int k) {\n    int s = 0;\n    for (int i = 0; i <", 1);
  EXPECT_GT(probability(first_k.tokens[0], " k"), 0.96);
}

TEST_F(SmolLm2, counts_an_unsigned_down_for_ever_as_an_independent_tool_saw) {
  const Generation text =
      continued("// Sum of the integers from n down to 0.\nunsigned sum(unsigned n) {\n    unsigned s = 0;\n    for (unsigned i = n; i", 1);
  EXPECT_EQ(words().bytes_of(text.tokens[0].token), " >=");
  RecordProperty("probability", std::to_string(probability(text.tokens[0], " >=")));
}

TEST_F(SmolLm2, takes_operator_and_constant_from_the_comment_as_an_independent_tool_saw) {
  const auto next = [](const std::string& text) { return words().bytes_of(continued(text, 1).tokens[0].token); };
  const auto loop = [](const std::string& what, const std::string& start) {
    return "// " + what + " of the integers from 1 to n.\nint f(int n) {\n    int r = " + start + ";\n    for (int i = 1; i <= n; i++) {\n        r";
  };
  EXPECT_EQ(next(loop("Sum", "0")), " +=");
  EXPECT_EQ(next(loop("Product", "1")), " *=");
  for (const std::string constant : {"3", "7", "9"}) {  // the space and the digit are two tokens
    const Generation text = continued("// Adds " + constant + " to x.\nint f(int x) {\n    return x +", 2);
    EXPECT_EQ(std::string(words().bytes_of(text.tokens[0].token)) + std::string(words().bytes_of(text.tokens[1].token)), " " + constant);
  }
}

TEST_F(SmolLm2, cached_steps_give_what_full_forward_passes_give) {
  const std::string prompt = "// Sum of the first k elements of a.\nint sum(const int *a, int k) {\n";
  const Generation text = continued(prompt, 12, 0);
  Tokens tokens = words().encode(prompt)->tokens;
  const std::size_t first = tokens.size() - 1;
  for (const GeneratedToken& token : text.tokens) tokens.push_back(token.token);
  std::vector<float> values = *network().logits(tokens);
  const at::Tensor logits =
      at::from_blob(values.data(), {static_cast<std::int64_t>(tokens.size()), 49152}, at::kFloat).to(at::kDouble).log_softmax(-1);
  for (std::size_t i = 0; i < text.tokens.size(); ++i) {
    const at::Tensor row = logits[static_cast<std::int64_t>(first + i)];
    EXPECT_NEAR(row[text.tokens[i].token].item<double>(), text.tokens[i].log_probability, 2e-3);
    EXPECT_NEAR(row.max().item<double>(), text.tokens[i].log_probability, 2e-3);
  }
}

TEST_F(SmolLm2, samples_are_the_same_whatever_the_batch_and_the_threads) {
  QuietSession quiet;
  GenerationRequest request{.prompts = {words().encode("int max(int a, int b) {\n")->tokens},
                            .samples = 4,
                            .max_tokens = 12,
                            .temperature = 0.8,
                            .top_p = 0.95,
                            .seed = 3,
                            .batch = 1};
  quiet.session.threads = 1;
  const auto alone = *network().generate(request, quiet.session);
  request.batch = 4;
  quiet.session.threads = 2;
  const auto together = *network().generate(request, quiet.session);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(alone[i].text, together[i].text);
    EXPECT_EQ(alone[i].log_probability, together[i].log_probability);
  }
}

/// A site that is replaced by its own value changes nothing; by another input's value at the last place it carries that input's answer.
TEST_F(SmolLm2, sites_of_every_kind_are_read_and_patched) {
  const Tokens base = words().encode("for (int i = 0; i < n; i")->tokens, source = words().encode("int x = 3; return x +")->tokens;
  const auto last = [](const Tokens& tokens) { return static_cast<std::int32_t>(tokens.size()) - 1; };
  std::map<std::string, int> widths;
  for (const auto& [name, width] : network().sites()) widths[name] = width;
  for (const char* site : {"embed", "resid_pre.0", "q.14.8", "k.14.8", "v.29.0", "pattern.3.1", "attn_out.7.2", "resid_mid.15", "mlp_act.20",
                           "mlp_out.29", "resid_final"}) {
    auto values = network().read_site(std::vector<Tokens>{base}, std::vector<std::int32_t>{last(base)}, site);
    ASSERT_TRUE(values) << site << ": " << values.error().to_string();
    EXPECT_EQ(values->size(), widths.at(site) > 0 ? static_cast<std::size_t>(widths.at(site)) : base.size()) << site;
    for (float value : *values) EXPECT_TRUE(std::isfinite(value)) << site;
  }
  QuietSession quiet;
  InterchangeRequest request;
  request.swaps = {{{"resid_mid.29", {}}}};
  request.bases = {{base, {last(base)}, {last(base)}}};
  request.sources = {{base, {last(base)}, {}}, {source, {last(source)}, {}}};
  std::vector<Answer> answers;
  const auto visit = [&](std::size_t, std::span<const std::vector<Answer>> found) {
    for (const std::vector<Answer>& each : found) answers.push_back(each.at(0));
    return true;
  };
  ASSERT_TRUE(network().interchange(request, visit, quiet.session));
  const std::vector<Tokens> both = {base, source};
  const std::vector<std::vector<std::int32_t>> places = {{last(base)}, {last(source)}};
  const auto expected = *network().answers(both, places, {});
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_EQ(answers[0].token, expected[0][0].token);
  EXPECT_EQ(answers[1].token, expected[1][0].token);
  EXPECT_NE(answers[0].token, answers[1].token);
}

}  // namespace
}  // namespace assay::circuits
