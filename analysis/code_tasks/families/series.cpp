// Sum, product or exclusive or over the integers from a start to a bound, or over their squares.
//
//   int result = 0; for (int i = 2; i <= n; i += 3) { result += i * i; } return result;
//
// A product never starts at 1, which would multiply by one.
// Test: tests/analysis/code_tasks_proof_test.cpp

#include "analysis/code_tasks/families/registry.h"
#include "analysis/code_tasks/families/shared.h"

namespace assay::analysis::code_tasks {
namespace {

class Series : public Family {
 public:
  Series()
      : Family({.name = "series",
                .attributes = {domain_of({Operator::kAdd, Operator::kMultiply, Operator::kXor}), domain_of({Transform::kValue, Transform::kSquare}),
                               domain_of({Step::k1, Step::k2, Step::k3}), domain_of({First::k1, First::k2, First::k3}), both_ends()},
                .roles = {Role::kBound},
                .function_names = {"series", "fold", "range", "combine"},
                .shapes = {"{Name} of the {what} integers {range}.", "[Return|Compute|Get] the {name} of the {what} integers {range}.",
                           "{Do} the {what} [integers|numbers] {range}.", "For the {what} integers {range}, [return|compute] the {name}."}}) {}

  bool valid(const Combination& c) const override { return !c.is(Operator::kMultiply) || !c.is(First::k1); }

  FunctionText write(const Combination& c, const Names& names) const override {
    const std::string& i = names.loop;
    const Walk walk = walk_of(c);
    Lines lines;
    lines.line(c.is(Operator::kMultiply) ? "int result = 1;" : "int result = 0;").open(walk.head(i, names[Role::kBound]));
    lines.line("result " + symbol(c.get<Operator>()) + "= " + (c.is(Transform::kSquare) ? i + " * " + i : i) + ";");
    lines.close().line("return result;");
    return {.result = "int",
            .name = names.function,
            .parameters = {scalar_parameter(names, Role::kBound, Type::kInt, Range{0, c.is(Operator::kMultiply) ? 7 : 12})},
            .body = lines.take(),
            .ensures = c.is(Operator::kXor) ? std::vector<std::string>{}
                                            : std::vector<std::string>{c.is(Operator::kMultiply) ? "result >= 1" : "result >= 0"}};
  }

  Slots slots(const Combination& c, const Names& names) const override {
    Slots slots = walk_slots(walk_of(c), names);
    slots["range"] = range_of(walk_of(c));
    slots["what"] = c.is(Transform::kSquare) ? "squares of the" : "";
    const bool sum = c.is(Operator::kAdd), product = c.is(Operator::kMultiply);
    slots["Name"] = sum ? "Sum" : product ? "Product" : "Exclusive or";
    slots["name"] = sum ? "[sum|total]" : product ? "product" : "[exclusive or|xor]";
    slots["Do"] = sum ? "[Add up|Add|Sum]" : product ? "[Multiply|Multiply together]" : "[Combine with xor|Xor together]";
    return slots;
  }

 private:
  static std::string range_of(const Walk& walk) {
    std::string text = walk.inclusive ? "from {first} [to {n} inclusive|to {n}, inclusive|up to and including {n}]"
                                      : "from {first} [to {n} exclusive|to {n}, exclusive|up to but excluding {n}]";
    if (walk.step == 2) text += " [in steps of 2|taking every second one]";
    if (walk.step == 3) text += " [in steps of 3|taking every third one]";
    return text;
  }
};

}  // namespace

std::unique_ptr<Family> series_family() { return std::make_unique<Series>(); }

}  // namespace assay::analysis::code_tasks
