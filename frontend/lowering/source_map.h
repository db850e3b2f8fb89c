// Positions in the text that Clang parsed -> positions in the file that the user wrote.
//
// The overlay (contract_overlay.h) inserts clauses into the text, always without line breaks. Each piece of the overlay is either a copy of
// a stretch of the original (its bytes map one to one) or glue (all its bytes map to one place).
//
//   original  f() { //@ assert x\n      overlay  f() { CLAUSE(0, x);//@ assert x\n
//
// Cost: a binary search per position. Test: tests/frontend/lowering_contracts_test.cpp
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/source_range.h"

namespace assay::lowering {

class SourceMap {
 public:
  explicit SourceMap(std::string_view original);

  /// The next bytes of the overlay are original[begin, begin + length).
  void copy(std::size_t begin, std::size_t length);
  /// The next `length` bytes of the overlay stand for the original's byte `at`.
  void glue(std::size_t at, std::size_t length);

  /// Offset in the original of an offset in the overlay.
  std::size_t original_offset(std::size_t overlay_offset) const;
  SourcePoint point(std::size_t original_offset) const;
  /// [begin, end) of the overlay, as a range of the original.
  SourcePoint begin_point(std::size_t overlay_begin) const { return point(original_offset(overlay_begin)); }
  SourcePoint end_point(std::size_t overlay_end) const;

 private:
  struct Piece {
    std::size_t overlay, original;
    bool linear;
  };
  std::vector<Piece> pieces_;
  std::vector<std::size_t> lines_;  // offset of each line's first byte
  std::size_t overlay_size_ = 0;
};

}  // namespace assay::lowering
