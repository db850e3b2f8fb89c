// AdamW and Muon over one flat array of parameters, with warm-up, schedule and clipping of the gradient's norm.
//
// All parameters of the network are views into one array, so that a step is one loop over three arrays, a checkpoint three copies, and
// the order of every sum is fixed. Weight decay is decoupled and applies to matrices only. Cost: one pass over the parameters.
// Sources: Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019. Muon: Jordan et al., "Muon: an optimizer for hidden
// layers in neural networks", 2024, with the scale of Liu et al., "Muon is scalable for LLM training", 2025, which makes AdamW's learning rate
// and decay fit its updates too. Test: tests/circuits/training_test.cpp
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
  /// A linear map of a layer (no embedding): what Muon is made for. Rows and columns; both 0 for any other tensor.
  std::pair<std::int64_t, std::int64_t> layer_matrix(std::size_t parameter) const { return layer_matrices_[parameter]; }
  const std::vector<std::pair<std::size_t, std::size_t>>& ranges() const { return ranges_; }

 private:
  std::vector<float> values_;
  std::vector<std::pair<std::size_t, std::size_t>> ranges_;  ///< per tensor its first value and one past its last
  std::vector<bool> decays_;                                 ///< per tensor
  std::vector<std::pair<std::int64_t, std::int64_t>> layer_matrices_;
  Weights weights_;
};

/// The same singular vectors with singular values brought near 1 (.7 to 1.2; lower where one is below a fiftieth of the matrix's norm):
/// five Newton-Schulz steps with Jordan's quintic. Float32, [rows, columns] to the same shape.
at::Tensor orthogonalised(const at::Tensor& matrix);

/// `spec.optimizer` "muon": layers' matrices take momentum and an orthogonalised step, all else AdamW's. "adamw": everything AdamW's.
struct Optimizer {
  /// Muon keeps its momentum in the first moments and leaves the second ones of its matrices 0.
  std::vector<float> first_moment, second_moment;

  explicit Optimizer(std::size_t parameters) : first_moment(parameters, 0.0F), second_moment(parameters, 0.0F) {}
  /// `step` counts from 0. The gradient is scaled by `scale`, then clipped to spec.clip (0: not). Returns the norm before clipping.
  /// The thread count changes nothing: each tensor is updated by one thread.
  double update(FlatParameters& parameters, const std::vector<float>& gradient, double scale, const TrainingSpec& spec, int step, int threads);
};

}  // namespace assay::circuits
