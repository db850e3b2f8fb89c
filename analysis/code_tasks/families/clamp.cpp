// A value limited to an interval, or replaced when it lies outside.
//
//   if (x < lo) { return lo; } if (x >= hi) { return hi - 1; } return x;
//
// Test: tests/analysis/code_tasks_proof_test.cpp

#include "analysis/code_tasks/families/registry.h"
#include "analysis/code_tasks/families/shared.h"

namespace assay::analysis::code_tasks {
namespace {

class Clamp : public Family {
 public:
  Clamp()
      : Family({.name = "clamp",
                .attributes = {domain_of({Side::kBoth, Side::kLower, Side::kUpper}), domain_of({Type::kInt, Type::kLong, Type::kUnsigned}),
                               domain_of({Guard::kNone, Guard::kZero, Guard::kMinusOne}), both_ends()},
                .roles = {Role::kLeft, Role::kLow, Role::kHigh},
                .function_names = {"clamp", "limit_to", "restrict_to", "bounded"},
                .shapes = {"{Do} {x} {to}. {out}", "[Return|Give back] {x} {limited} {to}. {out}", "Keep {x} {to}. {out}",
                           "Take {x} and return it {limited} {to}. {out}"}}) {}

  /// The end belongs to the upper limit.
  bool valid(const Combination& c) const override {
    if (c.is(Type::kUnsigned) && c.is(Guard::kMinusOne)) return false;
    return !c.is(Side::kLower) || c.is(End::kInclusive);
  }

  FunctionText write(const Combination& c, const Names& names) const override {
    const Type type = c.get<Type>();
    const std::string &x = names[Role::kLeft], &lo = names[Role::kLow], &hi = names[Role::kHigh];
    const bool replaced = !c.is(Guard::kNone), inclusive = c.is(End::kInclusive);
    const Range limits = type == Type::kUnsigned ? Range{1, 1000} : Range{-1000, 1000};
    FunctionText function{.result = type_name(type), .name = names.function, .parameters = {scalar_parameter(names, Role::kLeft, type)}};
    Lines lines;
    if (!c.is(Side::kUpper)) {
      function.parameters.push_back(scalar_parameter(names, Role::kLow, type, limits));
      lines.return_if(x + " < " + lo, replaced ? guard_value(c.get<Guard>()) : lo);
    }
    if (!c.is(Side::kLower)) {
      function.parameters.push_back(scalar_parameter(names, Role::kHigh, type, limits));
      lines.return_if(x + (inclusive ? " > " : " >= ") + hi, replaced ? guard_value(c.get<Guard>()) : inclusive ? hi : hi + " - 1");
    }
    if (c.is(Side::kBoth)) function.requires_ = {lo + (inclusive ? " <= " : " < ") + hi};
    function.body = lines.line("return " + x + ";").take();
    return function;
  }

  Slots slots(const Combination& c, const Names& names) const override {
    const bool inclusive = c.is(End::kInclusive);
    return {{"x", names[Role::kLeft]},
            {"lo", names[Role::kLow]},
            {"hi", names[Role::kHigh]},
            {"Do", "[Limit|Restrict|Clamp]"},
            {"limited", "[limited|restricted|clamped]"},
            {"to", c.is(Side::kLower)   ? "[to at least {lo}|to {lo} or more]"
                   : c.is(Side::kUpper) ? (inclusive ? "[to at most {hi}|to {hi} or less]" : "[to less than {hi}|to values below {hi}]")
                   : inclusive          ? "[to the range from {lo} to {hi} inclusive|between {lo} and {hi}, {hi} included]"
                                        : "[to the range from {lo} to {hi} exclusive|between {lo} and {hi}, {hi} excluded]"},
            {"out", c.is(Guard::kNone) ? "" : "[Return|Give] " + guard_value(c.get<Guard>()) + " if it is [outside|out of range]."}};
  }
};

}  // namespace

std::unique_ptr<Family> clamp_family() { return std::make_unique<Clamp>(); }

}  // namespace assay::analysis::code_tasks
