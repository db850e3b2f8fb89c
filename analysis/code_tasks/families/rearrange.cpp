// Reverse, rotate or shift part of an array in place.
//
//   for (int i = 0; i < n - 1 - i; i++) { int saved = a[i]; a[i] = a[n - 1 - i]; a[n - 1 - i] = saved; }
//
// Test: tests/analysis/code_tasks_proof_test.cpp

#include "analysis/code_tasks/families/registry.h"
#include "analysis/code_tasks/families/shared.h"

namespace assay::analysis::code_tasks {
namespace {

class Rearrange : public Family {
 public:
  Rearrange()
      : Family({.name = "rearrange",
                .attributes = {domain_of({Move::kReverse, Move::kRotateLeft, Move::kRotateRight, Move::kShiftLeft, Move::kShiftRight}),
                               domain_of({Type::kInt, Type::kLong, Type::kUnsigned}), domain_of({First::k0, First::k1}), both_ends()},
                .roles = {Role::kArray, Role::kBound},
                .function_names = {"rearrange", "move_all", "turn", "reorder"},
                .shapes = {"{Do} the elements of {a} {range} {place}.", "In place, {do} the elements of {a} {range} {where}.",
                           "{Does} the [elements|entries|values] of {a} {range} {place}.", "Change {a}: {do} what is {range} {where}."}}) {}

  FunctionText write(const Combination& c, const Names& names) const override {
    const Walk walk = walk_of(c);
    return {.result = "void",
            .name = names.function,
            .parameters = {array_parameter(names, Role::kArray, c.get<Type>(), {}, walk, true), bound_parameter(names, walk, 4)},
            .body = c.is(Move::kReverse) ? reverse(c, names, walk) : shift(c, names, walk)};
  }

  Slots slots(const Combination& c, const Names& names) const override {
    Slots slots = walk_slots(walk_of(c), names);
    const Move move = c.get<Move>();
    const bool reverse = move == Move::kReverse, rotate = move == Move::kRotateLeft || move == Move::kRotateRight;
    const bool left = move == Move::kRotateLeft || move == Move::kShiftLeft;
    slots["Do"] = reverse ? "Reverse" : rotate ? "Rotate" : "Shift";
    slots["do"] = reverse ? "reverse" : rotate ? "rotate" : "shift";
    slots["Does"] = reverse ? "Reverses" : rotate ? "Rotates" : "Shifts";
    slots["where"] =
        reverse ? "" : std::string(left ? "left" : "right") + " by one" + (rotate ? "" : "[ and put 0 into the gap|, the free place becomes 0]");
    slots["place"] = reverse ? "[in place|]" : "{where}";
    return slots;
  }

 private:
  static std::vector<std::string> reverse(const Combination& c, const Names& names, const Walk& walk) {
    const std::string &a = names[Role::kArray], &i = names.loop;
    // the partner of index i is first + last - i
    const std::string last = names[Role::kBound] + (walk.first == 0 ? (walk.inclusive ? "" : " - 1") : (walk.inclusive ? " + 1" : "")) + " - " + i;
    Lines lines;
    lines.open("for (int " + i + " = " + walk.first_text() + "; " + i + " < " + last + "; " + i + "++) {");
    lines.line(type_name(c.get<Type>()) + " saved = " + a + "[" + i + "];")
        .line(a + "[" + i + "] = " + a + "[" + last + "];")
        .line(a + "[" + last + "] = saved;")
        .close();
    return lines.take();
  }

  static std::vector<std::string> shift(const Combination& c, const Names& names, const Walk& walk) {
    const std::string &a = names[Role::kArray], &n = names[Role::kBound], &i = names.loop;
    const bool left = c.is(Move::kRotateLeft) || c.is(Move::kShiftLeft), rotate = c.is(Move::kRotateLeft) || c.is(Move::kRotateRight);
    const std::string first = a + "[" + walk.first_text() + "]", last = a + "[" + walk.last(n) + "]";
    Lines lines;
    lines.open("if (" + n + (walk.inclusive ? " >= " : " > ") + walk.first_text() + ") {");
    if (rotate) lines.line(type_name(c.get<Type>()) + " saved = " + (left ? first : last) + ";");
    if (left)
      lines.open("for (int " + i + " = " + walk.first_text() + "; " + i + " < " + walk.last(n) + "; " + i + "++) {")
          .line(a + "[" + i + "] = " + a + "[" + i + " + 1];")
          .close();
    else
      lines.open("for (int " + i + " = " + walk.last(n) + "; " + i + " > " + walk.first_text() + "; " + i + "--) {")
          .line(a + "[" + i + "] = " + a + "[" + i + " - 1];")
          .close();
    lines.line((left ? last : first) + " = " + (rotate ? "saved;" : "0;")).close();
    return lines.take();
  }
};

}  // namespace

std::unique_ptr<Family> rearrange_family() { return std::make_unique<Rearrange>(); }

}  // namespace assay::analysis::code_tasks
