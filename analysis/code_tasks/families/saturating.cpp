// Addition that stops at a cap, or subtraction that stops at a floor, without overflow.
//
//   if (x > cap - y) { return cap; } return x + y;
//
// Test: tests/analysis/code_tasks_proof_test.cpp

#include "analysis/code_tasks/families/registry.h"
#include "analysis/code_tasks/families/shared.h"

namespace assay::analysis::code_tasks {
namespace {

class Saturating : public Family {
 public:
  Saturating()
      : Family({.name = "saturating",
                .attributes = {domain_of({Operator::kAdd, Operator::kSubtract}), domain_of({Type::kInt, Type::kLong, Type::kUnsigned}),
                               domain_of({Guard::kNone, Guard::kZero, Guard::kMinusOne}), both_ends()},
                .roles = {Role::kLeft, Role::kRight, Role::kLow, Role::kHigh},
                .function_names = {"saturate", "stop_at", "careful", "within_limit"},
                .shapes = {"{Do}, [but|and] {not} {limit} {end}. {out}", "{Result} of {x} and {y}, {not} {limit} {end}. {out}",
                           "[Return|Compute] the {result} of {x} and {y}, kept {side} {limit} {end}. {out}",
                           "The {result} of {x} and {y} must stay {side} {limit} {end}. {out}"}}) {}

  bool valid(const Combination& c) const override { return !c.is(Type::kUnsigned) || !c.is(Guard::kMinusOne); }

  FunctionText write(const Combination& c, const Names& names) const override {
    const Type type = c.get<Type>();
    const bool add = c.is(Operator::kAdd), inclusive = c.is(End::kInclusive);
    const std::string &x = names[Role::kLeft], &y = names[Role::kRight], &limit = names[add ? Role::kHigh : Role::kLow];
    const std::string stop = inclusive ? limit : limit + (add ? " - 1" : " + 1");
    const std::string value = c.is(Guard::kNone) ? stop : guard_value(c.get<Guard>());
    Lines lines;
    if (add) lines.return_if(x + (inclusive ? " > " : " >= ") + limit + " - " + y, value).line("return " + x + " + " + y + ";");
    else lines.return_if(x + " - " + limit + (inclusive ? " < " : " <= ") + y, value).line("return " + x + " - " + y + ";");
    const Range natural = type == Type::kUnsigned ? Range{0, 4294967295} : Range{0, 2147483647};
    FunctionText function{.result = type_name(type),
                          .name = names.function,
                          .parameters = {scalar_parameter(names, Role::kLeft, type, natural), scalar_parameter(names, Role::kRight, type, natural),
                                         scalar_parameter(names, add ? Role::kHigh : Role::kLow, type, Range{1, 2147483646})},
                          .body = lines.take()};
    if (add) function.requires_ = {y + " <= " + limit};
    else function.requires_ = {limit + " <= " + x};
    if (c.is(Guard::kNone) && add) function.ensures = {"result " + std::string(inclusive ? "<= " : "< ") + limit};
    if (c.is(Guard::kNone) && !add) function.ensures = {"result " + std::string(inclusive ? ">= " : "> ") + limit};
    return function;
  }

  Slots slots(const Combination& c, const Names& names) const override {
    const bool add = c.is(Operator::kAdd), inclusive = c.is(End::kInclusive);
    return {{"x", names[Role::kLeft]},
            {"y", names[Role::kRight]},
            {"limit", names[add ? Role::kHigh : Role::kLow]},
            {"Do", add ? "Add {x} and {y}" : "Subtract {y} from {x}"},
            {"Result", add ? "Sum" : "Difference"},
            {"result", add ? "sum" : "difference"},
            {"not", add ? "[not above|not more than]" : "[not below|not less than]"},
            {"side", add ? "below" : "above"},
            {"end", inclusive ? "inclusive" : "exclusive"},
            {"out", c.is(Guard::kNone) ? "" : "[Return|Give] " + guard_value(c.get<Guard>()) + " if it [is beyond that|passes the limit]."}};
  }
};

}  // namespace

std::unique_ptr<Family> saturating_family() { return std::make_unique<Saturating>(); }

}  // namespace assay::analysis::code_tasks
