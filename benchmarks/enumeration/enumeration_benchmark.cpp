// Inputs per second of tree enumeration and of interchange, one case per process: max-of-four of the zoo, and random weights in its shapes.
//
//   enumeration_benchmark CASE MODEL_FOLDER [SCALE]     CASE 0 to 3; one JSON line on stdout
//
// Case 0 reads MODEL_FOLDER (zoo/max_of_four/model), the others write their network there, for the peer. SCALE > 1 makes the trees shallower.
// Used by benchmarks/enumeration/run.py.
//
// Floor, in operations: every prefix of the tree computed once, 2 operations per weight of its layers, 4 t d per layer for attention over t tokens,
// and 2 d V per scored prefix. max-of-four of the zoo (vocabulary 64, 4 tokens, 1 head, attention only, no norm) needs less, since what a token
// contributes to scores, values and logits can be tabled: 4 x 64 multiply-adds of scores and 4 x 64 of projected values per input, 17.2 G operations
// for 16.8 M inputs. Bytes: 16 of tokens and 24 of answer per input, written once: 671 MB. Either is a fraction of a second on one core: memory
// traffic, the horizontal sums and the visitor set the pace.
#include <sys/resource.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/files.h"
#include "circuits/engine.h"
#include "circuits/engine/network.h"
#include "circuits/model/load.h"
#include "circuits/model/weights.h"

namespace {

using namespace assay;
using namespace assay::circuits;

/// All sequences of `length` tokens below `alphabet` after token `start` (-1: after nothing); scored at the end or everywhere.
class Product : public TokenTree {
 public:
  Product(TokenId start, int alphabet, int length, bool every) : start_(start), alphabet_(alphabet), length_(length), every_(every) {}
  Tokens start() const override { return start_ < 0 ? Tokens{} : Tokens{start_}; }
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
  return {{"max_of_four of the zoo", {}, 64, 4 - last, false},
          {"max_of_four with norm, 4 heads, d 64", shape(Layout::kGpt2, 1, 4, 64, 65, false, true), 64, 4 - last, false},
          {"2 letters to length 16, GPT-2, 2 layers, d 64", shape(Layout::kGpt2, 2, 1, 64, 6, true, true), 2, 16 - 3 * last, true},
          {"2 letters to length 16, Llama, 2 layers, d 64", shape(Layout::kLlama, 2, 4, 64, 6, true, true), 2, 16 - 3 * last, true}};
}

double floor_gflop(const Case& c, const ModelConfig& config, bool tabled) {
  if (tabled) return 2 * (4 * 64 + 4 * 64) * std::pow(c.alphabet, c.length) / 1e9;
  const double d = config.d_model, matrices = config.layout == Layout::kLlama ? 3 : 2;
  const double weights = config.layers * (4 * d * d + (config.has_mlp ? matrices * d * config.d_mlp : 0));
  double operations = 0;
  for (int length = 1; length <= c.length; ++length) {
    const double prefixes = std::pow(c.alphabet, length);
    operations += prefixes * (2 * weights + 4.0 * config.layers * length * d);
    if (c.every || length == c.length) operations += prefixes * 2 * d * config.vocabulary;
  }
  return operations / 1e9;
}

double time_enumeration(Network& network, const Case& c, TokenId start, int threads, std::uint64_t& inputs) {
  Progress silent;
  std::atomic<bool> stop{false};
  Session session{silent, stop};
  session.threads = threads;
  std::uint64_t tokens = 0;
  auto summary = network.enumerate(
      Product(start, c.alphabet, c.length, c.every), {},
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
    for (int i = 0; i < 4; ++i) tokens.push_back((t >> i & 1) % config.vocabulary);
    request.bases.push_back({tokens, {2}, {3}});
    request.sources.push_back({tokens, {2}, {}});
  }
  const auto begin = std::chrono::steady_clock::now();
  if (!network.interchange(request, [](std::size_t, std::span<const std::vector<Answer>>) { return true; }, session)) std::abort();
  return 90000 / std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace

int main(int count, char** arguments) {
  const int number = count > 1 ? std::atoi(arguments[1]) : -1, scale = count > 3 ? std::atoi(arguments[3]) : 1;
  const std::vector<Case> all = cases(scale);
  if (count < 3 || number < 0 || number >= static_cast<int>(all.size())) {
    std::fprintf(stderr, "usage: enumeration_benchmark 0|1|2|3 MODEL_FOLDER [SCALE]\n");
    return 2;
  }
  const Case& c = all[static_cast<std::size_t>(number)];
  const std::string folder = arguments[2];
  if (number > 0) {
    std::filesystem::create_directories(folder);
    if (!save_model(folder, c.config, random_weights(c.config, 1), StoredType::kF32)) return 1;
  }
  Result<LoadedModel> model = load_model(folder, at::kFloat);
  if (!model) return std::fprintf(stderr, "%s\n", model.error().to_string().c_str()), 1;
  const ModelConfig config = model->transformer.config();
  std::unique_ptr<Network> network = *make_network(std::move(model->transformer), {"benchmark", "float32"});
  const TokenId start = number == 0 ? -1 : config.vocabulary - 1;
  std::uint64_t inputs = 0;
  const double one = time_enumeration(*network, c, start, 1, inputs), two = time_enumeration(*network, c, start, 2, inputs);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const nlohmann::ordered_json line = {{"case", c.name},
                                       {"start", start},
                                       {"alphabet", c.alphabet},
                                       {"length", c.length},
                                       {"every", c.every},
                                       {"inputs", inputs},
                                       {"seconds_1_thread", one},
                                       {"seconds_2_threads", two},
                                       {"peak_mb", usage.ru_maxrss / 1024},
                                       {"floor_gflop", floor_gflop(c, config, number == 0)},
                                       {"floor_gb", 40e-9 * static_cast<double>(inputs)},
                                       {"patched_runs_per_second", patched_runs_per_second(*network, config)}};
  std::printf("%s\n", line.dump().c_str());
  return 0;
}
