#include "circuits/evaluation/paired_test.h"

#include <algorithm>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>

namespace assay::circuits {
namespace {

/// Chance of a mean this large, or larger, where the true mean is 0.
double p_above(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  const double error = std::sqrt(squares / (n - 1) / n);
  if (error == 0) return mean > 0 ? 0 : 1;  // all examples alike
  return boost::math::cdf(boost::math::complement(boost::math::students_t(n - 1), mean / error));
}

}  // namespace

EffectTest test_effect(std::span<const double> differences, std::span<const double> ranges, double threshold) {
  const double range = std::accumulate(ranges.begin(), ranges.end(), 0.0);
  if (differences.size() < 2 || range == 0) return {};
  const double sign = range > 0 ? 1 : -1;
  const auto beyond = [&](double direction) {  // 1: the effect above the threshold, -1: below minus the threshold
    std::vector<double> values;
    for (std::size_t i = 0; i < differences.size(); ++i) values.push_back(sign * (direction * differences[i] - threshold * ranges[i]));
    return values;
  };
  const auto short_of = [&](double direction) {
    std::vector<double> values = beyond(direction);
    for (double& value : values) value = -value;
    return values;
  };
  return {std::min(1.0, 2 * std::min(p_above(beyond(1)), p_above(beyond(-1)))), std::max(p_above(short_of(1)), p_above(short_of(-1)))};
}

double sign_test(std::uint64_t heads, std::uint64_t coins) {
  if (heads == 0) return 1;
  const boost::math::binomial fair(static_cast<double>(coins), 0.5);
  return boost::math::cdf(boost::math::complement(fair, static_cast<double>(heads) - 1));
}

std::vector<bool> holm(std::span<const double> p_values, double level) {
  std::vector<std::size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return p_values[a] < p_values[b]; });
  std::vector<bool> falls(p_values.size(), false);
  for (std::size_t rank = 0; rank < order.size(); ++rank) {
    if (!(p_values[order[rank]] <= level / static_cast<double>(order.size() - rank))) break;
    falls[order[rank]] = true;
  }
  return falls;
}

}  // namespace assay::circuits
