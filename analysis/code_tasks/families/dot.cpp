// Dot product of two arrays, or of one with the other read from its far end.
//
//   int total = 0; for (int i = 0; i < n; i++) { total += a[i] * b[n - 1 - i]; } return total;
//
// Test: tests/analysis/code_tasks_proof_test.cpp

#include "analysis/code_tasks/families/registry.h"
#include "analysis/code_tasks/families/shared.h"

namespace assay::analysis::code_tasks {
namespace {

class Dot : public Family {
 public:
  Dot()
      : Family({.name = "dot",
                .attributes = {domain_of({Type::kInt, Type::kLong, Type::kUnsigned}), domain_of({Direction::kForward, Direction::kBackward}),
                               domain_of({Step::k1, Step::k2}), domain_of({First::k0, First::k1}), both_ends()},
                .roles = {Role::kArray, Role::kOther, Role::kBound},
                .function_names = {"dot", "inner", "weighted", "pair_sum"},
                .shapes = {"[Return|Compute|Get] the dot product of {a} and {b} {range}{how}.", "Dot product of {a} and {b} {range}{how}.",
                           "Sum of the products of {a} and {b} {range}{how}.", "Multiply {a} with {b} {range}{how} and add up the products."}}) {}

  /// A long product is proved over two elements, too few to tell the steps apart.
  bool valid(const Combination& c) const override { return !c.is(Type::kLong) || c.is(Step::k1); }

  FunctionText write(const Combination& c, const Names& names) const override {
    const Walk walk = walk_of(c);
    const Type type = c.get<Type>();
    const std::string &a = names[Role::kArray], &b = names[Role::kOther], &n = names[Role::kBound], &i = names.loop;
    const std::string other = c.is(Direction::kForward) ? i : walk.last(n) + " - " + i;
    const std::optional<Range> range = type == Type::kInt ? Range{-9, 9} : type == Type::kLong ? std::optional(Range{-50000, 50000}) : std::nullopt;
    const Type elements = type == Type::kUnsigned ? Type::kUnsigned : Type::kInt;
    Lines lines;
    lines.line(type_name(type) + " total = 0;").open(walk.head(i, n));
    lines.line("total += " + std::string(type == Type::kLong ? "(long)" : "") + a + "[" + i + "] * " + b + "[" + other + "];");
    lines.close().line("return total;");
    return {.result = type_name(type),
            .name = names.function,
            .parameters = {array_parameter(names, Role::kArray, elements, range, walk), array_parameter(names, Role::kOther, elements, range, walk),
                           bound_parameter(names, walk, type == Type::kLong ? 2 : 3)},
            .body = lines.take()};
  }

  Slots slots(const Combination& c, const Names& names) const override {
    Slots slots = walk_slots(walk_of(c), names);
    slots["b"] = names[Role::kOther];
    slots["how"] = c.is(Direction::kForward) ? "" : "[, with {b} read from its end|, reading {b} backwards]";
    return slots;
  }
};

}  // namespace

std::unique_ptr<Family> dot_family() { return std::make_unique<Dot>(); }

}  // namespace assay::analysis::code_tasks
