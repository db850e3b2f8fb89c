// What several families share: the loop over part of an array, comparisons, filters, guards, and how each is worded.
//
//   Walk walk = walk_of(combination);                      // from index 1 to n inclusive, in steps of 2
//   walk.head("i", "n")   for (int i = 1; i <= n; i += 2) {           range_words(walk)   "from index 1 to n inclusive in steps of 2"
//
// Tests: tests/analysis/code_tasks_families_test.cpp, code_tasks_proof_test.cpp
#pragma once

#include <string>
#include <vector>

#include "analysis/code_tasks/families/family.h"

namespace assay::analysis::code_tasks {

std::string type_name(Type type);

/// The lines of a body, indented by four spaces for each open brace.
class Lines {
 public:
  Lines& line(const std::string& text);
  /// "for (...) {"
  Lines& open(const std::string& head);
  Lines& close();
  /// if (condition) { return value; }
  Lines& return_if(const std::string& condition, const std::string& value);
  std::vector<std::string> take() { return std::move(lines_); }

 private:
  std::size_t depth_ = 1;
  std::vector<std::string> lines_;
};

/// The indices (or integers) that a loop visits.
struct Walk {
  int first = 0, step = 1;
  bool inclusive = false;

  std::string first_text() const { return std::to_string(first); }
  /// "i < n" or "i <= n"
  std::string goes_on(const std::string& i, const std::string& bound) const { return i + (inclusive ? " <= " : " < ") + bound; }
  /// "for (int i = 1; i <= n; i++) {"
  std::string head(const std::string& i, const std::string& bound, const std::string& type = "int") const;
  /// The same backwards, in steps of one: "for (int i = n - 1; i >= 1; i--) {"
  std::string head_backward(const std::string& i, const std::string& bound) const;
  /// Index of the last element: "n - 1" or "n".
  std::string last(const std::string& bound) const { return inclusive ? bound : bound + " - 1"; }
  /// Where no index is visited: "n <= 0" or "n < 1".
  std::string empty(const std::string& bound) const { return bound + (inclusive ? " < " : " <= ") + first_text(); }
  /// Can it be empty while the array's length is not negative?
  bool can_be_empty() const { return !inclusive || first > 0; }
};
Walk walk_of(const Combination& combination);
/// "[from index {first} to {n} inclusive|...]"
std::string range_words(const Walk& walk);
/// The slots that such a phrase needs, and `a`.
Slots walk_slots(const Walk& walk, const Names& names);

/// An array of `most` elements at most, as long as the walk needs.
Parameter array_parameter(const Names& names, Role role, Type type, std::optional<Range> range, const Walk& walk, bool written = false);
/// The bound of such arrays; `least` elements are asked for beyond the empty walk.
Parameter bound_parameter(const Names& names, const Walk& walk, int most, bool nonempty = false);
Parameter scalar_parameter(const Names& names, Role role, Type type, std::optional<Range> range = {});

/// "<", ">=", ...
std::string comparison(const Combination& combination);
/// "[less than|below] x"
std::string relation_words(const Combination& combination, const std::string& operand);
/// Sense and strictness: equal and unequal have no strictness.
bool relation_valid(const Combination& combination);
AttributeDomain all_senses();
AttributeDomain both_strict();
AttributeDomain both_ends();

/// "a[i] % 2 == 0"; empty for kAll.
std::string filter_condition(Filter filter, const std::string& element);
/// "[even]", "", ...
std::string filter_words(Filter filter);

/// "0" or "-1".
std::string guard_value(Guard guard);
/// The C operator.
std::string symbol(Operator op);

}  // namespace assay::analysis::code_tasks
