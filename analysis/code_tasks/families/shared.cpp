#include "analysis/code_tasks/families/shared.h"

#include <fmt/format.h>

namespace assay::analysis::code_tasks {

std::string type_name(Type type) {
  switch (type) {
    case Type::kInt: return "int";
    case Type::kUnsigned: return "unsigned";
    case Type::kLong: return "long";
  }
  return "int";
}

Lines& Lines::line(const std::string& text) {
  lines_.push_back(std::string(4 * depth_, ' ') + text);
  return *this;
}

Lines& Lines::open(const std::string& head) {
  line(head);
  ++depth_;
  return *this;
}

Lines& Lines::close() {
  --depth_;
  return line("}");
}

Lines& Lines::return_if(const std::string& condition, const std::string& value) {
  return open("if (" + condition + ") {").line("return " + value + ";").close();
}

std::string Walk::head(const std::string& i, const std::string& bound, const std::string& type) const {
  const std::string next = step == 1 ? i + "++" : fmt::format("{} += {}", i, step);
  return fmt::format("for ({} {} = {}; {}; {}) {{", type, i, first, goes_on(i, bound), next);
}

std::string Walk::head_backward(const std::string& i, const std::string& bound) const {
  return fmt::format("for (int {0} = {1}; {0} >= {2}; {0}--) {{", i, last(bound), first);
}

Walk walk_of(const Combination& combination) {
  Walk walk;
  walk.first = static_cast<int>(combination.get<First>());
  walk.step = static_cast<int>(combination.get<Step>()) + 1;
  walk.inclusive = combination.is(End::kInclusive);
  return walk;
}

std::string range_words(const Walk& walk) {
  std::string text = walk.inclusive ? "[from index {first} to {n} inclusive|from index {first} up to and including {n}|at indices {first} to {n}, "
                                      "{n} included|from {first} to {n} inclusive]"
                                    : "[from index {first} to {n} exclusive|from index {first} up to but excluding {n}|at indices {first} to {n}, "
                                      "{n} excluded|from {first} to {n} exclusive]";
  if (walk.step == 2) text += " [in steps of 2|taking every second one]";
  if (walk.step == 3) text += " [in steps of 3|taking every third one]";
  return text;
}

Slots walk_slots(const Walk& walk, const Names& names) {
  return {{"range", range_words(walk)}, {"first", walk.first_text()}, {"n", names[Role::kBound]}, {"a", names[Role::kArray]}};
}

Parameter array_parameter(const Names& names, Role role, Type type, std::optional<Range> range, const Walk& walk, bool written) {
  return {.role = role,
          .name = names[role],
          .type = type,
          .array = true,
          .written = written,
          .range = range,
          .bound = names[Role::kBound],
          .extra = walk.inclusive ? 1 : 0};
}

Parameter bound_parameter(const Names& names, const Walk& walk, int most, bool nonempty) {
  const int least = nonempty ? walk.first + (walk.inclusive ? 0 : 1) : 0;
  return {.role = Role::kBound, .name = names[Role::kBound], .range = Range{least, most - (walk.inclusive ? 1 : 0)}};
}

Parameter scalar_parameter(const Names& names, Role role, Type type, std::optional<Range> range) {
  return {.role = role, .name = names[role], .type = type, .range = range};
}

std::string comparison(const Combination& combination) {
  const bool strict = combination.is(Strict::kStrict);
  switch (combination.get<Sense>()) {
    case Sense::kBelow: return strict ? "<" : "<=";
    case Sense::kAbove: return strict ? ">" : ">=";
    case Sense::kEqual: return "==";
    case Sense::kUnequal: return "!=";
  }
  return "<";
}

std::string relation_words(const Combination& combination, const std::string& operand) {
  const std::string op = comparison(combination);
  const std::string words = op == "<"    ? "[less than|below|smaller than]"
                            : op == "<=" ? "[at most|no more than|not above]"
                            : op == ">"  ? "[greater than|above|larger than]"
                            : op == ">=" ? "[at least|no less than|not below]"
                            : op == "==" ? "[equal to|the same as]"
                                         : "[different from|not equal to]";
  return words + " " + operand;
}

bool relation_valid(const Combination& combination) {
  const bool ordered = combination.is(Sense::kBelow) || combination.is(Sense::kAbove);
  return ordered || combination.is(Strict::kStrict);
}

AttributeDomain all_senses() { return domain_of({Sense::kBelow, Sense::kAbove, Sense::kEqual, Sense::kUnequal}); }
AttributeDomain both_strict() { return domain_of({Strict::kStrict, Strict::kOrEqual}); }
AttributeDomain both_ends() { return domain_of({End::kExclusive, End::kInclusive}); }

std::string filter_condition(Filter filter, const std::string& element) {
  switch (filter) {
    case Filter::kAll: return "";
    case Filter::kEven: return element + " % 2 == 0";
    case Filter::kOdd: return element + " % 2 != 0";
    case Filter::kPositive: return element + " > 0";
    case Filter::kNegative: return element + " < 0";
  }
  return "";
}

std::string filter_words(Filter filter) {
  return filter == Filter::kAll ? "" : std::string(value_name(Attribute::kFilter, static_cast<std::uint8_t>(filter)));
}

std::string guard_value(Guard guard) { return guard == Guard::kMinusOne ? "-1" : "0"; }

std::string symbol(Operator op) {
  constexpr std::array<const char*, 8> kSymbols = {"+", "-", "*", "^", "&", "|", "/", "%"};
  return kSymbols[static_cast<std::size_t>(op)];
}

}  // namespace assay::analysis::code_tasks
