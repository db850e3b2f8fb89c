#include "solver/witness/minimise.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

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
    while (improved && runs_left_ > 0) improved = remove_elements() || shrink_values() || turn_positive() || shrink_pairs();
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

  static bool is_nonzero_integer(const Scalar& scalar) { return scalar.initialised && !scalar.is_pointer && scalar.integer != 0; }

  /// The lowest value of a signed type has no absolute value in it: the highest takes its place.
  static std::int64_t positive(std::int64_t value) {
    const bool lowest = value == INT8_MIN || value == INT16_MIN || value == INT32_MIN || value == INT64_MIN;
    return value >= 0 ? value : lowest ? -(value + 1) : -value;
  }

  /// Tries 0, then halves the distance to 0 by bisection; a negative value also tries its absolute value.
  bool shrink_cell(std::size_t argument, std::size_t cell) {
    if (!is_nonzero_integer(best_[argument].cells[cell])) return false;
    const std::int64_t original = best_[argument].cells[cell].integer;
    if (try_value(argument, cell, 0)) return true;
    std::int64_t fails_at = original, passes_at = 0;
    while (fails_at - passes_at > 1 || passes_at - fails_at > 1) {
      std::int64_t middle = passes_at + (fails_at - passes_at) / 2;
      (try_value(argument, cell, middle) ? fails_at : passes_at) = middle;
      if (runs_left_ <= 0) break;
    }
    if (fails_at < 0) try_value(argument, cell, positive(fails_at));
    return best_[argument].cells[cell].integer != original;
  }

  /// All signs at once: in a sum none of them can turn alone.
  bool turn_positive() {
    Arguments candidate = best_;
    bool differs = false;
    for (Argument& argument : candidate)
      for (Scalar& scalar : argument.cells)
        if (is_nonzero_integer(scalar) && scalar.integer < 0) scalar.integer = positive(scalar.integer), differs = true;
    return differs && accept(std::move(candidate));
  }

  struct Place {
    std::size_t argument, cell;
  };

  /// Two values at once, where neither can shrink alone: both by the same amount, as in x - y, or the smaller one while the larger one
  /// grows, as in x + y.
  bool shrink_pairs() {
    constexpr std::size_t kMostPaired = 8;  // the pairs grow with the square
    std::vector<Place> places;
    for (std::size_t i = 0; i < best_.size(); ++i)
      for (std::size_t cell = 0; cell < best_[i].cells.size() && places.size() < kMostPaired; ++cell)
        if (is_nonzero_integer(best_[i].cells[cell]) && best_[i].cells[cell].integer != INT64_MIN) places.push_back({i, cell});
    for (std::size_t a = 0; a < places.size(); ++a)
      for (std::size_t b = a + 1; b < places.size(); ++b) {
        const bool ordered = std::abs(value_at(best_, places[a])) <= std::abs(value_at(best_, places[b]));
        const Place smaller = ordered ? places[a] : places[b], larger = ordered ? places[b] : places[a];
        if (shift(smaller, larger, -1) || shift(smaller, larger, +1)) return true;
      }
    return false;
  }

  /// Takes as much as possible from the smaller value's absolute value, and adds `direction` times as much to that of the larger.
  bool shift(Place smaller, Place larger, int direction) {
    const Arguments start = best_;
    const std::int64_t from = value_at(start, smaller), to = value_at(start, larger);
    const auto try_amount = [&](std::int64_t amount) {
      Arguments candidate = start;
      value_at(candidate, smaller) = from < 0 ? from + amount : from - amount;
      value_at(candidate, larger) = (to < 0) == (direction > 0) ? to - amount : to + amount;
      return accept(std::move(candidate));
    };
    std::int64_t beyond = direction > 0 ? std::min(std::abs(from), INT64_MAX - std::abs(to)) : std::abs(from);
    if (beyond == 0) return false;
    if (try_amount(beyond)) return true;
    if (beyond == 1 || !try_amount(1)) return false;
    for (std::int64_t amount = 1; beyond - amount > 1 && runs_left_ > 0;) {
      const std::int64_t middle = amount + (beyond - amount) / 2;
      (try_amount(middle) ? amount : beyond) = middle;
    }
    return true;
  }

  static std::int64_t& value_at(Arguments& arguments, Place place) { return arguments[place.argument].cells[place.cell].integer; }
  static std::int64_t value_at(const Arguments& arguments, Place place) { return arguments[place.argument].cells[place.cell].integer; }

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
