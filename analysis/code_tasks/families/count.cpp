// How many elements compare with a value in a stated way.
//
//   int hits = 0; for (int i = 0; i < n; i++) { if (a[i] >= x) { hits++; } } return hits;
//
// Test: tests/analysis/code_tasks_proof_test.cpp

#include "analysis/code_tasks/families/registry.h"
#include "analysis/code_tasks/families/shared.h"

namespace assay::analysis::code_tasks {
namespace {

class Count : public Family {
 public:
  Count()
      : Family(
            {.name = "count",
             .attributes = {all_senses(), both_strict(), domain_of({Step::k1, Step::k2}), domain_of({First::k0, First::k1}), both_ends()},
             .roles = {Role::kArray, Role::kBound, Role::kPivot},
             .function_names = {"count", "tally", "count_of", "how_many"},
             .shapes = {"[Return|Count|Compute] the number of elements of {a} {range} that are {rel}.",
                        "Count the [elements|entries|values] {rel} in {a} {range}.", "Number of elements of {a} {range} [that are|which are] {rel}.",
                        "How many elements of {a} {range} are {rel}?", "Counts [elements|values] of {a} {rel}, looking {range}."}}) {}

  bool valid(const Combination& c) const override { return relation_valid(c); }

  FunctionText write(const Combination& c, const Names& names) const override {
    const Walk walk = walk_of(c);
    Lines lines;
    lines.line("int hits = 0;").open(walk.head(names.loop, names[Role::kBound]));
    lines.open("if (" + names[Role::kArray] + "[" + names.loop + "] " + comparison(c) + " " + names[Role::kPivot] + ") {").line("hits++;").close();
    lines.close().line("return hits;");
    return {.result = "int",
            .name = names.function,
            .parameters = {array_parameter(names, Role::kArray, Type::kInt, {}, walk), bound_parameter(names, walk, 5),
                           scalar_parameter(names, Role::kPivot, Type::kInt)},
            .body = lines.take(),
            .ensures = {"result >= 0 && result <= 5"}};
  }

  Slots slots(const Combination& c, const Names& names) const override {
    Slots slots = walk_slots(walk_of(c), names);
    slots["rel"] = relation_words(c, names[Role::kPivot]);
    return slots;
  }
};

}  // namespace

std::unique_ptr<Family> count_family() { return std::make_unique<Count>(); }

}  // namespace assay::analysis::code_tasks
