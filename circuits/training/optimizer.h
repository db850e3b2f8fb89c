// AdamW over one flat array of parameters, with warm-up, schedule and clipping of the gradient's norm.
//
// All parameters of the network are views into one array, so that a step is one loop over three arrays, a checkpoint three copies, and
// the order of every sum is fixed. Weight decay is decoupled and applies to matrices only. Cost: one pass over the parameters.
// Source: Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019. Test: tests/circuits/training_test.cpp
#pragma once

#include <string>
#include <vector>

#include "circuits/model/weights.h"
#include "circuits/training.h"

namespace assay::circuits {

/// Learning rate of step `step` (from 0): linear warm-up, then the schedule down to 0 at spec.steps.
double learning_rate(const TrainingSpec& spec, int step);

class FlatParameters {
 public:
  /// Copies the weights into one array and makes them views of it.
  explicit FlatParameters(Weights weights);
  FlatParameters(const FlatParameters&) = delete;
  FlatParameters& operator=(const FlatParameters&) = delete;

  const Weights& weights() const { return weights_; }
  std::vector<float>& values() { return values_; }
  const std::vector<float>& values() const { return values_; }
  /// The same storage as leaves that gather gradients of their own: one set per shard.
  Weights leaves() const;
  /// Adds a leaf set's gradients to `gradient` and forgets them.
  void take_gradients(Weights& leaves, std::vector<float>& gradient) const;
  bool decays(std::size_t parameter) const { return decays_[parameter]; }
  const std::vector<std::pair<std::size_t, std::size_t>>& ranges() const { return ranges_; }

 private:
  std::vector<float> values_;
  std::vector<std::pair<std::size_t, std::size_t>> ranges_;  ///< per tensor its first value and one past its last
  std::vector<bool> decays_;                                 ///< per tensor
  Weights weights_;
};

struct AdamW {
  std::vector<float> first_moment, second_moment;

  explicit AdamW(std::size_t parameters) : first_moment(parameters, 0.0F), second_moment(parameters, 0.0F) {}
  /// `step` counts from 0. The gradient is scaled by `scale`, then clipped to spec.clip (0: not). Returns the norm before clipping.
  double update(FlatParameters& parameters, const std::vector<float>& gradient, double scale, const TrainingSpec& spec, int step);
};

}  // namespace assay::circuits
