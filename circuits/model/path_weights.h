// A network's weights packed for the loops of path_kernels.h: widths padded to 16, matrices in panels, heads padded one by one.
//
//   PathWeights<float> packed = pack<float>(transformer);
//
// Plain numbers, no tensors: built once per network and precision, read by every thread. Test: tests/circuits/enumeration_test.cpp
#pragma once

#include <cstdlib>
#include <memory>
#include <new>
#include <vector>

#include "circuits/model/config.h"
#include "circuits/model/path_kernels.h"
#include "circuits/model/transformer.h"

namespace assay::circuits {

/// Cache-line aligned storage for std::vector.
template <class T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) {}
  T* allocate(std::size_t count) { return static_cast<T*>(::operator new(count * sizeof(T), std::align_val_t{64})); }
  void deallocate(T* p, std::size_t) { ::operator delete(p, std::align_val_t{64}); }
  bool operator==(const AlignedAllocator&) const { return true; }
};
template <class T>
using Aligned = std::vector<T, AlignedAllocator<T>>;

template <class Real>
struct PackedMatrix {
  int inner = 0, panels = 0;
  Aligned<Real> data;  ///< [panel][inner][16]
  Aligned<Real> bias;  ///< [16 panels], empty: none
  int columns() const { return panels * kLanes; }
};

template <class Real>
struct PackedNorm {
  Aligned<Real> weight, bias;  ///< weight empty: no norm; bias empty: RMSNorm
};

template <class Real>
struct PathLayer {
  PackedNorm<Real> attention_norm, mlp_norm;
  PackedMatrix<Real> q, k, v, o, in, gate, out;
  Real scale = 1;  ///< of the scores
};

template <class Real>
struct PathWeights {
  ModelConfig config;
  int model = 0, head = 0, mlp = 0;  ///< padded widths
  Aligned<Real> token_embedding;     ///< [vocabulary, model]
  Aligned<Real> position_embedding;  ///< [positions, model] or empty
  std::vector<PathLayer<Real>> layers;
  PackedNorm<Real> final_norm;
  Aligned<Real> norm_mask;    ///< 1 on d_model entries, 0 on the padding
  Aligned<Real> unembedding;  ///< [vocabulary, model]; empty where it is the token embedding
  int kv_heads() const { return config.kv_heads; }
  int keys_width() const { return config.kv_heads * head; }
  int queries_width() const { return config.heads * head; }
};

template <class Real>
PathWeights<Real> pack(const Transformer& transformer);

/// The unembedding restricted to `tokens`, as columns in that order.
template <class Real>
PackedMatrix<Real> pack_readout(const PathWeights<Real>& weights, const std::vector<int>& tokens);

/// cos and sin of one position, d_head / 2 values each; empty for the GPT-2 layout.
template <class Real>
std::pair<Aligned<Real>, Aligned<Real>> rotary_at(const ModelConfig& config, int position);

/// The kernels name activations for themselves, since their header includes nothing of ours.
PathActivation path_activation(Activation activation);

}  // namespace assay::circuits
