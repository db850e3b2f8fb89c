// Can a linear probe tell two classes apart by what lies at a site?
//
//   ProbeScore score = probe({values, width, classes, folds});       // values: row-major [inputs, width]
//   score.right == 63, score.total == 64, score.folds_right == 16, score.folds == 16, score.p < 1e-4
//
// Ridge regression onto the class (-1 or 1) in closed form, trained and tested fold by fold. So that nothing but the class is learnt, what a fold
// tests should share neither names nor wordings with what it is trained on. Every coordinate is centred in training and in test, and scaled to unit
// variance in training. A direction that all inputs of a test share, and that training never saw, makes them all right or all wrong by luck: so the
// unit of the binomial test is the fold, which is right where its balanced accuracy is above a half, and `p` is the one-sided probability of so many
// right folds. The control is the same with the classes of the training permuted. Cost: folds x inputs^2 x width multiply-adds. Sources: Hewitt and
// Liang 2019 (control tasks). Test: tests/circuits/probe_test.cpp
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace assay::circuits {

struct ProbeFold {
  std::vector<std::size_t> train, test;  ///< inputs
};

struct ProbeData {
  std::span<const float> values;  ///< row-major [inputs, width]
  std::size_t width = 0;
  std::span<const int> classes;  ///< -1 or 1, per input
  std::span<const ProbeFold> folds;
};

struct ProbeOptions {
  double ridge = 0.1;     ///< as a share of the mean squared length of an input
  int permutations = 10;  ///< of the control
  std::uint64_t seed = 1;
};

struct ProbeScore {
  std::uint64_t right = 0, total = 0;        ///< inputs
  std::uint64_t folds_right = 0, folds = 0;  ///< those with both classes in training and test
  double p = 1;
  double permuted = 0;  ///< mean accuracy with permuted classes
  double accuracy() const { return total == 0 ? 0 : static_cast<double>(right) / static_cast<double>(total); }
};

ProbeScore probe(const ProbeData& data, const ProbeOptions& options = {});

/// What the probe trained on one fold says of its tests: positive for class 1. data.folds is not read.
std::vector<double> probe_scores(const ProbeData& data, const ProbeFold& fold, const ProbeOptions& options = {});

}  // namespace assay::circuits
