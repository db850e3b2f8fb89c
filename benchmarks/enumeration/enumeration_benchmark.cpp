// Inputs per second of tree enumeration and of interchange, on networks of the zoo's shapes with random weights.
//
//   enumeration_benchmark OUT.json [SCALE]     writes one line per case to stdout and the networks' folders beside OUT.json
//
// benchmarks/enumeration/run.py starts this, then times a plain batched PyTorch loop on the same folders and the same number of inputs,
// and prints the ratios. SCALE divides the number of inputs (default 1: the whole domain of max-of-four, 16,777,216 inputs).
//
// Floor for max-of-four (vocabulary 64, 4 tokens after BOS, 1 head of 32, attention only, no norm): 64 logits from 5 sources are 5 x 32
// multiply-adds of scores, 5 x 64 of projected values and 5 exponentials, 480 multiply-adds = 8.05 G in all; the tables (5 positions x 64
// tokens x 224 floats = 287 kB) stay in the second-level cache, and 16 bytes of tokens and 24 of answer per input are written once: 671 MB.
// At 32 multiply-adds per cycle and 3 GHz that is .08 s on one core, so memory, the horizontal sums and the visitor set the pace.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "circuits/engine.h"
#include "circuits/engine/network.h"
#include "circuits/model/weights.h"

namespace {

using namespace assay;
using namespace assay::circuits;

/// All sequences of `length` tokens below `alphabet` after token `start`; scored at the end or everywhere.
class Product : public TokenTree {
 public:
  Product(TokenId start, int alphabet, int length, bool every) : start_(start), alphabet_(alphabet), length_(length), every_(every) {}
  Tokens start() const override { return {start_}; }
  int depth() const override { return length_; }
  bool scored(std::span<const TokenId> prefix) const override { return every_ || prefix.size() == static_cast<std::size_t>(length_); }
  void children(std::span<const TokenId>, const Answer*, Tokens& next) const override {
    for (TokenId token = 0; token < alphabet_; ++token) next.push_back(token);
  }

 private:
  TokenId start_;
  int alphabet_, length_;
  bool every_;
};

struct Case {
  const char* name;
  ModelConfig config;
  int alphabet, length;
  bool every;
};

ModelConfig shape(Layout layout, int layers, int heads, int d, int vocabulary, bool mlp, bool norm) {
  ModelConfig config;
  config.layout = layout;
  config.layers = layers, config.heads = config.kv_heads = heads, config.d_model = d, config.d_head = d / heads, config.d_mlp = mlp ? 4 * d : 0;
  config.vocabulary = vocabulary, config.positions = 32, config.has_mlp = mlp, config.has_norm = norm;
  if (layout == Layout::kLlama) config.activation = Activation::kSilu;
  return config;
}

std::vector<Case> cases(int scale) {
  const int last = scale > 1 ? 1 : 0;
  return {{"max_of_four, attention only, 1 head, d 32", shape(Layout::kGpt2, 1, 1, 32, 65, false, false), 64, 4 - last, false},
          {"max_of_four, attention only with norm, 4 heads, d 64", shape(Layout::kGpt2, 1, 4, 64, 65, false, true), 64, 4 - last, false},
          {"strings over 2 letters to length 16, GPT-2 layout, 2 layers, d 64", shape(Layout::kGpt2, 2, 1, 64, 6, true, true), 2, 16 - 3 * last, true},
          {"strings over 2 letters to length 16, Llama layout, 2 layers, 4 heads, d 64", shape(Layout::kLlama, 2, 4, 64, 6, true, true), 2, 16 - 3 * last, true}};
}

double time_enumeration(Network& network, const Case& c, int threads, std::uint64_t& inputs) {
  Progress silent;
  std::atomic<bool> stop{false};
  Session session{silent, stop};
  session.threads = threads;
  std::uint64_t tokens = 0;
  auto summary = network.enumerate(
      Product(c.config.vocabulary - 1, c.alphabet, c.length, c.every), {},
      [&](const ScoredBatch& batch) {
        for (const Answer& answer : batch.answers) tokens += static_cast<std::uint64_t>(answer.token);
        return true;
      },
      session);
  if (!summary || tokens == 1) std::abort();
  inputs = summary->scored;
  return summary->seconds;
}

double patched_runs_per_second(Network& network, const ModelConfig& config) {
  Progress silent;
  std::atomic<bool> stop{false};
  Session session{silent, stop};
  InterchangeRequest request;
  request.swaps = {{{"resid_mid.0", {}}}};
  for (TokenId t = 0; t < 300; ++t) {
    Tokens tokens;
    for (int i = 0; i < 8; ++i) tokens.push_back((t >> i & 1) % config.vocabulary);
    request.bases.push_back({tokens, {4}, {7}});
    request.sources.push_back({tokens, {5}, {}});
  }
  const auto begin = std::chrono::steady_clock::now();
  if (!network.interchange(request, [](std::size_t, std::span<const std::vector<Answer>>) { return true; }, session)) std::abort();
  return 90000 / std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) {
    std::fprintf(stderr, "usage: enumeration_benchmark OUT.json [SCALE]\n");
    return 2;
  }
  const int scale = count > 2 ? std::atoi(arguments[2]) : 1;
  const std::filesystem::path folder = std::filesystem::path(arguments[1]).parent_path();
  nlohmann::ordered_json lines = nlohmann::ordered_json::array();
  int index = 0;
  for (const Case& c : cases(scale)) {
    const std::filesystem::path model = folder / ("model_" + std::to_string(index++));
    std::filesystem::create_directories(model);
    const Weights weights = random_weights(c.config, 1);
    if (!save_model(model.string(), c.config, weights, StoredType::kF32)) return 1;
    std::unique_ptr<Network> network = *make_network(Transformer(c.config, weights), {"benchmark", "float32"});
    std::uint64_t inputs = 0;
    const double one = time_enumeration(*network, c, 1, inputs), two = time_enumeration(*network, c, 2, inputs);
    lines.push_back({{"case", c.name}, {"model", model.filename().string()}, {"start", c.config.vocabulary - 1}, {"alphabet", c.alphabet}, {"length", c.length},
                     {"every", c.every}, {"inputs", inputs}, {"seconds_1_thread", one}, {"seconds_2_threads", two},
                     {"patched_runs_per_second", patched_runs_per_second(*network, c.config)}});
    std::printf("%s\n", lines.back().dump().c_str());
    std::fflush(stdout);
  }
  return write_file(arguments[1], lines.dump(1) + "\n") ? 0 : 1;
}
