// The point at a fraction of the way from one number to another, rounded down or up, without overflow.
//
//   int gap = hi - lo; return lo + gap / 2 + (gap % 2 != 0);
//
// Test: tests/analysis/code_tasks_proof_test.cpp

#include "analysis/code_tasks/families/registry.h"
#include "analysis/code_tasks/families/shared.h"

namespace assay::analysis::code_tasks {
namespace {

class Midpoint : public Family {
 public:
  Midpoint()
      : Family({.name = "midpoint",
                .attributes = {domain_of({Type::kInt, Type::kLong, Type::kUnsigned}), domain_of({Rounding::kDown, Rounding::kUp}),
                               domain_of({Fraction::kHalf, Fraction::kThird, Fraction::kQuarter}),
                               domain_of({Guard::kNone, Guard::kZero, Guard::kMinusOne})},
                .roles = {Role::kLow, Role::kHigh},
                .function_names = {"between", "point_at", "midpoint", "part_way"},
                .shapes = {"[Return|Compute|Get] the point {part} of the way from {lo} to {hi}, rounded {round}. {guard}",
                           "The point {part} of the way from {lo} to {hi}, rounding {round}. {guard}",
                           "Go {part} of the way from {lo} to {hi} and round {round}. {guard}",
                           "Take {lo} plus {part} of the distance to {hi}, rounded {round}. {guard}"}}) {}

  bool valid(const Combination& c) const override { return !c.is(Type::kUnsigned) || !c.is(Guard::kMinusOne); }

  FunctionText write(const Combination& c, const Names& names) const override {
    const Type type = c.get<Type>();
    const std::string &lo = names[Role::kLow], &hi = names[Role::kHigh], part = divisor(c);
    Lines lines;
    if (!c.is(Guard::kNone)) lines.return_if(lo + " > " + hi, guard_value(c.get<Guard>()));
    lines.line(type_name(type) + " gap = " + hi + " - " + lo + ";");
    lines.line("return " + lo + " + gap / " + part + (c.is(Rounding::kUp) ? " + (gap % " + part + " != 0);" : ";"));
    FunctionText function{
        .result = type_name(type),
        .name = names.function,
        .parameters = {scalar_parameter(names, Role::kLow, type, range_of(c)), scalar_parameter(names, Role::kHigh, type, range_of(c))},
        .body = lines.take()};
    if (c.is(Guard::kNone)) {
      function.requires_ = {lo + " <= " + hi};
      function.ensures = {"result >= " + lo + " && result <= " + hi};
    }
    return function;
  }

  Slots slots(const Combination& c, const Names& names) const override {
    return {
        {"lo", names[Role::kLow]},
        {"hi", names[Role::kHigh]},
        {"round", c.is(Rounding::kUp) ? "up" : "down"},
        {"part", c.is(Fraction::kHalf)    ? "half"
                 : c.is(Fraction::kThird) ? "[a third|one third]"
                                          : "[a quarter|one quarter]"},
        {"guard", c.is(Guard::kNone) ? "" : "[Return|Give] " + guard_value(c.get<Guard>()) + " if {lo} is [greater than|above|larger than] {hi}."}};
  }

 private:
  static std::string divisor(const Combination& c) { return c.is(Fraction::kHalf) ? "2" : c.is(Fraction::kThird) ? "3" : "4"; }
  /// Halves and quarters over all numbers that are not negative; thirds over fewer, where a solver divides easily.
  static std::optional<Range> range_of(const Combination& c) {
    if (c.is(Fraction::kThird)) return Range{0, 100000};
    return c.is(Type::kUnsigned) ? std::optional<Range>() : Range{0, 2147483647};
  }
};

}  // namespace

std::unique_ptr<Family> midpoint_family() { return std::make_unique<Midpoint>(); }

}  // namespace assay::analysis::code_tasks
