// Time and peak memory of circuit discovery on a GPT-2-small-shaped random network and on a small one.
//
//   discovery_benchmark CASE [--threads N] [--layers L --heads H --width D] [--examples N] [--tokens T]     one JSON line on stdout
//   CASE: eap-ig (5 steps), exact (500 seeded edges), exact-all (every edge)
//
// One process per case, so that the peak of resident memory is that case's own.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include "circuits/discovery/method.h"
#include "circuits/model/random.h"

namespace {

using namespace assay;
using namespace assay::circuits;

struct Options {
  std::string name = "eap-ig";
  int threads = 2, layers = 12, heads = 12, width = 768, examples = 8, tokens = 16, vocabulary = 50257;
};

Options parse(int count, char** words) {
  Options o;
  if (count > 1) o.name = words[1];
  const std::pair<const char*, int*> numbers[] = {{"--threads", &o.threads}, {"--layers", &o.layers}, {"--heads", &o.heads},         {"--width", &o.width},
                                                  {"--examples", &o.examples}, {"--tokens", &o.tokens}, {"--vocabulary", &o.vocabulary}};
  for (int i = 2; i + 1 < count; i += 2)
    for (const auto& [key, target] : numbers)
      if (std::strcmp(words[i], key) == 0) *target = std::atoi(words[i + 1]);
  return o;
}

ModelConfig config_of(const Options& o) {
  ModelConfig c;
  c.layers = o.layers, c.heads = c.kv_heads = o.heads, c.d_model = o.width, c.d_head = o.width / o.heads, c.d_mlp = 4 * o.width;
  c.vocabulary = o.vocabulary, c.positions = 1024;
  return c;
}

std::vector<Example> examples_of(const Options& o) {
  SplitMix64 random(1);
  const auto token = [&] { return static_cast<TokenId>(random.next() % static_cast<std::uint64_t>(o.vocabulary)); };
  std::vector<Example> examples(static_cast<std::size_t>(o.examples));
  for (Example& e : examples) {
    for (int t = 0; t < o.tokens; ++t) e.clean.push_back(token()), e.corrupted.push_back(token());
    e.positions = {o.tokens - 1};
    e.correct = {token()};
    do e.incorrect = {token()};
    while (e.incorrect == e.correct);
  }
  return examples;
}

}  // namespace

int main(int count, char** words) {
  const Options o = parse(count, words);
  const ModelConfig config = config_of(o);
  const Transformer network(config, random_weights(config, 1));
  const auto examples = examples_of(o);
  DiscoveryOptions options;
  options.method = o.name == "eap-ig" ? "eap-ig" : "exact";
  const GraphIndex index(shape_of(config));
  if (o.name == "exact") {
    SplitMix64 random(2);
    while (options.edges.size() < std::min<std::size_t>(500, index.edges())) {
      const auto edge = static_cast<std::uint32_t>(random.next() % index.edges());
      if (std::find(options.edges.begin(), options.edges.end(), edge) == options.edges.end()) options.edges.push_back(edge);
    }
  }
  Progress silent;
  const std::atomic<bool> stop{false};
  Session session{silent, stop, {}, o.threads};
  const auto start = std::chrono::steady_clock::now();
  const auto result = discover_circuit(network, examples, options, session);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  if (!result) return fmt::print(stderr, "{}\n", result.error().to_string()), 1;
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  fmt::print(R"({{"case": "{}", "layers": {}, "heads": {}, "width": {}, "examples": {}, "tokens": {}, "threads": {}, "edges": {}, "seconds": {:.3f}, "peak_mb": {}}})"
             "\n",
             o.name, o.layers, o.heads, o.width, o.examples, o.tokens, o.threads, options.edges.empty() ? index.edges() : options.edges.size(), seconds,
             usage.ru_maxrss / 1024);
  return 0;
}
