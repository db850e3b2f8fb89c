// Byte pair encoding of one piece: the pair with the lowest rank is merged until no pair has one.
//
//   BytePairs pairs;
//   pairs.add(a, b, 0, ab);
//   std::vector<TokenId> symbols = {a, b, a};   pairs.merge(symbols);     // {ab, a}
//
// Ties go to the leftmost pair. Cost: n log n for a piece of n bytes, with a queue of candidate pairs over a linked list.
// Source: Sennrich, Haddow, Birch 2016, algorithm 1. Test: tests/circuits/tokenizer_test.cpp (against the plain quadratic rule)
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "circuits/training.h"

namespace assay::circuits {

class BytePairs {
 public:
  /// False where the pair already has a rank.
  bool add(TokenId left, TokenId right, std::uint32_t rank, TokenId merged);
  void merge(Tokens& symbols) const;
  std::size_t size() const { return merges_.size(); }

 private:
  struct Merge {
    std::uint32_t rank;
    TokenId merged;
  };
  static std::uint64_t key(TokenId left, TokenId right) {
    return static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32 | static_cast<std::uint32_t>(right);
  }
  const Merge* find(TokenId left, TokenId right) const;

  std::unordered_map<std::uint64_t, Merge> merges_;
};

}  // namespace assay::circuits
