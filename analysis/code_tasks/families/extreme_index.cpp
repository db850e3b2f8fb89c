// Index of the largest or smallest element: of the first one or the last one among equals.
//
//   int best = 0; for (int i = 1; i < n; i++) { if (a[i] >= a[best]) { best = i; } } return best;
//
// Test: tests/analysis/code_tasks_proof_test.cpp

#include "analysis/code_tasks/families/registry.h"
#include "analysis/code_tasks/families/shared.h"

namespace assay::analysis::code_tasks {
namespace {

class ExtremeIndex : public Family {
 public:
  ExtremeIndex()
      : Family({.name = "extreme_index",
                .attributes = {domain_of({Sense::kBelow, Sense::kAbove}), domain_of({Direction::kForward, Direction::kBackward}),
                               domain_of({Guard::kNone, Guard::kMinusOne}), domain_of({First::k0, First::k1}), both_ends()},
                .roles = {Role::kArray, Role::kBound},
                .function_names = {"index_of", "locate", "find_index", "position"},
                .shapes = {"[Return|Find|Get] the index of the {name} element of {a} {range}, the {tie} one among equals. {guard}",
                           "Index of the {name} element of {a} {range}; among equals the {tie} one. {guard}",
                           "Where is the {name} element of {a} {range}? Among equals take the {tie}. {guard}",
                           "Find the {tie} index of the {name} [element|value] of {a} {range}. {guard}"}}) {}

  bool valid(const Combination& c) const override { return c.is(Guard::kNone) || walk_of(c).can_be_empty(); }

  FunctionText write(const Combination& c, const Names& names) const override {
    const Walk walk = walk_of(c);
    Walk rest = walk;
    ++rest.first;
    const std::string& a = names[Role::kArray];
    const std::string& n = names[Role::kBound];
    const bool guarded = !c.is(Guard::kNone);
    const std::string op = comparison(c) + (c.is(Direction::kBackward) ? "=" : "");
    Lines lines;
    if (guarded) lines.return_if(walk.empty(n), "-1");
    lines.line("int best = " + walk.first_text() + ";").open(rest.head(names.loop, n));
    lines.open("if (" + a + "[" + names.loop + "] " + op + " " + a + "[best]) {").line("best = " + names.loop + ";").close();
    lines.close().line("return best;");
    return {.result = "int",
            .name = names.function,
            .parameters = {array_parameter(names, Role::kArray, Type::kInt, {}, walk), bound_parameter(names, walk, 5, !guarded)},
            .body = lines.take(),
            .ensures = {(guarded ? "result == -1 || result >= " : "result >= ") + walk.first_text(),
                        walk.goes_on("result", n) + (guarded ? " || result == -1" : "")}};
  }

  Slots slots(const Combination& c, const Names& names) const override {
    Slots slots = walk_slots(walk_of(c), names);
    slots["name"] = c.is(Sense::kAbove) ? "[largest|maximum|greatest]" : "[smallest|minimum|least]";
    slots["tie"] = c.is(Direction::kForward) ? "first" : "last";
    slots["guard"] = c.is(Guard::kNone) ? "" : "Return -1 if [there is none|the range is empty|there are no elements].";
    return slots;
  }
};

}  // namespace

std::unique_ptr<Family> extreme_index_family() { return std::make_unique<ExtremeIndex>(); }

}  // namespace assay::analysis::code_tasks
