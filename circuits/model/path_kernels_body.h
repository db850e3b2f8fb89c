// The loops behind path_kernels.h, written once; each path_kernels_*.cpp includes this with its own namespace and compiler flags.
//
// No function of the standard library is called here: an inline one could be emitted with this file's instruction set and then be
// picked by the linker for the whole program. Test: tests/circuits/enumeration_test.cpp
#pragma once

#include "circuits/model/path_kernels.h"

#ifndef ASSAY_PATH_NAMESPACE
#define ASSAY_PATH_NAMESPACE path_baseline
#define ASSAY_PATH_NAME "baseline"
#define ASSAY_PATH_REGISTER 16
#define ASSAY_PATH_ROWS 2
#define ASSAY_PATH_PANELS 1
#endif

namespace assay::circuits {
namespace {

template <class Real>
struct LanesOf;
template <>
struct LanesOf<float> {
  typedef float Vector __attribute__((vector_size(ASSAY_PATH_REGISTER), aligned(4), may_alias));
  typedef std::int32_t Integers __attribute__((vector_size(ASSAY_PATH_REGISTER), aligned(4), may_alias));
};
template <>
struct LanesOf<double> {
  typedef double Vector __attribute__((vector_size(ASSAY_PATH_REGISTER), aligned(8), may_alias));
  typedef std::int64_t Integers __attribute__((vector_size(ASSAY_PATH_REGISTER), aligned(8), may_alias));
};
template <class Real>
using Vector = typename LanesOf<Real>::Vector;
/// Numbers in one register: a vector wider than that is spilled to the stack by g++ 12. Rows of memory are padded to kLanes, a multiple.
template <class Real>
constexpr int kWidth = ASSAY_PATH_REGISTER / static_cast<int>(sizeof(Real));

template <class Real>
inline const Vector<Real>& at(const Real* p) {
  return *reinterpret_cast<const Vector<Real>*>(p);
}
template <class Real>
inline Vector<Real>& at(Real* p) {
  return *reinterpret_cast<Vector<Real>*>(p);
}
template <class Real>
inline Vector<Real> all(Real x) {
  return Vector<Real>{} + x;
}
inline float root(float x) { return __builtin_sqrtf(x); }
inline double root(double x) { return __builtin_sqrt(x); }
inline float error_function(float x) { return __builtin_erff(x); }
inline double error_function(double x) { return __builtin_erf(x); }

/// Sixteen running sums whatever the register's width, so that every instruction set adds in the same order.
template <class Real>
struct Sums {
  static constexpr int kParts = kLanes / kWidth<Real>;
  Vector<Real> part[kParts] = {};

