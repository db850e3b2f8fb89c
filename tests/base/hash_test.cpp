#include "base/hash.h"

#include <gtest/gtest.h>

namespace assay {
namespace {

TEST(Hash, is_xxh3_128_of_the_bytes) {
  // Published test vector of XXH3-128 for the empty input with seed 0.
  EXPECT_EQ(hash_of(std::string_view()), "99aa06d3014798d86001c324468d497f");
  EXPECT_NE(hash_of(std::string_view("a")), hash_of(std::string_view("b")));
}

TEST(Hasher, separates_pieces) {
  EXPECT_NE(Hasher().add(std::string_view("ab")).add(std::string_view("c")).hex(),
            Hasher().add(std::string_view("a")).add(std::string_view("bc")).hex());
  EXPECT_NE(Hasher().add(std::string_view("abc")).hex(), Hasher().add(std::string_view("abc")).add(std::string_view("")).hex());
}

TEST(Hasher, separates_a_number_from_its_bytes) {
  std::string eight("\x07\0\0\0\0\0\0\0", 8);
  EXPECT_NE(Hasher().add(std::int64_t{7}).hex(), Hasher().add(std::string_view(eight)).hex());
  EXPECT_EQ(Hasher().add(std::int64_t{7}).hex(), Hasher().add(std::int64_t{7}).hex());
  EXPECT_NE(Hasher().add(std::int64_t{7}).hex(), Hasher().add(std::int64_t{-7}).hex());
}

}  // namespace
}  // namespace assay
