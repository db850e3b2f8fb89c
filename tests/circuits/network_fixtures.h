// Small random networks and trees for the tests of the engine.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "base/files.h"
#include "circuits/engine.h"
#include "circuits/model/weights.h"

namespace assay::circuits {

struct QuietSession {
  Progress silent;
  std::atomic<bool> stop{false};
  Session session{silent, stop};
};

inline ModelConfig gpt2_config() {
  ModelConfig config;
  config.layout = Layout::kGpt2;
  config.layers = 2, config.heads = config.kv_heads = 2, config.d_model = 20, config.d_head = 10, config.d_mlp = 36;
  config.vocabulary = 6, config.positions = 12, config.activation = Activation::kGeluTanh;
  return config;
}

inline ModelConfig llama_config() {
  ModelConfig config = gpt2_config();
  config.layout = Layout::kLlama;
  config.heads = 4, config.kv_heads = 2, config.d_head = 6;
  config.activation = Activation::kSilu;
  config.tied_embeddings = false;
  return config;
}

/// Random weights scaled up and biases drawn too, so that attention is uneven and logits differ clearly.
inline Weights lively_weights(const ModelConfig& config, std::uint64_t seed) {
  Weights weights = random_weights(config, seed);
  at::Tensor bump = random_weights(config, seed + 1).token_embedding.flatten();
  for (auto& [name, tensor] : named_parameters(weights)) {
    const bool norm_scale = name.find("norm.weight") != std::string::npos;
    if (!norm_scale) tensor->mul_(name.find("embedding") != std::string::npos ? 25 : 10);
    at::Tensor noise = at::arange(tensor->numel(), at::kLong).remainder(bump.numel());
    tensor->add_(bump.index_select(0, noise).view_as(*tensor), 5);
  }
  return weights;
}

/// Writes a folder that Engine::load reads.
inline TemporaryFolder stored_network(const ModelConfig& config, const Weights& weights) {
  TemporaryFolder folder = *TemporaryFolder::create("network");
  if (Status written = save_model(folder.path(), config, weights, StoredType::kF32); !written) throw std::runtime_error(written.error().to_string());
  return folder;
}

/// Every string over `alphabet` tokens after `start`; scored where the sum of tokens divides by `scored_every`.
class StringTree : public TokenTree {
 public:
  StringTree(Tokens start, int alphabet, int depth, int scored_every = 1)
      : start_(std::move(start)), alphabet_(alphabet), depth_(depth), every_(scored_every) {}
  Tokens start() const override { return start_; }
  int depth() const override { return depth_; }
  bool scored(std::span<const TokenId> prefix) const override {
    int sum = 0;
    for (TokenId token : prefix) sum += token;
    return sum % every_ == 0;
  }
  void children(std::span<const TokenId>, const Answer*, Tokens& next) const override {
    for (TokenId token = 0; token < alphabet_; ++token) next.push_back(token);
  }

 private:
  Tokens start_;
  int alphabet_, depth_, every_;
};

/// Everything an enumeration visits, in order.
struct Visited {
  std::vector<Tokens> sequences;  // start included
  std::vector<Answer> answers;
  EnumerationSummary summary;
};

inline Visited visit_all(Network& network, const TokenTree& tree, const EnumerationOptions& options, Session& session) {
  Visited visited;
  Result<EnumerationSummary> summary = network.enumerate(
      tree, options,
      [&](const ScoredBatch& batch) {
        for (std::size_t i = 0; i < batch.count; ++i) {
          std::span<const TokenId> prefix = batch.prefixes.subspan(i * batch.length, batch.length);
          visited.sequences.push_back(tree.start());
          visited.sequences.back().insert(visited.sequences.back().end(), prefix.begin(), prefix.end());
          visited.answers.push_back(batch.answers[i]);
        }
        return true;
      },
      session);
  if (!summary) throw std::runtime_error(summary.error().to_string());
  visited.summary = *summary;
  return visited;
}

}  // namespace assay::circuits
