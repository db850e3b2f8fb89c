// Drawing from a list by a seeded generator.
//
//   std::mt19937_64 random(seed);
//   draw(pairs, 64, random);                // at most 64 of them, the same for the same seed on every machine
//
// Cost: one random number per item. Test: tests/base/draw_test.cpp
#pragma once

#include <algorithm>
#include <cstddef>
#include <random>
#include <utility>
#include <vector>

namespace assay {

/// Leaves at most `most` of a list, in an order that the generator draws.
template <class Item>
void draw(std::vector<Item>& list, std::size_t most, std::mt19937_64& random) {
  for (std::size_t i = 0; i < list.size(); ++i) std::swap(list[i], list[i + random() % (list.size() - i)]);
  list.resize(std::min(most, list.size()));
}

}  // namespace assay
