#include "circuits/evaluation/probe.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

#include "circuits/evaluation/paired_test.h"

namespace assay::circuits {
namespace {

using Matrix = std::vector<std::vector<double>>;

struct Scale {
  std::vector<double> mean, deviation;
};

Scale scale_of(const ProbeData& data, const std::vector<std::size_t>& rows) {
  const auto n = static_cast<double>(rows.size());
  Scale scale{std::vector<double>(data.width), std::vector<double>(data.width)};
  for (const std::size_t row : rows)
    for (std::size_t k = 0; k < data.width; ++k) scale.mean[k] += data.values[row * data.width + k] / n;
  for (const std::size_t row : rows)
    for (std::size_t k = 0; k < data.width; ++k) {
      const double off = data.values[row * data.width + k] - scale.mean[k];
      scale.deviation[k] += off * off / n;
    }
  for (double& variance : scale.deviation) variance = std::sqrt(variance);
  return scale;
}

/// Centred on the fold's own mean: what its names and wordings add to every input says nothing about the class.
Matrix scaled(const ProbeData& data, const std::vector<std::size_t>& rows, const Scale& scale) {
  const std::vector<double> mean = scale_of(data, rows).mean;
  Matrix all;
  for (const std::size_t row : rows) {
    all.emplace_back(data.width);
    for (std::size_t k = 0; k < data.width; ++k)  // a coordinate that never varies says nothing
      all.back()[k] = scale.deviation[k] > 1e-12 ? (data.values[row * data.width + k] - mean[k]) / scale.deviation[k] : 0.0;
  }
  return all;
}

double dot(const std::vector<double>& left, const std::vector<double>& right) {
  double sum = 0;
  for (std::size_t k = 0; k < left.size(); ++k) sum += left[k] * right[k];
  return sum;
}

/// Lower triangle of the Cholesky factor of gram + ridge I, in place.
void factorise(Matrix& gram) {
  for (std::size_t i = 0; i < gram.size(); ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      double sum = gram[i][j];
      for (std::size_t k = 0; k < j; ++k) sum -= gram[i][k] * gram[j][k];
      gram[i][j] = i == j ? std::sqrt(std::max(sum, 1e-12)) : sum / gram[j][j];
    }
}

std::vector<double> solve(const Matrix& factor, std::vector<double> right) {
  for (std::size_t i = 0; i < right.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) right[i] -= factor[i][k] * right[k];
    right[i] /= factor[i][i];
  }
  for (std::size_t i = right.size(); i-- > 0;) {
    for (std::size_t k = i + 1; k < right.size(); ++k) right[i] -= factor[k][i] * right[k];
    right[i] /= factor[i][i];
  }
  return right;
}

bool has_both(const ProbeData& data, const std::vector<std::size_t>& rows) {
  const auto is = [&](int which) { return std::any_of(rows.begin(), rows.end(), [&](std::size_t row) { return data.classes[row] == which; }); };
  return is(-1) && is(1);
}

struct Tested {
  std::uint64_t right = 0;
  double balanced = 0;  ///< mean of the accuracies of the two classes
};

/// Kernel ridge regression: trained once, asked with any labels.
class Trained {
 public:
  Trained(const ProbeData& data, const ProbeFold& fold, const ProbeOptions& options) {
    const Scale scale = scale_of(data, fold.train);
    const Matrix known = scaled(data, fold.train, scale), asked = scaled(data, fold.test, scale);
    factor_.assign(known.size(), std::vector<double>(known.size()));
    double length = 0;
    for (std::size_t i = 0; i < known.size(); ++i) {
      for (std::size_t j = 0; j <= i; ++j) factor_[i][j] = dot(known[i], known[j]);
      length += factor_[i][i] / static_cast<double>(known.size());
    }
    for (std::size_t i = 0; i < known.size(); ++i) factor_[i][i] += std::max(options.ridge * length, 1e-9);
    factorise(factor_);
    for (const std::vector<double>& row : asked) {
      kernel_.emplace_back();
      for (const std::vector<double>& other : known) kernel_.back().push_back(dot(row, other));
    }
    for (const std::size_t row : fold.train) classes.push_back(data.classes[row]);
    for (const std::size_t row : fold.test) test_classes_.push_back(data.classes[row]);
  }

  std::vector<int> classes;  ///< of the training

  /// Of the tests, trained on these classes: positive for class 1.
  std::vector<double> scores(const std::vector<int>& train_classes) const {
    double mean = 0;
    for (const int each : train_classes) mean += each / static_cast<double>(train_classes.size());
    std::vector<double> targets;
    for (const int each : train_classes) targets.push_back(each - mean);
    const std::vector<double> weights = solve(factor_, std::move(targets));
    std::vector<double> all;
    for (const std::vector<double>& row : kernel_) all.push_back(dot(row, weights) + mean);
    return all;
  }

  Tested test(const std::vector<int>& train_classes) const {
    const std::vector<double> found = scores(train_classes);
    std::array<double, 2> right{}, all{};
    for (std::size_t i = 0; i < found.size(); ++i) {
      const std::size_t which = test_classes_[i] > 0 ? 1 : 0;
      ++all[which];
      right[which] += (found[i] > 0) == (which == 1) ? 1 : 0;
    }
    return {static_cast<std::uint64_t>(right[0] + right[1]), (right[0] / all[0] + right[1] / all[1]) / 2};
  }

 private:
  Matrix factor_, kernel_;
  std::vector<int> test_classes_;
};

}  // namespace

std::vector<double> probe_scores(const ProbeData& data, const ProbeFold& fold, const ProbeOptions& options) {
  const Trained trained(data, fold, options);
  return trained.scores(trained.classes);
}

ProbeScore probe(const ProbeData& data, const ProbeOptions& options) {
  ProbeScore score;
  std::mt19937_64 random(options.seed);
  std::uint64_t permuted = 0;
  for (const ProbeFold& fold : data.folds) {
    if (!has_both(data, fold.train) || !has_both(data, fold.test)) continue;
    const Trained trained(data, fold, options);
    const Tested tested = trained.test(trained.classes);
    ++score.folds;
    score.folds_right += tested.balanced > 0.5 ? 1 : 0;
    score.total += fold.test.size();
    score.right += tested.right;
    std::vector<int> classes = trained.classes;
    for (int i = 0; i < options.permutations; ++i) {
      for (std::size_t k = classes.size(); k > 1; --k) std::swap(classes[k - 1], classes[random() % k]);
      permuted += trained.test(classes).right;
    }
  }
  score.p = sign_test(score.folds_right, score.folds);
  if (score.total > 0 && options.permutations > 0)
    score.permuted = static_cast<double>(permuted) / static_cast<double>(score.total) / options.permutations;
  return score;
}

}  // namespace assay::circuits
