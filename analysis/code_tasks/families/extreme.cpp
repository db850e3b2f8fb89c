// Largest or smallest element, with what an empty range returns.
//
//   if (n <= 0) { return -1; } int best = a[0]; for (int i = 1; i < n; i++) { if (a[i] > best) { best = a[i]; } } return best;
//
// Test: tests/analysis/code_tasks_proof_test.cpp

#include "analysis/code_tasks/families/registry.h"
#include "analysis/code_tasks/families/shared.h"

namespace assay::analysis::code_tasks {
namespace {

class Extreme : public Family {
 public:
  Extreme()
      : Family({.name = "extreme",
                .attributes = {domain_of({Sense::kBelow, Sense::kAbove}), domain_of({Type::kInt, Type::kLong, Type::kUnsigned}),
                               domain_of({Guard::kNone, Guard::kZero, Guard::kMinusOne}), domain_of({First::k0, First::k1}), both_ends()},
                .roles = {Role::kArray, Role::kBound},
                .function_names = {"extreme", "find_value", "pick", "select_one"},
                .shapes = {"[Return|Find|Get] the {name} of the elements of {a} {range}. {guard}", "{Name} element of {a} {range}. {guard}",
                           "Among the elements of {a} {range}, [return|find] the {name}. {guard}",
                           "Find the {name} [element|value|entry] in {a} {range}. {guard}"}}) {}

  bool valid(const Combination& c) const override {
    if (c.is(Type::kUnsigned) && c.is(Guard::kMinusOne)) return false;
    return c.is(Guard::kNone) || walk_of(c).can_be_empty();
  }

  FunctionText write(const Combination& c, const Names& names) const override {
    const Walk walk = walk_of(c);
    Walk rest = walk;
    ++rest.first;
    const std::string& a = names[Role::kArray];
    const std::string& n = names[Role::kBound];
    const bool guarded = !c.is(Guard::kNone);
    Lines lines;
    if (guarded) lines.return_if(walk.empty(n), guard_value(c.get<Guard>()));
    lines.line(type_name(c.get<Type>()) + " best = " + a + "[" + walk.first_text() + "];").open(rest.head(names.loop, n));
    lines.open("if (" + a + "[" + names.loop + "] " + comparison(c) + " best) {").line("best = " + a + "[" + names.loop + "];").close();
    lines.close().line("return best;");
    return {.result = type_name(c.get<Type>()),
            .name = names.function,
            .parameters = {array_parameter(names, Role::kArray, c.get<Type>(), {}, walk), bound_parameter(names, walk, 5, !guarded)},
            .body = lines.take(),
            .ensures =
                guarded ? std::vector<std::string>{}
                        : std::vector<std::string>{"result " + std::string(c.is(Sense::kAbove) ? ">= " : "<= ") + a + "[" + walk.first_text() + "]"}};
  }

  Slots slots(const Combination& c, const Names& names) const override {
    Slots slots = walk_slots(walk_of(c), names);
    const bool largest = c.is(Sense::kAbove);
    slots["name"] = largest ? "[largest|maximum|greatest]" : "[smallest|minimum|least]";
    slots["Name"] = largest ? "[Largest|Maximum|Greatest]" : "[Smallest|Minimum|Least]";
    slots["guard"] =
        c.is(Guard::kNone) ? "" : "Return " + guard_value(c.get<Guard>()) + " if [there is none|the range is empty|there are no elements].";
    return slots;
  }
};

}  // namespace

std::unique_ptr<Family> extreme_family() { return std::make_unique<Extreme>(); }

}  // namespace assay::analysis::code_tasks
