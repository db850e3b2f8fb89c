#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "circuits/evaluation/evaluation.h"

namespace assay::circuits {

Result<Roc> roc(const std::vector<double>& scores, const std::vector<bool>& reference, bool absolute) {
  if (scores.size() != reference.size())
    return input_error(fmt::format("{} scores for a reference of {} edges", scores.size(), reference.size()), "compare circuits of one network");
  const auto inside = static_cast<double>(std::count(reference.begin(), reference.end(), true));
  const double outside = static_cast<double>(reference.size()) - inside;
  if (inside == 0 || outside == 0)
    return input_error("the reference circuit keeps all edges or none: there is no curve", "give a reference that keeps some");
  const auto rank = [&](std::size_t edge) {
    if (std::isnan(scores[edge])) return -std::numeric_limits<double>::infinity();
    return absolute ? std::abs(scores[edge]) : scores[edge];
  };
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return rank(a) > rank(b); });
  Roc curve{{{0, 0}}, 0};
  double right = 0, wrong = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    (reference[order[i]] ? right : wrong) += 1;
    if (i + 1 < order.size() && rank(order[i + 1]) == rank(order[i])) continue;
    const RocPoint last = curve.points.back(), next{wrong / outside, right / inside};
    curve.area += (next.false_positive_rate - last.false_positive_rate) * (next.true_positive_rate + last.true_positive_rate) / 2;
    curve.points.push_back(next);
  }
  return curve;
}

}  // namespace assay::circuits
