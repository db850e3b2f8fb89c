#include "circuits/engine/self_test.h"

#include <cmath>

#include "circuits/engine/network.h"
#include "fmt/format.h"

namespace assay::circuits {
namespace {

constexpr int kVocabulary = 5, kDepth = 4;
constexpr double kTolerance = 2e-4;  // cached against full passes, see DESIGN section 3

class AllStrings : public TokenTree {
 public:
  Tokens start() const override { return {0}; }
  int depth() const override { return kDepth; }
  bool scored(std::span<const TokenId>) const override { return true; }
  void children(std::span<const TokenId>, const Answer*, Tokens& next) const override {
    for (TokenId token = 0; token < kVocabulary; ++token) next.push_back(token);
  }
};

ModelConfig small_config(Layout layout) {
  ModelConfig config;
  config.layout = layout;
  config.layers = 2, config.heads = 4, config.kv_heads = layout == Layout::kLlama ? 2 : 4;
  config.d_model = 24, config.d_head = 6, config.d_mlp = 40;
  config.vocabulary = kVocabulary, config.positions = kDepth + 1;
  config.activation = layout == Layout::kLlama ? Activation::kSilu : Activation::kGeluTanh;
  return config;
}

Status check_layout(Layout layout) {
  ModelConfig config = small_config(layout);
  Weights weights = random_weights(config, 1);
  for (auto& [name, tensor] : named_parameters(weights)) tensor->mul_(name.find("norm") == std::string::npos ? 10.0 : 1.0);  // away from zero logits
  Result<std::unique_ptr<Network>> network = make_network(Transformer(config, weights), {"self-test", "float32"});
  if (!network) return fail(network.error());
  Progress silent;
  std::atomic<bool> stop{false};
  Session session{silent, stop};
  std::vector<Tokens> sequences;
  std::vector<Answer> found;
  const auto remember = [&](const ScoredBatch& batch) {
    for (std::size_t i = 0; i < batch.count; ++i) {
      std::span<const TokenId> prefix = batch.prefixes.subspan(i * batch.length, batch.length);
      sequences.push_back({0});
      sequences.back().insert(sequences.back().end(), prefix.begin(), prefix.end());
      found.push_back(batch.answers[i]);
    }
    return true;
  };
  Result<EnumerationSummary> summary = (*network)->enumerate(AllStrings(), {}, remember, session);
  if (!summary) return fail(summary.error());
  std::vector<std::vector<std::int32_t>> positions;
  for (const Tokens& sequence : sequences) positions.push_back({static_cast<std::int32_t>(sequence.size()) - 1});
  Result<std::vector<std::vector<Answer>>> full = (*network)->answers(sequences, positions, {}, true);
  if (!full) return fail(full.error());
  for (std::size_t i = 0; i < found.size(); ++i) {
    const Answer& expected = (*full)[i][0];
    const bool same = found[i].token == expected.token || expected.margin < kTolerance;
    if (!same || std::abs(found[i].margin - expected.margin) > kTolerance)
      return internal_error(fmt::format("engine self-test ({}): enumeration answers {} with margin {}, a float64 forward pass {} with {}",
                                        name_of(layout), found[i].token, found[i].margin, expected.token, expected.margin));
  }
  return {};
}

}  // namespace

Status run_self_test() {
  Status gpt2 = check_layout(Layout::kGpt2);
  return gpt2 ? check_layout(Layout::kLlama) : gpt2;
}

}  // namespace assay::circuits
