// Seeded draws, the same on every machine and library version: SplitMix64.
//
//   Draw draw(seed);   draw.below(6);   draw.chance(0.25);   draw.pick(list);
//
// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
// Test: tests/analysis/code_tasks_families_test.cpp
#pragma once

#include <cstdint>
#include <string_view>

namespace assay::analysis::code_tasks {

/// One well-mixed number from another.
inline std::uint64_t mixed(std::uint64_t z) {
  z += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

/// The same for a text and a seed.
inline std::uint64_t mixed(std::string_view text, std::uint64_t seed) {
  std::uint64_t hash = mixed(seed);
  for (const char c : text) hash = mixed(hash ^ static_cast<unsigned char>(c));
  return hash;
}

class Draw {
 public:
  explicit Draw(std::uint64_t seed) : state_(mixed(seed)) {}
  std::uint64_t next() {
    const std::uint64_t value = mixed(state_);
    state_ += 0x9e3779b97f4a7c15u;
    return value;
  }
  /// In [0, count); count is small, so that the bias of the remainder does not matter.
  std::size_t below(std::size_t count) { return static_cast<std::size_t>(next() % count); }
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) +
                                     next() % (static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) + 1));
  }
  bool chance(double share) { return static_cast<double>(next() >> 11) * 0x1p-53 < share; }
  template <class List>
  const typename List::value_type& pick(const List& list) {
    return list[below(list.size())];
  }

 private:
  std::uint64_t state_;
};

}  // namespace assay::analysis::code_tasks
