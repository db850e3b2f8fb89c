// Is a number inside (or outside) an interval, each of whose ends may belong to it or not?
//
//   return x >= lo && x < hi;
//
// Test: tests/analysis/code_tasks_proof_test.cpp

#include "analysis/code_tasks/families/registry.h"
#include "analysis/code_tasks/families/shared.h"

namespace assay::analysis::code_tasks {
namespace {

class Interval : public Family {
 public:
  Interval()
      : Family({.name = "interval",
                .attributes = {domain_of({Answer::kInside, Answer::kOutside}), domain_of({Type::kInt, Type::kLong, Type::kUnsigned}),
                               domain_of({Begin::kInclusive, Begin::kExclusive}), both_ends()},
                .roles = {Role::kLeft, Role::kLow, Role::kHigh},
                .function_names = {"in_range", "is_within", "lies_in", "range_check"},
                .shapes = {"[Return 1 if|Is] {x} {where} the range from {lo} {begin} to {hi} {end}[, else 0|].",
                           "Check whether {x} [lies|is] {where} {lo} {begin} to {hi} {end}.",
                           "Tell if {x} is {where} the interval from {lo}, {begin}, to {hi}, {end}.",
                           "1 if {x} is {where} the range {lo} {begin} to {hi} {end}, else 0."}}) {}

  FunctionText write(const Combination& c, const Names& names) const override {
    const std::string &x = names[Role::kLeft], &lo = names[Role::kLow], &hi = names[Role::kHigh];
    const bool begin = c.is(Begin::kInclusive), end = c.is(End::kInclusive);
    Lines lines;
    if (c.is(Answer::kInside)) lines.line("return " + x + (begin ? " >= " : " > ") + lo + " && " + x + (end ? " <= " : " < ") + hi + ";");
    else lines.line("return " + x + (begin ? " < " : " <= ") + lo + " || " + x + (end ? " > " : " >= ") + hi + ";");
    const Type type = c.get<Type>();
    return {.result = "int",
            .name = names.function,
            .parameters = {scalar_parameter(names, Role::kLeft, type), scalar_parameter(names, Role::kLow, type),
                           scalar_parameter(names, Role::kHigh, type)},
            .body = lines.take(),
            .requires_ = {lo + " <= " + hi},
            .ensures = {"result == 0 || result == 1"}};
  }

  Slots slots(const Combination& c, const Names& names) const override {
    return {{"x", names[Role::kLeft]},
            {"lo", names[Role::kLow]},
            {"hi", names[Role::kHigh]},
            {"where", c.is(Answer::kInside) ? "[inside|within]" : "outside"},
            {"begin", c.is(Begin::kInclusive) ? "inclusive" : "exclusive"},
            {"end", c.is(End::kInclusive) ? "inclusive" : "exclusive"}};
  }
};

}  // namespace

std::unique_ptr<Family> interval_family() { return std::make_unique<Interval>(); }

}  // namespace assay::analysis::code_tasks
