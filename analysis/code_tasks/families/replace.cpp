// Replaces the elements that compare with a value in a stated way, and may count them.
//
//   int hits = 0; for (int i = 0; i < n; i++) { if (a[i] == x) { a[i] = y; hits++; } } return hits;
//
// Test: tests/analysis/code_tasks_proof_test.cpp

#include "analysis/code_tasks/families/registry.h"
#include "analysis/code_tasks/families/shared.h"

namespace assay::analysis::code_tasks {
namespace {

class Replace : public Family {
 public:
  Replace()
      : Family({.name = "replace",
                .attributes = {domain_of({Answer::kNothing, Answer::kCount}), all_senses(), both_strict(), domain_of({First::k0, First::k1}),
                               both_ends()},
                .roles = {Role::kArray, Role::kBound, Role::kPivot, Role::kValue},
                .function_names = {"replace", "substitute", "overwrite", "swap_out"},
                .shapes = {"Replace the elements of {a} {range} that are {rel} by {y}. {ret}",
                           "Set [every element|each element] of {a} {range} that is {rel} to {y}. {ret}",
                           "[Write|Store] {y} over the elements of {a} {range} {rel}. {ret}",
                           "In {a} {range}, put {y} where an element is {rel}. {ret}"}}) {}

  bool valid(const Combination& c) const override { return relation_valid(c); }

  FunctionText write(const Combination& c, const Names& names) const override {
    const Walk walk = walk_of(c);
    const bool counts = c.is(Answer::kCount);
    const std::string element = names[Role::kArray] + "[" + names.loop + "]";
    Lines lines;
    if (counts) lines.line("int hits = 0;");
    lines.open(walk.head(names.loop, names[Role::kBound])).open("if (" + element + " " + comparison(c) + " " + names[Role::kPivot] + ") {");
    lines.line(element + " = " + names[Role::kValue] + ";");
    if (counts) lines.line("hits++;");
    lines.close().close();
    if (counts) lines.line("return hits;");
    return {.result = counts ? "int" : "void",
            .name = names.function,
            .parameters = {array_parameter(names, Role::kArray, Type::kInt, {}, walk, true), bound_parameter(names, walk, 4),
                           scalar_parameter(names, Role::kPivot, Type::kInt), scalar_parameter(names, Role::kValue, Type::kInt)},
            .body = lines.take(),
            .ensures = counts ? std::vector<std::string>{"result >= 0 && result <= 4"} : std::vector<std::string>{}};
  }

  Slots slots(const Combination& c, const Names& names) const override {
    Slots slots = walk_slots(walk_of(c), names);
    slots["rel"] = relation_words(c, names[Role::kPivot]);
    slots["y"] = names[Role::kValue];
    slots["ret"] = c.is(Answer::kCount) ? "Return [how many there were|the number of them]." : "";
    return slots;
  }
};

}  // namespace

std::unique_ptr<Family> replace_family() { return std::make_unique<Replace>(); }

}  // namespace assay::analysis::code_tasks
