// Copies the elements that compare with a value in a stated way to another array, in order, and returns how many.
//
//   int hits = 0; for (int i = 0; i < n; i++) { if (a[i] > x) { b[hits] = a[i]; hits++; } } return hits;
//
// Test: tests/analysis/code_tasks_proof_test.cpp

#include "analysis/code_tasks/families/registry.h"
#include "analysis/code_tasks/families/shared.h"

namespace assay::analysis::code_tasks {
namespace {

class Select : public Family {
 public:
  Select()
      : Family({.name = "select",
                .attributes = {domain_of({Direction::kForward, Direction::kBackward}), all_senses(), both_strict(), domain_of({First::k0, First::k1}),
                               both_ends()},
                .roles = {Role::kArray, Role::kBound, Role::kPivot, Role::kOther},
                .function_names = {"copy_if", "filter", "pick_out", "gather"},
                .shapes = {"Copy the elements of {a} {range} that are {rel} to {b}{order}; return [their number|how many].",
                           "[Write|Store] the elements of {a} {range} {rel} into {b}{order} and return their number.",
                           "Collect in {b} the [elements|values] of {a} {range} that are {rel}{order}. Return [their number|how many].",
                           "Into {b} go the elements {rel} of {a} {range}{order}; return how many."}}) {}

  /// Equal elements look the same in either order.
  bool valid(const Combination& c) const override { return relation_valid(c) && !(c.is(Sense::kEqual) && c.is(Direction::kBackward)); }

  FunctionText write(const Combination& c, const Names& names) const override {
    const Walk walk = walk_of(c);
    const std::string& n = names[Role::kBound];
    const std::string element = names[Role::kArray] + "[" + names.loop + "]";
    Lines lines;
    lines.line("int hits = 0;").open(c.is(Direction::kForward) ? walk.head(names.loop, n) : walk.head_backward(names.loop, n));
    lines.open("if (" + element + " " + comparison(c) + " " + names[Role::kPivot] + ") {")
        .line(names[Role::kOther] + "[hits] = " + element + ";")
        .line("hits++;")
        .close();
    lines.close().line("return hits;");
    return {.result = "int",
            .name = names.function,
            .parameters = {array_parameter(names, Role::kArray, Type::kInt, {}, walk), bound_parameter(names, walk, 4),
                           scalar_parameter(names, Role::kPivot, Type::kInt), array_parameter(names, Role::kOther, Type::kInt, {}, walk, true)},
            .body = lines.take(),
            .ensures = {"result >= 0 && result <= 4"}};
  }

  Slots slots(const Combination& c, const Names& names) const override {
    Slots slots = walk_slots(walk_of(c), names);
    slots["rel"] = relation_words(c, names[Role::kPivot]);
    slots["b"] = names[Role::kOther];
    slots["order"] = c.is(Direction::kForward) ? "[, in order|]" : "[, last one first|, in reverse order]";
    return slots;
  }
};

}  // namespace

std::unique_ptr<Family> select_family() { return std::make_unique<Select>(); }

}  // namespace assay::analysis::code_tasks
