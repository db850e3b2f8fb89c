// Tokens per second of generation: a prompt alone, one sample after another token, and several samples side by side.
//
//   generation_benchmark MODEL THREADS TOKENS BATCH...     one JSON line per batch size on stdout
//
// benchmarks/generation/run.py starts this and llama.cpp in turn on the same file and prints the ratios.
//
// Floor for one sample: every weight is read once per token. SmolLM2-135M has 134.5 M parameters, 538 MB as float32; llama.cpp reads the
// same weights as Q4_1 and Q8_0, 98 MB. `stream` is the bandwidth of this machine, measured here by summing 1 GB with as many threads, so
// floor = 538 MB / stream per token; with a batch of n the same traffic serves n tokens, until multiplications set the pace (2 x 134.5 M
// per token).
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <numeric>
#include <thread>

#include "circuits/engine.h"

namespace {

using namespace assay;
using namespace assay::circuits;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

/// Bytes per second when `threads` threads each sum their part of 1 GB; the best of five.
double stream_rate(int threads) {
  const std::vector<std::uint64_t> memory((std::size_t{1} << 30) / 8, 1);
  double best = 0;
  for (int round = 0; round < 5; ++round) {
    std::vector<std::uint64_t> sums(static_cast<std::size_t>(threads));
    const auto begin = Clock::now();
    {
      std::vector<std::jthread> workers;
      for (std::size_t t = 0; t < sums.size(); ++t)
        workers.emplace_back([&, t] {
          const std::size_t part = memory.size() / sums.size();
          const auto first = memory.begin() + static_cast<std::ptrdiff_t>(part * t);
          sums[t] = std::accumulate(first, first + static_cast<std::ptrdiff_t>(part), std::uint64_t{0});
        });
    }
    if (std::accumulate(sums.begin(), sums.end(), std::uint64_t{0}) == 0) std::abort();
    best = std::max(best, 8.0 * static_cast<double>(memory.size()) / seconds_since(begin));
  }
  return best;
}

double time_generation(Network& network, GenerationRequest request, int tokens, Session& session) {
  request.max_tokens = tokens;
  const auto begin = Clock::now();
  auto texts = network.generate(request, session);
  if (!texts || texts->front().tokens.size() != static_cast<std::size_t>(tokens)) std::abort();
  return seconds_since(begin);
}

nlohmann::json measure(Network& network, const Tokens& prompt, int batch, int tokens, Session& session) {
  const GenerationRequest request{
      .prompts = {prompt}, .samples = batch, .temperature = 0.8, .top_p = 0.95, .seed = 1, .ignore_end_tokens = true, .batch = batch};
  const double first = time_generation(network, request, 1, session), all = time_generation(network, request, tokens + 1, session);
  return {{"batch", batch},
          {"prompt_tokens", prompt.size()},
          {"prompt_tokens_per_second", static_cast<double>(prompt.size()) / first},
          {"tokens_per_second", batch * tokens / (all - first)}};
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 5) {
    std::fprintf(stderr, "usage: generation_benchmark MODEL THREADS TOKENS BATCH...\n");
    return 2;
  }
  const int threads = std::atoi(arguments[2]), tokens = std::atoi(arguments[3]);
  const double stream = stream_rate(threads);
  Progress silent;
  std::atomic<bool> stop{false};
  Session session{silent, stop};
  session.threads = threads;
  auto engine = open_engine();
  auto network = engine ? (*engine)->load(arguments[1], {}) : tl::make_unexpected(engine.error());
  if (!network) {
    std::fprintf(stderr, "%s\n", network.error().to_string().c_str());
    return 1;
  }
  const Tokens prompt = (*(*network)->tokenizer())
                            ->encode(std::string(R"(// Sum of the integers from 1 to n, inclusive.
int sum(int n) {
    int s = 0;
    for (int i = 1; i <= n; i++) s += i;
    return s;
}

// Greatest of the first n elements of a.
int greatest(const int *a, int n) {
)"))
                            ->tokens;
  measure(**network, prompt, 1, 2, session);  // packs the weights
  const double floor_seconds = 4.0 * static_cast<double>((*network)->info().parameters) / stream;
  for (int i = 4; i < count; ++i) {
    nlohmann::json line = measure(**network, prompt, std::atoi(arguments[i]), tokens, session);
    line["threads"] = threads;
    line["stream_bytes_per_second"] = stream;
    line["floor_tokens_per_second"] = 1 / floor_seconds;
    std::printf("%s\n", line.dump().c_str());
    std::fflush(stdout);
  }
  return 0;
}
