#include "solver/witness/minimise.h"

#include <algorithm>

namespace assay::solver {
namespace {

using program::Argument;
using program::Scalar;

class Shrinker {
 public:
  Shrinker(Arguments start, const std::vector<std::size_t>& cells_per_element, const StillFails& still_fails, int most_runs)
      : best_(std::move(start)), cells_per_element_(cells_per_element), still_fails_(still_fails), runs_left_(most_runs) {}

  Arguments run() {
    bool improved = true;
    while (improved && runs_left_ > 0) improved = remove_elements() || shrink_values();
    return std::move(best_);
  }

 private:
  bool accept(Arguments candidate) {
    if (runs_left_-- <= 0 || !still_fails_(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }

  /// Removes one element of one array; scalars equal to the old number of elements may follow it down.
  bool remove_elements() {
    for (std::size_t i = 0; i < best_.size(); ++i) {
      std::size_t stride = i < cells_per_element_.size() ? cells_per_element_[i] : 0;
      if (best_[i].kind != Argument::Kind::kArray || stride == 0) continue;
      std::size_t elements = best_[i].cells.size() / stride;
      for (std::size_t drop = elements; drop-- > 0;) {
        Arguments shorter = best_;
        auto first = shorter[i].cells.begin() + static_cast<std::ptrdiff_t>(drop * stride);
        shorter[i].cells.erase(first, first + static_cast<std::ptrdiff_t>(stride));
        for (Argument& pointer : shorter)  // those into this array go on pointing to the same element
          if ((&pointer == &shorter[i] || (pointer.kind == Argument::Kind::kAlias && pointer.shared_with == i)) && pointer.offset > drop)
            --pointer.offset;
        if (accept(with_lengths_lowered(shorter, static_cast<std::int64_t>(elements))) || accept(shorter)) return true;
      }
    }
    return false;
  }

  static Arguments with_lengths_lowered(Arguments arguments, std::int64_t length) {
    for (Argument& argument : arguments)
      if (argument.kind == Argument::Kind::kScalar && argument.cells[0].integer == length) --argument.cells[0].integer;
    return arguments;
  }

  bool shrink_values() {
    bool improved = false;
    for (std::size_t i = 0; i < best_.size(); ++i)
      for (std::size_t cell = 0; cell < best_[i].cells.size(); ++cell) improved |= shrink_cell(i, cell);
    return improved;
  }

  /// Tries 0, then halves the distance to 0 by bisection; a negative value also tries its absolute value.
  bool shrink_cell(std::size_t argument, std::size_t cell) {
    Scalar scalar = best_[argument].cells[cell];
    if (!scalar.initialised || scalar.is_pointer || scalar.integer == 0) return false;
    const std::int64_t original = scalar.integer;
    if (try_value(argument, cell, 0)) return true;
    std::int64_t fails_at = original, passes_at = 0;
    while (fails_at - passes_at > 1 || passes_at - fails_at > 1) {
      std::int64_t middle = passes_at + (fails_at - passes_at) / 2;
      (try_value(argument, cell, middle) ? fails_at : passes_at) = middle;
      if (runs_left_ <= 0) break;
    }
    // The lowest value of a signed type has no absolute value in it.
    const bool lowest = fails_at == INT8_MIN || fails_at == INT16_MIN || fails_at == INT32_MIN || fails_at == INT64_MIN;
    if (fails_at < 0 && !lowest) try_value(argument, cell, -fails_at);
    return best_[argument].cells[cell].integer != original && best_[argument].cells[cell].integer != -original;
  }

  bool try_value(std::size_t argument, std::size_t cell, std::int64_t value) {
    Arguments candidate = best_;
    candidate[argument].cells[cell].integer = value;
    return accept(std::move(candidate));
  }

  Arguments best_;
  const std::vector<std::size_t>& cells_per_element_;
  const StillFails& still_fails_;
  int runs_left_;
};

}  // namespace

Arguments minimise(Arguments arguments, const std::vector<std::size_t>& cells_per_element, const StillFails& still_fails, int most_runs) {
  return Shrinker(std::move(arguments), cells_per_element, still_fails, most_runs).run();
}

}  // namespace assay::solver
