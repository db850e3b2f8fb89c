// A number to a natural power, times a starting value, by repeated multiplication.
//
//   if (k < 0) { return 0; } int result = 1; for (int i = 0; i < k; i++) { result *= x; } return result;
//
// Test: tests/analysis/code_tasks_proof_test.cpp

#include "analysis/code_tasks/families/registry.h"
#include "analysis/code_tasks/families/shared.h"

namespace assay::analysis::code_tasks {
namespace {

class Power : public Family {
 public:
  Power()
      : Family({.name = "power",
                .attributes = {domain_of({Type::kInt, Type::kLong, Type::kUnsigned}), domain_of({Guard::kNone, Guard::kZero, Guard::kMinusOne}),
                               domain_of({Initial::k1, Initial::k2, Initial::k10})},
                .roles = {Role::kLeft, Role::kBound},
                .function_names = {"power", "raise_to", "pow_int", "to_the"},
                .shapes = {"[Return|Compute|Get] {start} {x} to the power {n}. {guard}", "{Start} {x} raised to {n}. {guard}",
                           "[Raise|Take] {x} to the power {n} {times}. {guard}", "Multiply {begin} by {x}, {n} times [over|in all]. {guard}"}}) {}

  /// A factor before a long power leaves what a solver multiplies in good time.
  bool valid(const Combination& c) const override {
    return c.is(Type::kInt) || (c.is(Type::kUnsigned) ? !c.is(Guard::kMinusOne) : c.is(Initial::k1));
  }

  FunctionText write(const Combination& c, const Names& names) const override {
    const Type type = c.get<Type>();
    const std::string &x = names[Role::kLeft], &n = names[Role::kBound];
    const Range base = type == Type::kLong ? Range{-50000, 50000} : Range{-10, 10};
    Lines lines;
    if (!c.is(Guard::kNone)) lines.return_if(n + " < 0", guard_value(c.get<Guard>()));
    lines.line(type_name(type) + " result = " + start(c) + ";")
        .open(Walk{}.head(names.loop, n))
        .line("result *= " + x + ";")
        .close()
        .line("return result;");
    return {.result = type_name(type),
            .name = names.function,
            .parameters = {scalar_parameter(names, Role::kLeft, type == Type::kLong ? Type::kInt : type,
                                            type == Type::kUnsigned ? std::optional<Range>() : base),
                           scalar_parameter(names, Role::kBound, Type::kInt, Range{c.is(Guard::kNone) ? 0 : -2, type == Type::kLong ? 2 : 4})},
            .body = lines.take()};
  }

  Slots slots(const Combination& c, const Names& names) const override {
    const bool two = c.is(Initial::k2), ten = c.is(Initial::k10);
    return {{"x", names[Role::kLeft]},
            {"n", names[Role::kBound]},
            {"start", two   ? "[2 times|twice]"
                      : ten ? "[10 times|tenfold]"
                            : ""},
            {"Start", two   ? "[2 times|Twice]"
                      : ten ? "[10 times|Tenfold]"
                            : "Simply"},
            {"begin", start(c)},
            {"times", two   ? "and [double it|multiply by 2]"
                      : ten ? "and [multiply by 10|multiply it by 10]"
                            : ""},
            {"guard", c.is(Guard::kNone) ? "" : "[Return|Give] " + guard_value(c.get<Guard>()) + " if {n} is negative."}};
  }

 private:
  static std::string start(const Combination& c) { return c.is(Initial::k1) ? "1" : c.is(Initial::k2) ? "2" : "10"; }
};

}  // namespace

std::unique_ptr<Family> power_family() { return std::make_unique<Power>(); }

}  // namespace assay::analysis::code_tasks
