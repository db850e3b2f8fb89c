// How fast the interpreter is with every check on: max-of-four as the network zoo has it, a table-driven loop, calls, and the same
// functions compiled natively in this binary for comparison.
//
//   build/release/bin/interpreter_benchmark
#include <benchmark/benchmark.h>

#include <array>

#include "frontend/lowering/lowering.h"
#include "frontend/program/interpreter.h"

namespace {

using assay::program::FunctionId;
using assay::program::Interpreter;
using assay::program::Program;

constexpr const char* kSource = R"(
int max4(const int a[4]) {
  int best = a[0];
  for (int i = 1; i < 4; i++)
    if (a[i] > best) best = a[i];
  return best;
}
static const int primes[8] = {2, 3, 5, 7, 11, 13, 17, 19};
unsigned checksum(const int *a, int n) {
  unsigned sum = 0;
  for (int i = 0; i < n; i++) sum = sum * 31u + (unsigned)(a[i] * primes[i & 7]);
  return sum;
}
int fibonacci(int n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }
)";

Program lowered() {
  auto result = assay::lowering::lower_source(kSource, "benchmark.c");
  if (!result) std::abort();
  return std::move(result->program);
}

void run(benchmark::State& state, const char* name, std::span<const std::int64_t> scalars, std::span<const std::span<const std::int64_t>> arrays) {
  const Program program = lowered();
  const Interpreter interpreter(program);
  const FunctionId function = *program.find(name);
  std::int64_t value = 0;
  for (auto _ : state) {
    if (!interpreter.run_integers(function, scalars, arrays, value)) state.SkipWithError("the run does not return");
    benchmark::DoNotOptimize(value);
  }
}

void max_of_four(benchmark::State& state) {
  const std::array<std::int64_t, 4> a = {3, 41, 5, 17};
  const std::array<std::span<const std::int64_t>, 1> arrays = {a};
  run(state, "max4", {}, arrays);
}
BENCHMARK(max_of_four);

void checksum_of_64(benchmark::State& state) {
  std::array<std::int64_t, 64> a;
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<std::int64_t>(i * 7);
  const std::array<std::span<const std::int64_t>, 1> arrays = {a};
  const std::array<std::int64_t, 1> n = {64};
  run(state, "checksum", n, arrays);
}
BENCHMARK(checksum_of_64);

void fibonacci_of_15(benchmark::State& state) {
  const std::array<std::int64_t, 1> n = {15};
  run(state, "fibonacci", n, {});
}
BENCHMARK(fibonacci_of_15);

int native_max4(const int* a) {
  int best = a[0];
  for (int i = 1; i < 4; i++)
    if (a[i] > best) best = a[i];
  return best;
}

void max_of_four_natively(benchmark::State& state) {
  std::array<int, 4> a = {3, 41, 5, 17};
  for (auto _ : state) {
    benchmark::DoNotOptimize(a);
    benchmark::DoNotOptimize(native_max4(a.data()));
  }
}
BENCHMARK(max_of_four_natively);

void translate(benchmark::State& state) {
  const Program program = lowered();
  for (auto _ : state) benchmark::DoNotOptimize(Interpreter(program));
}
BENCHMARK(translate);

}  // namespace

BENCHMARK_MAIN();