  /// Pairs, then pairs of pairs.
  inline Real total() const {
    Vector<Real> halves[kParts];
    for (int p = 0; p < kParts; ++p) halves[p] = part[p];
    for (int parts = kParts / 2; parts > 0; parts /= 2)
      for (int p = 0; p < parts; ++p) halves[p] += halves[p + parts];
    Real t[kWidth<Real>];
    at(t) = halves[0];
    for (int width = kWidth<Real> / 2; width > 0; width /= 2)
      for (int i = 0; i < width; ++i) t[i] += t[i + width];
    return t[0];
  }
};

template <class V>
inline V clamped(V x, V low, V high) {
  x = x < low ? low : x;
  return x > high ? high : x;
}

inline Vector<float> exp_of(Vector<float> x) {
  x = clamped(x, all(-87.0f), all(88.0f));
  const Vector<float> shifter = all(12582912.0f);  // adding 1.5 * 2^23 rounds to the nearest integer
  Vector<float> n = x * 1.44269504088896341f + shifter;
  n -= shifter;
  Vector<float> r = x - n * 0.693359375f;
  r -= n * -2.12194440e-4f;
  Vector<float> y = all(1.9875691500e-4f);
  y = y * r + 1.3981999507e-3f;
  y = y * r + 8.3334519073e-3f;
  y = y * r + 4.1665795894e-2f;
  y = y * r + 1.6666665459e-1f;
  y = y * r + 5.0000001201e-1f;
  y = y * (r * r) + r + 1.0f;
  LanesOf<float>::Integers exponent = (__builtin_convertvector(n, LanesOf<float>::Integers) + 127) << 23;
  return y * reinterpret_cast<Vector<float>&>(exponent);
}

inline Vector<double> exp_of(Vector<double> x) {
  x = clamped(x, all(-708.0), all(709.0));
  const Vector<double> shifter = all(6755399441055744.0);  // 1.5 * 2^52
  Vector<double> n = x * 1.4426950408889634074 + shifter;
  n -= shifter;
  Vector<double> r = x - n * 6.93145751953125e-1;
  r -= n * 1.42860682030941723212e-6;
  Vector<double> y = all(1.0 / 6227020800.0);  // Taylor to degree 13: |r| <= ln(2)/2
  const double divisors[] = {479001600.0, 39916800.0, 3628800.0, 362880.0, 40320.0, 5040.0, 720.0, 120.0, 24.0, 6.0, 2.0, 1.0, 1.0};
  for (double divisor : divisors) y = y * r + 1.0 / divisor;
  LanesOf<double>::Integers exponent = (__builtin_convertvector(n, LanesOf<double>::Integers) + 1023) << 52;
  return y * reinterpret_cast<Vector<double>&>(exponent);
}

template <class Real, int kRows, int kPanels>
inline void tile(const MatmulArguments<Real>& m, int row, int panel) {
  constexpr int kParts = Sums<Real>::kParts;
  const Real* a = m.a + static_cast<std::size_t>(row) * static_cast<std::size_t>(m.a_stride);
  const std::size_t panel_size = static_cast<std::size_t>(m.inner) * kLanes;
  const Real* b = m.b + static_cast<std::size_t>(panel) * panel_size;
  Real* c = m.c + static_cast<std::size_t>(row) * static_cast<std::size_t>(m.c_stride) + panel * kLanes;
  Vector<Real> sum[kRows][kPanels * kParts];
  for (int r = 0; r < kRows; ++r)
    for (int p = 0; p < kPanels * kParts; ++p) sum[r][p] = m.bias != nullptr ? at(m.bias + panel * kLanes + p * kWidth<Real>) : Vector<Real>{};
  for (int k = 0; k < m.inner; ++k) {
    for (int p = 0; p < kPanels * kParts; ++p) {
      const std::size_t place = static_cast<std::size_t>(p / kParts) * panel_size + static_cast<std::size_t>(k) * kLanes;
      const Vector<Real> weights = at(b + place + p % kParts * kWidth<Real>);
      for (int r = 0; r < kRows; ++r) sum[r][p] += a[r * m.a_stride + k] * weights;
    }
  }
  for (int r = 0; r < kRows; ++r)
    for (int p = 0; p < kPanels * kParts; ++p) {
      Vector<Real>& target = at(c + r * m.c_stride + p * kWidth<Real>);
      target = m.accumulate ? target + sum[r][p] : sum[r][p];
    }
}

template <class Real, int kPanels>
inline void strip(const MatmulArguments<Real>& m, int panel) {
  constexpr int kRows = ASSAY_PATH_ROWS * static_cast<int>(sizeof(float)) / static_cast<int>(sizeof(Real));
  int row = 0;
  for (; row + kRows <= m.rows; row += kRows) tile<Real, kRows, kPanels>(m, row, panel);
  for (; row < m.rows; ++row) tile<Real, 1, kPanels>(m, row, panel);
}

template <class Real>
void matmul(const MatmulArguments<Real>& m) {
  int panel = 0;
  for (; panel + ASSAY_PATH_PANELS <= m.panels; panel += ASSAY_PATH_PANELS) strip<Real, ASSAY_PATH_PANELS>(m, panel);
  for (; panel < m.panels; ++panel) strip<Real, 1>(m, panel);
}

template <class Real>
void norm(const NormArguments<Real>& n) {
  const Real count = static_cast<Real>(n.width);
  for (int row = 0; row < n.rows; ++row) {
    const Real* x = n.x + static_cast<std::size_t>(row) * static_cast<std::size_t>(n.stride);
    Real* out = n.out + static_cast<std::size_t>(row) * static_cast<std::size_t>(n.stride);
    Real mean = 0;
    if (n.bias != nullptr) {
      Sums<Real> sums;
      for (int i = 0; i < n.width; i += kLanes)
        for (int p = 0; p < Sums<Real>::kParts; ++p) sums.part[p] += at(x + i + p * kWidth<Real>);
      mean = sums.total() / count;
    }
    Sums<Real> squares;
    for (int i = 0; i < n.width; i += kLanes) {
      for (int p = 0; p < Sums<Real>::kParts; ++p) {
        const int place = i + p * kWidth<Real>;
        const Vector<Real> deviation = (at(x + place) - mean) * at(n.mask + place);
        squares.part[p] += deviation * deviation;
      }
    }
    const Real scale = 1 / root(squares.total() / count + n.epsilon);
    for (int i = 0; i < n.width; i += kWidth<Real>) {
      const Vector<Real> normal = (at(x + i) - mean) * scale * at(n.weight + i);
      at(out + i) = n.bias != nullptr ? normal + at(n.bias + i) : normal;
    }
  }
}

/// pattern over the sources of one head, in `scratch`.
template <class Real>
inline void pattern_of(const Real* q, const Real* const* keys, int offset, int head, int sources, Real* scratch) {
  Real best = 0;
  for (int s = 0; s < sources; ++s) {
    Sums<Real> products;
    for (int i = 0; i < head; i += kLanes)
      for (int p = 0; p < Sums<Real>::kParts; ++p) products.part[p] += at(q + i + p * kWidth<Real>) * at(keys[s] + offset + i + p * kWidth<Real>);
    scratch[s] = products.total();
    best = s == 0 || scratch[s] > best ? scratch[s] : best;
  }
  const int end = (sources + kWidth<Real> - 1) / kWidth<Real> * kWidth<Real>;
  for (int s = sources; s < end; ++s) scratch[s] = best;
  Real total = 0;
  for (int s = 0; s < end; s += kWidth<Real>) at(scratch + s) = exp_of(at(scratch + s) - best);
  for (int s = 0; s < sources; ++s) total += scratch[s];
  const Real factor = 1 / total;
  for (int s = 0; s < sources; ++s) scratch[s] *= factor;
}

template <class Real>
void attend(const AttendArguments<Real>& a) {
  for (int h = 0; h < a.heads; ++h) {
    const int offset = h / a.group * a.head;
    pattern_of(a.q + h * a.head, a.keys, offset, a.head, a.sources, a.scratch);
    for (int i = 0; i < a.head; i += kWidth<Real>) {
      Vector<Real> sum{};
      for (int s = 0; s < a.sources; ++s) sum += a.scratch[s] * at(a.values[s] + offset + i);
      at(a.z + h * a.head + i) = sum;
    }
  }
}

template <class Real>
void attend_projected(const AttendProjectedArguments<Real>& a) {
  for (int h = 0; h < a.heads; ++h) {
    pattern_of(a.q + h * a.head, a.keys, h / a.group * a.head, a.head, a.sources, a.scratch);
    for (int i = 0; i < a.width; i += kWidth<Real>) {
      Vector<Real> sum = at(a.out + i);
      for (int s = 0; s < a.sources; ++s) sum += a.scratch[s] * at(a.values[s] + h * a.width + i);
      at(a.out + i) = sum;
    }
  }
}

template <class Real>
inline Vector<Real> activated(PathActivation kind, Vector<Real> x) {
  switch (kind) {
    case PathActivation::kRelu: return x > 0 ? x : Vector<Real>{};
    case PathActivation::kSilu: return x / (exp_of(-x) + Real(1));
    case PathActivation::kGeluTanh: {  // .5 x (1 + tanh u) == x / (1 + exp(-2u))
      const Vector<Real> u = (x + x * x * x * Real(0.044715)) * Real(1.5957691216057308);
      return x / (exp_of(-u) + Real(1));
    }
    case PathActivation::kGelu: break;
  }
  Real t[kWidth<Real>];
  at(t) = x;
  for (Real& value : t) value = Real(0.5) * value * (1 + error_function(value * Real(0.70710678118654752)));
  return at(t);
}

template <class Real>
void activate(PathActivation kind, Real* x, const Real* factor, std::size_t count) {
  for (std::size_t i = 0; i < count; i += kWidth<Real>) {
    const Vector<Real> value = activated<Real>(kind, at(x + i));
    at(x + i) = factor != nullptr ? value * at(factor + i) : value;
  }
}

/// Rotary embedding of `count` heads at one position (no-op where cosine is null), times `scale`.
template <class Real>
void rotate(Real* heads, int count, int head, int width, const Real* cosine, const Real* sine, Real scale) {
  for (int h = 0; h < count; ++h) {
    Real* x = heads + h * head;
    const int half = width / 2;
    if (cosine != nullptr) {
      for (int i = 0; i < half; ++i) {
        const Real first = x[i], second = x[half + i];
        x[i] = first * cosine[i] - second * sine[i];
        x[half + i] = second * cosine[i] + first * sine[i];
      }
    }
    for (int i = 0; i < width; ++i) x[i] *= scale;
  }
}

template <class Real>
BestTwo best_two(const Real* logits, int width) {
  const Real lowest = -__builtin_huge_val();
  Real best = lowest, second = lowest;
  bool nan = false;
  int i = 0;
  if (width >= kWidth<Real>) {
    Vector<Real> top = all(lowest), next = all(lowest);
    typename LanesOf<Real>::Integers strange{};
    for (; i + kWidth<Real> <= width; i += kWidth<Real>) {
      const Vector<Real> x = at(logits + i);
      strange |= x != x;
      const Vector<Real> loser = x > top ? top : x;
      next = loser > next ? loser : next;
      top = x > top ? x : top;
    }
    Real tops[kWidth<Real>], nexts[kWidth<Real>];
    at(tops) = top;
    at(nexts) = next;
    for (int lane = 0; lane < kWidth<Real>; ++lane) {
      nan |= strange[lane] != 0;
      const Real loser = tops[lane] > best ? best : tops[lane];
      second = loser > second ? loser : second;
      second = nexts[lane] > second ? nexts[lane] : second;
      best = tops[lane] > best ? tops[lane] : best;
    }
  }
  for (; i < width; ++i) {
    const Real x = logits[i];
    nan |= x != x;
    const Real loser = x > best ? best : x;
    second = loser > second ? loser : second;
    best = x > best ? x : best;
  }
  int place = 0;
  while (place + 1 < width && logits[place] != best) ++place;
  return {place, best, second, nan};
}

}  // namespace

namespace ASSAY_PATH_NAMESPACE {
template <class Real>
const PathKernels<Real>& kernels() {
  static constexpr PathKernels<Real> table = {ASSAY_PATH_NAME,        matmul<Real>,   norm<Real>,   attend<Real>,
                                              attend_projected<Real>, activate<Real>, rotate<Real>, best_two<Real>};
  return table;
}
template const PathKernels<float>& kernels<float>();
template const PathKernels<double>& kernels<double>();
}  // namespace ASSAY_PATH_NAMESPACE

}  // namespace assay::circuits
