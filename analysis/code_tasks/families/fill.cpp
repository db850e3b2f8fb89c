// Writes a sequence into part of an array: each value is the one before plus, minus or times a step.
//
//   int value = 10; for (int i = 0; i < n; i++) { a[i] = value; value -= 2; }
//
// Test: tests/analysis/code_tasks_proof_test.cpp

#include "analysis/code_tasks/families/registry.h"
#include "analysis/code_tasks/families/shared.h"

namespace assay::analysis::code_tasks {
namespace {

class Fill : public Family {
 public:
  Fill()
      : Family({.name = "fill",
                .attributes = {domain_of({Operator::kAdd, Operator::kSubtract, Operator::kMultiply}), domain_of({Step::k1, Step::k2, Step::k3}),
                               domain_of({Initial::k0, Initial::k1, Initial::k10}), domain_of({First::k0, First::k1}), both_ends()},
                .roles = {Role::kArray, Role::kBound},
                .function_names = {"fill_in", "sequence", "make_list", "write_all"},
                .shapes = {"Fill {a} {range} with {start}, [then|and then] {next}.",
                           "Write {start} into {a} {range}, [each next value|every further value] {more}.",
                           "Set {a} {range} to a sequence that [starts at|begins with] {start}, {next}.",
                           "[Put|Store] numbers into {a} {range}: {start} first, {next}."}}) {}

  bool valid(const Combination& c) const override { return !c.is(Operator::kMultiply) || (!c.is(Step::k1) && !c.is(Initial::k0)); }

  FunctionText write(const Combination& c, const Names& names) const override {
    const Walk walk = indices(c);
    const std::string step = amount(c);
    const Operator op = c.get<Operator>();
    Lines lines;
    lines.line("int value = " + start(c) + ";")
        .open(walk.head(names.loop, names[Role::kBound]))
        .line(names[Role::kArray] + "[" + names.loop + "] = value;");
    lines.line(step == "1" ? (op == Operator::kAdd ? "value++;" : "value--;") : "value " + symbol(op) + "= " + step + ";").close();
    return {.result = "void",
            .name = names.function,
            .parameters = {array_parameter(names, Role::kArray, Type::kInt, {}, walk, true), bound_parameter(names, walk, 5)},
            .body = lines.take()};
  }

  Slots slots(const Combination& c, const Names& names) const override {
    Slots slots = walk_slots(indices(c), names);
    const std::string step = amount(c);
    slots["start"] = start(c);
    slots["next"] = c.is(Operator::kAdd)        ? "[adding|going up by] " + step
                    : c.is(Operator::kSubtract) ? "[subtracting|going down by] " + step
                                                : "multiplying by " + step;
    slots["more"] = c.is(Operator::kAdd) ? step + " more" : c.is(Operator::kSubtract) ? step + " less" : step + " times the last";
    return slots;
  }

 private:
  /// The step is one of values, not of indices.
  static Walk indices(const Combination& c) {
    Walk walk = walk_of(c);
    walk.step = 1;
    return walk;
  }
  static std::string amount(const Combination& c) { return std::to_string(static_cast<int>(c.get<Step>()) + 1); }
  static std::string start(const Combination& c) { return c.is(Initial::k0) ? "0" : c.is(Initial::k1) ? "1" : "10"; }
};

}  // namespace

std::unique_ptr<Family> fill_family() { return std::make_unique<Fill>(); }

}  // namespace assay::analysis::code_tasks
