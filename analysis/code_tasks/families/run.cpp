// Length of the leading or trailing run of elements that compare with a value in a stated way.
//
//   int length = 0; for (int i = 0; i < n && a[i] < x; i++) { length++; } return length;
//
// Test: tests/analysis/code_tasks_proof_test.cpp

#include "analysis/code_tasks/families/registry.h"
#include "analysis/code_tasks/families/shared.h"

namespace assay::analysis::code_tasks {
namespace {

class Run : public Family {
 public:
  Run()
      : Family({.name = "run",
                .attributes = {domain_of({Direction::kForward, Direction::kBackward}), all_senses(), both_strict(), domain_of({First::k0, First::k1}),
                               both_ends()},
                .roles = {Role::kArray, Role::kBound, Role::kPivot},
                .function_names = {"run_length", "stretch", "prefix", "streak"},
                .shapes = {"[Return|Count|Compute] the number of {which} elements of {a} {range} that are {rel}.",
                           "Length of the {which} run of elements {rel} in {a} {range}.", "How many {which} elements of {a} {range} are {rel}?",
                           "Number of elements {rel} [in a row|one after another] at the {end} of {a} {range}."}}) {}

  bool valid(const Combination& c) const override { return relation_valid(c); }

  FunctionText write(const Combination& c, const Names& names) const override {
    const Walk walk = walk_of(c);
    const std::string &n = names[Role::kBound], &i = names.loop;
    const std::string holds = names[Role::kArray] + "[" + i + "] " + comparison(c) + " " + names[Role::kPivot];
    Lines lines;
    lines.line("int length = 0;");
    if (c.is(Direction::kForward))
      lines.open("for (int " + i + " = " + walk.first_text() + "; " + walk.goes_on(i, n) + " && " + holds + "; " + i + "++) {");
    else lines.open("for (int " + i + " = " + walk.last(n) + "; " + i + " >= " + walk.first_text() + " && " + holds + "; " + i + "--) {");
    lines.line("length++;").close().line("return length;");
    return {.result = "int",
            .name = names.function,
            .parameters = {array_parameter(names, Role::kArray, Type::kInt, {}, walk), bound_parameter(names, walk, 4),
                           scalar_parameter(names, Role::kPivot, Type::kInt)},
            .body = lines.take(),
            .ensures = {"result >= 0 && result <= 4"}};
  }

  Slots slots(const Combination& c, const Names& names) const override {
    Slots slots = walk_slots(walk_of(c), names);
    slots["rel"] = relation_words(c, names[Role::kPivot]);
    slots["which"] = c.is(Direction::kForward) ? "leading" : "trailing";
    slots["end"] = c.is(Direction::kForward) ? "[start|beginning]" : "end";
    return slots;
  }
};

}  // namespace

std::unique_ptr<Family> run_family() { return std::make_unique<Run>(); }

}  // namespace assay::analysis::code_tasks
