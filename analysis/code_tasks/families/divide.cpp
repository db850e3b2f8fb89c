// Quotient or remainder with what a zero divisor returns, rounded down or up.
//
//   if (y == 0) { return -1; } return x / y + (x % y != 0);
//
// Test: tests/analysis/code_tasks_proof_test.cpp

#include "analysis/code_tasks/families/registry.h"
#include "analysis/code_tasks/families/shared.h"

namespace assay::analysis::code_tasks {
namespace {

class Divide : public Family {
 public:
  Divide()
      : Family({.name = "divide",
                .attributes = {domain_of({Operator::kDivide, Operator::kRemainder}), domain_of({Type::kInt, Type::kLong, Type::kUnsigned}),
                               domain_of({Fallback::kZero, Fallback::kMinusOne, Fallback::kOperand}), domain_of({Rounding::kDown, Rounding::kUp})},
                .roles = {Role::kLeft, Role::kRight},
                .function_names = {"divide", "safe_div", "quotient", "share_out"},
                .shapes = {"{Do}{round}. {zero}", "[Return|Compute|Get] {result}{round}. {zero}", "{Result}{round}. {zero}",
                           "For {x} and {y}, [return|compute] {short}{round}. {zero}"}}) {}

  bool valid(const Combination& c) const override {
    if (c.is(Operator::kRemainder) && c.is(Rounding::kUp)) return false;
    return !c.is(Type::kUnsigned) || !c.is(Fallback::kMinusOne);
  }

  FunctionText write(const Combination& c, const Names& names) const override {
    const Type type = c.get<Type>();
    const std::string &x = names[Role::kLeft], &y = names[Role::kRight];
    Lines lines;
    lines.return_if(y + " == 0", fallback(c, x));
    if (c.is(Operator::kRemainder)) lines.line("return " + x + " % " + y + ";");
    else lines.line("return " + x + " / " + y + (c.is(Rounding::kUp) ? " + (" + x + " % " + y + " != 0);" : ";"));
    return {.result = type_name(type),
            .name = names.function,
            .parameters = {scalar_parameter(names, Role::kLeft, type, Range{0, 1000}), scalar_parameter(names, Role::kRight, type, Range{0, 1000})},
            .body = lines.take(),
            .ensures = {"result <= " + x +
                        (c.is(Fallback::kMinusOne) ? " && result >= -1"
                         : type == Type::kUnsigned ? ""
                                                   : " && result >= 0")}};
  }

  Slots slots(const Combination& c, const Names& names) const override {
    const bool divide = c.is(Operator::kDivide);
    return {{"x", names[Role::kLeft]},
            {"y", names[Role::kRight]},
            {"Do", divide ? "Divide {x} by {y}" : "Remainder of {x} by {y}"},
            {"result", divide ? "the quotient of {x} by {y}" : "the remainder of {x} divided by {y}"},
            {"Result", divide ? "Quotient of {x} by {y}" : "Remainder of {x} divided by {y}"},
            {"short", divide ? "the quotient" : "the remainder"},
            {"round", divide ? (c.is(Rounding::kUp) ? ", [rounded up|rounding up]" : ", [rounded down|rounding down]") : ""},
            {"zero", "[Return|Give] " + fallback(c, "{x}") + " if {y} is [0|zero]."}};
  }

 private:
  static std::string fallback(const Combination& c, const std::string& x) {
    return c.is(Fallback::kZero) ? "0" : c.is(Fallback::kMinusOne) ? "-1" : x;
  }
};

}  // namespace

std::unique_ptr<Family> divide_family() { return std::make_unique<Divide>(); }

}  // namespace assay::analysis::code_tasks
