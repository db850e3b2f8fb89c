#include "circuits/evaluation/estimate.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <limits>
#include <numeric>
#include <random>

namespace assay::circuits {
namespace {

constexpr std::size_t kDraws = 1'000;
constexpr std::size_t kTail = kDraws / 40;  ///< 2.5 % on each side
constexpr double kSmallestRange = 1e-9;     ///< between full and empty, of summed metrics

Totals drawn(const Metrics& metrics, const std::vector<double>& times) {
  std::vector<double> sums;
  for (const std::vector<double>& metric : metrics) sums.push_back(std::inner_product(metric.begin(), metric.end(), times.begin(), 0.0));
  Totals totals;
  totals.empty = sums.back();
  totals.full = sums[sums.size() - 2];
  sums.resize(sums.size() - 2);
  totals.circuits = std::move(sums);
  return totals;
}

/// How often each example is drawn.
std::vector<double> draw(std::size_t examples, std::mt19937_64& random) {
  std::vector<double> times(examples, 0.0);
  for (std::size_t i = 0; i < examples; ++i) times[random() % examples] += 1;
  return times;
}

void set_interval(Estimate& estimate, std::vector<double>& values) {
  estimate.low = -std::numeric_limits<double>::infinity();
  estimate.high = std::numeric_limits<double>::infinity();
  if (!std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); })) return;
  std::sort(values.begin(), values.end());
  estimate.low = std::min(estimate.value, values[kTail]);
  estimate.high = std::max(estimate.value, values[kDraws - 1 - kTail]);
}

}  // namespace

Estimate share_of(double hits, std::uint64_t total, const Sampling& sampling) {
  if (total == 0) return {0, 0, 1};
  const double n = static_cast<double>(total), p = hits / n;
  if (sampling.everything) return {p, p, p};
  constexpr double z = 1.959963984540054;
  const double centre = (p + z * z / (2 * n)) / (1 + z * z / n);
  const double half = z / (1 + z * z / n) * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  return {p, std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

Estimate mean_of(std::span<const double> values, double confidence) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / std::max(n, 1.0);
  if (values.size() < 2) return {mean, -std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double quantile = boost::math::quantile(boost::math::students_t(n - 1), (1 + confidence) / 2);
  const double half = quantile * std::sqrt(squares / (n - 1) / n);
  return {mean, mean - half, mean + half};
}

double Totals::normalised(std::size_t circuit) const {
  const double range = full - empty;
  return std::abs(range) < kSmallestRange ? std::numeric_limits<double>::quiet_NaN() : (circuits[circuit] - empty) / range;
}

Totals totals_of(const Metrics& metrics) { return drawn(metrics, std::vector<double>(metrics.front().size(), 1.0)); }

std::vector<Estimate> estimates(const Metrics& metrics, const Sampling& sampling, std::size_t count, const Statistic& statistic) {
  std::vector<Estimate> all(count);
  const Totals totals = totals_of(metrics);
  for (std::size_t k = 0; k < count; ++k) all[k].value = all[k].low = all[k].high = statistic(totals, k);
  if (sampling.everything) return all;
  std::mt19937_64 random(sampling.seed);
  std::vector<std::vector<double>> values(count);
  for (std::size_t round = 0; round < kDraws; ++round) {
    const Totals again = drawn(metrics, draw(metrics.front().size(), random));
    for (std::size_t k = 0; k < count; ++k) values[k].push_back(statistic(again, k));
  }
  for (std::size_t k = 0; k < count; ++k) set_interval(all[k], values[k]);
  return all;
}

}  // namespace assay::circuits
