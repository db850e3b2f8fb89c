// Sum, number or largest of the digits that pass a filter, in some base, with what a negative number returns.
//
//   if (x < 0) { return -1; } int total = 0; while (x > 0) { int digit = x % 10; total += digit; x /= 10; } return total;
//
// The number of all digits is left out: what 0 should give is a convention that a one-line request does not settle.
// Test: tests/analysis/code_tasks_proof_test.cpp

#include "analysis/code_tasks/families/registry.h"
#include "analysis/code_tasks/families/shared.h"

namespace assay::analysis::code_tasks {
namespace {

class Digits : public Family {
 public:
  Digits()
      : Family({.name = "digits",
                .attributes = {domain_of({Answer::kSum, Answer::kCount, Answer::kLargest}), domain_of({Filter::kAll, Filter::kEven, Filter::kOdd}),
                               domain_of({Base::k10, Base::k8, Base::k5}), domain_of({Guard::kNone, Guard::kZero, Guard::kMinusOne})},
                .roles = {Role::kLeft},
                .function_names = {"digits", "digit_work", "of_digits", "scan_digits"},
                .shapes = {"[Return|Compute|Get] the {name} {kind} digits of {x} in base {base}. {guard}",
                           "{Name} {kind} digits of {x} [in base {base}|written in base {base}]. {guard}",
                           "In base {base}, [return|compute] the {name} {kind} digits of {x}. {guard}",
                           "For {x} in base {base}: the {name} {kind} digits. {guard}"}}) {}

  bool valid(const Combination& c) const override { return !c.is(Answer::kCount) || !c.is(Filter::kAll); }

  FunctionText write(const Combination& c, const Names& names) const override {
    const std::string& x = names[Role::kLeft];
    const std::string result = c.is(Answer::kSum) ? "total" : c.is(Answer::kCount) ? "hits" : "best";
    const std::string filter = filter_condition(c.get<Filter>(), "digit");
    Lines lines;
    if (!c.is(Guard::kNone)) lines.return_if(x + " < 0", guard_value(c.get<Guard>()));
    lines.line("int " + result + " = 0;").open("while (" + x + " > 0) {").line("int digit = " + x + " % " + base(c) + ";");
    if (c.is(Answer::kLargest)) lines.open("if (" + (filter.empty() ? "" : filter + " && ") + "digit > best) {").line("best = digit;").close();
    else {
      if (!filter.empty()) lines.open("if (" + filter + ") {");
      lines.line(c.is(Answer::kSum) ? "total += digit;" : "hits++;");
      if (!filter.empty()) lines.close();
    }
    lines.line(x + " /= " + base(c) + ";").close().line("return " + result + ";");
    Parameter number = scalar_parameter(names, Role::kLeft, Type::kInt, Range{c.is(Guard::kNone) ? 0 : -50, 999});
    number.wide = true;
    return {.result = "int",
            .name = names.function,
            .parameters = {number},
            .body = lines.take(),
            .ensures = {c.is(Guard::kMinusOne) ? "result >= -1" : "result >= 0"}};
  }

  Slots slots(const Combination& c, const Names& names) const override {
    const bool sum = c.is(Answer::kSum), count = c.is(Answer::kCount);
    return {{"x", names[Role::kLeft]},
            {"base", base(c)},
            {"kind", filter_words(c.get<Filter>())},
            {"name", sum     ? "[sum|total] of the"
                     : count ? "number of"
                             : "[largest|greatest] of the"},
            {"Name", sum     ? "[Sum|Total] of the"
                     : count ? "Number of"
                             : "[Largest|Greatest] of the"},
            {"guard", c.is(Guard::kNone) ? "" : "[Return|Give] " + guard_value(c.get<Guard>()) + " if {x} is negative."}};
  }

 private:
  static std::string base(const Combination& c) { return c.is(Base::k10) ? "10" : c.is(Base::k8) ? "8" : "5"; }
};

}  // namespace

std::unique_ptr<Family> digits_family() { return std::make_unique<Digits>(); }

}  // namespace assay::analysis::code_tasks
