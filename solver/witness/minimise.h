// Shrinks a failing input by trying smaller ones, as property-based testing does: every accepted step still fails.
//
// Order: fewer array elements (together with the scalars that equal the old length), then a smaller sum of absolute values, then more of
// that sum in fewer values, then fewer negative ones. Of a + b, which overflows at (-32, -2147483617), it shows (1, 2147483647). The result
// is locally minimal: it cannot be improved by one removal, by one smaller value, or by a shift between two of the first eight values.
// Test: tests/solver/witness_test.cpp
#pragma once

#include <functional>
#include <vector>

#include "frontend/program/interpreter.h"

namespace assay::solver {

using Arguments = std::vector<program::Argument>;
using StillFails = std::function<bool(const Arguments&)>;

/// `cells_per_element[i]`: scalar leaves of one element of the array that argument i points to (1 for integers; 0 if it is no array).
Arguments minimise(Arguments arguments, const std::vector<std::size_t>& cells_per_element, const StillFails& still_fails, int most_runs = 2000);

}  // namespace assay::solver
