// Running totals in place: each element is combined with its neighbour, from the front or from the back.
//
//   for (int i = 1; i < n; i++) { a[i] += a[i - 1]; }
//
// Test: tests/analysis/code_tasks_proof_test.cpp

#include "analysis/code_tasks/families/registry.h"
#include "analysis/code_tasks/families/shared.h"

namespace assay::analysis::code_tasks {
namespace {

class Running : public Family {
 public:
  Running()
      : Family({.name = "running",
                .attributes = {domain_of({Operator::kAdd, Operator::kXor, Operator::kAnd, Operator::kOr}),
                               domain_of({Direction::kForward, Direction::kBackward}), domain_of({First::k0, First::k1}), both_ends()},
                .roles = {Role::kArray, Role::kBound},
                .function_names = {"running", "scan", "cumulate", "sweep"},
                .shapes = {"Replace the elements of {a} {range} by their running {name} from the {end}.",
                           "Running {name} of {a} {range}, in place, from the {end}.",
                           "From the {end}, {do} each element of {a} {range} with the one {side} it.",
                           "Turn {a} {range} into its running {name}, starting at the {end}."}}) {}

  FunctionText write(const Combination& c, const Names& names) const override {
    Walk walk = walk_of(c);
    const std::string &a = names[Role::kArray], &n = names[Role::kBound], &i = names.loop;
    Lines lines;
    if (c.is(Direction::kForward)) {
      Walk rest = walk;
      ++rest.first;
      lines.open(rest.head(i, n)).line(a + "[" + i + "] " + symbol(c.get<Operator>()) + "= " + a + "[" + i + " - 1];");
    } else {
      const std::string start = walk.inclusive ? n + " - 1" : n + " - 2";
      lines.open("for (int " + i + " = " + start + "; " + i + " >= " + walk.first_text() + "; " + i + "--) {")
          .line(a + "[" + i + "] " + symbol(c.get<Operator>()) + "= " + a + "[" + i + " + 1];");
    }
    lines.close();
    const std::optional<Range> range = c.is(Operator::kAdd) ? std::optional(Range{-1000, 1000}) : std::nullopt;
    return {.result = "void",
            .name = names.function,
            .parameters = {array_parameter(names, Role::kArray, Type::kInt, range, walk, true), bound_parameter(names, walk, 4)},
            .body = lines.take()};
  }

  Slots slots(const Combination& c, const Names& names) const override {
    Slots slots = walk_slots(walk_of(c), names);
    const Operator op = c.get<Operator>();
    slots["name"] = op == Operator::kAdd ? "[sum|total]" : op == Operator::kXor ? "xor" : op == Operator::kAnd ? "and" : "or";
    slots["do"] = op == Operator::kAdd ? "add up" : op == Operator::kXor ? "xor" : op == Operator::kAnd ? "and" : "or";
    slots["end"] = c.is(Direction::kForward) ? "[front|start]" : "[back|end]";
    slots["side"] = c.is(Direction::kForward) ? "before" : "after";
    return slots;
  }
};

}  // namespace

std::unique_ptr<Family> running_family() { return std::make_unique<Running>(); }

}  // namespace assay::analysis::code_tasks
