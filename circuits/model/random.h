// Seeded normal numbers that are the same on every machine and library version: SplitMix64 and Box-Muller.
//
//   NormalNumbers numbers(seed);  double z = numbers.next();
//
// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014. Test: tests/circuits/model_config_test.cpp
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace assay::circuits {

class SplitMix64 {
 public:
  explicit SplitMix64(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
  }
  /// In [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

 private:
  std::uint64_t state_;
};

class NormalNumbers {
 public:
  explicit NormalNumbers(std::uint64_t seed) : bits_(seed) {}
  double next() {
    if (spare_ready_) {
      spare_ready_ = false;
      return spare_;
    }
    const double radius = std::sqrt(-2 * std::log(1 - bits_.uniform())), angle = 2 * std::numbers::pi * bits_.uniform();
    spare_ = radius * std::sin(angle);
    spare_ready_ = true;
    return radius * std::cos(angle);
  }

 private:
  SplitMix64 bits_;
  double spare_ = 0;
  bool spare_ready_ = false;
};

}  // namespace assay::circuits
