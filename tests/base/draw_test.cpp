#include "base/draw.h"

#include <gmock/gmock.h>

#include <numeric>

namespace assay {
namespace {

using ::testing::ElementsAreArray;
using ::testing::UnorderedElementsAreArray;

std::vector<int> drawn(std::size_t most, std::uint64_t seed) {
  std::vector<int> list(20);
  std::iota(list.begin(), list.end(), 0);
  std::mt19937_64 random(seed);
  draw(list, most, random);
  return list;
}

TEST(Draw, everything_is_an_order_of_everything) {
  std::vector<int> all(20);
  std::iota(all.begin(), all.end(), 0);
  EXPECT_THAT(drawn(100, 1), UnorderedElementsAreArray(all));
  EXPECT_NE(drawn(100, 1), all);
}

TEST(Draw, fewer_are_the_first_of_that_order) {
  const std::vector<int> all = drawn(20, 7), some = drawn(5, 7);
  EXPECT_THAT(some, ElementsAreArray(all.begin(), all.begin() + 5));
}

TEST(Draw, seeds_differ) { EXPECT_NE(drawn(20, 1), drawn(20, 2)); }

}  // namespace
}  // namespace assay
