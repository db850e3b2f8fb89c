#include "frontend/lowering/source_map.h"

#include <algorithm>

namespace assay::lowering {

SourceMap::SourceMap(std::string_view original) : lines_{0} {
  for (std::size_t i = 0; i < original.size(); ++i)
    if (original[i] == '\n') lines_.push_back(i + 1);
}

void SourceMap::copy(std::size_t begin, std::size_t length) {
  if (length == 0) return;
  pieces_.push_back({overlay_size_, begin, true});
  overlay_size_ += length;
}

void SourceMap::glue(std::size_t at, std::size_t length) {
  if (length == 0) return;
  pieces_.push_back({overlay_size_, at, false});
  overlay_size_ += length;
}

std::size_t SourceMap::original_offset(std::size_t overlay_offset) const {
  auto after =
      std::upper_bound(pieces_.begin(), pieces_.end(), overlay_offset, [](std::size_t offset, const Piece& piece) { return offset < piece.overlay; });
  if (after == pieces_.begin()) return overlay_offset;
  const Piece& piece = *std::prev(after);
  return piece.linear ? piece.original + (overlay_offset - piece.overlay) : piece.original;
}

SourcePoint SourceMap::point(std::size_t original_offset) const {
  auto after = std::upper_bound(lines_.begin(), lines_.end(), original_offset);
  std::size_t line = static_cast<std::size_t>(after - lines_.begin());  // from 1
  return {static_cast<int>(line), static_cast<int>(original_offset - lines_[line - 1]) + 1};
}

SourcePoint SourceMap::end_point(std::size_t overlay_end) const {
  // The end of a range may touch the next piece, so the last byte inside decides.
  if (overlay_end == 0) return point(0);
  return point(original_offset(overlay_end - 1) + 1);
}

}  // namespace assay::lowering
