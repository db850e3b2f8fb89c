// Is part of an array in order, how often is it not, or where first?
//
//   for (int i = 1; i < n; i++) { if (a[i - 1] > a[i]) { return 0; } } return 1;
//
// Test: tests/analysis/code_tasks_proof_test.cpp

#include "analysis/code_tasks/families/registry.h"
#include "analysis/code_tasks/families/shared.h"

namespace assay::analysis::code_tasks {
namespace {

class Sorted : public Family {
 public:
  Sorted()
      : Family({.name = "sorted",
                .attributes = {domain_of({Answer::kFlag, Answer::kCount, Answer::kIndex}), domain_of({Direction::kForward, Direction::kBackward}),
                               both_strict(), domain_of({First::k0, First::k1}), both_ends()},
                .roles = {Role::kArray, Role::kBound},
                .function_names = {"is_sorted", "in_order", "check_order", "ordered"},
                .shapes = {"{Ask} {a} {range} {is} {strictly} {order}. {ret}", "{Do} whether {a} {range} is {strictly} {order}. {ret}",
                           "Take {a} {range}, which should be {strictly} {order}. {ret}",
                           "[Elements|Values] of {a} {range} should be {strictly} {order}. {ret}"}}) {}

  FunctionText write(const Combination& c, const Names& names) const override {
    Walk walk = walk_of(c);
    ++walk.first;
    const std::string& a = names[Role::kArray];
    const std::string& n = names[Role::kBound];
    const std::string wrong = std::string(c.is(Direction::kForward) ? ">" : "<") + (c.is(Strict::kStrict) ? "=" : "");
    const std::string condition = a + "[" + names.loop + " - 1] " + wrong + " " + a + "[" + names.loop + "]";
    Lines lines;
    if (c.is(Answer::kCount)) lines.line("int hits = 0;");
    lines.open(walk.head(names.loop, n));
    if (c.is(Answer::kCount)) lines.open("if (" + condition + ") {").line("hits++;").close();
    else lines.return_if(condition, c.is(Answer::kFlag) ? "0" : names.loop);
    lines.close().line(c.is(Answer::kCount) ? "return hits;" : c.is(Answer::kFlag) ? "return 1;" : "return -1;");
    const char* ensures = c.is(Answer::kFlag)    ? "result == 0 || result == 1"
                          : c.is(Answer::kCount) ? "result >= 0 && result <= 4"
                                                 : "result == -1 || (result >= 1 && result <= 4)";
    return {.result = "int",
            .name = names.function,
            .parameters = {array_parameter(names, Role::kArray, Type::kInt, {}, walk), bound_parameter(names, walk, 5)},
            .body = lines.take(),
            .ensures = {ensures}};
  }

  Slots slots(const Combination& c, const Names& names) const override {
    Slots slots = walk_slots(walk_of(c), names);
    const bool up = c.is(Direction::kForward), strict = c.is(Strict::kStrict);
    slots["Ask"] = "[Check|Test] whether";
    slots["Do"] = "[Find out|Tell]";
    slots["is"] = "is";
    slots["strictly"] = strict ? "strictly" : "";
    slots["order"] = strict ? (up ? "[increasing|ascending]" : "[decreasing|descending]")
                            : (up ? "[increasing|ascending] or equal" : "[decreasing|descending] or equal");
    slots["ret"] = c.is(Answer::kFlag)    ? "Return [1 if so, else 0|1 or 0]."
                   : c.is(Answer::kCount) ? "Return [how many neighbours are not|the number of neighbours out of order]."
                                          : "Return the [first index out of order or -1|index of the first one that is not, or -1].";
    return slots;
  }
};

}  // namespace

std::unique_ptr<Family> sorted_family() { return std::make_unique<Sorted>(); }

}  // namespace assay::analysis::code_tasks
