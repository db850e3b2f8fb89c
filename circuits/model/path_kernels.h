// The inner loops of tree enumeration, compiled once per instruction set and chosen by what the CPU has.
//
//   const PathKernels<float>& k = path_kernels<float>();
//   k.matmul({.rows = 128, .inner = 64, .panels = 4, ...});
//
// Sums run in 16 lanes on every instruction set, whatever the width of its registers, and each output element is summed in one fixed order, so a
// row's result depends on neither the block it is computed in nor the thread, and AVX2 and AVX-512 give the same bytes (the baseline, without fused
// multiply-add, may differ in the last bits). Widths are padded to multiples of 16 with zeros.
// exp: Cephes polynomials, relative error below 3e-7 (float) and 1e-15 (double). Test: tests/circuits/enumeration_test.cpp
#pragma once

#include <cstddef>
#include <cstdint>

namespace assay::circuits {

constexpr int kLanes = 16;
constexpr int padded(int width) { return (width + kLanes - 1) / kLanes * kLanes; }

/// c[rows, 16 panels] (+)= a[rows, inner] b + bias, with b packed as [panel][inner][16]. bias may be null.
template <class Real>
struct MatmulArguments {
  int rows, inner, panels;
  const Real* a;
  int a_stride;
  const Real* b;
  const Real* bias;
  Real* c;
  int c_stride;
  bool accumulate;
};

/// LayerNorm with a bias, RMSNorm without. mask is 1 on the first `width` entries and 0 on the padding.
template <class Real>
struct NormArguments {
  int rows, width;
  const Real* x;
  int stride;
  const Real *weight, *bias, *mask;
  Real epsilon;
  Real* out;
};

/// One row attends to `sources` rows: scores, softmax, weighted values; heads are padded to `head` entries each.
template <class Real>
struct AttendArguments {
  int heads, group, head, sources;  ///< `group` query heads share a key-value head
  const Real* q;                    ///< scaled and rotated
  const Real* const* keys;          ///< [sources], each [heads / group, head]
  const Real* const* values;
  Real* scratch;  ///< padded(sources)
  Real* z;        ///< [heads, head]
};

/// As AttendArguments, but values are already projected: out[width] += sum over heads and sources of pattern * values[source][head][width].
template <class Real>
struct AttendProjectedArguments {
  int heads, group, head, sources, width;
  const Real* q;
  const Real* const* keys;
  const Real* const* values;  ///< [sources], each [heads, width]
  Real* scratch;
  Real* out;
};

/// Best and second of a row of `width` logits (padding excluded), the place of the first best, and whether a NaN was met.
struct BestTwo {
  int place;
  double best, second;
  bool nan;
};

enum class PathActivation { kGeluTanh, kGelu, kRelu, kSilu };

template <class Real>
struct PathKernels {
  const char* name;
  void (*matmul)(const MatmulArguments<Real>&);
  void (*norm)(const NormArguments<Real>&);
  void (*attend)(const AttendArguments<Real>&);
  void (*attend_projected)(const AttendProjectedArguments<Real>&);
  void (*activate)(PathActivation kind, Real* x, const Real* factor, std::size_t count);  ///< x = f(x) [* factor]
  void (*rotate)(Real* heads, int count, int head, int width, const Real* cosine, const Real* sine, Real scale);
  BestTwo (*best_two)(const Real* logits, int width);
};

template <class Real>
const PathKernels<Real>& path_kernels();

namespace path_baseline {
template <class Real>
const PathKernels<Real>& kernels();
}
namespace path_avx2 {
template <class Real>
const PathKernels<Real>& kernels();
}
namespace path_avx512 {
template <class Real>
const PathKernels<Real>& kernels();
}

}  // namespace assay::circuits
