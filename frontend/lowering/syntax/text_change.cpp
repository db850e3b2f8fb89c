#include "frontend/lowering/syntax/code_edits.h"

namespace assay::syntax {

std::string edited_text(const std::vector<TextChange>& changes, std::string_view text) {
  std::string edited;
  std::size_t done = 0;
  for (const TextChange& change : changes) {
    edited += text.substr(done, change.begin - done);
    edited += change.text;
    done = change.end;
  }
  edited += text.substr(done);
  return edited;
}

std::size_t moved(const std::vector<TextChange>& changes, std::size_t at) {
  std::size_t longer = 0, shorter = 0;
  for (const TextChange& change : changes) {
    if (at <= change.begin) break;
    longer += change.text.size();
    shorter += std::min(at, change.end) - change.begin;
  }
  return at + longer - shorter;
}

}  // namespace assay::syntax
