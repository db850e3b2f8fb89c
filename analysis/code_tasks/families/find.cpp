// First or last index whose element compares with a value in a stated way.
//
//   for (int i = n - 1; i >= 0; i--) { if (a[i] < x) { return i; } } return -1;
//
// Test: tests/analysis/code_tasks_proof_test.cpp

#include "analysis/code_tasks/families/registry.h"
#include "analysis/code_tasks/families/shared.h"

namespace assay::analysis::code_tasks {
namespace {

class Find : public Family {
 public:
  Find()
      : Family({.name = "find",
                .attributes = {domain_of({Direction::kForward, Direction::kBackward}), all_senses(), both_strict(),
                               domain_of({Fallback::kMinusOne, Fallback::kBound}), domain_of({First::k0, First::k1}), both_ends()},
                .roles = {Role::kArray, Role::kBound, Role::kPivot},
                .function_names = {"find", "search", "lookup", "index_where"},
                .shapes = {"[Return|Find|Get] the {which} index of {a} {range} whose element is {rel}, or {none}.",
                           "{Which} index {range} at which {a} is {rel}; {none} if there is none.",
                           "Find the {which} element of {a} {rel}, looking {range}; return its index or {none}.",
                           "Index of the {which} [element|entry|value] of {a} {range} that is {rel}, {none} if there is none."}}) {}

  /// With an inclusive end the bound is an index itself, so it cannot say "nowhere".
  bool valid(const Combination& c) const override { return relation_valid(c) && (c.is(Fallback::kMinusOne) || c.is(End::kExclusive)); }

  FunctionText write(const Combination& c, const Names& names) const override {
    const Walk walk = walk_of(c);
    const std::string& n = names[Role::kBound];
    const std::string none = c.is(Fallback::kBound) ? n : "-1";
    Lines lines;
    lines.open(c.is(Direction::kForward) ? walk.head(names.loop, n) : walk.head_backward(names.loop, n));
    lines.return_if(names[Role::kArray] + "[" + names.loop + "] " + comparison(c) + " " + names[Role::kPivot], names.loop);
    lines.close().line("return " + none + ";");
    return {.result = "int",
            .name = names.function,
            .parameters = {array_parameter(names, Role::kArray, Type::kInt, {}, walk), bound_parameter(names, walk, 5),
                           scalar_parameter(names, Role::kPivot, Type::kInt)},
            .body = lines.take(),
            .ensures = {"result >= -1 && result <= " + n}};
  }

  Slots slots(const Combination& c, const Names& names) const override {
    Slots slots = walk_slots(walk_of(c), names);
    slots["rel"] = relation_words(c, names[Role::kPivot]);
    slots["which"] = c.is(Direction::kForward) ? "first" : "last";
    slots["Which"] = c.is(Direction::kForward) ? "First" : "Last";
    slots["none"] = c.is(Fallback::kBound) ? names[Role::kBound] : "-1";
    return slots;
  }
};

}  // namespace

std::unique_ptr<Family> find_family() { return std::make_unique<Find>(); }

}  // namespace assay::analysis::code_tasks
