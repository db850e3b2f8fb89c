#include "analysis/code_tasks/families/attribute.h"

#include <cassert>

namespace assay::analysis::code_tasks {
namespace {

struct Row {
  std::string_view name;
  std::vector<std::string_view> values;
};

/// In the order of the enumerations.
const std::array<Row, kAttributeCount>& rows() {
  static const std::array<Row, kAttributeCount> kRows = {{
      {"end", {"exclusive", "inclusive"}},
      {"begin", {"inclusive", "exclusive"}},
      {"first", {"0", "1", "2", "3"}},
      {"step", {"1", "2", "3"}},
      {"direction", {"forward", "backward"}},
      {"sense", {"below", "above", "equal", "unequal"}},
      {"strict", {"strict", "or_equal"}},
      {"operator", {"add", "subtract", "multiply", "xor", "and", "or", "divide", "remainder"}},
      {"initial", {"0", "1", "2", "10"}},
      {"type", {"int", "unsigned", "long"}},
      {"guard", {"none", "zero", "minus_one"}},
      {"filter", {"all", "even", "odd", "positive", "negative"}},
      {"transform", {"value", "square", "twice"}},
      {"fallback", {"minus_one", "bound", "zero", "operand"}},
      {"base", {"10", "8", "5"}},
      {"rounding", {"down", "up"}},
      {"fraction", {"half", "third", "quarter"}},
      {"answer", {"flag", "count", "index", "sum", "largest", "absolute", "positive_part", "inside", "outside", "nothing"}},
      {"side", {"both", "lower", "upper"}},
      {"quantifier", {"all", "any", "none"}},
      {"move", {"reverse", "rotate_left", "rotate_right", "shift_left", "shift_right"}},
  }};
  return kRows;
}

}  // namespace

std::string_view name_of(Attribute attribute) { return rows()[static_cast<std::size_t>(attribute)].name; }

std::string_view value_name(Attribute attribute, std::uint8_t value) {
  const Row& row = rows()[static_cast<std::size_t>(attribute)];
  assert(value < row.values.size());
  return row.values[value];
}

int distance(const Combination& one, const Combination& other) {
  int differing = 0;
  for (std::size_t i = 0; i < kAttributeCount; ++i) differing += one.values[i] != other.values[i] ? 1 : 0;
  return differing;
}

}  // namespace assay::analysis::code_tasks
