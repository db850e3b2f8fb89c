// A number read off a list of examples, with its uncertainty: the value itself where every input that it speaks about was run, else a
// 95 % interval over the examples.
//
//   Estimate f = estimates(runs, {false, 1}, 1, [](const Totals& t, std::size_t) { return t.normalised(0); }).front();
//   f.low <= f.value && f.value <= f.high
//
// A ratio of sums has a percentile bootstrap interval: the examples are drawn with replacement 1,000 times, all circuits keep the same
// draw, so that differences between circuits stay paired. A share of examples has a Wilson score interval, which stays open at 100 %.
// Where a draw gives nothing finite (the full network as good as the empty circuit), the interval is the whole line and decides nothing.
// Cost: 1,000 x examples x circuits multiply-adds. Sources: Efron 1979; Wilson 1927. Test: tests/circuits/evaluation_test.cpp
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace assay::circuits {

struct Estimate {
  double value = 0, low = 0, high = 0;
  bool defined() const { return std::isfinite(value); }
  bool within(double from, double to) const { return defined() && low >= from && high <= to; }
  bool outside(double from, double to) const { return defined() && (high < from || low > to); }
};

/// What the examples are to the domain.
struct Sampling {
  bool everything = false;  ///< all that the numbers speak about was run: no interval
  std::uint64_t seed = 1;   ///< of the bootstrap
};

/// Wilson score interval of `hits` out of `total`; from 0 to 1 where there is nothing to count. Hits may be parts of one: a mean of values
/// in [0, 1] varies no more than a share with the same mean.
Estimate share_of(double hits, std::uint64_t total, const Sampling& sampling);

/// Mean of draws, with Student's interval (as if they were normally distributed and independent): the whole line for fewer than two.
Estimate mean_of(std::span<const double> values, double confidence = 0.95);

/// Metrics of circuits summed over some examples; `full` is the network, `empty` the circuit without edges.
struct Totals {
  std::vector<double> circuits;
  double full = 0, empty = 0;
  /// (m(C) - m(empty)) / (m(full) - m(empty)); not a number where full and empty score the same.
  double normalised(std::size_t circuit) const;
};

/// Per-example metrics, [circuit][example]; the last two are the full network and the empty circuit.
using Metrics = std::vector<std::vector<double>>;
using Statistic = std::function<double(const Totals& totals, std::size_t k)>;

Totals totals_of(const Metrics& metrics);
/// statistic(totals, 0) .. statistic(totals, count - 1).
std::vector<Estimate> estimates(const Metrics& metrics, const Sampling& sampling, std::size_t count, const Statistic& statistic);

}  // namespace assay::circuits
