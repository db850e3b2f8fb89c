// Strings that training draws unevenly: every count of ones is common, the domain's rules hold, and the same seed gives the same string.
#include <gtest/gtest.h>

#include <algorithm>

#include "analysis/tasks/training_run.h"

namespace assay::analysis {
namespace {

Domain bits(int length) {
  DomainSpec spec;
  spec.alphabet = {3, 7};
  spec.alphabet_values = {0, 1};
  spec.min_length = spec.max_length = length;
  return Domain(spec);
}

TEST(UnevenStrings, every_count_of_ones_is_common) {
  constexpr int kLength = 12, kStrings = 13'000;
  std::vector<int> strings(kLength + 1);
  for (int seed = 0; seed < kStrings; ++seed) {
    const Tokens prefix = uneven_input(bits(kLength), static_cast<std::uint64_t>(seed));
    ASSERT_EQ(prefix.size(), static_cast<std::size_t>(kLength));
    ++strings[static_cast<std::size_t>(std::count(prefix.begin(), prefix.end(), 7))];
  }
  // Equally likely, each would be met 1,000 times; drawn evenly, all ones would be met three times.
  for (int count : strings) EXPECT_GT(count, 700);
  for (int count : strings) EXPECT_LT(count, 1300);
}

TEST(UnevenStrings, the_same_seed_gives_the_same_string) {
  EXPECT_EQ(uneven_input(bits(9), 5), uneven_input(bits(9), 5));
  EXPECT_NE(uneven_input(bits(9), 5), uneven_input(bits(9), 6));
}

TEST(UnevenStrings, lengths_and_the_fixed_end_are_those_of_the_domain) {
  DomainSpec spec = bits(4).spec();
  spec.min_length = 1;
  spec.end = {9};
  std::vector<int> lengths(6);
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const Tokens prefix = uneven_input(Domain(spec), seed);
    ASSERT_EQ(prefix.back(), 9);
    ++lengths[prefix.size()];
  }
  for (std::size_t length = 2; length <= 5; ++length) EXPECT_GT(lengths[length], 50) << length;
}

}  // namespace
}  // namespace assay::analysis
