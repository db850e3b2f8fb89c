// Absolute difference of two numbers, or the part of it that is positive; plain, doubled or squared.
//
//   long gap = (long)x - y; if (gap < 0) { gap = -gap; } return gap * gap;
//
// Test: tests/analysis/code_tasks_proof_test.cpp

#include "analysis/code_tasks/families/registry.h"
#include "analysis/code_tasks/families/shared.h"

namespace assay::analysis::code_tasks {
namespace {

class Difference : public Family {
 public:
  Difference()
      : Family({.name = "difference",
                .attributes = {domain_of({Type::kInt, Type::kLong, Type::kUnsigned}), domain_of({Answer::kAbsolute, Answer::kPositivePart}),
                               domain_of({Transform::kValue, Transform::kTwice, Transform::kSquare})},
                .roles = {Role::kLeft, Role::kRight},
                .function_names = {"distance", "diff", "gap_of", "apart"},
                .shapes = {"[Return|Compute|Get] {times} {name} {x} and {y}{end}.", "{Times} {name} {x} and {y}{end}.",
                           "For {x} and {y}, [return|compute] {times} their {short}{end}.",
                           "[Return|Compute] {times} their {short}{end}, for {x} and {y}."}}) {}

  FunctionText write(const Combination& c, const Names& names) const override {
    const Type type = c.get<Type>();
    const std::string &x = names[Role::kLeft], &y = names[Role::kRight];
    const bool absolute = c.is(Answer::kAbsolute);
    Lines lines;
    if (type == Type::kUnsigned)
      lines.line("unsigned gap = " + x + " > " + y + " ? " + x + " - " + y + " : " + (absolute ? y + " - " + x : "0") + ";");
    else
      lines.line(type_name(type) + " gap = " + (type == Type::kLong ? "(long)" : "") + x + " - " + y + ";")
          .open("if (gap < 0) {")
          .line(absolute ? "gap = -gap;" : "gap = 0;")
          .close();
    lines.line(c.is(Transform::kSquare) ? "return gap * gap;" : c.is(Transform::kTwice) ? "return 2 * gap;" : "return gap;");
    const std::optional<Range> range = type == Type::kInt                                ? Range{-1000, 1000}
                                       : type == Type::kLong && c.is(Transform::kSquare) ? std::optional(Range{-100000, 100000})
                                                                                         : std::nullopt;
    const Type operands = type == Type::kUnsigned ? Type::kUnsigned : Type::kInt;
    // That the square of a 64-bit number is not negative takes the solver more than any budget, so the contract does not say it.
    const bool unproved_sign = type == Type::kLong && c.is(Transform::kSquare) && absolute;
    return {.result = type_name(type),
            .name = names.function,
            .parameters = {scalar_parameter(names, Role::kLeft, operands, range), scalar_parameter(names, Role::kRight, operands, range)},
            .body = lines.take(),
            .ensures = type == Type::kUnsigned || unproved_sign ? std::vector<std::string>{} : std::vector<std::string>{"result >= 0"}};
  }

  Slots slots(const Combination& c, const Names& names) const override {
    const bool absolute = c.is(Answer::kAbsolute);
    return {{"x", names[Role::kLeft]},
            {"y", names[Role::kRight]},
            {"name", absolute ? "the [absolute difference|distance] of" : "the [difference|gap] of"},
            {"short", absolute ? "[absolute difference|distance]" : "[difference|gap]"},
            {"end", absolute ? "" : "[, or 0 if it is negative|, but at least 0]"},
            {"times", c.is(Transform::kSquare)  ? "the square of"
                      : c.is(Transform::kTwice) ? "twice"
                                                : ""},
            {"Times", c.is(Transform::kSquare)  ? "Square of"
                      : c.is(Transform::kTwice) ? "Twice"
                                                : "Just"}};
  }
};

}  // namespace

std::unique_ptr<Family> difference_family() { return std::make_unique<Difference>(); }

}  // namespace assay::analysis::code_tasks
