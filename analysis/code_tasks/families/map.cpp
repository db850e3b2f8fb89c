// Combines every element that passes a filter with a value, in place.
//
//   for (int i = 0; i < n; i++) { if (a[i] > 0) { a[i] *= x; } }
//
// Test: tests/analysis/code_tasks_proof_test.cpp

#include "analysis/code_tasks/families/registry.h"
#include "analysis/code_tasks/families/shared.h"

namespace assay::analysis::code_tasks {
namespace {

class Map : public Family {
 public:
  Map()
      : Family({.name = "map",
                .attributes = {domain_of({Operator::kAdd, Operator::kSubtract, Operator::kMultiply, Operator::kXor, Operator::kAnd, Operator::kOr}),
                               domain_of({Filter::kAll, Filter::kEven, Filter::kPositive, Filter::kNegative}), domain_of({First::k0, First::k1}),
                               both_ends()},
                .roles = {Role::kArray, Role::kBound, Role::kPivot},
                .function_names = {"update", "change_all", "transform", "adjust"},
                .shapes = {"{Do} {x} {to} {each} {kind} element of {a} {range}.", "Change {each} {kind} element of {a} {range}: {do} {x}.",
                           "Update {a} {range}: {each} {kind} [element|entry] {gets} {x}.",
                           "For {each} {kind} [value|element] of {a} {range}, {do} {x} in place."}}) {}

  FunctionText write(const Combination& c, const Names& names) const override {
    const Walk walk = walk_of(c);
    const std::string element = names[Role::kArray] + "[" + names.loop + "]";
    const std::string filter = filter_condition(c.get<Filter>(), element);
    Lines lines;
    lines.open(walk.head(names.loop, names[Role::kBound]));
    if (!filter.empty()) lines.open("if (" + filter + ") {");
    lines.line(element + " " + symbol(c.get<Operator>()) + "= " + names[Role::kPivot] + ";");
    if (!filter.empty()) lines.close();
    lines.close();
    const bool small = c.is(Operator::kAdd) || c.is(Operator::kSubtract) || c.is(Operator::kMultiply);
    const std::optional<Range> range = small ? std::optional(Range{-1000, 1000}) : std::nullopt;
    return {.result = "void",
            .name = names.function,
            .parameters = {array_parameter(names, Role::kArray, Type::kInt, range, walk, true), bound_parameter(names, walk, 4),
                           scalar_parameter(names, Role::kPivot, Type::kInt, range)},
            .body = lines.take()};
  }

  Slots slots(const Combination& c, const Names& names) const override {
    Slots slots = walk_slots(walk_of(c), names);
    slots["x"] = names[Role::kPivot];
    slots["kind"] = filter_words(c.get<Filter>());
    slots["each"] = "[each|every]";
    struct Words {
      const char *imperative, *to, *inner, *passive;
    };
    static const std::array<Words, 6> kWords = {{{"Add", "to", "add", "grows by"},
                                                 {"Subtract", "from", "subtract", "shrinks by"},
                                                 {"Multiply by", "", "multiply it by", "is multiplied by"},
                                                 {"Xor with", "", "xor it with", "is combined by xor with"},
                                                 {"And with", "", "and it with", "is combined by and with"},
                                                 {"Or with", "", "or it with", "is combined by or with"}}};
    const Words& words = kWords[static_cast<std::size_t>(c.get<Operator>())];
    slots["Do"] = words.imperative;
    slots["to"] = words.to;
    slots["do"] = words.inner;
    slots["gets"] = words.passive;
    return slots;
  }
};

}  // namespace

std::unique_ptr<Family> map_family() { return std::make_unique<Map>(); }

}  // namespace assay::analysis::code_tasks
