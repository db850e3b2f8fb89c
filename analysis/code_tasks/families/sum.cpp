// Sum of the elements, or of their squares, that pass a filter.
//
//   int total = 0; for (int i = 0; i < n; i++) { if (a[i] % 2 == 0) { total += a[i]; } } return total;
//
// The type decides: int elements are bounded by the contract, a long accumulator takes elements whose sum leaves int, unsigned wraps around.
// Test: tests/analysis/code_tasks_proof_test.cpp

#include "analysis/code_tasks/families/registry.h"
#include "analysis/code_tasks/families/shared.h"

namespace assay::analysis::code_tasks {
namespace {

class Sum : public Family {
 public:
  Sum()
      : Family({.name = "sum",
                .attributes = {domain_of({Type::kInt, Type::kLong, Type::kUnsigned}),
                               domain_of({Filter::kAll, Filter::kEven, Filter::kOdd, Filter::kPositive, Filter::kNegative}),
                               domain_of({Transform::kValue, Transform::kSquare}), domain_of({First::k0, First::k1}), both_ends()},
                .roles = {Role::kArray, Role::kBound},
                .function_names = {"sum", "add_up", "sum_of", "accumulate"},
                .shapes = {"[Return|Compute|Get] the sum of the {what} {kind} elements of {a} {range}.",
                           "Sum of the {what} {kind} elements of {a} {range}.", "Add up the {what} {kind} [elements|entries|values] of {a} {range}.",
                           "Over {a} {range}, [return|compute] the total of the {what} {kind} elements.",
                           "[Adds|Sums] the {what} {kind} values in {a} {range} and returns the result."}}) {}

  bool valid(const Combination& c) const override { return !c.is(Type::kUnsigned) || (!c.is(Filter::kPositive) && !c.is(Filter::kNegative)); }

  FunctionText write(const Combination& c, const Names& names) const override {
    const Walk walk = walk_of(c);
    const Type type = c.get<Type>();
    const std::string element = names[Role::kArray] + "[" + names.loop + "]";
    const std::string filter = filter_condition(c.get<Filter>(), element);
    const std::string first = type == Type::kLong ? "(long)" + element : element;
    Lines lines;
    lines.line(type_name(type) + " total = 0;").open(walk.head(names.loop, names[Role::kBound]));
    if (!filter.empty()) lines.open("if (" + filter + ") {");
    lines.line("total += " + (c.is(Transform::kSquare) ? first + " * " + element : element) + ";");
    if (!filter.empty()) lines.close();
    lines.close().line("return total;");
    const Type elements = type == Type::kUnsigned ? Type::kUnsigned : Type::kInt;
    return {.result = type_name(type),
            .name = names.function,
            .parameters = {array_parameter(names, Role::kArray, elements, range_of(c), walk), bound_parameter(names, walk, 5)},
            .body = lines.take(),
            .ensures = c.is(Transform::kSquare) && type != Type::kUnsigned ? std::vector<std::string>{"result >= 0"} : std::vector<std::string>{}};
  }

  Slots slots(const Combination& c, const Names& names) const override {
    Slots slots = walk_slots(walk_of(c), names);
    slots["kind"] = filter_words(c.get<Filter>());
    slots["what"] = c.is(Transform::kSquare) ? "squares of the" : "";
    return slots;
  }

 private:
  static std::optional<Range> range_of(const Combination& c) {
    if (c.is(Type::kInt)) return Range{-100, 100};
    if (c.is(Type::kLong) && c.is(Transform::kSquare)) return Range{-50000, 50000};
    return {};
  }
};

}  // namespace

std::unique_ptr<Family> sum_family() { return std::make_unique<Sum>(); }

}  // namespace assay::analysis::code_tasks
